"""CPython's own tests of what the probe replaces end under it as they end alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import Done, alone, observed

MODULES = [  # those that sleep longest first
    "test.test_selectors",
    "test.test_poll",
    "test.test_asyncio.test_events",
    "test.test_select",
    "test.test_epoll",
    "test.test_asyncio.test_selector_events",
    "test.test_asyncio.test_streams",
    "test.test_socketserver",
]


def tally(done: Done) -> tuple[str, ...]:
    """How many ran, and how they ended, in unittest's own words."""
    words = re.findall(r"^(?:Ran (\d+ tests?) in .*|(OK.*|FAILED.*))$", done.err, re.MULTILINE)
    return tuple(ran or ended for ran, ended in words)


SELDOM = {"test.test_asyncio.test_events"}
"""Half of all the work, and its waits are those of `selectors`: only under the mode that records."""


def test_the_same_tally() -> None:
    with ThreadPoolExecutor(8) as pool:  # they mostly sleep; each lane's muxviz is the thread that started it
        bare = {module: pool.submit(alone, ["-m", "unittest", module]) for module in MODULES}
        runs = {
            (mode, module): pool.submit(observed, ["-m", "unittest", module], mode)
            for module in MODULES
            for mode in (Mode.RECORD, Mode.FREE)
            if mode is Mode.RECORD or module not in SELDOM
        }
    for (mode, module), run in runs.items():
        was, done = bare[module].result(), run.result()
        print(mode.name, module, *tally(was), "bare;", *tally(done), len(done.events), "events")
        assert tally(was)[0].endswith("tests"), was.err[-2000:]
        assert tally(done) == tally(was), done.err[-4000:]
        assert done.status == was.status
        assert mode is Mode.RECORD or not done.events
    assert sum(len(run.result().events) for run in runs.values()) > 10_000  # one module's sockets are all mocked
