"""What waits cost: the time that each took which had something to report before it began, and the bytes it copied.

Two rules name what counts and what follows:

    ready before   a held wait that returned something and was not seen to sleep: its time is the kernel's own work
    copies         what select(2), poll(2) and epoll_wait(2) carry into the kernel and back, from their arguments

select: each set that it is given, in and out, in whole longs up to the highest fd (fs/select.c, core_sys_select).
poll: 8 bytes of each struct pollfd in, its 2 bytes of revents out (do_sys_poll). epoll_wait: nothing in, and one struct
epoll_event out for each fd that it reports: 12 bytes where it is packed (x86_64), else 16
(include/uapi/linux/eventpoll.h).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from muxviz.calls import WAITS
from muxviz.events import Event, split
from muxviz.trace.trace import Trace

MOST: Final = 200_000
"""Events that are gone through at most: a recording may have millions."""
_LONG: Final = 8
_POLLFD, _REVENTS = 8, 2


class Cost(NamedTuple):
    """One wait."""

    n: int
    lane: str
    watched: int
    """How many fds it waits for."""
    took: int
    """Nanoseconds."""
    copied_in: int
    """Bytes."""
    copied_out: int


class _Walk:
    """How far a trace was gone through, and what was found."""

    def __init__(self, trace: Trace) -> None:
        self.event_bytes = 12 if trace.header.machine == "x86_64" else 16
        self.at = 0
        self.found: list[Cost] = []
        self.sleeps: set[str] = set()
        """Lanes whose newest call is a wait that was seen to sleep."""
        self.registered: dict[tuple[str, int], set[int]] = defaultdict(set)
        """By lane and epoll fd."""

    def take(self, n: int, event: Event) -> None:
        lane = event.lane
        if lane is None or event.role != "server" or event.call is None:
            return
        slept = lane in self.sleeps
        if event.phase is not None:
            self.sleeps.add(lane)
            return
        self.sleeps.discard(lane)
        if event.call in WAITS:
            if event.ready and not slept and event.step is not None and event.took is not None:
                self.found.append(self._cost(n, lane, event, event.took))
        elif event.call == "epoll_ctl" and event.ret == 0 and event.fd is not None:
            self._control(self.registered[lane, event.fd], event)
        elif event.call == "close" and event.fd is not None:
            for (of, _), members in self.registered.items():
                if of == lane:
                    members.discard(event.fd)

    @staticmethod
    def _control(members: set[int], event: Event) -> None:
        fd = event.target
        if isinstance(fd, int):
            (members.discard if event.op == "DEL" else members.add)(fd)

    def _cost(self, n: int, lane: str, event: Event, took: int) -> Cost:
        if event.call == "epoll_wait":
            watched = len(self.registered[lane, event.fd if event.fd is not None else -1])
            return Cost(n, lane, watched, took, 0, self.event_bytes * len(event.ready or ()))
        pairs = event.interest or []
        if event.call == "poll":
            return Cost(n, lane, len(pairs), took, _POLLFD * len(pairs), _REVENTS * len(pairs))
        sets = len({side for _, sides in pairs for side in split(sides)})
        highest = max((fd for fd, _ in pairs), default=-1)
        copied = sets * -(-(highest + 1) // (8 * _LONG)) * _LONG
        return Cost(n, lane, len(pairs), took, copied, copied)


_walks: Final[WeakKeyDictionary[Trace, _Walk]] = WeakKeyDictionary()
"""The walk of each trace so far: it saves time, and changes nothing."""


def costs(trace: Trace) -> list[Cost]:
    """The waits of a trace that had something to report before they began, in order; those among its first `MOST`
    events. A trace that grows is gone through only where it is new."""
    walk = _walks.get(trace)
    if walk is None:
        walk = _walks[trace] = _Walk(trace)
    while walk.at < min(len(trace), MOST):
        walk.take(walk.at, trace[walk.at])
        walk.at += 1
    return walk.found
