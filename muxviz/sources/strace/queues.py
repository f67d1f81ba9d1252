"""What lies in the queues of traced programs, seen from outside.

A look is worth something only where it is known between which calls it was made. So one is made when strace has written
nothing for a while (the programs sleep, or stand while strace is paused), or at a low rate in between, and it is kept
only where strace has written nothing until it was over: what it saw is the state after the newest event.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from typing import Final

from muxviz.events import Event, Queues
from muxviz.kernel import FdState, LaneState, State
from muxviz.sources.outside import proc
from muxviz.sources.outside.pidfd import Copies

SETTLED_SECONDS: Final = 0.02
"""After so much silence a program sleeps, as far as findings are concerned."""
_AGAIN_SECONDS: Final = 0.25
"""What arrives for a program that sleeps on is seen so much later at the latest."""
_BUSY_SECONDS: Final = 0.5
"""Between two looks at programs that never rest."""
LONG_SECONDS: Final = 1.05
"""After so much silence what was seen is told once more, changed or not: what is owed for a second is found then."""
_SHARE: Final = 20
"""A look that takes long is made less often: it has a twentieth of the time."""
_EVERY: Final = 256
"""Descriptors of a lane up to which all of them are looked at; of more, those that were in use last."""
_KINDS: Final = frozenset({"listener", "connection", "datagram"})


class Looks:
    """When to look, and what was found."""

    def __init__(self) -> None:
        self._soonest = self._next = 0.0
        self._looked_after = -1
        """n of the newest event at the last look."""
        self._tcp: dict[int, set[int]] = {}
        """By process, inodes that were once in the table of TCP sockets: one that is no longer there was reset."""

    def due(self, n: int, silence: float, clock: float) -> float:
        """Seconds until a look is due after event n, where nothing has come for so many."""
        wait = self._next - clock
        if n != self._looked_after:
            wait = min(wait, SETTLED_SECONDS - silence)
        return max(wait, self._soonest - clock, 0.0)

    def take(self, now: State, *, held: bool, again: bool = False) -> list[Event]:
        """One event for each lane whose queues are not as they were, without time. `held`: strace stands. `again`: also
        for one whose queues are."""
        began = time.monotonic()
        alive = [lane for lane in now.lanes.values() if lane.pid is not None and lane.status not in ("new", "ended")]
        found = [event for lane in alive if (event := self._look(lane, held, again)) is not None]
        ended = time.monotonic()
        self._soonest = ended + (ended - began) * _SHARE
        self._next = ended + (_AGAIN_SECONDS if now.n == self._looked_after else _BUSY_SECONDS)
        self._looked_after = now.n
        return found

    def took(self, n: int) -> None:
        """What was found is in the trace, as the events up to n."""
        self._looked_after = n

    def _look(self, lane: LaneState, held: bool, again: bool) -> Event | None:
        concerned = _concerned(lane)
        if not concerned:
            return None
        try:
            copies = Copies(lane.pid or 0, held=held)
        except OSError:
            return None  # it has ended
        try:
            after = {fd.fd: copies.look(fd.fd) for fd in concerned}
        finally:
            copies.close()
        if all(queues is None for queues in after.values()):
            after = self._from_table(lane, concerned)
        seen = ((fd, one) for fd in concerned if (one := after[fd.fd]) is not None)
        found = {fd.fd: one for fd, one in seen if again or _differs(fd.queues, one)}
        if not found:
            return None
        event = Event(n=-1, t=0, lane=lane.lane, role="observer", look="outside")
        event.queues = {str(number): queues for number, queues in sorted(found.items())}
        return event

    def _from_table(self, lane: LaneState, concerned: list[FdState]) -> dict[int, Queues | None]:
        """The TCP sockets among them, where copies are not permitted, or its threads do not stand still."""
        pid = lane.pid or 0
        numbers = proc.inodes(pid, [fd.fd for fd in concerned])
        table = proc.tcp_table(pid, numbers.values())
        known = self._tcp[pid] = (self._tcp.get(pid, set()) & set(numbers.values())) | table.keys()
        found: dict[int, Queues | None] = {}
        for fd in concerned:
            inode = numbers.get(fd.fd)
            found[fd.fd] = proc.seen(table.get(inode), fd.queues) if inode in known else None
        return found


def _concerned(lane: LaneState) -> list[FdState]:
    """The sockets to look at."""
    sockets = [fd for fd in lane.fds.values() if fd.kind in _KINDS]
    if len(sockets) <= _EVERY:
        return sockets
    listeners = lane.listeners()
    return listeners + heapq.nlargest(_EVERY, (fd for fd in sockets if fd.kind != "listener"), key=_last_used)


def _last_used(fd: FdState) -> int:
    return max(fd.opened, fd.reported_n or 0, fd.looked_n or 0)


def _differs(before: Queues, after: Queues) -> bool:
    """Whether a look tells anything that was not known. Where nobody has looked yet, nothing unread is news too."""
    return any(value not in (None, getattr(before, name)) for name, value in _told(after))


def _told(queues: Queues) -> Iterator[tuple[str, object]]:
    return ((name, getattr(queues, name)) for name in queues.__struct_fields__ if name != "derived")
