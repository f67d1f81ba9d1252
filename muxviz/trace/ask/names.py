"""The names that a condition may use: what each means, its type, and what it speaks of.

A name of the *event* is about what just happened; a name of the *lane* or of an *fd* about how things stand after it.
No name is that of a lane or of a system call, so that those can be written without quotes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from muxviz.events import Event, split
from muxviz.kernel import FdState, LaneState

Type = Literal["number", "text", "flags", "truth"]
Value = int | float | str | bool | frozenset[str] | None
Of = Literal["where", "event", "lane", "fd"]


class Instant(NamedTuple):
    """An event, its lane after it, and one of the lane's descriptors."""

    event: Event
    lane: LaneState | None
    fd: FdState | None


class Name(NamedTuple):
    """One name of the language."""

    type: Type
    of: Of
    means: str
    get: Callable[[Instant], Value]


def _of_event(get: Callable[[Event], Value]) -> Callable[[Instant], Value]:
    return lambda moment: get(moment.event)


def _of_lane(get: Callable[[LaneState], Value]) -> Callable[[Instant], Value]:
    return lambda moment: get(moment.lane) if moment.lane is not None else None


def _of_fd(get: Callable[[FdState], Value]) -> Callable[[Instant], Value]:
    return lambda moment: get(moment.fd) if moment.fd is not None else None


def _size(event: Event) -> Value:
    size = event.args.get("size")  # of a whole event, or of a filter's brief one
    return size if isinstance(size, int) else None


def _reported(moment: Instant) -> Value:
    """What the screen shows as reported: by the newest wait that returned, nothing while the lane sleeps in one."""
    lane, fd = moment.lane, moment.fd
    if lane is None or fd is None or lane.status == "asleep" or fd.reported_n is None:
        return frozenset()
    newest = max((other.reported_n or -1 for other in lane.fds.values()), default=-1)
    return frozenset(split(fd.reported)) if fd.reported_n == newest else frozenset()


NAMES: Final[dict[str, Name]] = {
    "lane": Name("text", "where", "the lane's name: select, poll, level, edge", _of_event(lambda e: e.lane or "")),
    "role": Name("text", "where", "server, client or observer", _of_event(lambda e: e.role or "")),
    "pid": Name("number", "event", "the process", _of_event(lambda e: e.pid)),
    "tid": Name("number", "event", "the thread, where a process has several", _of_event(lambda e: e.tid)),
    "n": Name("number", "event", "the event's number", _of_event(lambda e: e.n)),
    "t": Name("number", "event", "time since the session began: 1.5s, 20ms", _of_event(lambda e: e.t)),
    "step": Name("number", "event", "the step it belongs to", _of_event(lambda e: e.step)),
    "call": Name("text", "event", "the call: recv, epoll_wait, SSL_read, …", _of_event(lambda e: e.call or "")),
    "ret": Name("number", "event", "what it returned", _of_event(lambda e: e.ret)),
    "error": Name("text", "event", "the error's name, EAGAIN; empty without one", _of_event(lambda e: e.error or "")),
    "took": Name("number", "event", "how long it took: 5ms", _of_event(lambda e: e.took)),
    "size": Name("number", "event", "how many bytes it asked for", _of_event(_size)),
    "ready": Name(
        "number", "event", "how many fds a wait reported",
        _of_event(lambda e: len(e.ready) if e.ready is not None else None),
    ),
    "action": Name("text", "event", "a client action's words", _of_event(lambda e: e.action or "")),
    "exited": Name("truth", "event", "the lane ended", _of_event(lambda e: e.exit is not None)),
    "asleep": Name("truth", "lane", "the lane sleeps in a call", _of_lane(lambda lane: lane.status == "asleep")),
    "wakeups": Name("number", "lane", "waits that returned", _of_lane(lambda lane: lane.wakeups)),
    "calls": Name("number", "lane", "calls made", _of_lane(lambda lane: lane.calls)),
    "fd": Name("number", "fd", "a descriptor of the lane", _of_fd(lambda fd: fd.fd)),
    "client": Name(
        "text", "fd", "the client at its other end: A, #1",
        lambda m: (m.fd.client or "") if m.fd is not None else m.event.client or "",
    ),
    "kind": Name("text", "fd", "listener, connection, epoll, socket, other", _of_fd(lambda fd: fd.kind)),
    "unread": Name("number", "fd", "bytes unread; connections, on a listener", _of_fd(lambda fd: fd.unread)),
    "pending": Name("number", "fd", "bytes that OpenSSL holds, decrypted", _of_fd(lambda fd: fd.pending)),
    "queued": Name("number", "fd", "bytes in the program's own queue", _of_fd(lambda fd: fd.queues.queued or 0)),
    "unsent": Name("number", "fd", "bytes in the kernel, not sent", _of_fd(lambda fd: fd.queues.unsent or 0)),
    "unacked": Name("number", "fd", "bytes sent, not acknowledged", _of_fd(lambda fd: fd.queues.unacked or 0)),
    "tcp": Name("text", "fd", "TCP state: ESTABLISHED, CLOSE_WAIT, …", _of_fd(lambda fd: fd.queues.tcp or "")),
    "high": Name("truth", "fd", "its wire is high: something to read", _of_fd(lambda fd: fd.high)),
    "interest": Name(
        "flags", "fd", "what the program asks to hear about", _of_fd(lambda fd: frozenset(split(fd.interest)))
    ),
    "reported": Name("flags", "fd", "flags of the newest wait; none in its sleep", _reported),
    "reports": Name("number", "fd", "reports since the last client action", _of_fd(lambda fd: fd.reports)),
    "eof": Name("truth", "fd", "a read returned nothing: the stream has ended", _of_fd(lambda fd: fd.eof)),
    "stranded": Name("truth", "fd", "the lane sleeps on its unread bytes", _of_fd(lambda fd: fd.stranded)),
}  # fmt: skip
