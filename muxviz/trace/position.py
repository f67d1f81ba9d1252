"""A place in a session, as a person writes it: `17`, `n120`, `b2`, `1.5s`, `end`, or a marker's text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.trace.trace import Trace

HELP: Final = "17 step   n120 event   b2 client action   1.5s or 0:01.5 time   start, end, a marker"
_UNITS: Final = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}


class PositionError(ValueError):
    """Words that name no place; one line says why."""


def position(trace: Trace, words: str) -> int:
    """n of the last event of the tick that the words name; -1 for the start. Raises WhereError."""
    words = words.strip()
    for pattern, find in _FORMS:
        found = pattern.fullmatch(words)
        if found is not None:
            n = find(trace, *found.groups())
            return trace.tick_end(trace.tick_of(n)) if n >= 0 else -1
    marked = [n for n, text in trace.marks() if words and words.casefold() in text.casefold()]
    if marked:
        return trace.tick_end(trace.tick_of(marked[0]))
    raise PositionError(f"{printable.text(words, 40)!r} is no place: {HELP}")


def _step(trace: Trace, digits: str) -> int:
    """A step; where the programs ran freely and nothing has steps, the tick of that number."""
    number = int(digits)
    tick = trace.tick_at_step(number)
    if tick is None and trace.ticks and trace.tick_step(trace.ticks - 1) is None:
        tick = number if number < trace.ticks else None
    if tick is None:
        raise PositionError(f"there is no step {number}: the last one is {_last_step(trace)}")
    return trace.tick_end(tick)


def _last_step(trace: Trace) -> str:
    steps = (trace.tick_step(tick) for tick in range(trace.ticks - 1, -1, -1))
    return str(next((step for step in steps if step is not None), trace.ticks - 1))


def _event(trace: Trace, digits: str) -> int:
    if int(digits) >= len(trace):
        raise PositionError(f"there is no event {int(digits)}: the last one is {len(trace) - 1}")
    return int(digits)


def _beat(trace: Trace, digits: str) -> int:
    actions = trace.actions()
    if not 0 < int(digits) <= len(actions):
        raise PositionError(f"there is no client action {int(digits)}: there are {len(actions)}")
    return actions[int(digits) - 1]


def _seconds(trace: Trace, number: str, unit: str) -> int:
    return trace.at_time(int(float(number) * _UNITS[unit]))


def _clock(trace: Trace, minutes: str, seconds: str) -> int:
    return trace.at_time(int((int(minutes) * 60 + float(seconds)) * 1_000_000_000))


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[..., int]], ...]] = (
    (re.compile(r"(?:step )?(\d{1,10})"), _step),
    (re.compile(r"(?:n|event |#) ?(\d{1,10})"), _event),
    (re.compile(r"(?:b|beat |action |client action ) ?(\d{1,10})"), _beat),
    (re.compile(r"(\d{1,12}(?:\.\d{0,9})?) ?(ns|us|µs|ms|s|m)"), _seconds),
    (re.compile(r"(\d{1,6}):(\d{1,2}(?:\.\d{0,9})?)"), _clock),
    (re.compile(r"start|begin|first|"), lambda trace: -1),
    (re.compile(r"end|last|newest"), lambda trace: len(trace) - 1),
)
