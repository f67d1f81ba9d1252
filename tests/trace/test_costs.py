"""What waits cost, counted by hand: the bytes are those of the kernel's own structures."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from muxviz.events import FORMAT, Event, Header, LaneInfo, Source
from muxviz.trace import Trace
from muxviz.trace import costs as module
from muxviz.trace.costs import Cost, costs

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a")])


def of(*events: dict[str, Any], machine: str = "x86_64") -> Trace:
    trace = Trace(msgspec.structs.replace(HEADER, machine=machine))
    for n, fields in enumerate(events):
        trace.append(Event(n=-1, t=n, **({"lane": "a", "role": "server", "step": n, "took": 7} | fields)))
    return trace


def add(fd: int, op: str = "ADD", epoll: int = 4, **fields: Any) -> dict[str, Any]:
    return {"call": "epoll_ctl", "fd": epoll, "ret": 0, "args": {"op": op, "fd": fd, "events": "IN"}, **fields}


def wait(*ready: int, epoll: int = 4, **fields: Any) -> dict[str, Any]:
    return {"call": "epoll_wait", "fd": epoll, "ret": len(ready), "ready": [(fd, "IN") for fd in ready], **fields}


def asked(call: str, *pairs: Any, ready: int = 1) -> dict[str, Any]:
    return {"call": call, "ret": ready, "ready": [(5, "IN")] * ready, "args": {"interest": list(pairs)}}


BEGIN = {"call": "epoll_wait", "fd": 4, "phase": "enter"}


def test_what_epoll_wait_copies() -> None:
    trace = of(add(5), add(6), wait(5), wait(5, 6))
    assert costs(trace) == [Cost(2, "a", 2, 7, 0, 12), Cost(3, "a", 2, 7, 0, 24)]
    assert costs(of(add(5), wait(5), machine="aarch64")) == [Cost(1, "a", 1, 7, 0, 16)]


@pytest.mark.parametrize(
    ("change", "watched"),
    [
        (add(7), 3), (add(7, ret=-1), 2), ({"call": "send", "fd": 5, "ret": 1}, 2),
        (add(5, "MOD"), 2), (add(5, "DEL"), 1), (add(7, "DEL"), 2),
        (add(7, epoll=9), 2), ({"call": "close", "fd": 5, "ret": 0}, 1), ({"call": "close", "fd": 9, "ret": 0}, 2),
        ({"call": "close", "fd": 5, "ret": 0, "lane": "b"}, 2), (add(7, lane="b"), 2), (add(7, role="client"), 2),
        ({"call": "epoll_ctl", "fd": 4, "ret": 0, "args": {"fd": "x"}}, 2),
    ],
)  # fmt: skip
def test_how_many_fds_an_epoll_watches(change: dict[str, Any], watched: int) -> None:
    assert [one.watched for one in costs(of(add(5), add(6), change, wait(6)))] == [watched]


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ((wait(5),), [0]), ((wait(),), []), ((wait(5, step=None),), []), ((wait(5, took=None),), []),
        ((wait(5, role="client"),), []), ((wait(5, lane=None),), []), ((BEGIN, wait(5)), []),
        ((BEGIN, wait(5), wait(5)), [2]), ((BEGIN, {"call": "send", "ret": 1}, wait(5)), [2]),
        ((BEGIN | {"lane": "b"}, wait(5)), [1]), ((BEGIN, wait(5, lane="b")), [1]),
    ],
)  # fmt: skip
def test_waits_that_had_something_to_report_before_they_began(events: Any, counted: list[int]) -> None:
    assert [one.n for one in costs(of(*events))] == counted


@pytest.mark.parametrize(
    ("event", "watched", "copied"),
    [
        (asked("poll", [5, "IN"], [6, "OUT"]), 2, (16, 4)),
        (asked("poll", [5, "IN"], [6], "x", [7, "IN", 1], ["8", "IN"]), 1, (8, 2)),
        ({"call": "poll", "ret": 1, "ready": [(5, "IN")]}, 0, (0, 0)),
        (asked("select", [5, "R"]), 1, (8, 8)),
        (asked("select", [63, "R"]), 1, (8, 8)),
        (asked("select", [64, "R"]), 1, (16, 16)),
        (asked("select", [5, "R"], [64, "W"]), 2, (32, 32)),
        (asked("select", [5, "R|W|X"]), 1, (24, 24)),
        (asked("select"), 0, (0, 0)),
    ],
)
def test_what_poll_and_select_copy(event: dict[str, Any], watched: int, copied: tuple[int, int]) -> None:
    (one,) = costs(of(event))
    assert (one.watched, one.copied_in, one.copied_out) == (watched, *copied)


def test_a_trace_that_grows_is_gone_through_where_it_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    trace = of(wait(5))
    assert [one.n for one in costs(trace)] == [0]
    for n in (1, 2, 3):
        trace.append(Event(n=-1, t=n, **({"lane": "a", "role": "server", "step": n, "took": 7} | wait(5))))
        assert [one.n for one in costs(trace)] == list(range(min(n + 1, 3)))
