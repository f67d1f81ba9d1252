"""The index: where in a trace the things are that a person goes to.

Every list is of event numbers, rising, and is only ever appended to, so that a bisection finds its way while another
thread appends. A recording's last lines hold it whole (`IndexForm`), so that a million events open without being read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Final

import msgspec

from muxviz.calls import WAITS
from muxviz.events import Event
from muxviz.trace.array_codec import PackError, pack, positions, shared, unpack

CLOCK_EVERY: Final = 256
"""Events between two readings of the clock."""


class IndexForm(msgspec.Struct, omit_defaults=True):
    """An index as a recording has it; the texts are `packed` positions."""

    ticks: str
    steps: str
    clock: str
    actions: str
    sources: str
    calls: dict[str, str]
    wakeups: dict[str, str]


class Index:
    """Ticks, calls, wakeups, client actions, texts of programs, and the clock."""

    __slots__ = ("_latest", "actions", "calls", "clock", "sources", "tick_ends", "tick_steps", "wakeups")

    def __init__(self, lanes: list[str]) -> None:
        self.tick_ends = array("I")
        """n of each tick's last event."""
        self.tick_steps = array("i")
        """The step that each tick is; -1 for one of a free run."""
        self.actions = array("I")
        self.sources = array("I")
        self.calls = {lane: array("I") for lane in lanes}
        """By lane, its server's calls, begun or finished."""
        self.wakeups = {lane: array("I") for lane in lanes}
        self.clock = array("Q")
        """The latest `t` up to and with every 256th event: it never falls, as an event's own may."""
        self._latest = 0

    def take(self, event: Event) -> None:
        """Append event n."""
        n = event.n
        step = -1 if event.step is None else event.step
        same_step = step >= 0 and self.tick_steps and self.tick_steps[-1] == step
        moves = event.role == "server" and event.call is not None
        if not self.tick_ends or not (same_step or (step < 0 and not moves and event.action is None)):
            self.tick_steps.append(step)
            self.tick_ends.append(n)
        else:
            self.tick_ends[-1] = n
        if event.action is not None:
            self.actions.append(n)
        if event.source is not None and event.file is not None:
            self.sources.append(n)
        if moves and event.lane is not None:
            self.calls.setdefault(event.lane, array("I")).append(n)
            if event.call in WAITS and event.phase is None:
                self.wakeups.setdefault(event.lane, array("I")).append(n)
        self._latest = max(self._latest, event.t)
        if (n + 1) % CLOCK_EVERY == 0:
            self.clock.append(self._latest)

    def tick_at_step(self, step: int) -> int | None:
        """The first tick of a step, or of the next one that there is."""
        for wanted in range(step, step + 2):  # a step of which nothing came is not there; two in a row are not known
            try:
                return self.tick_steps.index(wanted)
            except (ValueError, OverflowError):
                continue
        return next((tick for tick, known in enumerate(self.tick_steps) if known >= step), None)

    # --- in a recording ----------------------------------------------------------------------------------------------

    def form(self) -> IndexForm:
        """For a recording."""
        return IndexForm(
            ticks=pack(self.tick_ends), steps=pack(self.tick_steps), clock=pack(self.clock),
            actions=pack(self.actions), sources=pack(self.sources),
            calls={lane: pack(numbers) for lane, numbers in self.calls.items()},
            wakeups={lane: pack(numbers) for lane, numbers in self.wakeups.items()},
        )  # fmt: skip

    @classmethod
    def of(cls, form: IndexForm, count: int) -> Index:
        """From a recording of `count` events. Raises PackError."""
        made = cls([])
        made.tick_ends, made.tick_steps = positions(form.ticks, count), unpack(form.steps, "i", count)
        made.clock = unpack(form.clock, "Q", count)
        made.actions, made.sources = positions(form.actions, count), positions(form.sources, count)
        made.calls, made.wakeups = shared(form.calls, count), shared(form.wakeups, count)
        whole = made.tick_ends[-1] == count - 1 if made.tick_ends else not count
        if not whole or len(made.tick_ends) != len(made.tick_steps) or len(made.clock) != count // CLOCK_EVERY:
            raise PackError("an index of another recording")
        return made


def after(numbers: array[int], n: int) -> int | None:
    """The first number after n."""
    at = bisect_right(numbers, n) if n >= 0 else 0
    return numbers[at] if at < len(numbers) else None


def before(numbers: array[int], n: int) -> int | None:
    """The last number before n."""
    at = bisect_left(numbers, n) if n >= 0 else 0
    return numbers[at - 1] if at > 0 else None
