"""Drop-ins for select.select, select.poll and select.epoll.

They take the place of the originals in the `select` module and in `selectors`, which holds them since its import.
select and poll are bound methods: like a builtin, and unlike a Python function, these do not become methods of a class
that has them as an attribute. epoll and poll objects are compositions, as the C classes can't be subclassed; every
argument goes to the original, so that errors are its own.
"""

from __future__ import annotations

import select as select_module
import selectors
import socket
from _socket import socket as c_socket
from collections.abc import Iterable
from fcntl import F_GETFD, fcntl
from sys import _getframe
from types import FrameType
from typing import Any, Final, NoReturn

from . import foresee, layout
from .calls import Calls, caller, milliseconds
from .layout import FREE

_real_select = select_module.select
_real_poll = select_module.poll
_real_epoll = select_module.epoll
_fileno = c_socket.fileno
_MAX_EVENTS: Final = 1023
"""FD_SETSIZE - 1: what CPython asks of epoll_wait by default."""
_R, _W, _X = 1, 2, 4
_IN_OUT_PRI: Final = 7

calls: Calls
control: memoryview


def descriptor(item: Any) -> int:
    """The fd of an int or of something with fileno(), which is called once. Raises as PyObject_AsFileDescriptor."""
    if type(item) is socket.socket:
        return _fileno(item)
    if isinstance(item, int):
        return item
    try:
        method = item.fileno
    except AttributeError:
        raise TypeError("argument must be an int, or have a fileno() method.") from None
    number = method()
    if not isinstance(number, int):
        raise TypeError("fileno() returned a non-integer")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


class _Functions:
    """select.select and select.poll, as bound methods."""

    def __init__(self) -> None:
        self._key: Any = None
        self._number = 0

    def select(self, *args: Any) -> Any:
        if control[0] == FREE or len(args) not in (3, 4):
            return _real_select(*args)
        timeout = args[3] if len(args) == 4 else None
        if timeout is not None and not (isinstance(timeout, int | float) and timeout >= 0):
            return _real_select(*args)  # its error, or a timeout of a kind of its own
        taken = [_taken(sequence) for sequence in args[:3]]
        read, write, exceptional = (numbers for _, numbers in taken)
        key = (read, write, exceptional)
        if key != self._key:
            for numbers in key:
                for fd in numbers:
                    calls.table.other(fd)
            self._number = calls.interest(sides(key))
            self._key = key

        def tells() -> int:
            return foresee.select_tells(read, write, exceptional, calls.table)

        found = calls.wait(
            layout.SELECT, -1, milliseconds(timeout, 1000), self._number, tells, _real_select, (*key, timeout), sides
        )
        return tuple(_given_back(items, numbers, ready) for (items, numbers), ready in zip(taken, found, strict=True))

    def poll(self, *args: Any, **kwargs: Any) -> Poll:
        real = _real_poll(*args, **kwargs)
        made: Poll = object.__new__(_Poll)
        made._real, made._call, made._interest, made._number = real, real.poll, {}, 0
        return made


def _taken(sequence: Any) -> tuple[list[Any], list[int]]:
    """The items and their fds. A list may change while fileno() is called, and we see that as the original does."""
    if type(sequence) not in (list, tuple):
        try:
            sequence = list(sequence)
        except TypeError:
            raise TypeError("arguments 1-3 must be sequences") from None
    items, numbers = [], []
    for item in sequence:
        items.append(item)
        numbers.append(descriptor(item))
    return items, numbers


def _given_back(items: list[Any], numbers: list[int], ready: list[int]) -> list[Any]:
    if not ready:
        return []
    if len(ready) == len(items):
        return items
    named = set(ready)
    return [item for item, fd in zip(items, numbers, strict=True) if fd in named]


def sides(lists: Iterable[Iterable[int]]) -> list[tuple[int, int]]:
    """Three lists of fds as pairs of fd and side bits, by first appearance."""
    bits: dict[int, int] = {}
    for side, numbers in zip((_R, _W, _X), lists, strict=True):
        for fd in numbers:
            bits[fd] = bits.get(fd, 0) | side
    return list(bits.items())


class Poll:
    """The object that select.poll() returns."""

    __slots__ = ("_call", "_interest", "_number", "_real")
    _real: Any
    _call: Any
    _interest: dict[int, int]
    _number: int

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd: Any, eventmask: Any = _IN_OUT_PRI, /) -> None:
        """Register a file descriptor with the polling object."""
        number = descriptor(fd)
        self._real.register(number, eventmask)
        self._interest[number] = eventmask.__index__()
        self._number = 0

    def modify(self, fd: Any, eventmask: Any, /) -> None:
        """Modify an already registered file descriptor."""
        number = descriptor(fd)
        self._real.modify(number, eventmask)
        self._interest[number] = eventmask.__index__()
        self._number = 0

    def unregister(self, fd: Any, /) -> None:
        """Remove a file descriptor being tracked by the polling object."""
        number = descriptor(fd)
        self._real.unregister(number)
        del self._interest[number]
        self._number = 0

    def poll(self, timeout: Any = None, /) -> list[tuple[int, int]]:
        """Polls the set of registered file descriptors, returning a list of (fd, event) tuples."""
        if control[0] == FREE:
            return self._call(timeout)  # type: ignore[no-any-return]
        number = self._number
        if not number:
            pairs = list(self._interest.items())
            for fd, _ in pairs:
                calls.table.other(fd)
            number = self._number = calls.interest(pairs)
        ms = -1 if timeout is None else milliseconds(timeout, 1)
        return calls.wait(layout.POLL, -1, ms, number, self._tells, self._call, (timeout,))  # type: ignore[no-any-return]

    def _tells(self) -> int:
        return foresee.poll_tells(list(self._interest.items()), calls.table)


_Poll: Any = Poll


class Epoll:
    """The class select.epoll."""

    __slots__ = ("__weakref__", "_call", "_fd", "_real")

    def __new__(cls, sizehint: int = -1, flags: int = 0) -> Epoll:
        self = object.__new__(cls)
        if control[0] == FREE:
            self._keep(_real_epoll(sizehint, flags))
            return self

        def made(real: Any) -> tuple[int, None]:
            return real.fileno(), None

        self._keep(calls.through(layout.EPOLL_CREATE, None, -1, 0, None, _real_epoll, (sizehint, flags), made))
        calls.table.watched.add(self._real.fileno())
        return self

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("type 'select.epoll' is not an acceptable base type")

    @classmethod
    def fromfd(cls, *args: Any) -> Epoll:
        """Create an epoll object from a given control fd."""
        self = object.__new__(cls)
        self._keep(_real_epoll.fromfd(*args))
        return self

    def _keep(self, real: Any) -> None:
        self._real, self._call, self._fd = real, real.poll, real.fileno()

    @property
    def closed(self) -> bool:
        """True if the epoll handler is closed"""
        return self._real.closed  # type: ignore[no-any-return]

    def fileno(self) -> int:
        """Return the epoll control file descriptor."""
        return self._real.fileno()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the epoll control file descriptor."""
        if control[0] == FREE or self._real.closed:
            self._real.close()
            return
        _close(self._real, 0, _getframe(1))

    def register(self, fd: Any, eventmask: Any = _IN_OUT_PRI) -> None:
        """Registers a new fd or raises an OSError if the fd is already registered."""
        if control[0] == FREE:
            return self._real.register(fd, eventmask)  # type: ignore[no-any-return]
        number = descriptor(fd)
        calls.table.other(number)
        return self._control(_ADD, number, eventmask, self._real.register, (number, eventmask))

    def modify(self, fd: Any, eventmask: Any) -> None:
        """Modify event mask for a registered file descriptor."""
        if control[0] == FREE:
            return self._real.modify(fd, eventmask)  # type: ignore[no-any-return]
        number = descriptor(fd)
        return self._control(_MOD, number, eventmask, self._real.modify, (number, eventmask))

    def unregister(self, fd: Any) -> None:
        """Remove a registered file descriptor from the epoll object."""
        if control[0] == FREE:
            return self._real.unregister(fd)  # type: ignore[no-any-return]
        number = descriptor(fd)
        return self._control(_DEL, number, 0, self._real.unregister, (number,))

    def _control(self, op: int, fd: int, mask: Any, call: Any, args: tuple[Any, ...]) -> None:
        if self._real.closed or not isinstance(mask, int):
            call(*args)  # raises ValueError, or TypeError
            return
        detail = (op, fd, int(mask))
        calls.through(layout.EPOLL_CTL, None, self._real.fileno(), 0, detail, call, args, frame=_getframe(2))

    def poll(self, timeout: Any = None, maxevents: Any = -1) -> list[tuple[int, int]]:
        """Wait for events on the epoll file descriptor; returns a list of (fd, event) 2-tuples."""
        if control[0] == FREE:
            return self._call(timeout, maxevents)  # type: ignore[no-any-return]
        return calls.wait(  # type: ignore[no-any-return]
            layout.EPOLL_WAIT,
            self._fd,
            -1 if timeout is None else milliseconds(timeout, 1000),
            _MAX_EVENTS if maxevents == -1 else maxevents if isinstance(maxevents, int) else 0,
            self._tells,
            self._call,
            (timeout, maxevents),
        )

    def _tells(self) -> int:
        return foresee.UNKNOWN if self._real.closed else foresee.epoll_tells(self._fd)

    def __enter__(self) -> Epoll:
        if self._real.closed:
            raise ValueError("I/O operation on closed epoll object")
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A forgotten epoll object: the original's own end would close the fd unseen.
        real = getattr(self, "_real", None)
        if real is not None and not real.closed and control[0] != FREE:
            _close(real, layout.GC, caller(1))


def _close(real: Any, flags: int, frame: FrameType | None) -> None:
    """Close an epoll object. The original says nothing where the fd was closed under it; the record does."""
    fd = real.fileno()
    calls.table.forget(fd)

    def close() -> None:
        try:
            fcntl(fd, F_GETFD)
        finally:
            real.close()

    try:
        calls.through(layout.CLOSE, None, fd, 0, None, close, (), flags=flags, frame=frame)
    except OSError:
        pass


_ADD, _DEL, _MOD = 1, 2, 3


def install(recorder: Calls) -> None:
    """Put the drop-ins in their places."""
    global calls, control
    calls, control = recorder, recorder.control
    functions: Any = _Functions()
    for cls, name in ((Poll, "poll"), (Epoll, "epoll")):
        cls.__module__, cls.__name__, cls.__qualname__ = "select", name, name
    target: Any = select_module
    target.select, target.poll, target.epoll = functions.select, functions.poll, Epoll
    chosen: Any = selectors
    chosen.SelectSelector._select = functions.select
    chosen.PollSelector._selector_cls = functions.poll
    chosen.EpollSelector._selector_cls = Epoll
