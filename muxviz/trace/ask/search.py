"""A search: a condition put to the events of a trace, one after the other, in either direction, in slices of time.

Forward it folds on from where it begins. Back it goes from keyframe to keyframe: each stretch is folded forward, and
the last event that met the condition is the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from muxviz.events import Event
from muxviz.kernel import State, fold
from muxviz.trace import Trace
from muxviz.trace.ask.condition import Change, Condition

_LOOK_AT_CLOCK: Final = 64
"""Events between two looks at the clock."""


class Search:
    """A search under way."""

    def __init__(self, trace: Trace, condition: Condition, start: int, *, forward: bool) -> None:
        self.found: int | None = None
        self.done = False
        self.progress = 0.0
        self._trace, self._condition = trace, condition
        end = len(trace)
        self._work = self._forward(max(start, -1), end) if forward else self._back(min(max(start, 0), end))

    def advance(self, seconds: float) -> bool:
        """Search for about so long; True where it is done."""
        limit = time.monotonic() + seconds
        while not self.done and time.monotonic() < limit:
            try:
                next(self._work)
            except StopIteration:
                self.done, self.progress = True, 1.0
        return self.done

    def _forward(self, start: int, end: int) -> Iterator[None]:
        for n in self._matches(start + 1, end):
            if n is not None:
                self.found = n
                return
            yield

    def _back(self, start: int) -> Iterator[None]:
        end = start
        while end > 0:
            begin = self._trace.frame_before(end - 2) + 1 if end > 1 else 0
            for n in self._matches(begin, end):
                if n is not None:
                    self.found = n
                else:
                    yield
            if self.found is not None:
                return
            end = begin
            self.progress = 1 - end / max(1, start)
            yield

    def _matches(self, begin: int, end: int) -> Iterator[int | None]:
        """The events from `begin` on, before `end`, at which the condition is met; None now and then, for the clock."""
        trace, needs_state = self._trace, self._condition.needs_state
        state = trace.state(begin - 1) if needs_state else State(lanes={})
        met = self._test(state, trace[begin - 1] if begin > 0 else None)
        for n in range(begin, end):
            event = trace[n]
            if needs_state:
                fold(state, event)
            if met(event):
                yield n
            if n % _LOOK_AT_CLOCK == 0:
                self.progress = (n - begin) / max(1, end - begin)
                yield None

    def _test(self, state: State, before: Event | None) -> Callable[[Event], bool]:
        """Whether an event meets the condition, `state` being folded up to it."""
        condition = self._condition
        if isinstance(condition, Change):
            return _whether_changed(condition.picture, state)
        if not condition.watches:
            return lambda event: condition.holds(event, state)
        return _whether_becomes(condition, state)


def _whether_changed(picture: Callable[[State], object], state: State) -> Callable[[Event], bool]:
    last = picture(state)

    def test(event: Event) -> bool:
        nonlocal last
        before, last = last, picture(state)
        return last != before

    return test


def _whether_becomes(condition: Condition, state: State) -> Callable[[Event], bool]:
    """True of a lane now, and not after its event before."""
    true = {lane: condition.holds(Event(n=-1, t=0, lane=lane, role="server"), state) for lane in state.lanes}

    def test(event: Event) -> bool:
        if event.lane is None or event.role == "client":
            return False
        before, true[event.lane] = true.get(event.lane, False), condition.holds(_as_server(event), state)
        return true[event.lane] and not before

    return test


def _as_server(event: Event) -> Event:
    """What is seen from outside changes how the lane stands, as its own calls do."""
    return event if event.role == "server" else Event(n=event.n, t=event.t, lane=event.lane, role="server")
