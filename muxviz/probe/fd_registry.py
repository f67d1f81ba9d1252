"""The sockets of the program that we know, by fd: to look at them, and to close their books.

Only weak references are held: the garbage collector closes a forgotten socket when it would have without us.
"""

from __future__ import annotations

import os
import socket
from _socket import socket as c_socket
from collections.abc import Callable
from typing import Any, Final
from weakref import ref


def _standard() -> Any:
    """The class that the socket module itself defines: a library may have put one of its own in its place, which need
    not be a subclass (gevent, eventlet), or one that is (PySocks)."""
    for made in (socket.socket, *c_socket.__subclasses__()):
        for cls in getattr(made, "__mro__", ()):
            if getattr(vars(cls).get("__enter__"), "__globals__", None) is vars(socket):
                return cls
    return socket.socket


SOCKET: Final = _standard()

TCP, STREAM, OTHER = range(3)
"""Kinds: a TCP socket; another stream, whose short read proves an empty queue; anything else."""

_fileno = c_socket.fileno
_readlink = os.readlink


def _nothing() -> None:
    return None


_type: Any = vars(c_socket)["type"]
_family: Any = vars(c_socket)["family"]
_INET: Final = (socket.AF_INET, socket.AF_INET6)


def kind_of(sock: c_socket) -> int:
    """TCP, STREAM or OTHER."""
    if _type.__get__(sock) & 0xF != socket.SOCK_STREAM:
        return OTHER
    return TCP if _family.__get__(sock) in _INET else STREAM


_NEAR: Final = 32
"""Numbers at either side in which the other end of a pipe is looked for: pipe(2) takes the lowest two that are free."""


def _pipe_ends(fd: int) -> list[int]:
    """The fds of this process that are ends of the same pipe: what is written at one is read at the other."""
    link = _link(fd)
    if link is None or not link.startswith("pipe:"):
        return []
    return [near for near in range(max(0, fd - _NEAR), fd + _NEAR) if _link(near) == link]


def _link(fd: int) -> str | None:
    try:
        return _readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return None


class KnownSocket:
    """One socket."""

    __slots__ = ("kind", "last", "shut_read", "shut_write", "socket", "used")

    def __init__(self, sock: socket.socket | None, kind: int) -> None:
        self.socket: Callable[[], socket.socket | None] = _nothing if sock is None else ref(sock)
        self.kind = kind
        self.used = False
        """It was connected, or tried to be: a closed TCP state means an end then, and not a beginning."""
        self.shut_read = False
        """The program itself shut its reading side."""
        self.shut_write = False
        """It shut its writing side."""
        self.last: Any = None
        """What was sent of it at the last look."""


class FdRegistry:
    """All known fds."""

    def __init__(self) -> None:
        self.sockets: dict[int, KnownSocket] = {}
        self.streams: set[int] = set()
        """Connected TCP and UNIX streams: what a look that costs little may be made at."""
        self.others: dict[int, object] = {}
        """Fds that are not sockets of ours and were handed to a wait, with what was sent of them at the last look."""
        self.first: dict[int, object] = {}
        """What was sent of an accepted fd before its socket object was made."""
        self.watched: set[int] = set()
        """Fds on which calls of `os` are recorded: all the above and epoll fds."""

    def learn(self, sock: socket.socket, *, used: bool = False) -> KnownSocket | None:
        """Know this socket from now on."""
        fd = _fileno(sock)
        if fd < 0:
            return None
        kind = kind_of(sock)
        known = self.sockets[fd] = KnownSocket(sock, kind)
        known.used = used
        known.last = self.first.pop(fd, None)
        self.watched.add(fd)
        self.others.pop(fd, None)
        if kind != OTHER:
            self.streams.add(fd)
        return known

    def get(self, sock: socket.socket) -> KnownSocket | None:
        """What is known of this socket; learns it where it is new."""
        known = self.sockets.get(_fileno(sock))
        if known is not None and known.socket() is sock:
            return known
        return self.learn(sock)

    def other(self, fd: int) -> None:
        """Know that this fd was handed to a wait."""
        if fd >= 0 and fd not in self.sockets and fd not in self.others:
            self.others[fd] = None
            self.watched.add(fd)
            self.watched.update(_pipe_ends(fd))

    def disconnected(self, fd: int) -> None:
        """Its connect(2) has failed: it may begin anew."""
        known = self.sockets.get(fd)
        if known is not None:
            known.used = False

    def forget(self, fd: int) -> None:
        """It was closed."""
        self.sockets.pop(fd, None)
        self.streams.discard(fd)
        self.others.pop(fd, None)
        self.watched.discard(fd)

    def clear(self) -> None:
        """Know nothing: what happened in a free run was not seen."""
        self.sockets.clear()
        self.streams.clear()
        self.others.clear()
        self.first.clear()
        self.watched.clear()
