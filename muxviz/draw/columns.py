"""Where on a track the ticks of a session lie, by steps or by time, and which ticks a cell of it stands for.

By time, a tick lies at the latest `t` up to its end: an event's own may lie before that of an earlier one. A long
session is known at `_ANCHORS` of its ticks, to some 256 events, and taken to go evenly between them: a picture must not
cost more than its width.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final
from weakref import WeakKeyDictionary

from muxviz.draw.view import Axis
from muxviz.trace import Trace

_ANCHORS: Final = 1024


class Columns:
    """A track of `width` cells over every tick of a trace."""

    def __init__(self, trace: Trace, width: int, axis: Axis) -> None:
        self.width, self.ticks = width, trace.ticks
        self._last = max(self.ticks - 1, 0)
        self._clock = clock(trace) if axis == "time" else None

    def place(self, tick: int) -> int:
        """The cell of a tick."""
        tick = max(0, min(tick, self._last))
        if self._clock is None:
            return tick * (self.width - 1) // self._last if self._last else 0
        return min(self.width - 1, int(self._clock.part(tick) * (self.width - 1)))

    def first(self, column: int) -> int:
        """The first tick that lies in a cell or right of it."""
        if self._clock is None:
            return min(self.ticks, -(-column * self._last // max(1, self.width - 1)))
        low, high = 0, self.ticks
        while low < high:
            middle = (low + high) // 2
            if self.place(middle) < column:
                low = middle + 1
            else:
                high = middle
        return low

    def at(self, column: int) -> int:
        """The tick that a click on a cell means: its first, or the last one before it."""
        tick = self.first(column)
        return tick if tick < self.ticks and self.place(tick) == column else max(0, tick - 1)


class Clock:
    """The time of each tick."""

    def __init__(self, trace: Trace) -> None:
        last = max(trace.ticks - 1, 0)
        count = min(_ANCHORS, last + 1)
        self._ticks = [k * last // max(1, count - 1) for k in range(count)] if trace.ticks else [0]
        self._times: list[int] = []
        latest = 0
        exact = last < _ANCHORS
        for tick in self._ticks:
            n = trace.tick_end(tick)
            latest = max(latest, (trace[n].t if exact else trace.time_near(n)) if trace.ticks else 0)
            self._times.append(latest)
        self._times[-1] = max(latest, trace.now.t)

    def at(self, tick: int) -> int:
        """Nanoseconds since the session began."""
        k = bisect_right(self._ticks, tick) - 1
        if k + 1 >= len(self._ticks):
            return self._times[-1]
        span = self._ticks[k + 1] - self._ticks[k]
        return self._times[k] + (self._times[k + 1] - self._times[k]) * (tick - self._ticks[k]) // max(1, span)

    @property
    def whole(self) -> int:
        """Nanoseconds to the end."""
        return self._times[-1]

    def part(self, tick: int) -> float:
        """From the first tick's time on, as a part of the whole."""
        begin = self._times[0]
        return (self.at(tick) - begin) / max(1, self.whole - begin)


_clocks: Final[WeakKeyDictionary[Trace, tuple[int, Clock]]] = WeakKeyDictionary()
"""The newest clock of a trace, by how many ticks it had: it saves time, and changes nothing."""


def clock(trace: Trace) -> Clock:
    """The clock of a trace as it is now."""
    known = _clocks.get(trace)
    if known is None or known[0] != trace.ticks:
        known = _clocks[trace] = (trace.ticks, Clock(trace))
    return known[1]


def said(nanoseconds: int, whole: int) -> str:
    """A time as `0:02.1`, or `12.4 ms` where the whole is short."""
    if whole < 1_000_000_000:
        return f"{nanoseconds / 1e6:.1f} ms"
    tenths = nanoseconds // 100_000_000
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"
