"""A filter: a condition that is put to every event, and an index of those that meet it.

Nothing is taken out of the trace: a filter only knows which of its events a person wants to see. The index grows in
slices, as the trace does, so that a million events are gone through while the screen lives. A filter asks each event by
itself, and never where something *becomes* true: `fd == 7` is every event about fd 7.

Where a condition asks only what the event itself says, only those fields of its line are read.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from muxviz.events import Event
from muxviz.kernel import FdState, State, fold, initial
from muxviz.trace import Trace
from muxviz.trace.ask.condition import Condition, concerned, numbers
from muxviz.trace.ask.names import NAMES, Instant
from muxviz.trace.ask.parser import compile_condition, truth

_LOOK_AT_CLOCK: Final = 256
"""Events between two looks at the clock."""


_UNREAD: Final = {"keyframe": msgspec.Raw | None, "source": msgspec.Raw | None, "queues": dict[str, msgspec.Raw]}
"""Fields of which no more is asked than whether they are there, or which fds they name."""
_ASKED: Final = (
    "n", "t", "step", "lane", "role", "pid", "tid", "client", "call", "fd", "args", "ret", "error", "ready", "took",
    "phase", "look", "action", "exit",
)  # fmt: skip


def _as_event(field: msgspec.structs.FieldInfo) -> Any:
    """A field of Event's as `defstruct` is told it."""
    of = _UNREAD.get(field.name, field.type)
    if field.required:
        return field.name, of
    default = (
        field.default
        if field.default_factory is msgspec.NODEFAULT
        else msgspec.field(default_factory=field.default_factory)
    )
    return field.name, of, default


_FIELDS: Final = [field for field in msgspec.structs.fields(Event) if field.name in (*_ASKED, *_UNREAD)]
_Brief: Final = msgspec.defstruct("_Brief", map(_as_event, _FIELDS))
"""The fields of an event that a condition can ask about, within the same bounds, and no more: three times as fast to
read."""
_brief: Final = msgspec.json.Decoder(_Brief)


@lru_cache(maxsize=4096)
def _bare(number: int) -> FdState:
    """An fd of which nothing is asked but its number."""
    return FdState(fd=number, kind="other", opened=0)


class _Numbers:
    """The fds that meet a condition which asks for nothing but their numbers."""

    def __init__(self, test: Callable[[int], bool]) -> None:
        self._test, self._known = test, dict[int, bool]()

    def isdisjoint(self, several: Iterable[int]) -> bool:
        """None of them does."""
        known = self._known
        for number in several:
            met = known.get(number)
            if met is None:
                met = known[number] = self._test(number)
            if met:
                return False
        return True


_NOTHING: Final = Event(n=-1, t=0)


class Filter:
    """A condition over one trace, and the events that meet it so far."""

    def __init__(self, trace: Trace, text: str) -> None:
        """Raises ConditionError."""
        part = truth(compile_condition(text))
        self.text = " ".join(text.split())
        self._trace = trace
        self._condition = Condition(self.text, part.value, part.names)
        self._test = part.value
        kinds = {name: NAMES[name].of for name in part.names}
        self._of_fds = "fd" in kinds.values()
        self._by_state = any(of == "lane" or (of == "fd" and name != "fd") for name, of in kinds.items())
        self._by_number = not self._by_state and set(part.names) == {"fd"}
        self._numbers = _Numbers(lambda number: bool(self._test(Instant(_NOTHING, None, _bare(number)))))
        self._state: State = initial(trace.header)
        self.looked = 0
        """Events that were put to the condition."""
        self._matches = array("I")
        self._by_lane: dict[str, array[int]] = {}
        """The lane's calls among them."""
        self._ticks = array("I")

    def __len__(self) -> int:
        return len(self._matches)

    @property
    def done(self) -> bool:
        """Every event of the trace was put to it."""
        return self.looked >= len(self._trace)

    @property
    def progress(self) -> float:
        """How much of the trace, from 0 to 1."""
        return self.looked / max(1, len(self._trace))

    def advance(self, seconds: float) -> bool:
        """Go on for about so long; True where it came further."""
        limit, before = time.monotonic() + seconds, self.looked
        end = len(self._trace)
        while self.looked < end:
            self._slice(min(end, self.looked + _LOOK_AT_CLOCK))
            if time.monotonic() >= limit:
                break
        return self.looked > before

    def _slice(self, end: int) -> None:
        trace = self._trace
        for n in range(self.looked, end):
            event: Any = trace[n] if self._by_state else self._read(n)
            if self._by_state:
                fold(self._state, event)
            if event.keyframe is None and event.source is None and self._meets(event):
                self._take(n, event)
        self.looked = end

    def _read(self, n: int) -> Any:
        try:
            found: Any = _brief.decode(self._trace.line(n))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._trace[n]  # which says what is wrong with it
        return found if found.n == n else self._trace[n]

    def _meets(self, event: Any) -> bool:
        if not self._of_fds:
            lane = self._state.lanes.get(event.lane) if event.lane is not None else None
            return bool(self._test(Instant(event, lane, None)))
        if self._by_state:
            return self._of_state(event)
        if self._by_number:
            return event.role != "client" and not self._numbers.isdisjoint(numbers(event))
        return event.role != "client" and any(
            self._test(Instant(event, None, _bare(number))) for number in numbers(event)
        )

    def _of_state(self, event: Event) -> bool:
        lane = self._state.lanes.get(event.lane) if event.lane is not None else None
        if event.role == "client":
            return bool(self._test(Instant(event, None, None)))
        return lane is not None and any(self._test(Instant(event, lane, fd)) for fd in concerned(event, lane))

    def _take(self, n: int, event: Any) -> None:
        self._matches.append(n)
        if event.role == "server" and event.call is not None and event.lane is not None:
            self._by_lane.setdefault(event.lane, array("I")).append(n)
        tick = self._trace.tick_of(n)
        if not self._ticks or self._ticks[-1] != tick:
            self._ticks.append(tick)

    # --- ways --------------------------------------------------------------------------------------------------------

    def after(self, n: int) -> int | None:
        """The first match behind event n, as far as was looked."""
        at = bisect_right(self._matches, n) if n >= 0 else 0
        return self._matches[at] if at < len(self._matches) else None

    def before(self, n: int) -> int | None:
        """The last match before event n."""
        at = bisect_left(self._matches, n) if n >= 0 else 0
        return self._matches[at - 1] if at > 0 else None

    def until(self, n: int) -> int:
        """How many matches there are up to event n."""
        return bisect_right(self._matches, n) if n >= 0 else 0

    def calls_until(self, n: int, lane: str, count: int) -> list[int]:
        """The lane's last `count` matching calls up to and with event n, oldest first."""
        found = self._by_lane.get(lane)
        if found is None:
            return []
        end = bisect_right(found, n) if n >= 0 else 0
        return list(found[max(0, end - count) : end])

    def ticks_around(self, tick: int, columns: int, newest: int) -> Sequence[int]:
        """At most `columns` ticks, none beyond `newest`: those that match, with the cursor's tick, which stands at two
        thirds where there are more."""
        ticks = self._ticks
        end = bisect_right(ticks, newest) if newest >= 0 else 0
        at = bisect_left(ticks, tick) if tick >= 0 else 0
        here = [tick] if 0 <= tick <= newest and (at >= end or ticks[at] != tick) else []
        begin = max(0, min(at - columns * 2 // 3, end - columns + len(here)))
        return sorted([*ticks[begin : min(end, begin + columns - len(here))], *here])
