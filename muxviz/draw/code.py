"""The window into a program's source: the line that is about to run, and the line that is the cause of it all.

A lane has a few rows. The marked line is always among them, with what follows it. Where the lane's newest read stands
elsewhere in the file, that line gets a row too, so that a wait and the `recv` that leads back to it are seen together.
Each stretch of lines drops its own common indentation; a narrow lane halves what remains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import READS, WAITS
from muxviz.draw.call_list import CallList
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene
from muxviz.draw.words import bytes_
from muxviz.events import Event
from muxviz.language import say

_LOOK_BACK = 12
"""Calls of the lane among which its newest read is looked for."""


class Line(NamedTuple):
    """A row of the window."""

    number: int
    """0 for the gap between two stretches."""
    text: str
    note: str = ""


_FRAME: Final = re.compile(r'^ *File "([^"\n]+)", line (\d{1,9})', re.MULTILINE)
"""A frame of a traceback."""


@lru_cache(maxsize=64)
def _lines(source: str, narrow: bool) -> tuple[str, ...]:
    lines = [printable.text(line.rstrip()) for line in source.splitlines()]
    return tuple(line[_indent(line) // 2 :] for line in lines) if narrow else tuple(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def window(source: str, marked: int, cause: int | None, rows: int, narrow: bool = False) -> list[Line]:
    """At most `rows` lines of `source` around line `marked`, and line `cause` where it lies outside."""
    lines = _lines(source, narrow)
    marked = max(1, min(marked, len(lines)))
    if not lines or rows <= 0:
        return []
    around = _stretch(lines, marked, rows)
    if cause is None or cause in around or not 1 <= cause <= len(lines) or rows < 2:
        return _shown(lines, around)
    gap = [Line(0, "")] if rows >= 5 else []
    work = 2 if rows >= 8 else 1
    around = _stretch(lines, marked, rows - work - len(gap))
    there = range(cause, min(cause + work, len(lines) + 1))
    first, second = (there, around) if cause < marked else (around, there)
    if set(first) & set(second) or first[-1] + 1 == second[0]:
        return _shown(lines, _stretch(lines, marked, rows))
    return [*_shown(lines, first), *gap, *_shown(lines, second)]


def _stretch(lines: Sequence[str], marked: int, rows: int) -> range:
    """`rows` line numbers with the marked one a third from the top, within the file."""
    begin = max(1, min(marked - (rows - 1) // 3, len(lines) - rows + 1))
    while begin < marked and not lines[begin - 1].strip():
        begin += 1
    end = min(begin + rows, len(lines) + 1)
    while end - 1 > marked and not lines[end - 2].strip():
        end -= 1  # blank lines at the end show nothing: rather more of what leads to the marked one
    begin = max(1, end - rows)
    while begin < marked and not lines[begin - 1].strip():
        begin += 1
    return range(begin, end)


def _shown(lines: Sequence[str], numbers: range) -> list[Line]:
    texts = [lines[number - 1] for number in numbers]
    common = min((_indent(text) for text in texts if text.strip()), default=0)
    return [Line(number, text[common:]) for number, text in zip(numbers, texts, strict=True)]


def draw_code(grid: Grid, scene: Scene, lane: str, x: int, y: int, width: int, rows: int) -> None:
    """Write the window into `rows` rows from (x, y)."""
    state, view = scene.lane(lane), scene.view
    newest = scene.newest(lane)
    asleep = state.status == "asleep" and scene.another_moves(lane) is None
    following = scene.trace.next_call(scene.n, lane)
    moving = view.running and scene.behind == 0
    at = _raised(scene, lane)
    if at is None:
        at = newest.at if newest is not None and (asleep or moving or state.status == "ended") else None
    if at is None and following is not None:
        at = following.at
    if at is None:
        at = _newest_place(scene, lane)
    source = scene.trace.sources.get(at[0]) if at is not None else None
    if source is None and newest is not None:
        CallList(grid, scene, lane, x, width - 1).draw(y, rows, skip_newest=True)  # which stands on the rule below
        return
    if at is None or source is None:
        file = printable.text(at[0], 40) if at is not None else ""
        where = say("{file}, line {line}", file=file, line=at[1]) if at is not None else say("before its first call")
        grid.put(x + 1, y, where, "faint", end=x + width)
        return
    work = _newest_read(scene, lane)
    cause = work.at[1] if work is not None and work.at is not None and work.at[0] == at[0] else None
    lines = window(source, at[1], cause, rows, narrow=width < 36)
    gutter = max((len(str(line.number)) for line in lines), default=1)
    held = not asleep and not moving and state.status != "ended"
    for row, line in enumerate(lines):
        here = line.number == at[1]
        style = "faint" if asleep else "text.bold" if here else "dim"
        back = "cursor" if here and held else "raised" if here else None
        if here and back:
            grid.shade(x, y + row, width, back)
        if not line.number:
            grid.right(x + gutter, y + row, "…", "faint")
            continue
        number = grid.put(
            x, y + row, f"{line.number:>{gutter}}{'►' if here else ' '}", "text" if here else "faint", back
        )
        behind = grid.put(number, y + row, printable.clip(line.text, x + width - number), style, back)
        if line.number == cause and work is not None and not here:
            _note(grid, work, behind, x + width, y + row)


def _raised(scene: Scene, lane: str) -> tuple[str, int] | None:
    """The line of the program that raised what ended it, where that is the text of a trace's source: an exception need
    not come from a call (select(2) is never made for a number that its bitmap has no bit for)."""
    exit_n = scene.lane(lane).exit_n
    end = scene.trace[exit_n].exit if exit_n is not None else None
    frames = _FRAME.findall(end.traceback or "") if end is not None else []
    sources = scene.trace.sources
    for file, line in reversed(frames):
        for known in sources:  # by the path from where the program began; a specimen's by its name alone
            if file == known or file.endswith("/" + known):
                return known, int(line)
    return None


def _newest_place(scene: Scene, lane: str) -> tuple[str, int] | None:
    """The line of the lane's newest call that has one: the interpreter closes what is left without a line."""
    calls = reversed(scene.trace.calls_until(scene.n, lane, _LOOK_BACK))
    return next((at for k in calls if (at := scene.trace[k].at) is not None), None)


def _newest_read(scene: Scene, lane: str) -> Event | None:
    """The lane's newest read, unless a wait has come back empty since."""
    for k in reversed(scene.trace.calls_until(scene.n, lane, _LOOK_BACK)):
        event = scene.trace[k]
        if event.call in READS | {"SSL_read"} and event.phase is None:
            return event
        if event.call in WAITS and event.phase is None and not event.ready:
            return None
    return None


def _note(grid: Grid, work: Event, x: int, end: int, y: int) -> None:
    """What the call on the cause's line returned, at the right where there is room."""
    size = work.size
    what = bytes_(work.ret) if work.ret is not None and work.ret >= 0 else printable.text(work.error or "", 12)
    variants = [f"→ {what}", f"→ {work.ret}" if not work.error else ""]
    if isinstance(size, int):
        variants.insert(0, say("size {size} → {what}", size=size, what=what))
    for note in variants:
        if note and cell_len(note) + 2 <= end - x:
            grid.right(end, y, note, "blue")
            return
