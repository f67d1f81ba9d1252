"""Pictures one after another, each with how long it stands.

Paced for reading: as long as the words that are new in it take to read, and longer where a client acts or a lane falls
asleep on data. At the recorded pace: as long as it took, pauses shortened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.cells import cell_len

from muxviz.draw import Grid, draw
from muxviz.export.options import Options, Progress
from muxviz.printable import text
from muxviz.trace import Trace
from muxviz.words import action_words, explain, subject

_BASE: Final = 0.5
_A_WORD: Final = 0.16
_EVENTFUL: Final = 0.8
_LONGEST: Final = 5.0
_LONGEST_PAUSE: Final = 2.0
_SHORTEST: Final = 0.04
_LABEL: Final = 80


class Frame(NamedTuple):
    """One picture."""

    n: int
    grid: Grid
    seconds: float
    label: str | None
    """What a viewer's chapter list calls it: a client action, or a marker that a person set."""


def frames(trace: Trace, options: Options, progress: Progress) -> Iterator[Frame]:
    """The chosen ticks, in order."""
    view = options.view(trace)
    marks = dict(trace.marks())
    said: list[str] = []
    clock = 0  # the latest time so far: an event's own may lie before that of an earlier one
    for tick in range(options.first, options.last + 1):
        n = trace.tick_end(tick)
        begin = trace.tick_start(tick) if tick >= 0 else 0
        grid = draw(trace, n, options.size, view)
        before, said = said, _sentences(trace, n, view.focus)
        label = _label(trace, begin, n, marks)
        if options.pace == "recorded":
            clock = max(clock, trace[n].t if n >= 0 else 0)
            seconds = _until_next(trace, tick, clock)
        else:
            words = sum(_words(one) for one in said if one not in before)
            eventful = label is not None or ((found := trace.finding_after(begin - 1)) is not None and found <= n)
            seconds = min(_BASE + words * _A_WORD + (_EVENTFUL if eventful else 0), _LONGEST)
        yield Frame(n, grid, round(max(seconds / options.speed, _SHORTEST), 3), label)
        progress((tick - options.first + 1) / options.frames)


def _sentences(trace: Trace, n: int, focus: str) -> list[str]:
    state = trace.state(n)
    return explain(trace, subject(trace, n, state, focus), state)


def _words(sentence: str) -> int:
    """How many words there are to read; two characters of a language without blanks count as one."""
    wide = cell_len(sentence) - len(sentence)
    return len(sentence.split()) + wide // 2


def _label(trace: Trace, begin: int, n: int, marks: dict[int, str]) -> str | None:
    """A marker before an action: somebody thought of its words."""
    for k in range(begin, n + 1) if marks else ():
        if k in marks:
            return text(marks[k], _LABEL)
    action = trace.action_after(begin - 1)
    return action_words(text(trace[action].action or "", _LABEL)) if action is not None and action <= n else None


def _until_next(trace: Trace, tick: int, clock: int) -> float:
    """Seconds from the clock to the end of the next tick."""
    if tick + 1 >= trace.ticks:
        return _LONGEST_PAUSE
    return min(max(0, trace[trace.tick_end(tick + 1)].t - clock) / 1e9, _LONGEST_PAUSE)
