"""Four threads wait for one listener: how many does one connection wake?"""

from __future__ import annotations

import os
import select
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from muxviz.facts.ends import NoAnswer, Patience, client, listener

THREADS: Final = 4
_EXCLUSIVE: Final = 1 << 28
"""EPOLLEXCLUSIVE, epoll_ctl(2)."""


def separate(flags: int = 0) -> list[str]:
    """Each thread has an epoll of its own."""
    return _herd([flags] * THREADS)


def exclusive() -> list[str]:
    """The same, each registered EPOLLEXCLUSIVE."""
    return separate(_EXCLUSIVE)


def shared(flags: int = 0) -> list[str]:
    """All threads wait on one epoll."""
    return _herd([flags])


def shared_edge() -> list[str]:
    """The same, edge-triggered."""
    return shared(select.EPOLLET)


def shared_oneshot() -> list[str]:
    """The same, one-shot."""
    return shared(select.EPOLLONESHOT)


def _herd(modes: list[int]) -> list[str]:
    with ExitStack() as stack:
        waiting = listener(stack)
        stop = os.eventfd(0, os.EFD_CLOEXEC)
        stack.callback(os.close, stop)
        epolls = []
        for mode in modes:
            epoll = select.epoll()
            stack.callback(epoll.close)
            epoll.register(waiting, select.EPOLLIN | mode)
            epoll.register(stop, select.EPOLLIN)
            epolls.append(epoll)
        herd: list[_Waiter] = []
        try:
            for number in range(THREADS):  # where one can't start, those that have are ended below
                herd.append(_Waiter(epolls[number % len(epolls)]))
            patience = Patience("the sleep of four threads")
            while not all(one.asleep for one in herd):
                patience.check()
            client(stack, waiting)
            return [f"{_woken(herd)} of {THREADS}"]
        finally:
            os.eventfd_write(stop, 1)  # level-triggered, and never read: it wakes every one
            for one in herd:
                one.join()


def _woken(herd: list[_Waiter]) -> int:
    """How many have returned, once none is on its way any more.

    A thread that was woken counts as running from that moment (kernel/sched/core.c, try_to_wake_up), and one that is to
    wake another does so before its own wait returns (fs/eventpoll.c). So two looks in a row that find each thread
    returned or asleep, and the same ones, leave none in between.
    """
    patience, before = Patience("the end of the wakeups"), None
    while True:
        patience.check()
        now = [("returned" if one.returned else "asleep" if one.asleep else "running") for one in herd]
        if now == before and "running" not in now:
            return now.count("returned")
        before = now


class _Waiter(threading.Thread):
    """A thread that waits once."""

    def __init__(self, epoll: select.epoll) -> None:
        super().__init__(name="herd", daemon=True)
        self._epoll = epoll
        self.returned = False
        self.start()

    def run(self) -> None:
        self._epoll.poll()
        self.returned = True

    @property
    def asleep(self) -> bool:
        """It sleeps in a system call on its epoll (proc_pid_syscall(5): number, then arguments)."""
        if self.native_id is None:
            return False
        try:
            words = Path(f"/proc/self/task/{self.native_id}/syscall").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return False  # it has ended
        except OSError as error:
            raise NoAnswer(f"the kernel does not say where a thread sleeps ({error.strerror})") from None
        return len(words) > 1 and words[0] not in ("running", "-1") and int(words[1], 16) == self._epoll.fileno()
