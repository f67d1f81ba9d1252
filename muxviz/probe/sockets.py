"""The patched methods of socket.socket.

The class is patched where it stands: type, MRO, repr and subclasses stay what they are, and sockets that exist already
are covered. What passes through `__init__(fileno=…)` (accept, dup, fromfd, socketpair) is not a call of socket(2).

recv and send are written out (no call in between that could be spared), because a busy echo server does little else.
"""

from __future__ import annotations

import _socket
import socket
import warnings
from _socket import socket as c_socket
from collections.abc import Callable
from sys import _getframe
from time import monotonic_ns
from types import FrameType
from typing import Any, Final

from . import ring_format
from .arguments import INTO_NAMES, buffers, first, flags_of, into, length, of_bytes, of_int, of_pair, option, plain, to
from .calls import Calls, errno_of
from .fd_registry import SOCKET, TCP
from .patches import Patches
from .payload import wrapped
from .queue_probe import at_end, tcp_state
from .ring_format import DRAINED, FREE, RECORD
from .signatures import ABSENT, dress

_fileno = c_socket.fileno
_gettimeout = c_socket.gettimeout
_recv, _send = c_socket.recv, c_socket.send
_LISTEN: Final = 10

calls: Calls
control: memoryview

# --- recv and send ---------------------------------------------------------------------------------------------------


def recv(self: c_socket, bufsize: Any = ABSENT, flags: Any = ABSENT, /, *rest: Any) -> bytes:
    if control[0] != RECORD or flags is not ABSENT or rest or type(bufsize) is not int or _gettimeout(self) != 0.0:
        args = given(bufsize, flags, rest)
        if control[0] == FREE:
            return _recv(self, *args)
        detail = flags_of(args, 1)
        return calls.through(ring_format.RECV, self, known(self), first(args), detail, _recv, (self, *args), of_bytes)  # type: ignore[no-any-return]
    fd = _fileno(self)
    frame = _getframe(1)
    began = now()
    try:
        data = _recv(self, bufsize)
    except OSError as error:
        refused(RECV, began, self, error, bufsize, frame)
        raise
    ended = now()
    got = len(data)
    site = sites.get(id(frame.f_code) + frame.f_lasti) or number_of(frame)
    if got:
        put(RECV, DRAINED if got < bufsize and fd in streams else 0, ended, ended - began, got, fd, site, bufsize)
    else:
        put_tail(RECV, 0, 0, ended, ended - began, 0, fd, site, bufsize, (None, at_end(fd, calls.table)))
    return data


def send(self: c_socket, data: Any = ABSENT, flags: Any = ABSENT, /, *rest: Any) -> int:
    if control[0] != RECORD or flags is not ABSENT or rest or data is ABSENT or _gettimeout(self) != 0.0:
        args = given(data, flags, rest)
        if control[0] == FREE:
            return _send(self, *args)
        detail = flags_of(args, 1)
        return calls.through(ring_format.SEND, self, known(self), length(args), detail, _send, (self, *args))  # type: ignore[no-any-return]
    fd = _fileno(self)
    frame = _getframe(1)
    began = now()
    try:
        sent = _send(self, data)
    except OSError as error:
        refused(SEND, began, self, error, length((data,)), frame)
        raise
    ended = now()
    size = len(data) if type(data) is bytes else length((data,))
    site = sites.get(id(frame.f_code) + frame.f_lasti) or number_of(frame)
    if sent == size:
        put(SEND, 0, ended, ended - began, sent, fd, site, size)
    else:
        put_tail(SEND, 0, 0, ended, ended - began, sent, fd, site, size, (None, at_end(fd, calls.table)))
    return sent


def given(first: Any, flags: Any, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as the program gave them, as far as the original can tell."""
    if first is ABSENT:
        return ()
    return (first, flags, *rest) if flags is not ABSENT else (first,)


def refused(code: int, began: int, sock: c_socket, error: OSError, size: int, frame: FrameType) -> None:
    ended = now()
    errno = errno_of(error)
    if errno is not None:
        calls.done(code, 0, errno, ended, ended - began, -1, known(sock), calls.sites.number(frame), size, None, frame)


# --- what the records say --------------------------------------------------------------------------------------------


def known(sock: Any) -> int:
    """The fd, which is looked at from now on where it is a socket of the socket module."""
    fd = _fileno(sock)
    table = calls.table
    if fd >= 0 and isinstance(sock, SOCKET):
        table.get(sock)
    return fd


# --- making and ending -----------------------------------------------------------------------------------------------


def _make_init(real: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, family: Any = -1, type: Any = -1, proto: Any = -1, fileno: Any = None) -> None:
        if control[0] == FREE:
            return real(self, family, type, proto, fileno)
        if fileno is not None:
            real(self, family, type, proto, fileno)
            entry = calls.table.learn(self, used=True)
            if entry is not None and entry.kind == TCP and tcp_state(self) == _LISTEN:
                calls.table.streams.discard(_fileno(self))
            return None
        asked = (
            int(socket.AF_INET if family == -1 else family),
            int(socket.SOCK_STREAM if type == -1 else type),
            int(0 if proto == -1 else proto),
        )

        def made(result: Any) -> tuple[int, None]:
            calls.table.learn(self)
            return _fileno(self), None

        args = (self, family, type, proto, fileno)
        calls.through(ring_format.SOCKET, None, -1, 0, asked, real, args, made)
        return None

    return __init__


def _make_real_close(real: Callable[..., None]) -> Callable[..., None]:
    def _real_close(self: Any, _ss: Any = c_socket) -> None:
        fd = _fileno(self) if control[0] != FREE else -1
        if fd < 0:
            return real(self, _ss)
        calls.table.forget(fd)
        calls.through(ring_format.CLOSE, None, fd, 0, None, real, (self, _ss))
        return None

    return _real_close


def _make_del(real: Callable[[Any], None]) -> Callable[[Any], None]:
    def __del__(self: Any) -> None:
        # The original warns and closes; a warning from in here would name this file, so it is given here, one frame up.
        fd = _fileno(self) if control[0] != FREE else -1
        if fd < 0:
            real(self)
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:
            calls.table.forget(fd)
            try:
                calls.through(ring_format.CLOSE, None, fd, 0, None, c_socket.close, (self,), flags=ring_format.GC)
            except OSError:
                pass  # the original does not say that its fd was closed under it; the record does

    return __del__


def _make_detach(real: Callable[[Any], int]) -> Callable[[Any], int]:
    def detach(self: Any) -> int:
        fd = real(self)
        if control[0] != FREE and fd >= 0:
            entry = calls.table.sockets.get(fd)
            if entry is None or entry.socket() is self:  # ssl gives the fd to a new object before it detaches the old
                calls.table.forget(fd)
                calls.table.watched.add(fd)
        return fd

    return detach


# --- the rest: one line each -----------------------------------------------------------------------------------------

Describe = Callable[[Any, tuple[Any, ...]], tuple[int, Any]]
"""size and detail of a call, from its socket and arguments."""


def _method(code: int, real: Any, describe: Describe, after: Any = None, flags: int = 0) -> Any:
    """A drop-in for a method that needs no more than this."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if control[0] == FREE or (kwargs and describe is not _into):
            return real(self, *args, **kwargs)  # no other takes an argument by name: it says so
        if not kwargs:
            size, detail = describe(self, args)
            call = real
        else:
            size, detail = describe(self, (*args, *(kwargs.get(name, 0) for name in INTO_NAMES[len(args) :])))
            call = lambda *given: real(*given, **kwargs)  # noqa: E731
        return calls.through(code, self, known(self), size, detail, call, (self, *args), after, flags=flags)

    return method


def _of(describe: Callable[[tuple[Any, ...]], tuple[int, Any]]) -> Describe:
    """A description that needs no socket."""
    return lambda self, args: describe(args)


_into: Final = _of(into)


def _address(self: Any, args: tuple[Any, ...]) -> tuple[int, Any]:
    return 0, (args[0] if args else None,)


def _connecting(self: Any, args: tuple[Any, ...]) -> tuple[int, Any]:
    entry = calls.table.get(self)
    if entry is not None:
        entry.used = True
    return _address(self, args)


def _listening(self: Any, args: tuple[Any, ...]) -> tuple[int, Any]:
    known(self)
    calls.table.streams.discard(_fileno(self))
    return first(args) if args else min(socket.SOMAXCONN, 128), (self.getsockname(),)


def _shutting(self: Any, args: tuple[Any, ...]) -> tuple[int, Any]:
    entry = calls.table.get(self)
    if entry is not None and first(args) in (socket.SHUT_RD, socket.SHUT_RDWR):
        entry.shut_read = True
    if entry is not None and first(args) in (socket.SHUT_WR, socket.SHUT_RDWR):
        entry.shut_write = True
    return first(args), None


def _accepted(result: Any) -> tuple[int, Any]:
    return result[0], (result[1],)


def _errno(result: Any) -> tuple[int, None]:
    return -result, None


_METHODS: Final = (
    ("_accept", ring_format.ACCEPT, lambda self, args: (0, None), _accepted, 0),
    ("bind", ring_format.BIND, _address, None, 0),
    ("connect", ring_format.CONNECT, _connecting, lambda result: (0, None), 0),
    ("connect_ex", ring_format.CONNECT, _connecting, _errno, 0),
    ("listen", ring_format.LISTEN, _listening, None, 0),
    ("shutdown", ring_format.SHUTDOWN, _shutting, None, 0),
    ("setsockopt", ring_format.SETSOCKOPT, _of(option), None, 0),
    ("recv_into", ring_format.RECV, _into, of_int, 0),
    ("recvfrom", ring_format.RECVFROM, _of(plain), of_pair, 0),
    ("recvfrom_into", ring_format.RECVFROM, _into, of_pair, 0),
    ("recvmsg", ring_format.RECVMSG, lambda self, args: (first(args), None), of_pair, 0),
    ("recvmsg_into", ring_format.RECVMSG, _of(buffers), of_pair, 0),
    ("sendto", ring_format.SENDTO, _of(to), None, 0),
    ("sendmsg", ring_format.SENDMSG, _of(buffers), None, 0),
)


def _make_sendall(real: Any) -> Any:
    def sendall(self: Any, *args: Any, **unknown: Any) -> None:
        if control[0] == FREE or unknown:
            return real(self, *args, **unknown)  # type: ignore[no-any-return]
        size = length(args)

        def sent(result: Any) -> tuple[int, None]:
            return size, None

        detail = flags_of(args, 1)
        return calls.through(  # type: ignore[no-any-return]
            ring_format.SEND, self, known(self), size, detail, real, (self, *args), sent, flags=ring_format.ALL
        )

    return sendall


def _make_getsockopt(real: Callable[..., Any]) -> Any:
    """getsockopt returns the option's value, which the record has with the level and the option; reading SO_ERROR
    clears it, which only the program itself may do."""

    def getsockopt(self: Any, *args: Any, **unknown: Any) -> Any:
        if control[0] == FREE or unknown:
            return real(self, *args, **unknown)

        def found(result: Any) -> tuple[int, Any]:
            return 0, option((*args[:2], result))[1]

        return calls.through(
            ring_format.GETSOCKOPT, self, known(self), 0, option(args[:2])[1], real, (self, *args), found
        )

    return getsockopt


class _Functions:
    """Module-level functions, as bound methods: like a builtin they don't become methods of a class."""

    real_dup: Any = staticmethod(_socket.dup)
    real_pair: Any = staticmethod(_socket.socketpair)

    def dup(self, fd: Any, /) -> int:
        if control[0] == FREE:
            return self.real_dup(fd)  # type: ignore[no-any-return]
        made: int = calls.through(ring_format.DUP, None, first((fd,)), 0, None, self.real_dup, (fd,))
        calls.table.watched.add(made)
        return made

    def socketpair(self, *args: Any) -> Any:
        if control[0] == FREE:
            return self.real_pair(*args)
        family, type_, proto = (*args, *(None,) * 3)[:3]
        asked = (
            int(socket.AF_UNIX if family is None else family),
            int(socket.SOCK_STREAM if type_ is None else type_),
            int(proto or 0),
        )

        def made(result: Any) -> tuple[int, Any]:
            return 0, (*asked, _fileno(result[0]), _fileno(result[1]))

        return calls.through(ring_format.SOCKETPAIR, None, -1, 0, asked, self.real_pair, args, made)


now = monotonic_ns
RECV, SEND = ring_format.RECV, ring_format.SEND
put: Any
put_tail: Any
sites: dict[int, int]
streams: set[int]
number_of: Callable[[FrameType], int]


def install(recorder: Calls, patches: Patches) -> None:
    """Patch socket.socket."""
    global calls, control, put, put_tail, sites, streams, number_of, _recv, _send
    calls, control = recorder, recorder.control
    put, put_tail = recorder.put, recorder.put_tail
    sites, number_of = recorder.sites.known, recorder.sites.number
    streams = recorder.table.streams
    _recv, _send = wrapped(recorder, "recv", c_socket.recv), wrapped(recorder, "send", c_socket.send)
    target = SOCKET
    made: dict[str, Any] = {
        "recv": recv,
        "send": send,
        "sendall": _make_sendall(wrapped(recorder, "sendall", c_socket.sendall)),
        "__init__": _make_init(target.__init__),
        "_real_close": _make_real_close(target._real_close),
        "__del__": _make_del(target.__del__),
        "detach": _make_detach(target.detach),
        "getsockopt": _make_getsockopt(c_socket.getsockopt),
    }
    for name, code, describe, after, flags in _METHODS:
        made[name] = _method(code, wrapped(recorder, name, getattr(c_socket, name)), describe, after, flags)
    for name, function in made.items():
        patches.put(target, name, dress(function, getattr(target, name), "socket"))
    functions = _Functions()
    patches.put(socket, "dup", functions.dup)
    patches.put(_socket, "socketpair", functions.socketpair)
