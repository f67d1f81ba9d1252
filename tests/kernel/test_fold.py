"""What each event makes of a lane, of its clients and of the session: one row for each way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from muxviz.events import Event, FormatError, Queues
from muxviz.kernel import FdState, LaneState, State, decode_state, fold, stranded, wire_high
from muxviz.kernel.state import FdKind
from tests.findings.told import Told


def state_of(told: Told) -> State:
    return told.trace.state(len(told.trace) - 1)


def idle(told: Told) -> Told:
    """A wakeup that led to nothing, and the next wait."""
    return told.wait((5, "IN"))


Row = tuple[Callable[[Told], Told], dict[str, Any]]
LANES: Final[dict[str, Row]] = {
    "a call": (lambda t: t, {"status": "running", "calls": 3, "waits": 0, "wakeups": 0, "last": 2, "pid": None}),
    "a call of a process": (lambda t: t.call("send", fd=9, ret=1, pid=7).write(1, 1, fd=9), {"pid": 7, "last": 4}),
    "a wait that sleeps": (
        lambda t: t.sleep(), {"status": "asleep", "asleep_since": 3, "calls": 3, "waits": 0, "last": 3}),
    "a call that sleeps": (
        lambda t: t.event(call="recv", fd=5, phase="enter"), {"status": "asleep", "asleep_since": 3, "calls": 3}),
    "a wait that has returned": (
        lambda t: t.sleep().wait(), {"status": "running", "asleep_since": None, "calls": 4, "waits": 1, "wakeups": 1}),
    "a wait that failed is one too": (
        lambda t: t.call("epoll_wait", fd=4, ret=-1, error="EINTR"), {"waits": 1, "wakeups": 1}),
    "the end": (
        lambda t: t.sleep().end(), {"status": "ended", "asleep_since": None, "exit_n": 4}),
    "a client's call is none of the lane's": (
        lambda t: t.event(role="client", client="A", call="connect", ret=0), {"calls": 3, "last": 2}),
    "an observer's look is no call": (lambda t: t.client().look(recv=3), {"calls": 5, "last": 4}),
}  # fmt: skip


@pytest.mark.parametrize("name", LANES)
def test_what_an_event_makes_of_a_lane(name: str) -> None:
    do, expected = LANES[name]
    lane = state_of(do(Told())).lanes["edge"]
    assert {field: getattr(lane, field) for field in expected} == expected


IDLE: Final[dict[str, tuple[Callable[[Told], Told], int]]] = {
    "nothing": (lambda t: t, 1),
    "recv": (lambda t: t.read(4), 0),
    "recv of the end": (lambda t: t.read(0), 0),
    "recv of the end, again": (lambda t: t.read(0).wait((5, "IN")).read(0), 1),
    "recv that found nothing": (lambda t: t.again(), 1),
    "recv that met an error": (lambda t: t.call("recv", fd=5, ret=-1, error="ECONNRESET"), 0),
    "SSL_read": (lambda t: t.tls("SSL_read", 4), 0),
    "SSL_read that found nothing": (lambda t: t.tls("SSL_read", error="WANT_READ"), 1),
    "SSL_read of the end, again": (
        lambda t: t.look(tcp="CLOSE_WAIT").tls("SSL_read", 0).wait((5, "IN")).tls("SSL_read", 0), 1),
    "SSL_write that found no room": (lambda t: t.tls("SSL_write", error="WANT_WRITE"), 1),
    "send": (lambda t: t.write(4, 4), 0),
    "accept": (lambda t: t.accept(6), 0),
    "accept that found nothing": (lambda t: t.accept(error="EAGAIN"), 1),
    "close": (lambda t: t.close(), 0),
    "close_range": (lambda t: t.call("close_range", ret=0, args={"closed": [5]}), 0),
    "shutdown": (lambda t: t.call("shutdown", fd=5, ret=0, args={"how": "WR"}), 0),
    "connect": (lambda t: t.call("connect", fd=5, ret=0), 0),
    "connect that goes on": (lambda t: t.call("connect", fd=5, ret=-1, error="EINPROGRESS"), 1),
    "splice": (lambda t: t.call("splice", fd=5, ret=4, args={"to": 9}), 0),
    "epoll_ctl": (lambda t: t.add(5, "IN", op="MOD"), 1),
    "a call on nothing known": (lambda t: t.call("fcntl", fd=9, ret=0), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", IDLE)
def test_what_is_work_after_a_wakeup(name: str) -> None:
    do, count = IDLE[name]
    for next_wait in (Told.wait, Told.sleep):
        told = do(Told().client().wait((5, "IN")))
        assert state_of(told).lanes["edge"].idle_wakeups == 0, "the next wait tells"
        assert state_of(next_wait(told)).lanes["edge"].idle_wakeups == count
    assert state_of(Told().client().sleep()).lanes["edge"].idle_wakeups == 0, "before the first wakeup there is none"
    told = Told().client().wait().event(call="epoll_wait", fd=4, phase="enter", args={"still": True})
    assert state_of(told).lanes["edge"].idle_wakeups == 0, "the same wait, told of once more"
    assert state_of(Told().client().wait().sleep().wait().sleep()).lanes["edge"].idle_wakeups == 2, (
        "each is counted once"
    )


def action(told: Told, **args: Any) -> Told:
    return told.event(role="client", lane=None, beat=2, action="A sends", args=args)


def test_reports_are_counted_since_the_last_client_action() -> None:
    told = Told().client("IN").wait((5, "IN")).wait((5, "IN"))
    fd = state_of(told).lanes["edge"].fds[5]
    assert (fd.reports, fd.reported, fd.reported_n, fd.reported_step) == (2, "IN", 6, 6)
    state = state_of(action(told))
    assert state.lanes["edge"].fds[5].reports == 0
    assert (state.beat, state.action, state.action_n, state.driven) == (2, "A sends", 7, 0)
    assert state_of(told.wait((5, "IN"))).lanes["edge"].fds[5].reports == 1
    assert state_of(action(action(told, by="hand"), by="scenario")).driven == 1


def connect(told: Told, **fields: Any) -> Told:
    args = {"local": ["127.0.0.1", 40005]} | fields.pop("args", {})
    return told.event(**{"role": "client", "client": "A", "call": "connect", "ret": 0, "args": args, **fields})


def test_clients_and_their_sockets() -> None:
    state = state_of(connect(connect(Told()), client="B"))
    assert list(state.clients) == ["A", "B"] and (state.clients["A"].opened, state.clients["B"].opened) == (3, 4)
    assert state.lanes["edge"].ports == {40005: "B"} and state.sockets == {"A": True, "B": True}
    assert state_of(connect(connect(Told()))).clients["A"].opened == 3, "its first"
    for error, is_open in (("EINPROGRESS", True), ("EALREADY", True), ("EISCONN", True), ("ECONNREFUSED", False)):
        assert state_of(connect(Told(), ret=-1, error=error)).sockets == {"A": is_open}
    closed = connect(Told()).event(role="client", client="A", call="close", ret=0)
    assert state_of(closed).sockets == {"A": False}
    assert state_of(Told().event(role="client", client="C", call="close", ret=0)).sockets == {}
    assert state_of(connect(Told()).event(role="client", client="A", call="send", ret=3)).sockets == {"A": True}
    datagram = state_of(connect(Told(), args={"type": "SOCK_DGRAM"}))
    assert datagram.clients == {} and datagram.sockets == {"A": True} and datagram.lanes["edge"].ports == {40005: "A"}
    for local in (None, [], ["::1"], ["::1", "x"], "::1"):
        assert state_of(connect(Told(), args={"local": local})).lanes["edge"].ports == {}


def test_what_a_client_does_of_no_lane_is_told_to_every_lane() -> None:
    told = Told().event(lane="other", call="socket", ret=5)
    state = state_of(connect(told, lane=None))
    assert [lane.ports for lane in state.lanes.values()] == [{40005: "A"}] * 2
    one = state_of(connect(told, lane="other", args={"local": ["127.0.0.1", 7]}))
    assert [lane.ports.get(7) for lane in one.lanes.values()] == [None, "A"]


def test_what_could_not_be_read_of_a_trace_is_told_by_a_note() -> None:
    assert state_of(Told().event(note="n", lane=None, args={"unread": 3})).unread_lines == 3
    assert state_of(Told().event(note="n", lane=None, args={"unread": "3"})).unread_lines == 0
    assert state_of(Told().call("send", fd=9, ret=1, args={"unread": 3})).unread_lines == 0


# --- looks -----------------------------------------------------------------------------------------------------------


def test_a_look_from_outside_is_put_back_by_the_next_look_from_inside() -> None:
    told = Told().client().read(4, left=8)
    assert state_of(told).lanes["edge"].fds[5].outside is False
    told.look(recv=12).look(recv=15)
    state = state_of(told)
    fd = state.lanes["edge"].fds[5]
    assert (fd.outside, fd.unread, fd.inside, fd.looked_n) == (True, 15, Queues(recv=8), 7)
    assert state.lanes["edge"].peeked and fd.high
    state = state_of(told.write(1, 1, fd=9))
    fd = state.lanes["edge"].fds[5]
    assert (fd.outside, fd.unread, fd.inside, state.lanes["edge"].peeked) == (False, 8, None, False)
    empty = state_of(Told().client().read(4, left=0).look(recv=12).write(1, 1, fd=9)).lanes["edge"].fds[5]
    assert (empty.unread, empty.high) == (0, False)


def test_a_look_from_outside_lasts_where_nobody_looks_from_inside() -> None:
    free = Told("run", held=False).client().look(recv=12).write(1, 1, fd=9)
    assert state_of(free).lanes["edge"].fds[5].unread == 12
    begun = Told().client().look(recv=12).event(call="recv", fd=9, phase="enter")
    assert state_of(begun).lanes["edge"].fds[5].unread == 12


def test_a_listener_that_was_inherited_is_known_by_a_look() -> None:
    fds = state_of(Told().look(9, tcp="LISTEN", accepts=2).look(10, tcp="ESTABLISHED", recv=2)).lanes["edge"].fds
    assert (fds[9].kind, fds[9].opened, fds[9].unread, fds[9].high) == ("listener", 3, 2, True) and 10 not in fds


HIGH: Final[dict[str, tuple[FdKind, dict[str, Any], bool]]] = {
    "a level of IN": ("connection", {"queues": Queues(level="IN|OUT")}, True),
    "a level of RDHUP": ("connection", {"queues": Queues(level="RDHUP|HUP")}, True),
    "a level of OUT": ("connection", {"queues": Queues(level="OUT", recv=4)}, False),
    "a low level": ("connection", {"queues": Queues(level="", recv=4)}, False),
    "bytes": ("connection", {"queues": Queues(recv=1)}, True),
    "no bytes": ("connection", {"queues": Queues(recv=0)}, False),
    "nothing known": ("connection", {}, False),
    "an end that was read": ("connection", {"eof": True}, True),
    "CLOSE_WAIT": ("connection", {"queues": Queues(tcp="CLOSE_WAIT")}, True),
    "LAST_ACK": ("connection", {"queues": Queues(tcp="LAST_ACK")}, True),
    "CLOSING": ("connection", {"queues": Queues(tcp="CLOSING")}, True),
    "TIME_WAIT": ("connection", {"queues": Queues(tcp="TIME_WAIT")}, True),
    "CLOSE": ("connection", {"queues": Queues(tcp="CLOSE")}, True),
    "ESTABLISHED": ("connection", {"queues": Queues(tcp="ESTABLISHED")}, False),
    "FIN_WAIT2": ("connection", {"queues": Queues(tcp="FIN_WAIT2")}, False),
    "connections": ("listener", {"queues": Queues(accepts=1, tcp="LISTEN")}, True),
    "no connections": ("listener", {"queues": Queues(accepts=0, recv=3)}, False),
}


@pytest.mark.parametrize("name", HIGH)
def test_when_a_wire_is_high(name: str) -> None:
    kind, fields, high = HIGH[name]
    assert wire_high(FdState(fd=5, kind=kind, opened=0, **fields)) is high


LEFT: Final[dict[str, Any]] = {"interest": "IN|ET", "edge": True, "high": True, "queues": Queues(recv=8)}
STRANDED: Final[dict[str, tuple[FdKind, dict[str, Any], bool]]] = {
    "bytes under an edge": ("connection", {}, True),
    "bytes of one that is disarmed": ("connection", {"interest": "IN|ONESHOT", "edge": False, "disarmed": True}, True),
    "bytes under a level": ("connection", {"interest": "IN", "edge": False}, False),
    "what it does not ask for": ("connection", {"interest": "OUT|ET"}, False),
    "no bytes": ("connection", {"queues": Queues(recv=0)}, False),
    "what is not high": ("connection", {"high": False}, False),
    "connections": ("listener", {"queues": Queues(accepts=1)}, True),
    "an empty datagram": ("datagram", {"queues": Queues(recv=0)}, True),
    "no datagram": ("datagram", {"queues": Queues(recv=0), "high": False}, False),
}


@pytest.mark.parametrize("name", STRANDED)
def test_when_an_fd_is_stranded(name: str) -> None:
    kind, fields, expected = STRANDED[name]
    assert stranded(FdState(fd=5, kind=kind, opened=0, **(LEFT | fields))) is expected


def test_a_lane_is_stranded_from_a_wait_that_sleeps_to_its_return() -> None:
    told = Told().client().wait((5, "IN"), fd5=12).read(4, left=8)
    assert state_of(told).lanes["edge"].stranded == []
    assert [fd.fd for fd in state_of(told.sleep()).lanes["edge"].stranded] == [5]
    assert state_of(told.wait()).lanes["edge"].stranded == []
    assert [fd.fd for fd in state_of(told.sleep()).lanes["edge"].stranded] == [5]
    assert state_of(told.end()).lanes["edge"].stranded == []
    level = Told().client("IN").wait((5, "IN"), fd5=12).read(4, left=8).sleep()
    assert state_of(level).lanes["edge"].stranded == []


def test_what_arrives_makes_an_edge_but_not_for_one_that_is_disarmed() -> None:
    edge = Told().client().wait((5, "IN"), fd5=12).read(4, left=8).sleep()
    assert state_of(edge.look(recv=8)).lanes["edge"].stranded != [], "nothing has come"
    assert state_of(edge.look(recv=9)).lanes["edge"].stranded == []
    once = Told().client("IN|ONESHOT").wait((5, "IN")).read(4, left=0).sleep()
    assert state_of(once).lanes["edge"].stranded == []
    assert [fd.fd for fd in state_of(once.look(recv=3)).lanes["edge"].stranded] == [5]
    awake = Told().client("IN|ONESHOT").wait((5, "IN")).read(4, left=0).look(recv=3)
    assert state_of(awake).lanes["edge"].stranded == []


# --- the shapes themselves -------------------------------------------------------------------------------------------


def test_a_copy_is_the_same_and_stays_what_it_is() -> None:
    told = connect(Told()).client().client(fd=6).close(6).look(recv=4)
    state = state_of(told)
    before = msgspec.json.encode(state)
    copy = state.copy()
    assert copy == state
    told.accept(9).read(3).close(5).end()
    for n in range(len(told.trace) - 4, len(told.trace)):
        fold(copy, told.trace[n])
    connected = connect(Told(), client="Z", args={"local": ["x", 9]}).trace[3]
    fold(copy, msgspec.structs.replace(connected, n=99))
    assert msgspec.json.encode(state) == before and copy != state


def test_the_socket_of_a_client_and_what_a_number_names() -> None:
    lane = state_of(Told().client().client(fd=6).close(6)).lanes["edge"]
    one, two = lane.of_client("#1"), lane.of_client("#2")
    assert one is lane.fds[5] and two is not None and (two.fd, two.closed) == (6, 7) and lane.of_client("#3") is None
    assert lane.named(5) is lane.fds[5] and lane.named(6) is two and lane.named(9) is None
    twice = state_of(Told().client().close().client().close()).lanes["edge"]
    assert twice.named(5) is twice.gone["#2"], "the last one that had it"
    ghost = state_of(Told().client().call("dup", fd=5, ret=7).close(5)).lanes["edge"]
    assert ghost.named(5) is ghost.fds[7]


def test_listeners_are_told_by_number() -> None:
    told = Told().call("listen", fd=9, ret=0).call("listen", fd=7, ret=0).client()
    assert [fd.fd for fd in state_of(told).lanes["edge"].listeners()] == [3, 7, 9]


def test_a_keyframe_is_read_as_it_was_written() -> None:
    state = state_of(Told().client().read(4, left=8).look(recv=12))
    again = decode_state(msgspec.json.encode(state))
    assert again == state and again.lanes["edge"].peeked
    older = msgspec.json.decode(msgspec.json.encode(state))
    for lane, peeked in (("edge", True), ("none", False)):
        if lane == "none":
            del older["lanes"]["edge"]["fds"]["5"]["inside"]
        older["lanes"]["edge"].pop("peeked", None)
        assert decode_state(msgspec.json.encode(older)).lanes["edge"].peeked is peeked
    for text in (b"{}", b"[", b'{"lanes":{"a":3}}', b"\xff"):
        with pytest.raises(FormatError, match="a keyframe that can't be read"):
            decode_state(text)


def test_a_new_state_and_a_new_lane_know_nothing() -> None:
    """What a keyframe leaves out is this: a default that changes makes every older recording say something else."""
    assert msgspec.structs.asdict(State({})) == {
        "lanes": {}, "clients": {}, "sockets": {}, "unread_lines": 0, "driven": 0, "n": -1, "t": 0, "step": None,
        "beat": None, "action": None, "action_n": None,
    }  # fmt: skip
    assert msgspec.structs.asdict(LaneState("a")) == {
        "lane": "a", "status": "new", "pid": None, "last": None, "calls": 0, "waits": 0, "wakeups": 0,
        "idle_wakeups": 0, "fds": {}, "gone": {}, "ports": {}, "unnamed": 0, "worked": True, "asleep_since": None,
        "exit_n": None, "stuck": True, "program": None, "peeked": False,
    }  # fmt: skip
    assert msgspec.structs.asdict(FdState(5, "socket", 0)) == {
        "fd": 5, "kind": "socket", "opened": 0, "client": None, "peer": None, "closed": None, "interest": "",
        "edge": False, "disarmed": False, "reported": "", "reported_n": None, "reported_step": None, "reports": 0,
        "queues": Queues(), "inside": None, "looked_n": None, "outside": False, "high": False, "eof": False,
        "shut": False, "error": None, "stranded": False, "lost": 0, "received": 0, "sent": 0,
        "pending": 0, "file": None, "used": None, "epoll": None, "proof": "", "proof_n": -1, "room": "", "room_n": -1,
        "armed": False, "ghost": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "args",
    [
        {"watches": {"4": [[5], [5, "IN"], ["5", "IN"], "5", 5, [9, "IN"]]}}, {"watches": {"4": 7}}, {"watches": 7},
        {"moved": {"5": 7, "x": "edge", "1" * 12: "edge"}}, {"moved": 7}, {"seen": {"1" * 12: "socket"}}, {"seen": 7},
    ],
)  # fmt: skip
def test_what_was_open_before_may_be_told_badly(args: dict[str, Any]) -> None:
    state = initial_of({"seen": {}} | args)
    assert sorted(state.lanes["edge"].fds) == [3, 4, 5]
    asked = isinstance(args.get("watches"), dict) and isinstance(args["watches"]["4"], list)
    assert state.lanes["edge"].fds[5].interest == ("IN" if asked else "")


def initial_of(args: dict[str, Any]) -> State:
    told = Told().accept(5)
    return fold(state_of(told), Event(n=9, t=1, lane="edge", role="server", note="begins", args=args))


def test_a_report_to_read_makes_a_wire_high_where_no_look_told_its_level() -> None:
    def high(told: Told) -> bool:
        return state_of(told).lanes["edge"].fds[5].high

    assert high(Told().client().wait((5, "IN"))) and high(Told().client().wait((5, "RDHUP|HUP")))
    assert not high(Told().client().wait((5, "OUT"))) and not high(Told().client())
    assert not high(Told().client().look(level="OUT").wait((5, "IN")))
    gone = state_of(Told().client().close().wait((5, "IN"))).lanes["edge"].gone["#1"]
    assert (gone.reported, gone.reports, gone.high) == ("IN", 1, False)
