"""What a lane does about the lives of others: it does not outlive muxviz, and it lets its children go."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any, Final

from . import ring_format
from .calls import Calls
from .patches import Patches
from .ring_format import FREE

_PR_SET_PDEATHSIG: Final = 1


class ParentWatch:
    """Who our muxviz is."""

    def __init__(self, parent: int) -> None:
        """End with the thread that started us, asleep in the kernel or not: PR_SET_PDEATHSIG, prctl(2). It is not
        inherited by a child."""
        self._parent = parent
        self._pid = os.getpid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        self.alive()

    def alive(self) -> None:
        """Returns while muxviz lives; else this process ends here."""
        if os.getppid() != self._parent and os.getpid() == self._pid:
            os._exit(128 + signal.SIGKILL)


class _Forks:
    """os.fork, os.forkpty and the exec functions, as bound methods."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._fork, self._forkpty = os.fork, os.forkpty
        self._execv, self._execve = os.execv, os.execve

    def fork(self) -> int:
        if self._calls.control[0] == FREE:
            return self._fork()
        return self._calls.through(ring_format.FORK, None, -1, 0, None, self._fork, ())  # type: ignore[no-any-return]

    def forkpty(self) -> tuple[int, int]:
        if self._calls.control[0] == FREE:
            return self._forkpty()
        return self._calls.through(ring_format.FORK, None, -1, 0, None, self._forkpty, (), _child)  # type: ignore[no-any-return]

    def execv(self, path: Any, argv: Any, /) -> Any:
        self._say(path)
        return self._execv(path, argv)

    def execve(self, path: Any, argv: Any, env: Any) -> Any:
        self._say(path)
        return self._execve(path, argv, env)

    def _say(self, path: Any) -> None:
        if self._calls.control[0] != FREE:
            self._calls.define(ring_format.NOTE, 0, f"tries to become {os.fsdecode(path)!r}, which runs untraced")


def _child(result: tuple[int, int]) -> tuple[int, None]:
    return result[0], None


def install(calls: Calls, patches: Patches) -> None:
    """Say where a child is forked by os.fork, or another program takes this one's place. Whoever installs lets every
    child go, however it is forked: `Shared.let_go`."""
    forks = _Forks(calls)
    for name in ("fork", "forkpty", "execv", "execve"):
        patches.put(os, name, getattr(forks, name))
