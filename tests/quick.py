"""The quick half of the tests, `pytest -m quick`: those that start no process, by the folders and files they are in.

A plugin of pytest. A test of the table that starts a process fails.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

TESTS: Final = Path(__file__).parent
QUICK: Final = (
    "check/test_formats.py",
    "draw/test_grid.py",
    "draw/test_programs.py",
    "draw/test_samples.py",
    "draw/test_traced.py",
    "draw/test_wrapping.py",
    "kernel",
    "language/test_templates.py",
    "probe/test_gate_says.py",
    "probe/test_ring.py",
    "recording/test_limits.py",
    "recording/test_opened.py",
    "recording/test_written.py",
    "recording/test_written_before.py",
    "sources/lab/test_conducted.py",
    "sources/lab/test_published.py",
    "sources/lab/test_turns.py",
    "sources/ring",
    "sources/strace/test_bounds.py",
    "sources/strace/test_calls.py",
    "sources/strace/test_edges.py",
    "sources/strace/test_ends.py",
    "sources/strace/test_found.py",
    "sources/strace/test_lines.py",
    "sources/strace/test_property.py",
    "sources/strace/test_translate.py",
    "test_architecture.py",
    "test_events.py",
    "test_printable.py",
    "trace/ask/test_filter.py",
    "trace/ask/test_language.py",
    "trace/test_costs.py",
    "trace/test_extent.py",
    "trace/test_ways.py",
)
"""Folders and files of `tests/`."""
STARTS: Final = {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
"""The events of sys.addaudithook(3) with which a process is started."""


class _Now:
    """Whether the test that runs is a quick one."""

    quick = False


@cache  # for each file, not for each test of it
def is_quick(path: Path) -> bool:
    """Whether the table has a file of tests, or a folder that it is in."""
    return any(path.is_relative_to(TESTS / one) for one in QUICK)


def _audit(event: str, told: tuple[Any, ...]) -> None:
    if event in STARTS and _Now.quick:
        raise pytest.fail.Exception(f"starts a process ({event}), and tests/quick.py has it: {told!r:.200}")


@cache  # a hook can't be taken away
def _watch() -> None:
    sys.addaudithook(_audit)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: starts no process; given by the table of tests/quick.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The files of the others need not be read where only the quick ones are asked for."""
    others = config.option.markexpr == "quick" and collection_path.is_file() and not is_quick(collection_path)
    return True if others else None


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_quick(item.path):
        item.add_marker("quick")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    if item.get_closest_marker("quick"):
        _watch()
        _Now.quick = True
    try:
        return (yield)
    finally:
        _Now.quick = False
