"""What the wire is made of: how a connection's end is told from a reset, and what a tick's events say."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.draw.wire_samples import Sample, sample
from muxviz.events import Event, Header, LaneInfo, Queues, Source
from muxviz.trace import Trace


def call(name: str, **fields: Any) -> Event:
    return Event(n=0, t=1, lane="edge", role="server", call=name, **fields)


def tcp(state: str, recv: int = 0) -> dict[str, Queues]:
    level = {"ESTABLISHED": "OUT", "CLOSE_WAIT": "IN|OUT|RDHUP", "CLOSE": "IN|OUT|HUP|RDHUP"}[state]
    return {"5": Queues(recv=recv, tcp=state, level=level)}


def traced(*events: Event) -> Trace:
    """fd 5 is accepted, and these calls follow, a step each."""
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="run"), [LaneInfo("edge", "epoll edge")]))
    before = [call("listen", fd=3, ret=0), call("accept", fd=3, ret=5, queues=tcp("ESTABLISHED"))]
    for step, event in enumerate([*before, *events], 1):
        event.step = step
        trace.append(event)
    return trace


def samples(*events: Event) -> list[Sample]:
    """fd 5 at the end of each of these calls."""
    trace = traced(*events)
    found = sample(trace, len(trace) - 1, [("edge", "fd 5")], "IN", [trace.tick_of(n) for n in range(len(trace))])
    return found.rows["edge", "fd 5"][2:]


SHUT = ("WR", "RDWR")


@pytest.mark.parametrize(
    ("events", "ends"),
    [
        # The peer has ended, and so have we: with the acknowledgement the connection is over.
        *(([call("recv", fd=5, ret=0, args={"size": 9}, queues=tcp("CLOSE_WAIT")),
            call("shutdown", fd=5, ret=0, args={"how": how}, queues=tcp("CLOSE"))], ["FIN", "FIN"]) for how in SHUT),
        *(([call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE_WAIT")),
            call("shutdown", fd=5, ret=0, args={"how": how}, queues=tcp("CLOSE"))], ["FIN", "end"]) for how in SHUT),
        # From open to closed, without an end of our own.
        ([call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE"))], ["RST"]),
        ([call("shutdown", fd=5, ret=0, args={"how": "RD"}), call("recv", fd=5, ret=0, queues=tcp("CLOSE"))],
         ["", "RST"]),
        ([call("shutdown", fd=5, ret=-1, error="EINVAL", args={"how": "WR"}),
          call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE"))], ["", "RST"]),
        # What is said outright.
        ([call("recv", fd=5, ret=-1, error="ECONNRESET", queues=tcp("CLOSE"))], ["RST"]),
        ([call("epoll_wait", fd=4, ret=1, ready=[(5, "IN|ERR|HUP")], queues=tcp("CLOSE"))], ["RST"]),
        # What is unread comes first.
        ([call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE_WAIT", recv=3))], [""]),
    ],
)  # fmt: skip
def test_how_a_connection_has_ended(events: list[Event], ends: list[str]) -> None:
    assert [one.end for one in samples(*events)] == ends


def test_a_tick_has_its_own_call_and_its_own_reports() -> None:
    found = samples(
        call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues={"5": Queues(recv=4, level="IN|OUT")}),
        call("recv", fd=5, ret=4, args={"size": 4}, queues={"5": Queues(recv=0, level="OUT")}),
        call("epoll_wait", fd=4, ret=1, ready=[(9, "IN")]),
        call("epoll_wait", fd=4, ret=1, ready=[(5, "OUT")]),
        call("close", fd=5, ret=0),
    )
    assert [(one.call, one.report, one.woke, one.value, one.high, one.open) for one in found] == [
        ("epoll_wait", "●", True, 4, True, True),
        ("recv", "", False, 0, False, True),
        ("epoll_wait", "", True, 0, False, True),
        ("epoll_wait", "", True, 0, False, True),
        ("close", "", False, 0, False, False),
    ]


def test_no_window_depends_on_those_before_it() -> None:
    """A tick is remembered: with what had happened to the fd before the window that it was in."""
    calls = (
        lambda: call("recv", fd=5, ret=0, args={"size": 9}, queues=tcp("ESTABLISHED", recv=3)),
        lambda: call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE")),
        lambda: call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], queues=tcp("CLOSE")),
        lambda: call("close", fd=5, ret=0),
        lambda: call("accept", fd=3, ret=5, queues=tcp("ESTABLISHED")),
        lambda: call("recv", fd=5, ret=3, args={"size": 3}, queues=tcp("CLOSE_WAIT")),
        lambda: call("epoll_wait", fd=4, ret=0, ready=[]),
        lambda: call("close", fd=5, ret=0),
        lambda: call("epoll_wait", fd=4, ret=0, ready=[]),
    )
    shared = traced(*(one() for one in calls))
    track = ("edge", "fd 5")
    windows = [(first, first + 4, n) for first in range(shared.ticks - 4) for n in range(first, first + 5)]
    for order in (windows, windows[::-1], windows[::3] + windows[1::3]):
        for first, last, n in order:
            alone = traced(*(one() for one in calls))
            ticks = range(first, last + 1)
            known, fresh = (sample(trace, n, [track], "IN", ticks) for trace in (shared, alone))
            assert (known.rows, known.state) == (fresh.rows, fresh.state), (first, n)
