"""The multiplexers of an experiment, with one interface: watch fds by a name, and say what a wait with timeout 0
returned."""

from __future__ import annotations

import errno
import select
from collections.abc import Callable
from typing import Final, Protocol

from muxviz.events import flag_names

NOTHING: Final = "∅"
"""An empty list."""

IN, OUT, PRI, RDHUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLPRI, select.EPOLLRDHUP
ALL: Final = IN | OUT | PRI | RDHUP
"""Interest in everything that can be asked for."""

_SIDES: Final = ((IN, "R"), (OUT, "W"), (PRI, "X"))


class Waiter(Protocol):
    """One multiplexer with what it watches."""

    def add(self, fd: int, mask: int, name: str = "") -> None:
        """Watch an fd. Raises OSError."""

    def again(self, fd: int, mask: int) -> None:
        """Ask anew: epoll_ctl(MOD)."""

    def wait(self, seconds: float = 0) -> str:
        """What a wait returns: flags, with the fd's name in front where it has one; ∅ for an empty list."""

    def close(self) -> None:
        """Give it back."""


class SelectWatch:
    """select(2)."""

    def __init__(self) -> None:
        self._masks: dict[int, int] = {}
        self._names: dict[int, str] = {}

    def add(self, fd: int, mask: int, name: str = "") -> None:
        self._masks[fd], self._names[fd] = mask, name

    again = add

    def wait(self, seconds: float = 0) -> str:
        read, write, exceptional = ([fd for fd, mask in self._masks.items() if mask & side] for side, _ in _SIDES)
        try:
            ready = select.select(read, write, exceptional, seconds)
        except OSError as error:
            return errno_name(error)
        except ValueError:
            return "ValueError"  # CPython: a number that no fd_set holds, FD_SETSIZE
        told = {
            fd: " ".join(letter for (_, letter), fds in zip(_SIDES, ready, strict=True) if fd in fds)
            for fd in self._masks
        }
        return _said([(self._names[fd], letters) for fd, letters in told.items() if letters])

    def close(self) -> None:
        pass


class PollWatch:
    """poll(2)."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._names: dict[int, str] = {}

    def add(self, fd: int, mask: int, name: str = "") -> None:
        self._poll.register(fd, mask)
        self._names[fd] = name

    again = add

    def wait(self, seconds: float = 0) -> str:
        return _said([(self._names[fd], flag_names(bits)) for fd, bits in self._poll.poll(seconds * 1000)])

    def close(self) -> None:
        pass


class EpollWatch:
    """epoll(7); `mode` is 0, EPOLLET or EPOLLONESHOT."""

    def __init__(self, mode: int, most: int = -1) -> None:
        self._mode, self._most = mode, most
        self.epoll = select.epoll()
        self._names: dict[int, str] = {}

    def add(self, fd: int, mask: int, name: str = "") -> None:
        self.epoll.register(fd, mask | self._mode)
        self._names[fd] = name

    def again(self, fd: int, mask: int) -> None:
        self.epoll.modify(fd, mask | self._mode)

    def wait(self, seconds: float = 0) -> str:
        return _said([(self._names[fd], flag_names(bits)) for fd, bits in self.epoll.poll(seconds, self._most)])

    def close(self) -> None:
        self.epoll.close()


def errno_name(error: OSError) -> str:
    """`EBADF`."""
    return errno.errorcode.get(error.errno or 0, str(error.errno))


def _said(told: list[tuple[str, str]]) -> str:
    return " ".join(f"{name}:{what}" if name else what for name, what in told) or NOTHING


MAKERS: Final[dict[str, Callable[[], Waiter]]] = {
    "select": SelectWatch,
    "poll": PollWatch,
    "level": lambda: EpollWatch(0),
    "edge": lambda: EpollWatch(select.EPOLLET),
    "oneshot": lambda: EpollWatch(select.EPOLLONESHOT),
}
"""The multiplexers by the names that the table has for them."""
