"""What is followed of a traced program: fds by their numbers, which are used again and again.

A lab has clients with names, and the same ones in every lane. A traced program has fds, most of them for a moment: the
wire's rows are numbers, whatever they lead to at the time, and where one lane is alone several of them have a row.
"""

from __future__ import annotations

from typing import Final

from muxviz.draw.selection import name_of
from muxviz.draw.wire_samples import Track
from muxviz.kernel import FdState, LaneState, State
from muxviz.trace import Trace

_HEIGHTS: Final = ((24, 1), (30, 2), (36, 3), (44, 4))
"""From so many rows of the screen on, so many fds of a lane that is alone have a row."""
_STREAMS: Final = frozenset({"listener", "connection", "datagram"})


def lane(trace: Trace, n: int) -> str:
    """Where no lane is in focus: the one that the newest event is of."""
    newest = trace[n].lane if n >= 0 else None
    return newest if newest in trace.lanes else (trace.lanes[0] if trace.lanes else "")


def every(lane: LaneState | None) -> list[str]:
    """The fds of a lane that can be followed, by number."""
    if lane is None:
        return []
    return [name_of(number) for number in sorted(number for number, fd in lane.fds.items() if _has_a_level(fd))]


def one(lane: LaneState | None, since: int) -> str | None:
    """The fd that is followed where nobody chose one: the connection that was reported most often, among those that
    are open or were closed in sight; else a listener, or what else is watched."""
    if lane is None:
        return None
    seen = [*(fd for fd in lane.fds.values() if _has_a_level(fd)), *_closed_in_sight(lane, since)]
    if not seen:
        return None
    best = max(seen, key=lambda fd: (_RANK.get(fd.kind, 0), fd.closed is None, fd.reports, -fd.opened))
    return name_of(best.fd)


_RANK: Final = {"connection": 2, "datagram": 2, "listener": 1, "socket": 0}


def tracks(trace: Trace, state: State, focus: str, client: str | None, since: int, height: int) -> tuple[Track, ...]:
    """The wire's rows."""
    if len(trace.lanes) != 1:
        return tuple((of, client if of == focus else one(state.lanes.get(of), since)) for of in trace.lanes)
    known = state.lanes.get(focus)
    if client is None or known is None:
        return ((focus, client),)
    room = min(rows(height), trace.extent.connections + 1)
    seen = {fd.fd: fd.used or fd.opened for fd in _closed_in_sight(known, since)}
    seen |= {fd.fd: fd.used or fd.opened for fd in known.fds.values() if _has_a_level(fd)}
    newest = sorted(seen, key=lambda number: (name_of(number) == client, seen[number]), reverse=True)
    chosen = newest[: max(1, room)]
    return tuple((focus, name_of(number)) for number in sorted(chosen)) or ((focus, client),)


def rows(height: int) -> int:
    """How many fds of a lane that is alone have a row in the wire."""
    return next((count for least, count in reversed(_HEIGHTS) if height >= least), 1)


def _closed_in_sight(lane: LaneState, since: int) -> list[FdState]:
    return [fd for fd in lane.gone.values() if fd.closed is not None and fd.closed >= since and fd.fd not in lane.fds]


def _has_a_level(fd: FdState) -> bool:
    """A regular file is always ready, and an epoll has rows of its own."""
    return fd.kind in _STREAMS or (fd.kind != "epoll" and bool(fd.interest))
