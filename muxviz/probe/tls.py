"""Drop-ins for the methods of ssl.SSLSocket that stand on one call of OpenSSL: SSL_read(3), SSL_write(3),
SSL_do_handshake(3), SSL_shutdown(3).

Such a call makes as many system calls on the fd as it needs, or none where OpenSSL has decrypted enough already. They
don't pass through Python, so what is recorded is the call of OpenSSL, under its own name. After a read OpenSSL is asked
how much more it has decrypted, by the method of its C type and on the thread that has just read: another thread may be
inside it, to write, and nothing but a read changes the answer.

recv, recv_into and sendall stand on read and send. What goes through SSLObject (asyncio) makes no calls on an fd.

ssl is seldom imported before the program asks for it, and must not be by us: its class is met where it is made.
"""

from __future__ import annotations

import sys
from _socket import socket as c_socket
from collections.abc import Callable
from errno import ENOTCONN
from types import FunctionType
from typing import Any, Final, NamedTuple

from . import ring_format
from .arguments import length
from .calls import Calls, errno_of
from .fd_registry import SOCKET
from .patches import Patches
from .payload import wrapped
from .ring_format import FREE, tls_error
from .signatures import dress
from .sockets import known

_gettimeout = c_socket.gettimeout
_DEFAULT_READ: Final = 1024
_UNKNOWN: Final = -1
_SSL: Final = 1
"""SSL_ERROR_SSL: something is wrong with what the other end has sent, or with its certificate."""

Args = tuple[Any, ...]
Named = dict[str, Any]


class _Call(NamedTuple):
    """What a method stands for."""

    name: str
    """Of OpenSSL's call."""
    code: int
    size: Callable[[Args, Named], int]
    """Bytes that it is given or has room for; 0 where it has none."""
    returned: Callable[[Any], int]
    """What OpenSSL's call returned, from what the method did."""


def _room(args: Args, named: Named) -> int:
    """Of read(len=1024, buffer=None): a buffer bounds it, and of 0 bytes nothing is asked."""
    asked = args[0] if args else named.get("len", _DEFAULT_READ)
    buffer = args[1] if len(args) > 1 else named.get("buffer")
    if not isinstance(asked, int):
        return _UNKNOWN
    asked = int.__index__(asked)  # past what a subclass makes of being compared
    if buffer is None:
        return asked
    room = length((buffer,))
    return room if asked <= 0 or asked > room else asked


def _given(args: Args, named: Named) -> int:
    return length(args or (named.get("data"),))


def _asks_to_block(args: Args, named: Named) -> bool:
    """Of do_handshake(block=False)."""
    block = args[0] if args else named.get("block", False)
    return type(block) in (bool, int) and block != 0


def _got(result: Any) -> int:
    return result if type(result) is int else len(result)


def _sized(args: Args, named: Named) -> int:
    return 0


_SUCCESS: Final = 1
"""What SSL_do_handshake(3) and SSL_shutdown(3) return when they are through: till then a method goes on, or raises."""


def _done(result: Any) -> int:
    return _SUCCESS


_CALLS: Final = {
    "read": _Call("SSL_read", ring_format.SSL_READ, _room, _got),
    "write": _Call("SSL_write", ring_format.SSL_WRITE, _given, int),
    "send": _Call("SSL_write", ring_format.SSL_WRITE, _given, int),
    "do_handshake": _Call("SSL_do_handshake", ring_format.SSL_DO_HANDSHAKE, _sized, _done),
    "unwrap": _Call("SSL_shutdown", ring_format.SSL_SHUTDOWN, _sized, _done),
}
"""By the method of ssl.SSLSocket."""


class _Class:
    """A class ssl.SSLSocket: a program may load the module more than once."""

    def __init__(self, calls: Calls, cls: Any, native: Any) -> None:
        """`native` is the module `_ssl`, which makes what the class has OpenSSL's connection in."""
        self._calls = calls
        self._attributes: Any = vars(cls)["__dict__"]
        self._connection: Any = native._SSLSocket
        self._error: type[OSError] = native.SSLError

    def dropin(self, name: str, real: Any) -> Any:
        """What stands in for a method."""
        call, control, through = _CALLS[name], self._calls.control, self._calls.through
        code, made = call.code, wrapped(self._calls, call.name, real)
        kind, pending = self._connection, self._connection.pending
        attributes_of, failure_of = self._of, self._failure
        is_read, is_handshake = code == ring_format.SSL_READ, code == ring_format.SSL_DO_HANDSHAKE

        def method(self: Any, *args: Any, **named: Any) -> Any:
            if control[0] == FREE:
                return real(self, *args, **named)
            attributes = attributes_of(self)
            connection, size = attributes.get("_sslobj"), call.size(args, named)
            if type(connection) is not kind or (is_read and size == 0):
                return real(self, *args, **named)  # it goes to the socket itself, or asks for nothing

            def returned(result: Any) -> tuple[int, Any]:
                return call.returned(result), (pending(connection), None) if is_read else None

            def failed(error: OSError) -> tuple[int | None, Any]:
                if is_handshake and error.errno == ENOTCONN and not attributes.get("_connected"):
                    return None, None  # so says getpeername(2), which comes before it
                return failure_of(error)

            blocking = is_handshake and _asks_to_block(args, named) and _gettimeout(self) == 0.0
            return through(
                code, self, known(self), max(0, size), None, (lambda *given: made(*given, **named)) if named else made,
                (self, *args), returned, blocking=blocking, failed=failed,
            )  # fmt: skip

        return method

    def _of(self, sock: Any) -> dict[str, Any]:
        """A socket's own attributes, past whatever its class makes of being asked for them."""
        try:
            return self._attributes.__get__(sock)  # type: ignore[no-any-return]
        except TypeError:
            return {}

    def _failure(self, error: OSError) -> tuple[int | None, Any]:
        """OpenSSL's errors have numbers of their own, SSL_get_error(3); a reason where the connection has failed."""
        if not isinstance(error, self._error):
            return errno_of(error), None
        number, reason = error.errno, vars(error).get("reason")
        if not isinstance(number, int):
            return None, None  # it was not asked: the socket is closed
        return tls_error(number), (None, reason) if number == _SSL and isinstance(reason, str) else None


def _methods(cls: Any) -> dict[str, Any]:
    """The methods of the class that the standard library's ssl makes; nothing for any other class."""
    if cls.__module__ != "ssl" or cls.__qualname__ != "SSLSocket":
        return {}
    found = {name: vars(cls).get(name) for name in _CALLS}
    plain = all(type(it) is FunctionType and it.__globals__.get("__name__") == "ssl" for it in found.values())
    return found if plain and "__dict__" in vars(cls) else {}


def install(calls: Calls, patches: Patches) -> None:
    """Stand in for the methods of ssl.SSLSocket, as soon as there is one."""

    def meet(cls: Any) -> None:
        methods, native = _methods(cls), sys.modules.get("_ssl")
        if methods and native is not None:
            made = _Class(calls, cls, native)
            for name, real in methods.items():
                patches.put(cls, name, dress(made.dropin(name, real), real, "ssl"))

    def __init_subclass__(cls: Any, **named: Any) -> None:
        super(SOCKET, cls).__init_subclass__(**named)
        meet(cls)

    patches.put(SOCKET, "__init_subclass__", classmethod(dress(__init_subclass__, object.__init_subclass__, "socket")))
    loaded = sys.modules.get("ssl")
    if loaded is not None:
        meet(vars(loaded).get("SSLSocket"))
