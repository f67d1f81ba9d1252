"""CPython's own tests of what the probe replaces end under it as they end alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from muxviz.probe.link import Mode
from tests.probe.lanes import Done, alone, observed

MODULES = [
    "test.test_epoll",
    "test.test_poll",
    "test.test_select",
    "test.test_selectors",
    "test.test_asyncio.test_selector_events",
    "test.test_asyncio.test_events",
    "test.test_asyncio.test_streams",
    "test.test_socketserver",
]


def tally(done: Done) -> tuple[str, ...]:
    """How many ran, and how they ended, in unittest's own words."""
    words = re.findall(r"^(?:Ran (\d+ tests?) in .*|(OK.*|FAILED.*))$", done.err, re.MULTILINE)
    return tuple(ran or ended for ran, ended in words)


@pytest.mark.timeout(240)
def test_the_same_tally() -> None:
    command = ["-m", "unittest", *MODULES]
    with ThreadPoolExecutor(3) as pool:  # they mostly sleep; each lane's muxviz is the thread that started it
        bare_run = pool.submit(alone, command)
        runs = {mode: pool.submit(observed, command, mode) for mode in (Mode.FREE, Mode.RECORD)}
        bare = bare_run.result()
        found = {mode: run.result() for mode, run in runs.items()}
    assert tally(bare)[0].endswith("tests"), bare.err[-2000:]
    print("\nbare", *tally(bare))
    for mode, done in found.items():
        print(mode.name, *tally(done), len(done.events), "events")
        assert tally(done) == tally(bare), done.err[-4000:]
        assert done.status == bare.status
