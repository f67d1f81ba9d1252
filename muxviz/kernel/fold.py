"""The fold: what the kernel and the programs look like after an event.

Theory of operation
-------------------
`fold(state, event)` takes one event into a state; nothing else ever changes a state, and a state depends on the events
alone, so any moment of a session can be had again. What an event says is *observed* and copied. What follows from it
is *derived* by one of these rules, each with its reason where it stands (`rules`, `proof`):

    wire_high     is the fd's wire high (something to read)?
    taken         what a read returned is no longer unread (where nobody looked after it)
    stranded      did a wait begin on bytes of which nothing will be said: their edge is used up, or the fd disarmed?
    worked        did a wakeup lead to anything?
    proved        what do calls alone say of a level at which nobody looked?

Sockets are followed by the client at their other end, not by number: numbers are used again.
"""

from __future__ import annotations

from typing import Any, Final

from muxviz.calls import READS, TLS, WAITS, WRITES
from muxviz.events import READABLE, TLS_WANTS, Event, split
from muxviz.kernel.descriptors import EFFECTS, also_closed, open_fd, seen
from muxviz.kernel.proof import take_call, take_report
from muxviz.kernel.readiness import stranded, wire_high
from muxviz.kernel.state import ClientState, LaneState, State

_WORK: Final = READS | WRITES | TLS | {"accept", "close", "close_range", "shutdown", "connect", "splice"}
_MAY_END: Final = READS | {"SSL_read"}
_NOT_NOW: Final = TLS_WANTS | {None, "EAGAIN", "EINPROGRESS"}
"""Nothing is wrong with the fd."""
_CONNECTS: Final = frozenset({None, "EINPROGRESS", "EALREADY", "EISCONN"})
"""After these a socket is connected, or still may be (connect(2))."""


def fold(state: State, event: Event) -> State:
    """Take one event into `state`, which is changed and returned."""
    state.n, state.t = event.n, event.t
    if event.step is not None:
        state.step = event.step
    if event.action is not None:
        _action(state, event)
        return state
    if event.note is not None and isinstance(unread := event.args.get("unread"), int):
        state.unread_lines = unread
    if event.role == "client" and event.client is not None:
        _client_socket(state, event.client, event)
    if event.lane is None:
        if event.role == "client":  # of every lane: they share a listener
            for one in state.lanes.values():
                _client_call(state, one, event)
        return state
    lane = state.lanes.get(event.lane)
    if lane is None:
        lane = state.lanes[event.lane] = LaneState(event.lane)
    if event.role == "client":
        _client_call(state, lane, event)
    elif "seen" in event.args or "moved" in event.args:
        seen(state, lane, event)
    if event.role != "client" and event.call is not None:
        _server_call(lane, event)
        if "also" in event.args:
            also_closed(state, event)
        if event.step is not None and event.phase is None:
            _seen_from_inside(lane)
    if event.queues:
        _look(lane, event)
    if event.phase == "enter" and event.call in WAITS:
        for fd in lane.fds.values():
            if fd.edge or fd.disarmed or fd.stranded:  # there may be thousands of others
                fd.stranded = stranded(fd)
                lane.stuck = lane.stuck or fd.stranded
    if event.exit is not None:
        lane.status, lane.exit_n, lane.asleep_since = "ended", event.n, None
        for fd in lane.fds.values():
            fd.stranded = False
    return state


# --- observed ----------------------------------------------------------------------------------------------------


def _action(state: State, event: Event) -> None:
    state.beat, state.action, state.action_n = event.beat, event.action, event.n
    state.driven += event.args.get("by") == "hand"
    for lane in state.lanes.values():
        for fd in lane.fds.values():
            if fd.reports:
                fd.reports = 0


def _client_socket(state: State, client: str, event: Event) -> None:
    if event.call == "connect":
        state.sockets[client] = event.error in _CONNECTS
    elif event.call == "close" and client in state.sockets:
        state.sockets[client] = False


def _client_call(state: State, lane: LaneState, event: Event) -> None:
    if event.call == "connect" and event.client is not None:
        local = event.args.get("local")
        if isinstance(local, list) and len(local) > 1 and isinstance(local[1], int):
            lane.ports[local[1]] = event.client
        if event.socket_type != "SOCK_DGRAM":  # that is no connection, which a server could have a fd for
            state.clients.setdefault(event.client, ClientState(event.client, event.n))


def _server_call(lane: LaneState, event: Event) -> None:
    lane.pid = event.pid if event.pid is not None else lane.pid
    lane.last = event.n
    if event.phase == "enter":
        lane.status = "asleep"
        lane.asleep_since = event.n
        if event.call in WAITS and not event.args.get("still"):
            _count_idle(lane)
            _interest_of_wait(lane, event)
        return
    lane.status, lane.asleep_since = "running", None
    lane.calls += 1
    if event.call in WAITS:
        _wakeup(lane, event)
        return
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    told_again = fd is not None and fd.eof and event.call in _MAY_END and event.ret == 0
    handler = EFFECTS.get(event.call or "")
    if handler is not None:
        handler(lane, event)
    if event.call in _WORK and event.ret is not None and event.ret >= 0 and not told_again:
        lane.worked = True  # to read the end of a stream once more is none
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is not None:
        take_call(fd, event)
    if fd is not None and event.error not in _NOT_NOW:
        fd.error = event.error
        lane.worked = True


def _count_idle(lane: LaneState) -> None:
    """The lane waits again: its newest wakeup led to work, or to none."""
    if not lane.worked and lane.wakeups:
        lane.idle_wakeups += 1
    lane.worked = True


def _wakeup(lane: LaneState, event: Event) -> None:
    _count_idle(lane)
    lane.waits += 1
    lane.wakeups += 1
    lane.worked = False
    _interest_of_wait(lane, event)
    if lane.stuck:
        for fd in lane.fds.values():
            fd.stranded = False
        lane.stuck = False
    for number, flags in event.ready or ():
        named = lane.named(number)
        if named is None:
            continue
        named.reported, named.reported_n, named.reported_step = flags, event.n, event.step
        named.reports += 1
        take_report(named, event, flags)
        named.disarmed = event.call == "epoll_wait" and "ONESHOT" in split(named.interest)
        if named.closed is None and READABLE.intersection(split(flags)) and named.queues.level is None:
            named.high = True


def _interest_of_wait(lane: LaneState, event: Event) -> None:
    """select and poll are told their interest at each call; what they are not told of, they do not watch."""
    asked = event.args.get("interest")
    if event.call == "epoll_wait" or not isinstance(asked, list):
        return
    now = _by_number(asked)
    if not now.keys() <= lane.fds.keys():
        closed = {number for number, flags in event.ready or () if "NVAL" in split(flags)}
        for number in now:
            if number not in lane.fds and number not in closed and event.error is None:
                open_fd(lane, event, "other", number)  # a pipe, a terminal: no call that made it was seen
    for number, fd in lane.fds.items():
        flags = now.get(number, "")
        if fd.epoll is not None:  # a program may ask poll about one fd beside its epoll
            continue
        if fd.interest != flags or fd.edge:  # most waits ask as the one before: see _wakeup
            fd.interest, fd.edge = str(flags), False


def _by_number(asked: list[Any]) -> dict[int, Any]:
    """The interest by fd, without what is no pair: of ten thousand pairs that are as they should be in one go."""
    try:
        now = dict(asked) if set(map(type, asked)) == {list} else {}
    except (TypeError, ValueError):
        now = {}
    if now and set(map(type, now)) == {int}:
        return now
    pairs = (pair for pair in asked if isinstance(pair, list) and len(pair) == 2)
    return {number: flags for number, flags in pairs if isinstance(number, int)}


def _seen_from_inside(lane: LaneState) -> None:
    """A held lane looks at every fd after each call and tells what has changed since its own last look. The two ways
    of looking may differ for good: from outside an urgent byte counts (proc_net_tcp.rst), FIONREAD leaves it out."""
    if not lane.peeked:
        return
    lane.peeked = False
    for fd in lane.fds.values():
        if fd.inside is not None:
            fd.queues, fd.inside, fd.outside = fd.inside, None, False
            fd.high = wire_high(fd)


def _look(lane: LaneState, event: Event) -> None:
    for number, found in event.looked_at():
        fd = lane.fds.get(number)
        if fd is None and found.tcp == "LISTEN":  # inherited: no call of this program made it
            fd = open_fd(lane, event, "listener", number)
        if fd is not None:
            before = fd.unread
            if event.look == "outside" and fd.inside is None:
                fd.inside, lane.peeked = fd.queues, True
            fd.queues = fd.queues.updated(found)
            fd.outside = event.look == "outside"
            fd.looked_n = event.n
            fd.high = wire_high(fd)
            if fd.unread > before:  # what has just arrived makes an edge of its own, where anything is armed
                fd.stranded = fd.disarmed and lane.status == "asleep" and stranded(fd)
                lane.stuck = lane.stuck or fd.stranded
