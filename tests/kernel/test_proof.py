"""What calls alone prove of a level."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.events import Event, Header, LaneInfo, Queues, Source
from muxviz.kernel import FdState, State, fold, initial
from muxviz.kernel.proof import proved


def call(name: str, lane: str = "p", pid: int = 7, **fields: Any) -> Event:
    return Event(n=0, t=1, lane=lane, role="server", pid=pid, call=name, **fields)


def folded(*events: Event, lane: str = "p") -> tuple[State, Event]:
    state = initial(Header(1, "6", "x86_64", "3.11", Source(kind="trace"), [LaneInfo(lane, lane)]))
    for n, event in enumerate(events):
        event.n = n
        fold(state, event)
    return state, events[-1]


def of(fd: int, *events: Event, side: str = "IN", later: int = 0) -> str:
    state, newest = folded(*events)
    return proved(state.lanes["p"].fds[fd], newest, side, newest.n + later)


def opened(events: str) -> list[Event]:
    return [
        call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 1]}),
        call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": events}),
    ]


REPORT = {"fd": 4, "ret": 1, "ready": [(5, "IN")]}
ASLEEP = {"fd": 4, "phase": "enter"}
FULL = {"fd": 5, "ret": 4, "args": {"size": 4}}
SHORT = {"fd": 5, "ret": 4, "args": {"size": 9}}


@pytest.mark.parametrize(
    ("interest", "then", "known"),
    [
        ("IN", [], "unknown"),
        ("IN", [call("epoll_wait", **REPORT)], "high"),
        ("IN", [call("epoll_wait", **REPORT), call("write", fd=9, ret=1)], "high"),
        ("IN", [call("epoll_wait", **REPORT), call("recv", **FULL)], "unknown"),
        ("IN", [call("epoll_wait", **REPORT), call("recv", **SHORT)], "low"),
        ("IN", [call("epoll_wait", **REPORT), call("recv", **SHORT), call("write", fd=9, ret=1)], "unknown"),
        ("IN", [call("recv", fd=5, ret=-1, error="EAGAIN")], "low"),
        ("IN", [call("recv", fd=5, ret=0, args={"size": 4}), call("write", fd=9, ret=1)], "high"),
        ("IN", [call("recv", fd=5, ret=4, args={"size": 9, "flags": "PEEK"})], "high"),
        ("IN", [call("recv", fd=5, ret=0, args={"size": 9, "flags": "PEEK"})], "unknown"),
        ("IN", [call("recv", fd=5, ret=4, args={"size": 9, "flags": "WAITALL"})], "unknown"),
        ("IN", [call("epoll_wait", **REPORT), call("SSL_read", **SHORT)], "unknown"),
        ("IN", [call("SSL_read", fd=5, ret=-1, error="WANT_READ")], "low"),
        ("IN", [call("SSL_do_handshake", fd=5, ret=-1, error="WANT_READ")], "low"),
        ("IN", [call("SSL_read", fd=5, ret=0, args={"size": 4})], "unknown"),
        ("IN", [call("SSL_read", fd=5, ret=-1, error="WANT_READ"), call("SSL_shutdown", fd=5, ret=1)], "unknown"),
        ("IN", [call("epoll_wait", **REPORT), call("SSL_write", fd=5, ret=-1, error="WANT_READ")], "high"),
        ("IN", [call("recv", **FULL), call("epoll_wait", **ASLEEP)], "low"),
        ("IN", [call("recv", **FULL), call("epoll_wait", fd=4, ret=1, ready=[(6, "IN")])], "low"),
        ("IN", [call("epoll_wait", fd=4, ret=1, ready=[(6, "IN")], args={"maxevents": 1})], "unknown"),
        ("IN", [call("epoll_wait", fd=8, phase="enter")], "unknown"),
        ("IN", [call("epoll_wait", fd=4, ret=-1, error="EINTR")], "unknown"),
        ("IN|EXCLUSIVE", [call("epoll_wait", **ASLEEP)], "unknown"),
        ("IN|ET", [call("epoll_wait", **ASLEEP)], "low"),
        ("IN|ET", [call("epoll_wait", **REPORT), call("recv", **FULL), call("epoll_wait", **ASLEEP)], "unknown"),
        ("IN|ET", [call("epoll_wait", **REPORT), call("recv", **SHORT), call("epoll_wait", **ASLEEP)], "low"),
        ("IN|ONESHOT", [call("epoll_wait", **REPORT), call("recv", **SHORT), call("epoll_wait", **ASLEEP)], "unknown"),
        ("OUT", [call("epoll_wait", **ASLEEP)], "unknown"),
    ],
)  # fmt: skip
def test_what_calls_prove_of_reading(interest: str, then: list[Event], known: str) -> None:
    assert of(5, *opened(interest), *then) == known


@pytest.mark.parametrize(
    ("then", "known"),
    [
        ([call("send", fd=5, ret=4, args={"size": 4})], "unknown"),
        ([call("send", fd=5, ret=4, args={"size": 9})], "low"),
        ([call("writev", fd=5, ret=-1, error="EAGAIN")], "low"),
        ([call("SSL_write", fd=5, ret=-1, error="WANT_WRITE")], "low"),
        ([call("SSL_write", fd=5, ret=4, args={"size": 9})], "unknown"),
        ([call("epoll_wait", fd=4, ret=1, ready=[(5, "OUT")])], "high"),
        ([call("epoll_wait", **ASLEEP)], "low"),
    ],
)
def test_what_calls_prove_of_writing(then: list[Event], known: str) -> None:
    assert of(5, *opened("IN|OUT"), *then, side="OUT") == known


def test_a_poll_that_sleeps_proves_what_it_was_asked_about() -> None:
    accepted = call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 1]})
    assert of(5, accepted, call("poll", phase="enter", args={"interest": [[5, "IN"]]})) == "low"
    assert of(5, accepted, call("poll", phase="enter", args={"interest": [[3, "IN"]]})) == "unknown"


def test_a_short_read_of_a_datagram_or_a_terminal_proves_nothing() -> None:
    datagram = call("socket", ret=5, args={"type": "SOCK_DGRAM"})
    assert of(5, datagram, call("recv", **SHORT)) == "unknown"
    pipe = call("poll", ret=0, ready=[], args={"interest": [[5, "IN"]]})
    assert of(5, pipe, call("read", **SHORT)) == "unknown"
    assert of(5, pipe, call("read", queues={"5": Queues(file="pipe")}, **SHORT), call("read", **SHORT)) == "low"


def test_what_holds_for_a_moment_is_over_when_another_lane_has_gone_on() -> None:
    for events, now, then in (
        ([call("recv", **SHORT)], "low", "unknown"),
        ([call("epoll_wait", fd=4, ret=1, ready=[(6, "IN")])], "low", "unknown"),
        ([call("epoll_wait", **ASLEEP)], "low", "low"),
        ([call("epoll_wait", **REPORT)], "high", "high"),
    ):
        assert of(5, *opened("IN"), *events) == now
        assert of(5, *opened("IN"), *events, later=1) == then


def test_what_is_not_looked_at_falls_with_its_proof() -> None:
    state, _ = folded(*opened("IN"), call("epoll_wait", **REPORT), call("recv", **SHORT))
    assert not state.lanes["p"].fds[5].high


def test_an_fd_that_another_lane_accepted_is_known_where_it_is_watched() -> None:
    """By epoll, an fd is drawn in the lane that watches it."""
    state, _ = folded(
        call("listen", fd=3, ret=0),
        call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 45870]}),
        call("epoll_ctl", "p/ep4", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN", "moved": {"5": "p"}}),
    )
    there = state.lanes["p/ep4"].fds[5]
    assert (there.kind, there.peer, there.interest) == ("connection", "127.0.0.1:45870", "IN")
    assert 5 not in state.lanes["p"].fds


def test_nothing_is_known_of_an_fd_by_its_number_alone() -> None:
    assert proved(FdState(fd=5, kind="other", opened=0), None) == "unknown"


def test_the_newer_of_a_look_and_a_proof_tells() -> None:
    def look(**found: Any) -> Event:
        return Event(n=0, t=1, lane="p", role="observer", look="outside", queues={"5": Queues(**found)})

    for events, known in (
        ([call("recv", **SHORT), look(recv=5)], "high"),
        ([look(recv=0), call("epoll_wait", **REPORT), look(recv=5), call("recv", fd=5, ret=-1, error="EAGAIN")], "low"),
        ([call("epoll_wait", **REPORT), look(recv=0)], "low"),
    ):
        state, _ = folded(*opened("IN|ET"), *events)
        newest = next(event for event in reversed(events) if event.call is not None)
        at = newest.n if known == "low" else events[-1].n
        assert proved(state.lanes["p"].fds[5], newest, "IN", at) == known
