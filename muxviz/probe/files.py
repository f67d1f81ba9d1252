"""Drop-ins for the functions of `os` that read, write and close descriptors.

They record only on fds that the probe knows (a socket, an epoll, what was handed to a wait): a program that uses
os.read on a pipe of its loop is seen, one that reads a file is not disturbed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from . import ring_format
from .arguments import first, length
from .calls import Calls
from .patches import Patches
from .payload import wrapped
from .ring_format import FREE

Describe = Callable[[tuple[Any, ...]], int]
After = Callable[[Any], tuple[int, None]]


def _length(result: Any) -> tuple[int, None]:
    return len(result), None


def _buffers(args: tuple[Any, ...]) -> int:
    parts = args[1] if len(args) > 1 and isinstance(args[1], list | tuple) else ()
    return sum(length((part,)) for part in parts)


_PLAIN: Final[tuple[tuple[str, int, Describe, After | None], ...]] = (
    ("read", ring_format.READ, lambda args: first(args[1:]), _length),
    ("write", ring_format.WRITE, lambda args: length(args, 1), None),
    ("readv", ring_format.READV, _buffers, None),
    ("writev", ring_format.WRITEV, _buffers, None),
    ("sendfile", ring_format.SENDFILE, lambda args: first(args[3:]), None),
)


def _blocking(fd: int) -> bool:
    try:
        return os.get_blocking(fd)
    except OSError:
        return False  # the call says what is wrong with it


class _Dropin:
    """One function of `os`; its `call` is a bound method."""

    def __init__(self, calls: Calls, code: int, real: Any, size: Describe, after: After | None) -> None:
        self._calls, self._code, self._real, self._size, self._after = calls, code, real, size, after
        self._control, self._watched = calls.control, calls.table.watched

    def call(self, *args: Any, **kwargs: Any) -> Any:
        if self._control[0] == FREE or kwargs or not args or type(args[0]) is not int or args[0] not in self._watched:
            return self._real(*args, **kwargs)
        size, blocking = self._size(args), _blocking(args[0])
        return self._calls.through(
            self._code, None, args[0], size, None, self._real, args, self._after, blocking=blocking
        )


class _Closes:
    """os.close, os.dup2, os.dup and os.closerange."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._table, self._control = calls, calls.table, calls.control
        self._close, self._dup, self._dup2, self._closerange = os.close, os.dup, os.dup2, os.closerange

    def close(self, fd: Any) -> None:
        if self._control[0] == FREE or type(fd) is not int or fd not in self._table.watched:
            return self._close(fd)
        self._table.forget(fd)
        return self._calls.through(ring_format.CLOSE, None, fd, 0, None, self._close, (fd,))  # type: ignore[no-any-return]

    def dup(self, fd: Any, /) -> int:
        if self._control[0] == FREE or type(fd) is not int or fd not in self._table.watched:
            return self._dup(fd)
        made: int = self._calls.through(ring_format.DUP, None, fd, 0, None, self._dup, (fd,))
        self._table.watched.add(made)
        return made

    def dup2(self, fd: Any, fd2: Any, inheritable: Any = True) -> int:
        watched = self._table.watched
        if self._control[0] == FREE or not (_known(fd, watched) or _known(fd2, watched)):
            return self._dup2(fd, fd2, inheritable)
        made: int = self._calls.through(ring_format.DUP, None, fd, 0, (fd2,), self._dup2, (fd, fd2, inheritable))
        if fd != fd2:
            self._table.forget(fd2)
            self._table.watched.add(fd2)
        return made

    def closerange(self, low: Any, high: Any, /) -> None:
        if self._control[0] == FREE or not (type(low) is int and type(high) is int):
            return self._closerange(low, high)
        going = sorted(fd for fd in self._table.watched if low <= fd < high)
        for fd in going:
            self._table.forget(fd)
        for fd in going:
            try:
                self._calls.through(ring_format.CLOSE, None, fd, 0, None, self._close, (fd,), flags=ring_format.RANGE)
            except OSError:
                pass  # closed already where we could not see it; closerange ignores that as well
        return self._closerange(low, high)


def _known(fd: Any, watched: set[int]) -> bool:
    return type(fd) is int and fd in watched


def install(calls: Calls, patches: Patches) -> None:
    """Put the drop-ins into `os`."""
    for name, code, size, after in _PLAIN:
        patches.put(os, name, _Dropin(calls, code, wrapped(calls, name, getattr(os, name)), size, after).call)
    closes = _Closes(calls)
    for name in ("close", "dup", "dup2", "closerange"):
        patches.put(os, name, getattr(closes, name))
