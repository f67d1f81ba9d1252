"""A process's socket, looked at through a copy of its fd: pidfd_getfd(2).

Nothing else tells as much as quickly: /proc/net/tcp is a walk of all the sockets that a machine has, some tenths of a
second where there are fifty thousand. But as long as there is a copy, a close of the process would neither end the
connection nor take the fd out of an epoll (epoll(7)). So copies are made only while every thread of the process stands
still, and each is closed at once, after some ten microseconds.

Only what tells and changes nothing is asked: FIONREAD, SIOCOUTQ, SIOCOUTQNSD, TCP_INFO, SO_MEMINFO, SO_RCVLOWAT. The
file's status flags, which a copy shares with the process, are left alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from _socket import socket as c_socket
from collections.abc import Iterator
from pathlib import Path
from termios import FIONREAD
from typing import Final

from muxviz.events import Queues, flag_names
from muxviz.probe import fd_registry as kinds
from muxviz.probe import queue_probe
from muxviz.sources.outside import proc

_PIDFD_GETFD: Final = 438
"""The same on every architecture (include/uapi/asm-generic/unistd.h)."""
_TOGETHER: Final = 16
"""Copies between two looks at the threads: a fraction of a millisecond."""
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Copies:
    """Looks into one process."""

    def __init__(self, pid: int, *, held: bool = False) -> None:
        """`held`: whoever traces it lets it stand where it stands. Raises OSError where it has ended."""
        self._pid, self._held = pid, held
        self._pidfd = os.pidfd_open(pid)
        self._left = 0
        """Copies until its threads are looked at again."""

    def close(self) -> None:
        """Give the handle back."""
        os.close(self._pidfd)

    def still(self) -> bool:
        """Every thread of it sleeps in the kernel, or is held there."""
        try:
            tasks = [int(task.name) for task in Path(f"/proc/{self._pid}/task").iterdir()]
        except OSError:
            return False
        return all(self._stands(task) for task in tasks)

    def _stands(self, task: int) -> bool:
        return proc.asleep(self._pid, task) or (self._held and proc.state(self._pid, task) in ("t", "S"))

    def look(self, fd: int) -> Queues | None:
        """What lies in a socket's queues; None where it can't be looked at this way."""
        if self._left == 0:
            if not self.still():
                return None
            self._left = _TOGETHER
        self._left -= 1
        with self._copy(fd) as ours:
            if ours is None:
                return None
            try:
                return (
                    _tcp(ours)
                    if kinds.kind_of(ours) == kinds.TCP
                    else Queues(recv=queue_probe.number(ours.fileno(), FIONREAD))
                )
            except OSError:
                return None

    @contextlib.contextmanager
    def _copy(self, fd: int) -> Iterator[c_socket | None]:
        """The fd as a socket of ours; None where that is not permitted, or it is none."""
        number = _libc.syscall(_PIDFD_GETFD, self._pidfd, fd, 0)
        ours: c_socket | None = None
        try:
            with contextlib.suppress(OSError):
                ours = c_socket(fileno=number) if number >= 0 else None
            yield ours
        finally:
            if ours is not None:
                ours.close()
            elif number >= 0:
                os.close(number)


def _tcp(ours: c_socket) -> Queues:
    known = kinds.KnownSocket(None, kinds.TCP)
    known.used = True
    _, recv, unsent, unacked, state, level, accepts, backlog, *_ = queue_probe.of_tcp(ours.fileno(), known, ours)
    names = flag_names(level) if level is not None else None
    tcp = proc.TCP_STATES[state or 0]
    return Queues(
        recv=recv, unsent=unsent, unacked=unacked, tcp=tcp, level=names, accepts=accepts, backlog=backlog
    )  # fmt: skip


def permitted() -> str | None:
    """Why copies of fds can't be made at all; None where they can."""
    mine = os.pidfd_open(os.getpid())
    try:
        copy = _libc.syscall(_PIDFD_GETFD, mine, mine, 0)
        if copy < 0:
            return os.strerror(ctypes.get_errno())
        os.close(copy)
        return None
    finally:
        os.close(mine)
