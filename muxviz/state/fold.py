"""The fold: what the kernel and the programs look like after an event.

Theory of operation
-------------------
`fold(state, event)` takes one event into a state; nothing else ever changes a state, and a state depends on the events
alone, so any moment of a session can be had again. What an event says is *observed* and copied. What follows from it
is *derived* by one of the rules below, each with its reason where it stands:

    wire_high     is the fd's wire high (something to read)?
    taken         what a read returned is no longer unread (where nobody looked after it)
    stranded      did a wait begin on bytes of which nothing will be said: their edge is used up, or the fd disarmed?
    worked        did a wakeup lead to anything?
    proved        what do calls alone say of a level at which nobody looked? (`state.proof`)

Sockets are followed by the client at their other end, not by number: numbers are used again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from muxviz.events import READABLE, WAITS, Event, Queues, split
from muxviz.state.proof import take_call, take_report
from muxviz.state.shapes import ClientState, FdKind, FdState, LaneState, State

_DATA_CALLS: Final = frozenset({"recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv"})
_SEND_CALLS: Final = frozenset({"send", "sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile"})
_WORK: Final = _DATA_CALLS | _SEND_CALLS | {"accept", "close", "close_range", "shutdown", "connect", "splice"}
_CONNECTS: Final = frozenset({None, "EINPROGRESS", "EALREADY", "EISCONN"})
"""After these a socket is connected, or still may be (connect(2))."""
_ENDED_TCP: Final = frozenset({"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT", "CLOSE"})


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
        _seen(state, lane, event)
    if event.role != "client" and event.call is not None:
        _server_call(lane, event)
        if "also" in event.args:
            _also_closed(state, event)
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


# --- derived -----------------------------------------------------------------------------------------------------


def wire_high(fd: FdState) -> bool:
    """High means: a level-triggered wait that asks for everything would name this fd as readable now.

    The looked-at level decides (it comes from the queue, SO_RCVLOWAT and the TCP state: tcp(7), net/ipv4/tcp.c
    tcp_poll). Where a free run did not look at it, the last thing that a call proved does: a byte left or an end that
    was not closed is high.
    """
    if fd.queues.level is not None:
        return bool(READABLE.intersection(split(fd.queues.level)))
    if fd.kind == "listener":
        return bool(fd.queues.accepts)
    return bool(fd.queues.recv) or fd.eof or fd.queues.tcp in _ENDED_TCP


def stranded(fd: FdState) -> bool:
    """A wait has begun, the fd is registered for IN, edge-triggered or disarmed by its one report, and its wire is high
    with bytes (or connections, or a datagram) there: their edge is used up, so this wait says nothing of them
    (epoll(7), "Level-triggered and edge-triggered"; epoll_ctl(2), EPOLLONESHOT)."""
    return (fd.edge or fd.disarmed) and "IN" in split(fd.interest) and fd.high and fd.holds


def taken(fd: FdState, event: Event) -> None:
    """What a read returned is no longer unread. Only where nobody looked after the read, as in a free run; a read with
    flags may be a MSG_PEEK (recv(2)), which takes nothing."""
    before = fd.queues.recv
    if before and event.ret and not event.args.get("flags"):
        fd.queues = fd.queues.updated(Queues(recv=max(0, before - event.ret), derived=True))
        fd.high = wire_high(fd)


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
        if event.args.get("type") != "SOCK_DGRAM":  # that is no connection, which a server could have a fd for
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
    told_again = fd is not None and fd.eof and event.call in _DATA_CALLS and event.ret == 0
    handler = _CALLS.get(event.call or "")
    if handler is not None:
        handler(lane, event)
    if event.call in _WORK and event.ret is not None and event.ret >= 0 and not told_again:
        lane.worked = True  # to read the end of a stream once more is none
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is not None:
        take_call(fd, event)
    if fd is not None and event.error not in (None, "EAGAIN", "EINPROGRESS"):
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
                _open(lane, event, "other", number)  # a pipe, a terminal: no call that made it was seen
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


def _open(lane: LaneState, event: Event, kind: FdKind, number: int | None) -> FdState | None:
    if number is None or number < 0:
        return None
    opened = lane.fds[number] = FdState(fd=number, kind=kind, opened=event.n)
    return opened


def _accept(lane: LaneState, event: Event) -> None:
    listener = lane.fds.get(event.fd) if event.fd is not None else None
    if listener is not None:
        listener.kind = "listener"
    fd = _open(lane, event, "connection", event.ret)
    if fd is None:
        return
    peer = event.args.get("peer")
    port = peer[1] if isinstance(peer, list) and len(peer) > 1 else None
    fd.client = lane.ports.get(port) if isinstance(port, int) else None
    if fd.client is None:
        lane.unnamed += 1
        fd.client = f"#{lane.unnamed}"
    fd.peer = ":".join(map(str, peer)) if isinstance(peer, list) else None


def _close(lane: LaneState, event: Event) -> None:
    """`former`: the number has been another fd's since the call began."""
    if event.fd is not None and event.error != "EBADF" and not event.args.get("former"):
        _closed(lane, event, event.fd)


def _close_many(lane: LaneState, event: Event) -> None:
    """close_range(2), and execve(2) with what is close-on-exec."""
    numbers = event.args.get("closed")
    for number in numbers if isinstance(numbers, list) and event.ret == 0 else ():
        if isinstance(number, int):
            _closed(lane, event, number)


def _become(lane: LaneState, event: Event) -> None:
    """Another program in the same process, with the fds that are not close-on-exec (execve(2))."""
    _close_many(lane, event)
    file = event.args.get("file")
    if event.ret == 0 and isinstance(file, str) and lane.calls > 1:
        lane.program = file.rpartition("/")[2]


def _also_closed(state: State, event: Event) -> None:
    """Where an epoll instance is a lane, a process's fds are drawn in several."""
    also = event.args["also"]
    for name, numbers in also.items() if isinstance(also, dict) else ():
        other = state.lanes.get(name)
        for number in numbers if isinstance(numbers, list) else ():
            if other is not None and isinstance(number, int):
                _closed(other, event, number)


def _closed(lane: LaneState, event: Event, number: int) -> None:
    fd = lane.fds.pop(number, None)
    if fd is None:
        return
    fd.closed, fd.high, fd.stranded = event.n, False, False
    _live_on(lane, fd)
    if fd.client is not None:
        lane.gone[fd.client] = fd
        while len(lane.gone) > _GONE_KEPT:
            del lane.gone[next(iter(lane.gone))]


def _live_on(lane: LaneState, closed: FdState) -> None:
    """An epoll watches the file, by the number that it was registered with: a dup keeps the registration alive."""
    twin = next((fd for fd in lane.fds.values() if fd.file_n == closed.file_n), None)
    if twin is None or not closed.interest or not any(fd.kind == "epoll" for fd in lane.fds.values()):
        return
    twin.ghost = closed.fd
    if twin.reported_n is None:
        twin.reported, twin.reported_n, twin.reported_step = closed.reported, closed.reported_n, closed.reported_step
    if not twin.interest:
        twin.interest, twin.edge = closed.interest, closed.edge


def _dup(lane: LaneState, event: Event) -> None:
    of = lane.fds.get(event.fd) if event.fd is not None else None
    if event.ret is None or event.ret < 0 or event.ret == event.fd:
        return
    _closed(lane, event, event.ret)  # dup2 closes what has the number
    made = _open(lane, event, of.kind if of is not None else "other", event.ret)
    if made is not None and of is not None:
        made.file, made.client, made.peer, made.queues, made.high = of.file_n, of.client, of.peer, of.queues, of.high


_GONE_KEPT: Final = 64
"""Closed clients that keep a line; a busy server closes millions."""


def _epoll_ctl(lane: LaneState, event: Event) -> None:
    number, op = event.args.get("fd"), event.args.get("op")
    there = event.error == "EEXIST"  # it is registered: by another process that has the same epoll
    refused = event.error == "EPERM"  # it is open, and of a kind that can't be watched: epoll_ctl(2)
    if not isinstance(number, int) or (event.ret != 0 and not there and not refused):
        return
    fd = lane.fds.get(number) or FdState(fd=number, kind="other", opened=event.n)
    lane.fds[number] = fd
    fd.interest = "" if op == "DEL" or refused else str(event.args.get("events", ""))
    fd.edge, fd.disarmed = "ET" in split(fd.interest), False
    fd.epoll, fd.armed, fd.used = None if op == "DEL" else event.fd, True, event.n


def _kind(kind: FdKind) -> Callable[[LaneState, Event], None]:
    def become(lane: LaneState, event: Event) -> None:
        if event.fd is not None and event.ret == 0:
            known = lane.fds.get(event.fd) or _open(lane, event, kind, event.fd)
            if known is not None and known.kind != "datagram":  # connect gives that an address, no connection
                known.kind = kind

    return become


def _opens(kind: FdKind) -> Callable[[LaneState, Event], None]:
    def opened(lane: LaneState, event: Event) -> None:
        pair: Any = event.args.get("fds")
        made = "datagram" if event.args.get("type") == "SOCK_DGRAM" else kind
        for number in pair if isinstance(pair, list) else [event.ret]:
            if isinstance(number, int):
                _open(lane, event, made, number)

    return opened


def _opens_file(file: str) -> Callable[[LaneState, Event], None]:
    """Calls that make fds of other files: pipe(2), eventfd(2), timerfd_create(2), signalfd(2), inotify_init(2)."""

    def opened(lane: LaneState, event: Event) -> None:
        pair: Any = event.args.get("fds")
        for number in pair if isinstance(pair, list) else [event.ret]:
            made = _open(lane, event, "other", number) if isinstance(number, int) and number != event.fd else None
            if made is not None:
                made.queues = Queues(file=file)

    return opened


_SEEN_KINDS: Final[dict[str, FdKind]] = {
    "socket": "socket", "listener": "listener", "connection": "connection", "datagram": "datagram", "epoll": "epoll",
}  # fmt: skip


def _seen(state: State, lane: LaneState, event: Event) -> None:
    """What the lane has open, though none of its calls was seen to make it: inherited, or older than the trace. Where
    an epoll instance is a lane, an fd is drawn in the lane that watches it, and comes there from another."""
    moved, seen, watches = (event.args.get(name) for name in ("moved", "seen", "watches"))
    for key, name in _numbered(moved):
        other = state.lanes.get(name) if isinstance(name, str) else None
        fd = other.fds.pop(key, None) if other is not None else None
        if fd is not None:
            lane.fds[key] = fd
    for key, name in _numbered(seen):
        made = _open(lane, event, _SEEN_KINDS.get(str(name), "other"), key)
        if made is not None and made.kind == "other":
            made.queues = Queues(file=str(name))
    for _, members in _numbered(watches):
        for member in members if isinstance(members, list) else ():
            if isinstance(member, list) and len(member) > 1 and isinstance(member[0], int):
                fd = lane.fds.get(member[0])
                if fd is not None:
                    fd.interest = str(member[1])
                    fd.edge = "ET" in split(fd.interest)


def _numbered(value: Any) -> list[tuple[int, Any]]:
    if not isinstance(value, dict):
        return []
    return [(int(key), one) for key, one in value.items() if key.isdecimal() and len(key) < _LONGEST_FD]


_LONGEST_FD: Final = 12
"""Digits."""


def _shutdown(lane: LaneState, event: Event) -> None:
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is not None and event.ret == 0 and event.args.get("how") in ("WR", "RDWR"):
        fd.shut = True


def _data(lane: LaneState, event: Event) -> None:
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is None or event.ret is None or event.ret < 0:
        return
    fd.stranded = False
    if event.call in _SEND_CALLS:
        fd.sent += _moved(event)
        return
    if event.ret == 0 and event.args.get("size") != 0 and fd.kind != "datagram":  # an empty datagram ends nothing
        fd.eof = True
    if fd.kind == "datagram" and not event.args.get("flags"):
        fd.lost += max(0, (fd.queues.recv or 0) - event.ret)  # FIONREAD told the datagram's size: udp(7)
    fd.received += _moved(event)
    if str(fd.fd) not in event.queues:
        taken(fd, event)


def _moved(event: Event) -> int:
    """Bytes that a call has moved: recvmmsg(2) and sendmmsg(2) return how many messages."""
    counted = event.args.get("bytes")
    return counted if isinstance(counted, int) else event.ret or 0


def _splice(lane: LaneState, event: Event) -> None:
    """splice(2) reads from one fd and writes to another."""
    _data(lane, event)
    to = event.args.get("to")
    target = lane.fds.get(to) if isinstance(to, int) else None
    if target is not None and event.ret is not None and event.ret > 0:
        target.sent += event.ret


_CALLS: Final[dict[str, Callable[[LaneState, Event], None]]] = {
    "socket": _opens("socket"),
    "socketpair": _opens("connection"),
    "dup": _dup,
    "epoll_create": _opens("epoll"),
    "listen": _kind("listener"),
    "connect": _kind("connection"),
    "accept": _accept,
    "close": _close,
    "close_range": _close_many,
    "execve": _become,
    "pipe": _opens_file("pipe"),
    "eventfd": _opens_file("eventfd"),
    "timerfd_create": _opens_file("timerfd"),
    "signalfd": _opens_file("signalfd"),
    "inotify_init": _opens_file("inotify"),
    "splice": _splice,
    "shutdown": _shutdown,
    "epoll_ctl": _epoll_ctl,
    **dict.fromkeys(_DATA_CALLS, _data),
    **dict.fromkeys(_SEND_CALLS, _data),
}


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
            fd = _open(lane, event, "listener", number)
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
