"""Drop-ins for select.select, select.poll and select.epoll.

They take the place of the originals in the `select` module and in `selectors`, which holds them since its import.
select and poll are bound methods: like a builtin, and unlike a Python function, these do not become methods of a class
that has them as an attribute. epoll and poll objects are compositions, as the C classes can't be subclassed; every
argument goes to the original, so that errors are its own.
"""

from __future__ import annotations

import select as select_module
import selectors
from _socket import socket as c_socket
from collections.abc import Iterable
from fcntl import F_GETFD, fcntl
from sys import _getframe
from types import FrameType
from typing import Any, Final, NoReturn

from . import readiness, ring_format
from .calls import Calls, caller, milliseconds
from .fd_registry import SOCKET
from .originals import in_place
from .patches import Patches
from .ring_format import FREE
from .signatures import ABSENT, complain, dress, dress_class

_real_select = in_place("select")
_real_poll = in_place("poll")
_real_epoll = in_place("epoll")
_fileno = c_socket.fileno
_MAX_EVENTS: Final = 1023
"""FD_SETSIZE - 1: what CPython asks of epoll_wait by default."""
_R, _W, _X = 1, 2, 4
_IN_OUT_PRI: Final = 7

calls: Calls
control: memoryview


def descriptor(item: Any) -> int:
    """The fd of an int or of something with fileno(), which is called once. Raises as PyObject_AsFileDescriptor."""
    if type(item) is SOCKET:
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

    def select(self, *args: Any, **unknown: Any) -> Any:
        if control[0] == FREE or unknown or len(args) not in (3, 4):
            return _real_select(*args, **unknown)
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
            return readiness.select_tells(read, write, exceptional, calls.table)

        found = calls.wait(
            ring_format.SELECT,
            -1,
            milliseconds(timeout, 1000),
            self._number,
            tells,
            _real_select,
            (*key, timeout),
            sides,
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("type 'select.poll' is not an acceptable base type")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("cannot pickle 'select.poll' object")

    def register(self, *args: Any, **unknown: Any) -> None:
        if unknown or not 0 < len(args) <= 2:
            self._real.register(*args, **unknown)
            return
        number = descriptor(args[0])
        self._real.register(number, *args[1:])
        self._keep(number, args[1] if len(args) == 2 else _IN_OUT_PRI)

    def modify(self, *args: Any, **unknown: Any) -> None:
        if unknown or len(args) != 2:
            self._real.modify(*args, **unknown)
            return
        number = descriptor(args[0])
        self._real.modify(number, args[1])
        self._keep(number, args[1])

    def unregister(self, *args: Any, **unknown: Any) -> None:
        if unknown or len(args) != 1:
            self._real.unregister(*args, **unknown)
            return
        number = descriptor(args[0])
        self._real.unregister(number)
        del self._interest[number]
        self._number = 0

    def _keep(self, fd: int, mask: Any) -> None:
        self._interest[fd] = mask.__index__()
        self._number = 0

    def poll(self, timeout: Any = None, /, *rest: Any, **unknown: Any) -> list[tuple[int, int]]:
        if control[0] == FREE or rest or unknown:
            return self._call(timeout, *rest, **unknown)  # type: ignore[no-any-return]
        number = self._number
        if not number:
            pairs = list(self._interest.items())
            for fd, _ in pairs:
                calls.table.other(fd)
            number = self._number = calls.interest(pairs)
        ms = -1 if timeout is None else milliseconds(timeout, 1)
        return calls.wait(ring_format.POLL, -1, ms, number, self._tells, self._call, (timeout,))  # type: ignore[no-any-return]

    def _tells(self) -> int:
        return readiness.poll_tells(list(self._interest.items()), calls.table)


_Poll: Any = Poll


class Epoll:
    """The class select.epoll."""

    __slots__ = ("_call", "_fd", "_real")

    def __new__(cls, *args: Any, **kwargs: Any) -> Epoll:
        self = object.__new__(cls)
        if control[0] == FREE:
            self._keep(_real_epoll(*args, **kwargs))
            return self

        def make() -> Any:
            return _real_epoll(*args, **kwargs)

        def made(real: Any) -> tuple[int, None]:
            return real.fileno(), None

        self._keep(calls.through(ring_format.EPOLL_CREATE, None, -1, 0, None, make, (), made))
        calls.table.watched.add(self._real.fileno())
        return self

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("type 'select.epoll' is not an acceptable base type")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("cannot pickle 'select.epoll' object")

    @classmethod
    def fromfd(cls, *args: Any, **unknown: Any) -> Epoll:
        self = object.__new__(cls)
        self._keep(_real_epoll.fromfd(*args, **unknown))
        return self

    def _keep(self, real: Any) -> None:
        self._real, self._call, self._fd = real, real.poll, real.fileno()

    @property
    def closed(self) -> bool:
        """True if the epoll handler is closed"""
        return self._real.closed  # type: ignore[no-any-return]

    def fileno(self, *args: Any, **unknown: Any) -> int:
        return self._real.fileno(*args, **unknown)  # type: ignore[no-any-return]

    def close(self, *args: Any, **unknown: Any) -> None:
        if control[0] == FREE or self._real.closed or args or unknown:
            self._real.close(*args, **unknown)
            return
        _close(self._real, 0, _getframe(1))

    def register(self, fd: Any = ABSENT, eventmask: Any = _IN_OUT_PRI, *rest: Any, **unknown: Any) -> None:
        if fd is ABSENT or rest or unknown:
            return complain(self._real.register, (fd, eventmask), rest, unknown)  # type: ignore[no-any-return]
        if control[0] == FREE:
            return self._real.register(fd, eventmask)  # type: ignore[no-any-return]
        number = descriptor(fd)
        calls.table.other(number)
        return self._control(_ADD, number, eventmask, self._real.register, (number, eventmask))

    def modify(self, fd: Any = ABSENT, eventmask: Any = ABSENT, *rest: Any, **unknown: Any) -> None:
        if fd is ABSENT or eventmask is ABSENT or rest or unknown:
            return complain(self._real.modify, (fd, eventmask), rest, unknown)  # type: ignore[no-any-return]
        if control[0] == FREE:
            return self._real.modify(fd, eventmask)  # type: ignore[no-any-return]
        number = descriptor(fd)
        return self._control(_MOD, number, eventmask, self._real.modify, (number, eventmask))

    def unregister(self, fd: Any = ABSENT, *rest: Any, **unknown: Any) -> None:
        if fd is ABSENT or rest or unknown:
            return complain(self._real.unregister, (fd,), rest, unknown)  # type: ignore[no-any-return]
        if control[0] == FREE:
            return self._real.unregister(fd)  # type: ignore[no-any-return]
        number = descriptor(fd)
        return self._control(_DEL, number, 0, self._real.unregister, (number,))

    def _control(self, op: int, fd: int, mask: Any, call: Any, args: tuple[Any, ...]) -> None:
        if self._real.closed or not isinstance(mask, int):
            call(*args)  # raises ValueError, or TypeError
            return
        detail = (op, fd, int(mask))
        calls.through(ring_format.EPOLL_CTL, None, self._real.fileno(), 0, detail, call, args, frame=_getframe(2))

    def poll(self, timeout: Any = None, maxevents: Any = -1, *rest: Any, **unknown: Any) -> list[tuple[int, int]]:
        if rest or unknown:
            return complain(self._call, (timeout, maxevents), rest, unknown)  # type: ignore[no-any-return]
        if control[0] == FREE:
            return self._call(timeout, maxevents)  # type: ignore[no-any-return]
        return calls.wait(  # type: ignore[no-any-return]
            ring_format.EPOLL_WAIT,
            self._fd,
            -1 if timeout is None else milliseconds(timeout, 1000),
            _MAX_EVENTS if maxevents == -1 else maxevents if isinstance(maxevents, int) else 0,
            self._tells,
            self._call,
            (timeout, maxevents),
        )

    def _tells(self) -> int:
        return readiness.UNKNOWN if self._real.closed else readiness.epoll_tells(self._fd)

    def __enter__(self, *args: Any) -> Epoll:
        self._real.__enter__(*args)
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A forgotten epoll object: the original's own end would close the fd unseen.
        real = getattr(self, "_real", None)
        if real is not None and not real.closed and control[0] != FREE:
            _close(real, ring_format.GC, caller(1))


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
        calls.through(ring_format.CLOSE, None, fd, 0, None, close, (), flags=flags, frame=frame)
    except OSError:
        pass


_ADD, _DEL, _MOD = 1, 2, 3


def _select_signature(self: Any, rlist: Any, wlist: Any, xlist: Any, timeout: Any = None, /) -> None: ...


def _poll_signature(self: Any, /) -> None: ...


def install(recorder: Calls, patches: Patches) -> None:
    """Put the drop-ins in their places."""
    global calls, control
    calls, control = recorder, recorder.control
    functions: Any = _Functions()
    if _real_poll is not None:
        dress_class(Poll, type(_real_poll()))
        dress(_Functions.poll, _real_poll, "select", _poll_signature)
    if _real_epoll is not None:
        dress_class(Epoll, _real_epoll)
    if _real_select is not None:
        dress(_Functions.select, _real_select, "select", _select_signature)
    select, poll = functions.select, functions.poll
    for target, name, real, value in (
        (select_module, "select", _real_select, select),
        (select_module, "poll", _real_poll, poll),
        (select_module, "epoll", _real_epoll, Epoll),
        (_selector("SelectSelector"), "_select", _real_select, select),
        (_selector("PollSelector"), "_selector_cls", _real_poll, poll),
        (_selector("EpollSelector"), "_selector_cls", _real_epoll, Epoll),
    ):
        if real is not None and getattr(target, name, None) is real:
            patches.put(target, name, value)


def _selector(name: str) -> Any:
    return getattr(selectors, name, None)
