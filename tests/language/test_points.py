"""The sentences make each scenario's point: what a learner has to be told stands in some event of the lane it is about.

What did not happen is told as well: a silence is the answer in half of the scenarios.
"""

from __future__ import annotations

import re

import pytest

from muxviz.kernel import fold, initial
from muxviz.language import together
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from muxviz.words import explain
from muxviz.words.mechanisms import FACTS
from tests.draw.conftest import traces as traces  # the fixture

POINTS: dict[str, dict[str, tuple[str, ...]]] = {
    "partial-read": {"edge": ("so the 8 left are not reported again",), "level": ("The next wait reports them",)},
    "late-registration": {"edge": ("12 bytes were there already: the next wait reports them all the same",)},
    "order": {
        "poll": ("in the order in which they were given to it",),
        "level": ("in the order in which they became ready",),
        "one": ("comes with a later wait: maxevents is 1",),
    },
    "timeout": {
        "zero": ("with a timeout of 0 it looks and never sleeps",),
        "while": ("select returned three empty lists",),
        "clock": ("it asks about nothing at all", "5 bytes of fd 4 (client A) are unread, and it could not say so"),
    },
    "drain": {
        "edge": ("so the next arrival is a new edge", "the next connection is a new edge"),
        "select": ("every connection that had come was taken",),
    },
    "rearm": {"mod": ("8 bytes that were unread already count as an edge",), "edge": ("that is a new edge",)},
    "accept-burst": {
        "select": ("It is full: the kernel drops whoever tries to connect now", "it goes by the level"),
        "edge": ("The server took a part of its accept queue and waited again",),
    },
    "oneshot": {
        "oneshot": ("The server sleeps on 8 bytes of fd 5 (client A), unread", "not even an error"),
        "mod": ("It is armed again, for one report",),
    },
    "starvation": {"level": ("Meanwhile 4 bytes of fd 6 (client B) wait",)},
    "half-close": {"poll": ("this is no HUP, as the server may still send", "Every wait reports it again")},
    "hang-up": {
        "select": ("select has no word for that, no HUP", "client A can read to the end, and then gets 0 bytes"),
        "poll": ("closed in both directions", "the next recv returns 0 bytes, and the next send fails"),
    },
    "urgent": {
        "select": ("It is not among the 2 unread ones", "The urgent byte is not among them"),
        "poll": ("An urgent byte is there still, and nothing else",),
    },
    "refused": {
        "select": ("X says nothing of it", "SO_ERROR of fd 5 is ECONNREFUSED", "SO_ERROR of fd 5 is 0"),
        "edge": ("The connect that was begun has failed",),
    },
    "closed-fd": {
        "select": ("That is fd 4, but select does not say which",),
        "poll": ("poll says NVAL at every call", "a list that still has it watches this one now"),
        "level": ("It has forgotten fd 5, which was closed: no EBADF and no NVAL",),
    },
    "ghost": {
        "select": ("a list that still has it asks about a closed fd",),
        "level": ("lives on as fd 6, a dup", "Its dup, fd 6, is open: epoll goes on reporting the old number"),
    },
    "slow-reader": {
        "poll": ("its send buffer is full", "The server keeps"),
        "level": ("The next wait returns as soon as there is room to send", "OUT is dropped"),
    },
    "always-writable": {"level": ("every such wait returns at once",), "edge": ("An edge says so once",)},
    "fd-limit": {"select": ("select takes no fd from 1024 on: the number counts",)},
    "blocking": {"whole": ("blocked in recv on fd 4 (client A)", "whoever else needs it has to wait")},
    "models": {"block": ("blocked in accept on the listener",)},
    "udp": {
        "edge": ("a datagram of 5 bytes waits on fd 3", "an empty datagram waits on fd 3"),
        "select": ("a datagram socket has no stream that could end", "its last 8 are thrown away"),
    },
    "files-and-pipes": {
        "select": ("A regular file is ready at all times", "They are its counter"),
        "poll": ("IN does not come with it", "Nobody is left who reads from this pipe"),
        "level": ("epoll does not watch regular files",),
    },
    "herd": {"w2": ("somebody else took the connection first",)},
}


@pytest.mark.parametrize("name", list(POINTS))
def test_the_point_of_a_scenario_is_told(traces: dict[str, Trace], name: str) -> None:
    trace, state = traces[name], initial(traces[name].header)
    said = {lane: [] for lane in trace.lanes}  # type: dict[str, list[str]]
    for n in range(len(trace)):
        fold(state, trace[n])
        said.get(trace[n].lane or "", []).append(together(explain(trace, n, state)))
    for lane, points in POINTS[name].items():
        told = " ".join(said[lane])
        for point in points:
            assert point in told, (lane, point)


def test_the_facts_refer_to_scenarios_that_exist() -> None:
    said = [text for facts in FACTS.values() for text in (*facts.limits, *(myth.seen for myth in facts.myths))]
    named = {name for text in said for found in re.findall(r"see ((?:[a-z-]+)(?:, (?!which)[a-z-]+)*)", text)
             for name in found.split(", ")}  # fmt: skip
    assert {"crowd", "ghost", "rearm", "refused"} <= named
    assert named <= set(CATALOGUE), named
