"""Planted faults: do the tests notice a small slip, and within a minute? `python -m tests.faults --help`."""
