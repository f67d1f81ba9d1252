"""Lanes, threads and processes other than the first: whose an fd is, and where a finding is told."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.events import FORMAT, Header, LaneInfo, Source
from muxviz.trace import Trace
from tests.findings.told import MS, Told


def begun(**source: Any) -> Told:
    """A session in which nothing was made yet."""
    told = Told(held=source.get("kind", "lab") == "lab")
    told.trace = Trace(Header(FORMAT, "6", "x86_64", "3", Source(**source), [LaneInfo("edge", "edge")]))
    return told


def owing(told: Told, fd: int = 9, **who: Any) -> Told:
    """An fd that nobody saw made is registered, reported, and not read."""
    told.call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": fd, "events": "IN|ET"}, **who)
    ready = {"ready": [(fd, "IN")], "args": {"timeout": -1}}
    told.call("epoll_wait", fd=4, ret=1, **ready, **who)
    if told.held:
        return told.event(call="epoll_wait", fd=4, phase="enter", args={"timeout": -1}, **who)
    return told.event(30 * MS, call="epoll_wait", fd=4, ret=0, ready=[], args={"timeout": 30}, **who)


def made(told: Told, **who: Any) -> Told:
    return told.call("epoll_create", ret=4, **who)


def test_what_the_first_process_has_is_its_own_and_what_a_later_one_has_was_given_to_it() -> None:
    assert owing(made(begun(kind="lab"))).rules == [("ignored-edge", "possible")]
    first = begun(kind="run").call("getpid", ret=1, lane="first")
    assert owing(made(first)).rules == []
    traced = begun(kind="trace").call("getpid", ret=1, lane="first", pid=1)
    assert owing(made(traced, pid=2), pid=2).rules == []
    attached = begun(kind="trace", attached=[1, 2]).call("getpid", ret=1, lane="first", pid=1)
    assert owing(made(attached, pid=2), pid=2).rules == [("ignored-edge", "possible")]


def test_an_epoll_that_was_inherited_is_another_s_too_but_not_where_muxviz_came_late() -> None:
    assert owing(begun(kind="lab")).rules == []
    assert owing(begun(kind="trace"), pid=1).rules == []
    assert owing(begun(kind="trace", attached=1), pid=1).rules == [("ignored-edge", "possible")]


def test_where_reads_were_not_traced_nothing_is_found() -> None:
    assert owing(begun(kind="trace", attached=1, only="waits"), pid=1).rules == []


@pytest.mark.parametrize("call", ["recv", "accept"])
def test_what_is_counted_is_counted_in_the_lane_of_its_thread(call: str) -> None:
    told = Told("trace", held=False)
    for lane in ("one", "two"):
        told.call("getpid", ret=7, lane=lane, pid=7, tid=len(lane))
    told.call("epoll_wait", fd=4, ret=1, ready=[(5, "IN")], args={"maxevents": 1}, lane="two", pid=7)
    told.call(call, fd=5, ret=-1, error="EAGAIN", lane="two", pid=7)
    n = len(told.trace)
    for what in ("wasted", "saturated"):
        assert told.trace.findings.counted(what, n) == {"two": 1}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ("accept-exhausted", [{"call": "accept", "fd": 3, "ret": -1, "error": "EMFILE"}] * 2),
        ("level-ignored", [{"call": "poll", "ret": 1, "ready": [(5, "IN")], "took": 9}] * 4),
        ("ghost-fd", [
            {"call": "socket", "ret": 9},
            {"call": "epoll_ctl", "fd": 4, "ret": 0, "args": {"op": "ADD", "fd": 9, "events": "IN"}},
            {"call": "close", "fd": 9, "ret": 0}, {"call": "epoll_wait", "fd": 4, "ret": 1, "ready": [(9, "IN")]}]),
    ],
)  # fmt: skip
def test_a_finding_is_told_in_the_lane_of_its_thread(rule: str, calls: list[dict[str, Any]]) -> None:
    told = begun(kind="trace")
    told.call("socket", ret=5, lane="one", pid=7, args={"type": "SOCK_STREAM"})
    made(told, lane="one", pid=7)
    for call in calls:
        told.event(**call, lane="two", pid=7, tid=8)
    assert [(one.rule, one.lane) for one in told.found] == [(rule, "two")]


def test_waits_on_an_epoll_and_polls_are_no_row() -> None:
    """Though the epoll is fd 1, or 0."""
    for epfd in (0, 1):
        told = Told().accept(5, left=0).call("epoll_create", ret=epfd)
        told.call("epoll_ctl", fd=epfd, ret=0, args={"op": "ADD", "fd": 5, "events": "OUT"})
        for _ in range(3):
            told.call("epoll_wait", fd=epfd, ret=1, ready=[(5, "OUT")], took=9)
            told.call("poll", ret=1, ready=[(5, "OUT")], args={"interest": [[5, "OUT"]]}, took=9)
        assert told.rules == []


@pytest.mark.parametrize(
    ("got", "size", "sure"), [(1, 4, "certain"), (3, 4, "certain"), (4, 4, "possible"), (0, 4, "possible")]
)
def test_a_short_read_of_a_stream_leaves_nothing_for_the_next(got: int, size: int, sure: str) -> None:
    told = Told("run", held=False).add(3, "IN").client("IN").wait((5, "IN")).read(got, size=size)
    told.call("recv", fd=5, ret=4, args={"size": 4, "blocking": True}, took=12 * MS)
    assert told.rules == [("blocking-io", sure)]


def test_a_look_at_tcp_tells_that_an_fd_is_a_stream() -> None:
    for looked, rules in (({"tcp": "ESTABLISHED"}, []), ({"level": "OUT"}, [("stranded-data", "possible")])):
        told = Told("run", held=False).add(9, "IN|ET").look(9, **looked).wait((9, "IN"))
        assert told.read(3, size=64, fd=9).sleep().rules == rules


@pytest.mark.parametrize("odd", [[7], "xy", 7, [7, "IN", 1]])
def test_what_poll_is_asked_may_be_told_badly(odd: Any) -> None:
    told = Told("run", held=False).accept(5, left=0).accept(6, left=0)
    asked = [odd, [6, "IN"], [5, "IN"]]
    told.call("poll", ret=1, ready=[(6, "IN")], args={"interest": asked, "timeout": -1})
    told.call("recv", fd=5, ret=4, args={"size": 4, "blocking": True}, took=12 * MS)
    assert told.rules == [("blocking-io", "certain")]
