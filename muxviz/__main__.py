"""`python -m muxviz`."""

from muxviz.cli import main

main()
