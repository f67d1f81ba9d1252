"""The recorded pace: how far a recording has come after so much time, long pauses shortened.

An event's `t` may lie before that of an event with a smaller n of another process, so the clock is the latest `t` so
far. Where thousands of events fall into one frame, the clock finds its place by itself.
"""

from __future__ import annotations

from typing import Final

from muxviz.trace import Trace

PAUSE_NS: Final = 1_000_000_000
"""A pause that was longer lasts this long."""
_ONE_BY_ONE: Final = 500
"""Ticks of one frame that are gone through; more than that are jumped over."""


class RecordedPace:
    """A clock over a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._clock = 0
        self._over = 0
        """Nanoseconds that were played and led to no event yet."""

    def begin(self, n: int) -> None:
        """Start from event n."""
        self._clock, self._over = self._trace[n].t if n >= 0 else 0, 0

    def advance(self, n: int, nanoseconds: int) -> int:
        """Where so much more time leads from event n: the end of a tick."""
        trace, left = self._trace, self._over + nanoseconds
        tick = trace.tick_of(n)
        for _ in range(_ONE_BY_ONE):
            if tick + 1 >= trace.ticks:
                break
            then = max(self._clock, trace[trace.tick_end(tick + 1)].t)
            pause = min(then - self._clock, PAUSE_NS)
            if pause > left:
                break
            left, tick, self._clock = left - pause, tick + 1, then
        else:
            tick = max(tick, trace.tick_of(trace.at_time(self._clock + left)))
            self._clock, left = self._clock + left, 0
        self._over = left
        return trace.tick_end(tick)
