"""What calls alone prove of an fd's level, where nobody looks at its queues: high, low, or nothing.

A traced program's queues are seldom seen. What its calls say holds for a moment, and some of it for longer:

    a report          high at that moment; on a connection until the program takes something, as nobody else can
    EAGAIN            low at that moment (read(2), accept(2)); of a send: no room
    a short read      of a stream, or of a pipe: low at that moment (epoll(7), questions and answers)
    a read of 0       the end of a stream: high until the close
    a full read       nothing: there may be more
    WANT_READ         low at that moment: OpenSSL has read until EAGAIN. What else it did to the queue, nothing tells
    WANT_WRITE        no room: it has written until EAGAIN
    a silent wait     low, where the wait watches the fd by its level, and its answer had room to name it; by its edge
                      only where the fd was seen to be low since its newest report, or was registered since

In between nothing is proved, and the picture says unknown instead of guessing.
"""

from __future__ import annotations

from typing import Final, Literal

from muxviz.calls import READS, TLS, WAITS, WRITES
from muxviz.events import READABLE, WRITABLE, Event, split
from muxviz.kernel.state import FdState

Proof = Literal["high", "low", "unknown"]

_TAKES: Final = READS | {"accept"}
_SENDS: Final = WRITES | {"splice"}
_READS_ON: Final = frozenset({"SSL_read", "SSL_do_handshake"})
"""They want to read only where a read(2) has met EAGAIN (SSL_MODE_AUTO_RETRY, which Python's ssl sets)."""
_AGAIN: Final = frozenset({"EAGAIN", "EWOULDBLOCK"})
_ONCE: Final = frozenset({"EXCLUSIVE"})
"""A wait with one of these may be silent of what is ready: another one was told."""


def take_call(fd: FdState, event: Event) -> None:
    """Keep what a finished call on an fd proves."""
    fd.used = event.n
    call = event.call or ""
    if call in _TAKES:
        _keep(fd, _read_proves(fd, event), event.n)
    elif call in _SENDS:
        fd.room, fd.room_n = _write_proves(event), event.n
    elif call in TLS:
        if call != "SSL_write":
            _keep(fd, "low" if event.error == "WANT_READ" and call in _READS_ON else "", event.n)
        fd.room, fd.room_n = "low" if event.error == "WANT_WRITE" else "", event.n
    elif call == "connect" and event.error == "EINPROGRESS":
        fd.room, fd.room_n = "low", event.n


def take_report(fd: FdState, event: Event, flags: str) -> None:
    """Keep what a wait's report of an fd proves."""
    fd.used = event.n
    names = split(flags)
    if READABLE.intersection(names):
        fd.proof, fd.proof_n, fd.armed = "high", event.n, False
    if WRITABLE.intersection(names):
        fd.room, fd.room_n = "high", event.n


def _keep(fd: FdState, proof: str, n: int) -> None:
    fd.proof, fd.proof_n = proof, n
    fd.armed = fd.armed or proof == "low"
    if not looked_at(fd):
        fd.high = proof == "high"


def _read_proves(fd: FdState, event: Event) -> str:
    if event.error is not None:
        return "low" if event.error in _AGAIN else ""
    if event.call == "accept" or event.ret is None:
        return ""
    size = event.size
    if event.flags:
        return "high" if "PEEK" in event.flags and event.ret > 0 else ""
    if event.ret == 0:
        return "high" if size != 0 and fd.kind == "connection" else ""
    stream = (fd.kind == "connection" and event.call != "recvmsg") or fd.queues.file in ("pipe", "fifo")
    return "low" if stream and isinstance(size, int) and event.ret < size else ""


def _write_proves(event: Event) -> str:
    if event.error is not None:
        return "low" if event.error in _AGAIN else ""
    size = event.size
    return "low" if isinstance(size, int) and event.ret is not None and event.ret < size else ""


def looked_at(fd: FdState) -> bool:
    """Somebody has looked at the fd's queue: then the look tells, and not a proof."""
    queues = fd.queues
    return queues.level is not None or queues.recv is not None or queues.accepts is not None


def proved(fd: FdState, newest: Event | None, side: str = "IN", at: int = -1) -> Proof:
    """What is known of an fd's level after its lane's newest call, begun or finished: by a proof, or by a look that
    came after it. `at`: n of the event that has come by now, in whatever lane; what holds for a moment is over by
    then, unless the lane sleeps in its wait."""
    level, n = (fd.proof, fd.proof_n) if side == "IN" else (fd.room, fd.room_n)
    seen = _seen(fd, side)
    if seen and fd.looked_n is not None and fd.looked_n >= n:
        level, n = seen, fd.looked_n
    now = newest is not None and newest.n <= n and at <= n
    if level == "high" and (now or fd.kind == "connection"):
        return "high"
    if (level == "low" and now) or (newest is not None and _silent(fd, newest, side, at)):
        return "low"
    return "unknown"


def _seen(fd: FdState, side: str) -> str:
    """What the newest look has found; nothing where none has."""
    if side == "OUT":
        return ("high" if fd.writable else "low") if fd.queues.level is not None else ""
    return ("high" if fd.high else "low") if looked_at(fd) else ""


def _silent(fd: FdState, wait: Event, side: str, at: int) -> bool:
    """The wait would have named the fd, if it were high; while it sleeps, it has not had to."""
    if wait.phase is None and at > wait.n:
        return False
    if wait.call not in WAITS or wait.error not in (None, "timeout") or fd.disarmed:
        return False
    asked = set(split(fd.interest))
    if wait.fd != fd.epoll or not asked & ({"IN", "R"} if side == "IN" else {"OUT", "W"}) or asked & _ONCE:
        return False
    named = wait.ready or ()
    if any(number in (fd.fd, fd.ghost) for number, _ in named):
        return False
    if wait.phase is None and named and len(named) == wait.maxevents:
        return False
    return not fd.edge or (side == "IN" and fd.armed)
