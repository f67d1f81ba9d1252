"""What each call does to the table of descriptors: one row for each way in which a call can end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from muxviz.events import Queues
from muxviz.kernel import LaneState
from tests.findings.told import Told

Row = tuple[Callable[[Told], Told], dict[int, dict[str, Any] | None]]
"""Calls, and what is then known of some numbers; None: closed. `Told` begins with a listener 3 and an epoll 4."""

MADE: dict[str, Row] = {
    "socket": (lambda t: t.call("socket", ret=7, args={"type": "SOCK_STREAM"}), {7: {"kind": "socket", "opened": 3}}),
    "socket of datagrams": (lambda t: t.call("socket", ret=7, args={"type": "SOCK_DGRAM"}), {7: {"kind": "datagram"}}),
    "socket that failed": (lambda t: t.call("socket", ret=-1, error="EMFILE"), {-1: None}),
    "fd 0": (lambda t: t.call("socket", ret=0), {0: {"kind": "socket"}}),
    "socketpair": (
        lambda t: t.call("socketpair", ret=0, args={"fds": [7, 8]}),
        {7: {"kind": "connection"}, 8: {"kind": "connection"}, 0: None},
    ),
    "pipe": (
        lambda t: t.call("pipe", ret=0, args={"fds": [7, 8]}),
        {7: {"kind": "other", "queues": Queues(file="pipe")}, 8: {"queues": Queues(file="pipe")}, 0: None},
    ),
    **{
        f"{file}": (lambda t, call=call: t.call(call, ret=7), {7: {"kind": "other", "queues": Queues(file=file)}})  # type: ignore[misc]
        for call, file in (
            ("eventfd", "eventfd"), ("timerfd_create", "timerfd"), ("signalfd", "signalfd"),
            ("inotify_init", "inotify"),
        )
    },
    "signalfd that is changed": (
        lambda t: t.call("signalfd", ret=7).call("signalfd", fd=7, ret=7), {7: {"opened": 3}}),
    "epoll_create": (lambda t: t.call("epoll_create", ret=7), {7: {"kind": "epoll"}}),
    "listen": (lambda t: t.call("socket", ret=7).call("listen", fd=7, ret=0), {7: {"kind": "listener"}}),
    "listen that failed": (
        lambda t: t.call("socket", ret=7).call("listen", fd=7, ret=-1, error="EINVAL"), {7: {"kind": "socket"}}),
    "listen on what was inherited": (lambda t: t.call("listen", fd=7, ret=0), {7: {"kind": "listener"}}),
    "connect": (lambda t: t.call("socket", ret=7).call("connect", fd=7, ret=0), {7: {"kind": "connection"}}),
    "connect of a datagram socket": (
        lambda t: t.call("socket", ret=7, args={"type": "SOCK_DGRAM"}).call("connect", fd=7, ret=0),
        {7: {"kind": "datagram"}},
    ),
    "accept": (
        lambda t: t.accept(5),
        {3: {"kind": "listener"}, 5: {"kind": "connection", "client": "#1", "peer": "127.0.0.1:40005"}},
    ),
    "accept, twice": (lambda t: t.accept(5).accept(6), {5: {"client": "#1"}, 6: {"client": "#2"}}),
    "accept of a known client": (
        lambda t: t.event(
            role="client", client="A", call="connect", ret=0, args={"local": ["127.0.0.1", 40005]}
        ).accept(5),
        {5: {"client": "A"}},
    ),
    "accept that failed": (lambda t: t.accept(error="EAGAIN"), {-1: None, 5: None}),
}  # fmt: skip

ENDED: dict[str, Row] = {
    "close": (lambda t: t.client().close(), {5: None, 3: {}}),
    "close that met EINTR": (lambda t: t.client().call("close", fd=5, ret=-1, error="EINTR"), {5: None}),
    "close of no fd": (lambda t: t.client().call("close", fd=5, ret=-1, error="EBADF"), {5: {"closed": None}}),
    "close, when the number is another's already": (
        lambda t: t.client().call("close", fd=5, ret=0, args={"former": True}), {5: {"closed": None}}),
    "close_range": (
        lambda t: t.client().client(fd=6).call("close_range", ret=0, args={"closed": [5, "6"]}), {5: None, 6: {}}),
    "close_range that failed": (
        lambda t: t.client().call("close_range", ret=-1, error="EINVAL", args={"closed": [5]}), {5: {}}),
    "execve": (lambda t: t.client().call("execve", ret=0, args={"closed": [5], "file": "/bin/sh"}), {5: None, 4: {}}),
    "execve that failed": (
        lambda t: t.client().call("execve", ret=-1, error="ENOENT", args={"closed": [5], "file": "/x"}), {5: {}}),
    "dup over an open one": (
        lambda t: t.client().client(fd=6).call("dup", fd=5, ret=6), {5: {"client": "#1"}, 6: {"client": "#1"}}),
    "a number that is made again": (lambda t: t.client().close().accept(5), {5: {"opened": 6, "interest": ""}}),
}  # fmt: skip

DUPED: dict[str, Row] = {
    "dup": (
        lambda t: t.client().call("dup", fd=5, ret=7),
        {7: {"kind": "connection", "client": "#1", "peer": "127.0.0.1:40005", "file": 3, "interest": ""},
         5: {"ghost": None}},
    ),
    "dup of nothing known": (lambda t: t.call("dup", fd=9, ret=7), {7: {"kind": "other", "file": None}, 9: None}),
    "dup to itself": (lambda t: t.client().call("dup", fd=5, ret=5), {5: {"opened": 3, "interest": "IN|ET"}}),
    "dup that failed": (lambda t: t.client().call("dup", fd=5, ret=-1, error="EMFILE"), {-1: None}),
    "dup to 0": (lambda t: t.client().call("dup", fd=5, ret=0), {0: {"client": "#1"}}),
    "a registration lives on in a dup": (
        lambda t: t.client().wait((5, "IN")).call("dup", fd=5, ret=7).close(5),
        {5: None, 7: {"ghost": 5, "interest": "IN|ET", "edge": True, "reported": "IN", "reported_n": 5,
                      "reported_step": 5}},
    ),
    "a dup that has its own registration keeps it": (
        lambda t: t.client().call("dup", fd=5, ret=7).add(7, "OUT").wait((7, "OUT")).close(5),
        {7: {"ghost": 5, "interest": "OUT", "edge": False, "reported": "OUT"}},
    ),
    "what was not registered leaves nothing": (
        lambda t: t.accept(5).call("dup", fd=5, ret=7).close(5), {7: {"ghost": None, "interest": ""}}),
    "what has another file leaves nothing": (lambda t: t.client().client(fd=6).close(5), {6: {"ghost": None}}),
    "without an epoll nothing lives on": (
        lambda t: t.client().call("dup", fd=5, ret=7).close(4).close(5), {7: {"ghost": None}}),
}  # fmt: skip

REGISTERED: dict[str, Row] = {
    "ADD": (
        lambda t: t.accept(5).add(5, "IN|ET"),
        {5: {"interest": "IN|ET", "edge": True, "epoll": 4, "armed": True, "used": 4, "disarmed": False}},
    ),
    "ADD of a level": (lambda t: t.accept(5).add(5, "IN|OUT"), {5: {"interest": "IN|OUT", "edge": False}}),
    "ADD of what nobody saw made": (lambda t: t.add(9, "IN"), {9: {"kind": "other", "opened": 3, "interest": "IN"}}),
    "MOD": (lambda t: t.client().add(5, "OUT", op="MOD"), {5: {"interest": "OUT", "edge": False, "epoll": 4}}),
    "MOD after the one report": (
        lambda t: t.client("IN|ONESHOT").wait((5, "IN")).add(5, "IN|ONESHOT", op="MOD"), {5: {"disarmed": False}}),
    "the one report": (lambda t: t.client("IN|ONESHOT").wait((5, "IN")), {5: {"disarmed": True}}),
    "a report that is not the only one": (lambda t: t.client("IN").wait((5, "IN")), {5: {"disarmed": False}}),
    "poll disarms nothing": (
        lambda t: t.client("IN|ONESHOT").call("poll", ret=1, ready=[(5, "IN")], args={"interest": [[5, "IN"]]}),
        {5: {"disarmed": False}},
    ),
    "the next report": (
        lambda t: t.client("IN|ONESHOT").wait((5, "IN")).add(5, "IN|ONESHOT", op="MOD").wait((5, "IN")),
        {5: {"disarmed": True, "reports": 2}},
    ),
    "DEL": (lambda t: t.client().drop(5), {5: {"interest": "", "edge": False, "epoll": None}}),
    "ADD of what is there": (
        lambda t: t.accept(5).call(
            "epoll_ctl", fd=4, ret=-1, error="EEXIST", args={"op": "ADD", "fd": 5, "events": "IN"}),
        {5: {"interest": "IN", "epoll": 4}},
    ),
    "ADD of a plain file": (
        lambda t: t.call("epoll_ctl", fd=4, ret=-1, error="EPERM", args={"op": "ADD", "fd": 9, "events": "IN"}),
        {9: {"interest": ""}},
    ),
    "ADD that failed": (
        lambda t: t.accept(5).call(
            "epoll_ctl", fd=4, ret=-1, error="ENOSPC", args={"op": "ADD", "fd": 5, "events": "IN"}),
        {5: {"interest": "", "epoll": None}},
    ),
    "select": (
        lambda t: t.accept(5).call("select", ret=0, args={"interest": [[5, "R"], [9, "W"]]}),
        {5: {"interest": "R", "epoll": None}, 9: {"kind": "other", "interest": "W"}, 3: {"interest": ""}},
    ),
    "poll beside an epoll": (
        lambda t: t.client().call("poll", ret=0, args={"interest": [[5, "OUT"]]}), {5: {"interest": "IN|ET"}}),
    "poll of a closed number": (
        lambda t: t.call("poll", ret=1, ready=[(9, "NVAL")], args={"interest": [[9, "IN"]]}), {9: None}),
}  # fmt: skip


def datagram(size: int) -> Callable[[Told], Told]:
    """Fd 7, a datagram socket with a datagram of so many bytes waiting."""
    return lambda t: t.call("socket", ret=7, args={"type": "SOCK_DGRAM"}).look(7, recv=size)


MOVED: dict[str, Row] = {
    "recv": (lambda t: t.client().look(recv=12).read(4), {5: {"received": 4, "eof": False, "unread": 8, "sent": 0}}),
    "recv, where somebody looked after it": (
        lambda t: t.client().look(recv=12).read(4, left=9), {5: {"received": 4, "unread": 9}}),
    "recv of all": (lambda t: t.client().look(recv=4).read(4), {5: {"unread": 0, "high": False}}),
    "recv of more than was seen": (lambda t: t.client().look(recv=3).read(4), {5: {"unread": 0}}),
    "recv with MSG_PEEK": (lambda t: t.client().look(recv=12).read(4, flags="MSG_PEEK"), {5: {"unread": 12}}),
    "recv of the end": (lambda t: t.client().read(0), {5: {"eof": True, "received": 0}}),
    "recv of nothing, for nothing was asked": (lambda t: t.client().read(0, size=0), {5: {"eof": False}}),
    "recv that failed": (lambda t: t.client().look(recv=12).again(), {5: {"received": 0, "unread": 12, "error": None}}),
    "recv that met an error": (
        lambda t: t.client().call("recv", fd=5, ret=-1, error="ECONNRESET"),
        {5: {"error": "ECONNRESET", "eof": False}}),
    "send": (lambda t: t.client().look(recv=2).write(7, 9), {5: {"sent": 7, "received": 0, "unread": 2}}),
    "send, twice": (lambda t: t.client().write(7, 9).write(2, 2), {5: {"sent": 9}}),
    "send that failed": (lambda t: t.client().again(call="send"), {5: {"sent": 0}}),
    "recvmmsg returns messages": (
        lambda t: t.client().call("recvmmsg", fd=5, ret=2, args={"bytes": 9, "size": 18}), {5: {"received": 9}}),
    "sendmmsg returns messages": (
        lambda t: t.client().call("sendmmsg", fd=5, ret=2, args={"bytes": 9}), {5: {"sent": 9}}),
    "splice": (
        lambda t: t.client().client(fd=6).call("splice", fd=5, ret=3, args={"to": 6, "size": 9}),
        {5: {"received": 3, "sent": 0}, 6: {"sent": 3, "received": 0}},
    ),
    "splice that failed": (
        lambda t: t.client().client(fd=6).call("splice", fd=5, ret=-1, error="EAGAIN", args={"to": 6}),
        {5: {"received": 0}, 6: {"sent": 0}},
    ),
    "SSL_read": (
        lambda t: t.client().look(recv=90).tls("SSL_read", 4, pending=50),
        {5: {"received": 4, "pending": 50, "unread": 90}}),
    "SSL_read, where somebody looked after it": (
        lambda t: t.client().look(recv=90).tls("SSL_read", 4, pending=0, left=0), {5: {"pending": 0, "unread": 0}}),
    "SSL_read that finds nothing": (
        lambda t: t.client().tls("SSL_read", 4, pending=50).tls("SSL_read", error="WANT_READ"),
        {5: {"received": 4, "pending": 0, "error": None}}),
    "SSL_read that met an error": (lambda t: t.client().tls("SSL_read", error="SSL"), {5: {"error": "SSL"}}),
    "SSL_read of a close_notify": (lambda t: t.client().tls("SSL_read", 0, pending=0), {5: {"eof": False}}),
    "SSL_read of the end": (
        lambda t: t.client().look(tcp="CLOSE_WAIT").tls("SSL_read", 0, pending=0),
        {5: {"eof": True}}),
    "SSL_write": (
        lambda t: t.client().tls("SSL_read", 4, pending=5).tls("SSL_write", 9),
        {5: {"sent": 9, "pending": 5}}),
    "SSL_write that finds no room": (
        lambda t: t.client().tls("SSL_write", error="WANT_WRITE"),
        {5: {"sent": 0, "error": None}}),
    "SSL_shutdown": (lambda t: t.client().tls("SSL_read", 4, pending=5).tls("SSL_shutdown", 1), {5: {"pending": 0}}),
    "SSL_shutdown that goes on": (
        lambda t: t.client().tls("SSL_read", 4, pending=5).tls("SSL_shutdown", error="WANT_READ"), {5: {"pending": 5}}),
    "shutdown lets go of OpenSSL's": (
        lambda t: t.client().tls("SSL_read", 4, pending=5).call("shutdown", fd=5, ret=0, args={"how": "RD"}),
        {5: {"pending": 0, "shut": False}}),
    "a datagram": (lambda t: datagram(9)(t).read(9, fd=7), {7: {"lost": 0, "received": 9}}),
    "a datagram that is cut": (lambda t: datagram(9)(t).read(4, fd=7), {7: {"lost": 5, "received": 4}}),
    "two datagrams that are cut": (
        lambda t: datagram(9)(t).read(4, fd=7).look(7, recv=6).read(4, fd=7), {7: {"lost": 7}}),
    "a datagram that is peeked at": (
        lambda t: datagram(9)(t).read(4, fd=7, flags="MSG_PEEK"), {7: {"lost": 0, "unread": 9}}),
    "an empty datagram": (lambda t: datagram(0)(t).read(0, fd=7), {7: {"eof": False}}),
    "a stream that is read in parts": (lambda t: t.client().look(recv=9).read(4), {5: {"lost": 0}}),
    **{
        f"shutdown({how})": (
            lambda t, how=how: t.client().call("shutdown", fd=5, ret=0, args={"how": how}), {5: {"shut": shut}})  # type: ignore[misc]
        for how, shut in (("RD", False), ("WR", True), ("RDWR", True))
    },
    "shutdown that failed": (
        lambda t: t.client().call("shutdown", fd=5, ret=-1, error="ENOTCONN", args={"how": "WR"}),
        {5: {"shut": False, "error": "ENOTCONN"}},
    ),
}  # fmt: skip

SEEN: dict[str, Row] = {
    "what was open before": (
        lambda t: t.event(note="begins", args={"seen": {"7": "socket", "8": "pipe", "9": "listener", "x": "pipe"}}),
        {7: {"kind": "socket", "queues": Queues()}, 8: {"kind": "other", "queues": Queues(file="pipe")},
         9: {"kind": "listener"}},
    ),
    "what an epoll watched before": (
        lambda t: t.event(
            note="begins", args={"seen": {"7": "connection"}, "watches": {"4": [[7, "IN|ET"], [12, "IN"]]}}),
        {7: {"interest": "IN|ET", "edge": True}, 12: None},
    ),
}  # fmt: skip

ROWS = MADE | ENDED | DUPED | REGISTERED | MOVED | SEEN


def lane_of(told: Told) -> LaneState:
    return told.trace.state(len(told.trace) - 1).lanes["edge"]


@pytest.mark.parametrize("name", ROWS)
def test_what_a_call_does_to_the_descriptors(name: str) -> None:
    calls, expected = ROWS[name]
    fds = lane_of(calls(Told(held=name not in MOVED))).fds
    known = {number: fds.get(number) for number in expected}
    assert {
        number: None if fd is None else {field: getattr(fd, field) for field in expected[number] or ()}
        for number, fd in known.items()
    } == expected


def test_a_closed_client_keeps_its_last_socket_and_the_oldest_are_let_go() -> None:
    told = Told()
    for _ in range(66):
        told.client().close()
    lane = lane_of(told)
    assert list(lane.gone) == [f"#{n}" for n in range(3, 67)]
    last = lane.gone["#66"]
    assert (last.closed, last.high, last.stranded) == (len(told.trace) - 1, False, False)


def test_a_program_is_named_anew_where_it_was_another_before() -> None:
    assert lane_of(Told().call("execve", ret=0, args={"file": "/bin/sh"})).program == "sh"
    assert lane_of(Told().call("execve", ret=-1, args={"file": "/bin/sh"})).program is None


def test_what_is_closed_in_other_lanes_of_a_process_is_closed_there_alone() -> None:
    told = Told().event(lane="other", call="socket", ret=5).client()
    told.event(lane="other", call="close", fd=9, ret=0, args={"also": {"edge": [5], "nobody": [4]}})
    state = told.trace.state(len(told.trace) - 1)
    assert 5 not in state.lanes["edge"].fds and 5 in state.lanes["other"].fds and 4 in state.lanes["edge"].fds


def test_an_fd_moves_to_the_lane_that_watches_it() -> None:
    told = Told().client().event(lane="other", note="moves", args={"moved": {"5": "edge", "6": "edge", "7": "nobody"}})
    state = told.trace.state(len(told.trace) - 1)
    assert 5 not in state.lanes["edge"].fds and list(state.lanes["other"].fds) == [5]
    assert state.lanes["other"].fds[5].client == "#1"
