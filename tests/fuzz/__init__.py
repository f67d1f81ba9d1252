"""Fuzzers that know the structure of what they break: recordings, and strace's lines.

    python -m tests.fuzz recordings --minutes 30 --seed 7
    python -m tests.fuzz strace --inputs 2000
    python -m tests.fuzz recordings --seed 7 --only 1234

An input is made from its seed and number alone, so that `--only` makes it again. What is wrong with one (an exception
that is no `FormatError`, text that is not printable, more than some seconds of the processor's time or 500 MB) is told
once for each place in muxviz where it shows, and kept in a directory with the file that led to it.
"""
