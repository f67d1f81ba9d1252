"""What a call does to the descriptors of its lane: how they are made, what they become, what is told of them, how they
end. Observed, and copied; what follows from it is derived by `rules`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from muxviz.calls import READS, TLS, WRITES
from muxviz.events import LARGEST, Event, Queues, split
from muxviz.kernel.readiness import ENDED_TCP, taken
from muxviz.kernel.state import FdKind, FdState, LaneState, State

_NO_FD: Final = 1 << 31
"""No number of an fd: that is a C int."""


def open_fd(lane: LaneState, event: Event, kind: FdKind, number: int | None) -> FdState | None:
    """A new fd of this number; None where there is none."""
    if number is None or not 0 <= number < _NO_FD:
        return None
    opened = lane.fds[number] = FdState(fd=number, kind=kind, opened=event.n)
    return opened


def _accept(lane: LaneState, event: Event) -> None:
    listener = lane.fds.get(event.fd) if event.fd is not None else None
    if listener is not None:
        listener.kind = "listener"
    fd = open_fd(lane, event, "connection", event.ret)
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


def also_closed(state: State, event: Event) -> None:
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
    made = open_fd(lane, event, of.kind if of is not None else "other", event.ret)
    if made is not None and of is not None:
        made.file, made.client, made.peer, made.queues, made.high = of.file_n, of.client, of.peer, of.queues, of.high


_GONE_KEPT: Final = 64
"""Closed clients that keep a line; a busy server closes millions."""


def _epoll_ctl(lane: LaneState, event: Event) -> None:
    number, op = event.target, event.op
    there = event.error == "EEXIST"  # it is registered: by another process that has the same epoll
    refused = event.error == "EPERM"  # it is open, and of a kind that can't be watched: epoll_ctl(2)
    if not isinstance(number, int) or not 0 <= number < _NO_FD or (event.ret != 0 and not there and not refused):
        return
    fd = lane.fds.get(number) or FdState(fd=number, kind="other", opened=event.n)
    lane.fds[number] = fd
    fd.interest = "" if op == "DEL" or refused else event.events
    fd.edge, fd.disarmed = "ET" in split(fd.interest), False
    fd.epoll, fd.armed, fd.used = None if op == "DEL" else event.fd, True, event.n


def _kind(kind: FdKind) -> Callable[[LaneState, Event], None]:
    def become(lane: LaneState, event: Event) -> None:
        if event.fd is not None and event.ret == 0:
            known = lane.fds.get(event.fd) or open_fd(lane, event, kind, event.fd)
            if known is not None and known.kind != "datagram":  # connect gives that an address, no connection
                known.kind = kind

    return become


def _opens(kind: FdKind) -> Callable[[LaneState, Event], None]:
    def opened(lane: LaneState, event: Event) -> None:
        pair: Any = event.args.get("fds")
        made = "datagram" if event.socket_type == "SOCK_DGRAM" else kind
        for number in pair if isinstance(pair, list) else [event.ret]:
            if isinstance(number, int):
                open_fd(lane, event, made, number)

    return opened


def _opens_file(file: str) -> Callable[[LaneState, Event], None]:
    """Calls that make fds of other files: pipe(2), eventfd(2), timerfd_create(2), signalfd(2), inotify_init(2)."""

    def opened(lane: LaneState, event: Event) -> None:
        pair: Any = event.args.get("fds")
        for number in pair if isinstance(pair, list) else [event.ret]:
            made = open_fd(lane, event, "other", number) if isinstance(number, int) and number != event.fd else None
            if made is not None:
                made.queues = Queues(file=file)

    return opened


_SEEN_KINDS: Final[dict[str, FdKind]] = {
    "socket": "socket", "listener": "listener", "connection": "connection", "datagram": "datagram", "epoll": "epoll",
}  # fmt: skip


def seen(state: State, lane: LaneState, event: Event) -> None:
    """What the lane has open, though none of its calls was seen to make it: inherited, or older than the trace. Where
    an epoll instance is a lane, an fd is drawn in the lane that watches it, and comes there from another."""
    moved, seen, watches = (event.args.get(name) for name in ("moved", "seen", "watches"))
    for key, name in _numbered(moved):
        other = state.lanes.get(name) if isinstance(name, str) else None
        fd = other.fds.pop(key, None) if other is not None else None
        if fd is not None:
            lane.fds[key] = fd
    for key, name in _numbered(seen):
        made = open_fd(lane, event, _SEEN_KINDS.get(str(name), "other"), key)
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
    if fd is None or event.ret != 0:
        return
    fd.pending = 0  # ssl.SSLSocket.shutdown lets go of OpenSSL's connection, and of what it held
    if event.args.get("how") in ("WR", "RDWR"):
        fd.shut = True


def _data(lane: LaneState, event: Event) -> None:
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is None or event.ret is None or event.ret < 0:
        return
    fd.stranded = False
    if event.call in WRITES:
        fd.sent = _grown(fd.sent, _moved(event))
        return
    if event.ret == 0 and event.size != 0 and fd.kind != "datagram":  # an empty datagram ends nothing
        fd.eof = True
    if fd.kind == "datagram" and not event.flags:
        lost = (fd.queues.recv or 0) - event.ret  # FIONREAD told the datagram's size: udp(7)
        fd.lost = _grown(fd.lost, lost)
    fd.received = _grown(fd.received, _moved(event))
    if str(fd.fd) not in event.queues:
        taken(fd, event)


def _tls(lane: LaneState, event: Event) -> None:
    """A call of OpenSSL. What it took out of the kernel's queue only a look tells."""
    fd = lane.fds.get(event.fd) if event.fd is not None else None
    if fd is None or event.ret is None:
        return
    if event.ret >= 0:
        fd.stranded = False
    if event.call == "SSL_write":
        fd.sent = _grown(fd.sent, event.ret)
    elif event.call == "SSL_read":
        fd.received = _grown(fd.received, event.ret)
        if event.ret < 0:
            fd.pending = 0  # what is decrypted it gives first
        elif event.pending is not None:
            fd.pending = event.pending
        looked = event.queues.get(str(fd.fd), fd.queues)
        if event.ret == 0 and event.size != 0 and looked.tcp in ENDED_TCP:
            fd.eof = True  # a close_notify alone ends no stream of the kernel's
    elif event.call == "SSL_shutdown" and event.ret >= 0:
        fd.pending = 0


def _grown(total: int, by: int) -> int:
    """A total with more; it stays what a keyframe can hold."""
    return min(total + max(0, by), LARGEST)


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
        target.sent = _grown(target.sent, event.ret)


EFFECTS: Final[dict[str, Callable[[LaneState, Event], None]]] = {
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
    **dict.fromkeys(READS, _data),
    **dict.fromkeys(WRITES, _data),
    **dict.fromkeys(TLS, _tls),
}
