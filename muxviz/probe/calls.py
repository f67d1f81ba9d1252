"""What every drop-in does around the call that it stands for: the gate, the call, the look, the record.

`Calls.through` is the general way, for any call while held and for the rarer ones always; `Calls.wait` is the way of
select, poll and epoll. The two calls that a busy server makes most, recv and send, have a shorter way of their own in
`sockets`, which comes to the same record.
"""

from __future__ import annotations

import math
from _socket import gaierror, herror
from _socket import socket as c_socket
from collections.abc import Callable, Iterable
from fcntl import ioctl
from sys import _getframe
from termios import FIONREAD
from time import monotonic_ns
from types import FrameType
from typing import Any, Final

from . import messages, queue_probe, readiness, ring_format, user_mappings
from .fd_registry import FdRegistry
from .gate import Gate
from .ring import Ring
from .ring_format import HELD, RECORD, TIMED_OUT, AnyLook, Look
from .shared import Shared
from .sites import Sites

MAY_SLEEP: Final = frozenset(
    {
        ring_format.ACCEPT,
        ring_format.CONNECT,
        ring_format.RECV,
        ring_format.RECVFROM,
        ring_format.RECVMSG,
        ring_format.SEND,
        ring_format.SENDTO,
        ring_format.SENDMSG,
        *ring_format.TLS,
    }
)
"""Calls that sleep on a blocking socket."""

_END_LOOKS: Final = frozenset({*MAY_SLEEP, ring_format.SHUTDOWN}) - {ring_format.ACCEPT}
_SENDS: Final = frozenset({ring_format.SEND, ring_format.SSL_WRITE})
_TAKES: Final = ring_format.TLS - {ring_format.SSL_WRITE}
"""Calls of OpenSSL that read: how much of the queue they took, nothing but a look at it tells."""
_ZERO: Final = queue_probe.ZERO
_EAGAIN: Final = (11, 115, ring_format.WANT_READ, ring_format.WANT_WRITE)
"""EAGAIN, EINPROGRESS, and what OpenSSL makes of EAGAIN: nothing ended."""
_CONNECTS_ON: Final = frozenset({4, 106, 114, 115})
"""EINTR, EISCONN, EALREADY, EINPROGRESS: after any other error of connect(2) the socket is as it was before the first
(net/ipv4/af_inet.c, __inet_stream_connect, which disconnects it)."""

_gettimeout = c_socket.gettimeout
_NOT_A_CALL: Final = (gaierror, herror)
"""Raised by name resolution, before the call."""

After = Callable[[Any], tuple[int, Any]]
"""The record's `ret` and detail, from what the call returned."""
Failed = Callable[[OSError], tuple[int | None, Any]]
"""The record's `error` and detail, from what it raised; no error where no call failed."""


def milliseconds(timeout: Any, unit: int) -> int:
    """A wait's timeout as the kernel gets it: rounded up, -1 for ever. `unit`: milliseconds in one of `timeout`."""
    if timeout is None:
        return -1
    try:
        return -1 if timeout < 0 else math.ceil(timeout * unit)
    except (TypeError, ValueError, OverflowError):
        return -1  # the call itself says what is wrong with it


def errno_of(error: OSError) -> int | None:
    """What the record says; None where no system call failed."""
    if error.errno is None or isinstance(error, _NOT_A_CALL):
        return TIMED_OUT if isinstance(error, TimeoutError) else None
    return error.errno


def _failed(error: OSError) -> tuple[int | None, Any]:
    return errno_of(error), None


def caller(depth: int) -> FrameType | None:
    """The frame that called us, `depth` frames up from where this is called; None where the interpreter itself did, as
    it does at its end."""
    try:
        return _getframe(depth + 1)
    except ValueError:
        return None


class Calls:
    """The lane's recorder."""

    def __init__(
        self, shared: Shared, ring: Ring, gate: Gate, queue_name: str, payload: int = 0, watch: tuple[str, ...] = ()
    ) -> None:
        self.control = shared.control
        self.words = shared.words
        self.put, self.put_tail = ring.put, ring.put_tail
        self.gate = gate
        self.table = FdRegistry()
        self.queue_name = queue_name
        self.watched = watch
        """Names of the program's mappings whose sizes are looked at."""
        self.payload = payload
        """Bytes of each call that are recorded; 0 for none."""
        self.sites = Sites(lambda number, place: self.define(ring_format.SITE, number, place))
        self._generation = 0
        self._interests = 0

    def define(self, code: int, number: int, meaning: object) -> None:
        """Say once what a number in later records means."""
        self.put_tail(code, 0, 0, monotonic_ns(), 0, 0, -1, 0, number, meaning)

    def interest(self, pairs: object) -> int:
        """A number for what a select or a poll asks about."""
        self._interests += 1
        self.define(ring_format.INTEREST, self._interests, pairs)
        return self._interests

    def through(
        self,
        code: int,
        sock: c_socket | None,
        fd: int,
        number: int,
        detail: Any,
        call: Callable[..., Any],
        args: tuple[Any, ...],
        after: After | None = None,
        *,
        flags: int = 0,
        blocking: bool = False,
        frame: FrameType | None = None,
        failed: Failed = _failed,
    ) -> Any:
        """Make the call on the program's behalf; its result and its exceptions are the call's own. `blocking`: it may
        sleep though it is not made on a socket object."""
        frame = frame or caller(2)
        site = self.sites.number(frame) if frame is not None else 0
        timeout = _gettimeout(sock) if sock is not None else 0.0
        sleeps = blocking or (timeout != 0.0 and code in MAY_SLEEP)
        if timeout and sleeps:
            detail = (detail, timeout)
            flags |= ring_format.TIMED
        held = self.control[0] == HELD
        if held:
            self.gate.stand(code, flags, fd, 0, site, number, readiness.UNKNOWN, (detail, None))
        if sleeps:
            self.gate.enter(code, flags, fd, 0, site, number, (detail, None))
        try:
            began = monotonic_ns()
            try:
                result = call(*args)
            except OSError as error:
                ended = monotonic_ns()
                if sleeps and not timeout and (held or ended - began >= ring_format.LONG_NS):
                    flags |= ring_format.BLOCKS
                errno, more = failed(error)
                if errno is not None:
                    if more is not None:
                        detail = (more, timeout) if flags & ring_format.TIMED else more
                    self.done(code, flags, errno, ended, ended - began, -1, fd, site, number, detail, frame)
                raise
            ended = monotonic_ns()
            if sleeps and not timeout and (held or ended - began >= ring_format.LONG_NS):
                flags |= ring_format.BLOCKS
            error_number, ret = 0, 0
            if after is not None:
                ret, more = after(result)
                if more is not None:
                    detail = (more, timeout) if flags & ring_format.TIMED else more
                if code == ring_format.CONNECT and ret < 0:  # connect_ex returns its errno
                    error_number = -ret
                    ret = -1
            elif type(result) is int:
                ret = result
            self.done(code, flags, error_number, ended, ended - began, ret, fd, site, number, detail, frame)
            return result
        finally:
            if sleeps:
                self.gate.leave()

    def done(
        self,
        code: int,
        flags: int,
        error: int,
        t: int,
        took: int,
        ret: int,
        fd: int,
        site: int,
        number: int,
        detail: Any,
        frame: FrameType | None,
    ) -> None:
        """Record a finished call, with the look that the mode asks for."""
        if code == ring_format.CONNECT and error and error not in _CONNECTS_ON and not flags & ring_format.TIMED:
            # With a timeout the error was asked of the socket (SO_ERROR), and the call itself made no second time.
            self.table.disconnected(fd)
        mode = self.control[0]
        looked = None
        if mode == HELD:
            looked = self.look(frame, (fd, detail[1]) if code == ring_format.EPOLL_CTL else (fd,))
            if (
                code == ring_format.ACCEPT
                and ret >= 0
                and (new := queue_probe.of_accepted(ret, self.table)) is not None
            ):
                looked = (*(looked or ()), new)
        elif not mode:
            return
        elif code in _END_LOOKS and (
            (error and error not in _EAGAIN) or (ret < number and (ret == 0 or (code in _SENDS and not error)))
        ):
            looked = queue_probe.at_end(fd, self.table)
        elif code in _TAKES:
            looked = queue_probe.unread(fd)
        elif code == ring_format.ACCEPT:
            looked = queue_probe.at_end(fd, self.table)  # how many connections remain
        if looked is None and detail is None and not flags:
            self.put(code, error, t, took, ret, fd, site, number)
        else:
            self.put_tail(code, flags, error, t, took, ret, fd, site, number, (detail, looked))

    def look(self, frame: FrameType | None, concerned: Iterable[int] = ()) -> tuple[AnyLook, ...] | None:
        """The held look: everything, what changed; `concerned` are the fds that the call is about."""
        program = self.sites.program_frame(frame) if frame is not None else None
        queued = messages.queued(program, self.queue_name) if program is not None else {}
        if program is None or not self.watched:
            return queue_probe.changes(self.table, queued, concerned)
        absent = tuple((name, None) for name in self.watched)
        return queue_probe.changes(self.table, queued, concerned, user_mappings.sizes(program, self.watched), absent)

    def wait(
        self,
        code: int,
        epfd: int,
        ms: int,
        number: int,
        tells: Callable[[], int],
        call: Callable[..., Any],
        args: tuple[Any, ...],
        pairs: Callable[[Any], list[tuple[int, int]]] | None = None,
    ) -> Any:
        """Make a wait. `tells` foresees it; `pairs` makes (fd, bits) of select's three lists."""
        frame = _getframe(2)
        site = self.sites.known.get(id(frame.f_code) + frame.f_lasti) or self.sites.number(frame)
        if self.words[ring_format.GENERATION] != self._generation:
            self._generation = self.words[ring_format.GENERATION]
            self.table.clear()
        sleeps = ms != 0
        looked = None
        if self.control[0] == HELD:
            readiness.let_fins_be_acknowledged(self.table)
            told = tells() if ms else readiness.SOMETHING
            self.gate.stand(code, 0, epfd, ms, site, number, told, None)
            sleeps = sleeps and tells() != readiness.SOMETHING  # clients may have acted while it stood there
            looked = self.look(frame) if sleeps else None  # what the program did to its own queues since its last call
        began = monotonic_ns()
        if looked:
            self.gate.enter(code, 0, epfd, ms, site, number, (None, looked))
        elif sleeps:
            self.gate.enter_wait(code, epfd, ms, site, number, began)
        try:
            result = call(*args)
        except OSError as error:
            ended = monotonic_ns()
            errno = errno_of(error)
            if errno is not None and self.control[0]:
                looked = self.look(frame) if self.control[0] == HELD else None
                self.put_tail(code, 0, errno, ended, ended - began, -1, epfd, site, number, (ms, None, looked))
            raise
        finally:
            if sleeps:
                self.gate.leave()
        ended = monotonic_ns()
        if pairs is None:
            ready, ret = result, len(result)
        else:  # the kernel counts each side of an fd, and a fd that was named twice in one list once
            ready = pairs(result)
            ret = sum(bits.bit_count() for _, bits in ready)
        mode = self.control[0]
        if mode == RECORD:
            seen = self._ready_looks(ready) if ready else None
            self.put_tail(code, 0, 0, ended, ended - began, ret, epfd, site, number, (ms, ready, seen))
        elif mode:
            looked = self.look(frame, (fd for fd, _ in ready))
            self.put_tail(code, 0, 0, ended, ended - began, ret, epfd, site, number, (ms, ready, looked))
        return result

    def _ready_looks(self, ready: list[tuple[int, int]]) -> list[bytes | Look | None]:
        """The look of a free run: each ready fd once, and no more than FIONREAD where it is a stream with data."""
        streams = self.table.streams
        found: list[bytes | Look | None] = []
        for fd, bits in ready:
            if (bits == 1 or bits == 5) and fd in streams:  # IN, IN|OUT
                try:
                    found.append(ioctl(fd, FIONREAD, _ZERO))
                except OSError:
                    found.append(None)
            else:
                found.append(queue_probe.at_ready(fd, self.table) if bits != queue_probe.OUT else None)
        return found
