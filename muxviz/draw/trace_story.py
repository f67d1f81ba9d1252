"""The story of a traced session as plain text: lane by lane, its calls in turns as the screen lists them, with times.

Turns that repeat are told once. Of a long session the first and the last calls of each lane are told.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.draw import words
from muxviz.draw.call_list import Row, rows, said
from muxviz.language import say
from muxviz.trace import Trace

_CALLS: Final = 20_000
"""Calls of a lane that are read from its begin, and from its end."""
_ROWS: Final = 200
"""Rows of a lane that are told of its begin, and of its end."""
_TIME: Final = 12
_TOLD_TOOK: Final = 1_000_000
"""Nanoseconds from which on it is said how long a call took."""


def trace_story(trace: Trace, begin: int, end: int, width: int) -> list[str]:
    """The events from `begin` on, before `end`."""
    lines: list[str] = []
    for lane in trace.lanes:
        calls = _calls(trace, lane, begin, end)
        if calls:
            lines += ["", printable.text(lane, 32), *_lane(trace, calls, width)]
        lines += _ending(trace, lane, begin, end)
    return lines


def _calls(trace: Trace, lane: str, begin: int, end: int) -> list[list[int]]:
    """n of a lane's calls: all, or those of its begin and of its end."""
    found: list[int] = []
    n = trace.call_after(begin - 1, lane)
    while n is not None and n < end and len(found) < _CALLS:
        found.append(n)
        n = trace.call_after(n, lane)
    if n is None or n >= end:
        return [found] if found else []
    last = [n for n in trace.calls_until(end - 1, lane, _CALLS) if n > found[-1]]
    return [found, last]


def _lane(trace: Trace, parts: list[list[int]], width: int) -> list[str]:
    trace_story = [rows([trace[n] for n in part], len(part)) for part in parts]
    if len(trace_story) == 1 and len(trace_story[0]) <= 2 * _ROWS:
        return [_line(row, width) for row in trace_story[0]]
    first, last = trace_story[0][:_ROWS], trace_story[-1][-_ROWS:]
    return [*(_line(row, width) for row in first), " " * _TIME + say("… more calls, which muxviz show lists"),
            *(_line(row, width) for row in last)]  # fmt: skip


def _line(row: Row, width: int) -> str:
    event = row.event
    head = f"{event.t / 1e9:>{_TIME - 1}.6f} {row.bracket or ' '} {'' if event.call in WAITS else '  '}"
    took = words.span(event.took) if (event.took or 0) >= _TOLD_TOOK else ""
    if took and event.call in WAITS:
        took = say("after {time}", time=took)
    tail = "  ".join(part for part in (f"{row.times}×" if row.times > 1 else "", took) if part)
    text = words.fit(said(row), width - cell_len(head) - cell_len(tail) - 2)
    return f"{head}{text}  {tail}".rstrip()


def _ending(trace: Trace, lane: str, begin: int, end: int) -> list[str]:
    state = trace.now.lanes.get(lane)
    n = state.exit_n if state is not None else None
    exit = trace[n].exit if n is not None and begin <= n < end else None
    if exit is None:
        return []
    how = (
        say("killed by {signal}", signal=printable.text(exit.signal, 16)) if exit.signal
        else say("ended with exit status {status}", status=exit.status)
    )  # fmt: skip
    return [" " * _TIME + "  " + how]
