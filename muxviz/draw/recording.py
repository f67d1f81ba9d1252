"""The whole recording in a panel: what the clients did, when each lane woke and when it slept on unread data, markers.

Each cell is asked what its ticks hold, by bisection: the cost is that of the panel's width, whatever the session's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.columns import Columns, clock, said
from muxviz.draw.grid import Grid
from muxviz.draw.scene import LABEL, Scene, is_edge, name

_RIGHT: Final = 14
"""Cells right of the track: counts."""
_FRAME: Final = 2
_SINGLE: Final = 4
"""Rows that are not a lane's: clients, findings, marks, the track."""


def panel_height(lanes: int) -> int:
    """Rows of the panel, frame included."""
    return _FRAME + _SINGLE + lanes


def track(found: Scene) -> tuple[int, Columns]:
    """The track's first column, and what its cells stand for."""
    width = max(10, found.width - LABEL - _RIGHT)
    return LABEL, Columns(found.trace, width, found.view.axis)


def draw_recording(grid: Grid, found: Scene, lanes: tuple[str, ...], y: int) -> None:
    """The panel, from row y."""
    _frame(grid, found, y, panel_height(len(lanes)))
    if not found.trace.ticks:
        return
    picture = _Panel(grid, found)
    picture.actions(y + 1)
    for row, lane in enumerate(lanes, y + 2):
        picture.lane(lane, row)
    picture.findings(y + 2 + len(lanes))
    picture.marks(y + 3 + len(lanes))
    picture.track(y + 4 + len(lanes))


def _frame(grid: Grid, found: Scene, y: int, height: int) -> None:
    width = found.width
    grid.put(0, y, "╭" + "─" * (width - 2) + "╮", "line")
    for row in range(y + 1, y + height - 1):
        grid.put(0, row, "│", "line")
        grid.put(width - 1, row, "│", "line")
    grid.put(0, y + height - 1, "╰" + "─" * (width - 2) + "╯", "line")
    at = grid.put(2, y, " the recording ", "text.bold")
    grid.put(at, y, f" x: by {found.view.axis} ", "dim")


class _Label(NamedTuple):
    x: int
    text: str
    past: bool


class _Panel:
    def __init__(self, grid: Grid, found: Scene) -> None:
        self.grid, self.found = grid, found
        self.x, self.columns = track(found)
        self.end = self.x + self.columns.width
        self.cursor = self.x + self.columns.place(max(found.tick, 0))

    def _cell(self, n: int) -> int:
        return self.x + self.columns.place(self.found.trace.tick_of(n))

    def _labels(self, y: int, labels: list[_Label], glyph: str, style: str) -> None:
        """Glyphs with their words, each cut before the next."""
        behind = [label.x for label in labels[1:]] + [self.end]
        for label, end in zip(labels, behind, strict=False):
            tone = style if label.past else "faint"
            self.grid.put(label.x, y, glyph, tone, end=self.end)
            room = end - label.x - 2
            if room > 2:
                parts = label.text.split()
                shorter = [" ".join(parts[:count]) for count in range(len(parts), 0, -1)]
                self.grid.put(label.x + 1, y, words.fit([*shorter, ""], room), tone.removesuffix(".bold"), end=end)

    def _first_in_each(self, following: Callable[[int], int | None]) -> list[int]:
        """The first n of each cell that holds one."""
        trace, found = self.found.trace, []
        n = following(-1)
        while n is not None:
            found.append(n)
            behind = self.columns.first(self._cell(n) - self.x + 1)
            n = following(max(n, trace.tick_start(behind) - 1)) if behind < trace.ticks else None
        return found

    def actions(self, y: int) -> None:
        """What the clients did."""
        trace = self.found.trace
        self.grid.put(2, y, "client", "violet")
        labels = [
            _Label(self._cell(n), printable.text(trace[n].action or ""), n <= self.found.n)
            for n in self._first_in_each(trace.action_after)
        ]
        self._labels(y, labels, "┃", "violet")

    def lane(self, lane: str, y: int) -> None:
        """When it woke; the stretches in which it slept on unread bytes."""
        grid, found, trace = self.grid, self.found, self.found.trace
        grid.put(2, y, name(found, lane), "text")
        grid.put(self.x, y, "·" * self.columns.width, "line")
        for begin in self._first_in_each(trace.finding_after):
            if trace[begin].lane != lane:
                continue
            wakes = trace.wakeup_after(begin, lane)
            start, stop = self._cell(begin), self._cell(wakes) if wakes is not None else self.end
            past = max(0, min(stop, self.cursor + 1) - start) if begin <= found.n else 0
            grid.put(start, y, "╍" * (stop - start), "faint", end=self.end)
            grid.tone(start, y, min(past, self.end - start), "orange")
        glyph = "▲" if is_edge(found, lane) else "●"
        for n in self._first_in_each(lambda n: trace.wakeup_after(n, lane)):
            grid.put(self._cell(n), y, glyph, "yellow.bold" if n <= found.n else "faint", end=self.end)
        grid.right(found.width - 2, y, words.plural(found.lane(lane).wakeups, "wakeup"), "dim")

    def findings(self, y: int) -> None:
        """Where a lane began to sleep on unread data."""
        trace = self.found.trace
        self.grid.put(2, y, "findings", "text")
        labels = [
            _Label(self._cell(n), f"{printable.text(trace[n].lane or '', 8)} sleeps on unread data", n <= self.found.n)
            for n in self._first_in_each(trace.finding_after)
        ]
        self._labels(y, labels, "!", "orange.bold")

    def marks(self, y: int) -> None:
        """What a person set."""
        trace = self.found.trace
        self.grid.put(2, y, "marks", "text")
        known = dict(trace.marks())
        labels = [
            _Label(self._cell(n), printable.text(known.get(n, ""), 80), n <= self.found.n)
            for n in self._first_in_each(trace.mark_after)
        ]
        self._labels(y, labels, "◆", "text.bold")

    def track(self, y: int) -> None:
        """How far the cursor has come."""
        grid, found = self.grid, self.found
        time = clock(found.trace)
        now = time.at(found.tick) if found.n >= 0 else 0
        grid.put(2, y, said(now, time.whole), "dim", end=self.x - 1)
        grid.put(self.x, y, "━" * (self.cursor - self.x), "focus")
        grid.put(self.cursor, y, "─" * (self.end - self.cursor), "line")
        grid.put(self.cursor, y, "█", "text")
        grid.right(found.width - 2, y, f"of {said(time.whole, time.whole)}", "dim")
