"""A filter lets through what its condition meets, event by event, as the trace grows."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.events import Event, FormatError, Header, LaneInfo, Queues, Source
from muxviz.trace import Trace
from muxviz.trace.ask import ConditionError, Filter
from muxviz.trace.ask.names import NAMES


def call(name: str, lane: str = "p", pid: int = 7, **fields: Any) -> Event:
    return Event(n=0, t=1, lane=lane, role="server", pid=pid, call=name, **fields)


def trace_of(*events: Event) -> Trace:
    made = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="trace"), [LaneInfo("p", "p")]))
    for event in events:
        made.append(event)
    return made


def cycle(fd: int, lane: str = "p", pid: int = 7) -> list[Event]:
    return [
        call("epoll_wait", lane, pid, fd=4, ret=1, ready=[(fd, "IN")]),
        call("read", lane, pid, fd=fd, ret=2, args={"size": 9}),
        call("write", lane, pid, fd=fd, ret=2, args={"size": 2}),
    ]


def session() -> Trace:
    return trace_of(
        call("accept", fd=3, ret=5),  # 0
        call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN"}),
        *cycle(5),  # 2, 3, 4
        *cycle(6, "p:9", 9),  # 5, 6, 7
        call("read", fd=5, ret=-1, error="EAGAIN"),
        call("socketpair", ret=0, args={"fds": [7, 8]}),
        call("close", fd=5, ret=0),  # 10
    )


def matches(trace: Trace, text: str) -> list[int]:
    made = Filter(trace, text)
    made.advance(60)
    assert made.done
    found, n = [], made.after(-1)
    while n is not None:
        found.append(n)
        n = made.after(n)
    assert len(found) == len(made)
    back, n = [], made.before(len(trace))
    while n is not None:
        back.append(n)
        n = made.before(n)
    assert back[::-1] == found
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fd == 5", [0, 1, 2, 3, 4, 8, 10]),
        ("fd == 8", [9]),
        ("fd in (6, 8)", [5, 6, 7, 9]),
        ("pid == 9", [5, 6, 7]),
        ("lane == p:9 and call == read", [6]),
        ("call in (read, write)", [3, 4, 6, 7, 8]),
        ("call in (read, write) and fd == 5", [3, 4, 8]),
        ("error == EAGAIN", [8]),
        ("not (fd == 5)", [2, 5, 6, 7, 9, 0, 1]),
        ("kind == connection", [0, 1, 2, 3, 4, 8, 9]),
        ("reports > 0 and call == read", [3, 8]),
    ],
)
def test_what_is_let_through(text: str, found: list[int]) -> None:
    """`not (fd == 5)` is met by the other fds that an event is about."""
    assert matches(session(), text) == sorted(found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fd in (5, read)", "never equal"),
        ("fd in (5", "a list is written"),
        ("fd in (5, unread)", "no names"),
        ("call in read", "in asks for a flag"),
        ("read", "is no name"),
    ],
)
def test_what_is_no_condition_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ConditionError, match=complaint):
        Filter(session(), text)


def test_new_events_are_matched_as_they_come() -> None:
    trace = session()
    made = Filter(trace, "fd == 6")
    made.advance(60)
    assert made.done and len(made) == 3
    for event in cycle(6):
        trace.append(event)
    assert not made.done and len(made) == 3
    made.advance(60)
    assert made.done and len(made) == 6 and made.after(7) == 11


def test_it_looks_in_slices() -> None:
    trace = trace_of(*[event for _ in range(400) for event in cycle(5)])
    made = Filter(trace, "call == read")
    made.advance(1e-9)
    assert 0 < made.looked < len(trace) and made.progress < 1
    while not made.done:
        made.advance(1e-9)
    assert len(made) == 400


def test_calls_of_a_lane_and_the_ticks_around_a_moment() -> None:
    trace = session()
    made = Filter(trace, "call in (read, write)")
    made.advance(60)
    assert made.calls_until(7, "p", 9) == [3, 4] and made.calls_until(8, "p", 2) == [4, 8]
    assert made.calls_until(8, "nobody", 2) == []
    assert made.until(-1) == 0 and made.until(6) == 3
    assert list(made.ticks_around(4, 9, 10)) == [3, 4, 6, 7, 8]
    assert list(made.ticks_around(4, 3, 10)) == [3, 4, 6] and list(made.ticks_around(4, 9, 6)) == [3, 4, 6]
    assert list(made.ticks_around(5, 9, 10)) == [3, 4, 5, 6, 7, 8], "the cursor's own tick is in sight"
    assert list(made.ticks_around(-1, 2, 10)) == [3, 4]
    assert list(Filter(trace, "fd == 99").ticks_around(-1, 9, 10)) == []


def test_a_look_from_outside_is_about_the_fds_that_it_found() -> None:
    look = Event(n=0, t=2, lane="p", role="server", look="outside", queues={"5": Queues(recv=3)})
    assert matches(trace_of(call("accept", fd=3, ret=5), look), "fd == 5") == [0, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"took":5', b'"took":-5'),
        (b'"fd":5', b'"fd":4294967296'),
        (b'"ret":2', b'"ret":9223372036854775808'),
        (b'"t":1', b'"t":-1'),
        (b'{"size":9}', b'{"size":1e300}'),
        (b'"n":0', b'"n":1'),
    ],
)
def test_what_no_event_says_is_refused_as_everywhere(old: bytes, new: bytes) -> None:
    """Under an index a line is read when it is asked for first, which a filter may do."""
    trace = trace_of(call("read", fd=5, ret=2, took=5, args={"size": 9}))
    line = trace.line(0)
    assert matches(trace, "took >= 5 and call == read") == [0] and old in line
    trace._lines = [line.replace(old, new)]  # type: ignore[assignment]
    trace._cache.clear()
    for text in ("call == read", "fd == 5", "took < 0"):
        with pytest.raises(FormatError):
            matches(trace, text)


def test_what_a_program_keeps_with_a_registration_is_read() -> None:
    trace = trace_of(call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], args={"data": (1 << 64) - 1}))
    assert matches(trace, "call == epoll_wait") == [0]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_asked_of_every_event(name: str) -> None:
    right = {"number": f"{name} >= 0", "text": f"{name} == x", "truth": name, "flags": f"{name} == IN"}[
        NAMES[name].type
    ]
    made = Filter(session(), right)
    made.advance(60)
    assert made.done
