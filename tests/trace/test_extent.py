"""How far a session reaches: each number is the largest that any moment had."""

from __future__ import annotations

from typing import Any

from muxviz.events import FORMAT, Event, Header, LaneInfo, Queues, Source
from muxviz.trace import Maxima, Trace

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a"), LaneInfo("b", "b")])


def told(*events: dict[str, Any]) -> Maxima:
    trace = Trace(HEADER)
    for fields in events:
        trace.append(Event(n=-1, t=0, **({"lane": "a", "role": "server"} | fields)))
    extent = trace.extent
    again = Maxima.of(extent.form())
    assert again.form() == extent.form() and again.reported == extent.reported
    trace.close()
    return extent


def test_the_largest_queue_of_any_kind() -> None:
    assert told().most == 0
    for field in ("recv", "queued", "unsent"):
        extent = told(*({"queues": {"5": Queues(**{field: size})}} for size in (3, 9, 4)))
        assert (extent.most, extent.queued, extent.unsent) == (9, field == "queued", field == "unsent")
    assert told({"queues": {"5": Queues(recv=0, queued=0, unsent=0)}}).queued is False


def test_the_flags_that_waits_reported() -> None:
    extent = told(
        {"call": "poll", "ret": 2, "ready": [(5, "IN"), (6, "IN|HUP")]}, {"call": "poll", "ready": [(5, "IN")]}
    )
    assert extent.reported == {"IN", "IN|HUP"}
    assert told({"call": "poll", "ready": [(5, "x" * 79), (5, "x" * 80)]}).reported == {"x" * 79}
    assert len(told({"call": "poll", "ready": [(5, str(n)) for n in range(1025)]}).reported) == 1024


def test_the_most_connections_that_one_lane_had_open() -> None:
    def made(ret: int, lane: str = "a") -> dict[str, Any]:
        return {"call": "accept", "fd": 3, "ret": ret, "lane": lane, "args": {"peer": ["::1", 9]}}

    listens = ({"call": "socket", "ret": 3}, {"call": "listen", "fd": 3, "ret": 0}, {"call": "epoll_create", "ret": 4})
    assert told(*listens).connections == 1, "a socket, before it listened"
    assert told(*listens, made(5), made(6)).connections == 2
    closed = {"call": "close", "fd": 5, "ret": 0}
    assert told(*listens, made(5), made(6), closed, made(5)).connections == 2
    assert told(made(5), made(6, "b"), made(7, "b"), made(8, "b")).connections == 3
    assert told(*(made(n) for n in range(10, 90))).connections == 64
