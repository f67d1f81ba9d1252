"""The whole recording in a panel: what the clients did, when each lane woke and what was found of it, markers.

Each cell is asked what its ticks hold, by bisection: the cost is that of the panel's width, whatever the session's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.choices import LABEL
from muxviz.draw.columns import Columns, clock, said
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene, is_edge, name
from muxviz.findings.words import name as rule_name
from muxviz.language import say
from muxviz.trace import Trace
from muxviz.words import action_words

_RIGHT: Final = 14
"""Cells right of the track: counts."""
_FRAME: Final = 2
_MOST_MARKS: Final = 500
"""A person sets a few; a file may have any number."""
_SHORTEST: Final = 7
"""Cells that a finding's words need."""
_SINGLE: Final = 4
"""Rows that are not a lane's: clients, findings, marks, the track."""


def panel_height(lanes: int) -> int:
    """Rows of the panel, frame included."""
    return _FRAME + _SINGLE + lanes


def track(scene: Scene) -> tuple[int, Columns]:
    """The track's first column, and what its cells stand for."""
    width = max(10, scene.width - LABEL - _RIGHT)
    return LABEL, Columns(scene.trace, width, scene.view.axis)


def draw_recording(grid: Grid, scene: Scene, lanes: tuple[str, ...], y: int) -> None:
    """The panel, from row y."""
    _frame(grid, scene, y, panel_height(len(lanes)))
    if not scene.trace.ticks:
        return
    picture = _Panel(grid, scene)
    picture.actions(y + 1)
    for row, lane in enumerate(lanes, y + 2):
        picture.lane(lane, row)
    picture.findings(y + 2 + len(lanes))
    picture.marks(y + 3 + len(lanes))
    picture.track(y + 4 + len(lanes))


def _frame(grid: Grid, scene: Scene, y: int, height: int) -> None:
    width = scene.width
    grid.put(0, y, "╭" + "─" * (width - 2) + "╮", "line")
    for row in range(y + 1, y + height - 1):
        grid.put(0, row, "│", "line")
        grid.put(width - 1, row, "│", "line")
    grid.put(0, y + height - 1, "╰" + "─" * (width - 2) + "╯", "line")
    at = grid.put(2, y, f" {say('the recording')} ", "text.bold")
    grid.put(at, y, f" {say('x: by steps') if scene.view.axis == 'steps' else say('x: by time')} ", "dim")


class _Event(NamedTuple):
    """What the panel needs to know of an event."""

    n: int
    x: int
    lane: str
    words: str


class _Span(NamedTuple):
    """A finding, and the cell in which it ends."""

    event: _Event
    end: int


class _Facts:
    """What the cells of a track hold: of each kind, the first event of every cell."""

    def __init__(self, trace: Trace, x: int, columns: Columns) -> None:
        self._trace, self._x, self._columns = trace, x, columns
        self.actions = [self._of(n) for n in self._first_in_each(trace.action_after)]
        self.findings = [span for n in self._first_in_each(trace.finding_after) for span in self._spans(n)]
        self.wakeups = {
            lane: [(n, self.cell(n)) for n in self._first_in_each(partial(trace.wakeup_after, lane=lane))]
            for lane in trace.lanes
        }

    def cell(self, n: int) -> int:
        """The cell of an event."""
        return self._x + self._columns.place(self._trace.tick_of(n))

    def _of(self, n: int) -> _Event:
        event = self._trace[n]
        return _Event(n, self.cell(n), event.lane or "", action_words(printable.text(event.action or "", 80)))

    def _spans(self, n: int) -> list[_Span]:
        """What was found at event n: at most one of a lane."""
        spans: dict[str, _Span] = {}
        for one in self._trace.findings.between(n, n):
            if one.opened == n and one.turns[0].sure != "information":
                end = self.cell(one.closed) if one.closed is not None else self._x + self._columns.width
                words_ = f"{printable.text(one.lane, 8)} {rule_name(one.rule)}"
                spans.setdefault(one.lane, _Span(_Event(n, self.cell(n), one.lane, words_), end))
        return list(spans.values())

    def _first_in_each(self, following: Callable[[int], int | None]) -> list[int]:
        trace, found = self._trace, []
        n = following(-1)
        while n is not None:
            found.append(n)
            behind = self._columns.first(self.cell(n) - self._x + 1)
            n = following(max(n, trace.tick_start(behind) - 1)) if behind < trace.ticks else None
        return found


_known: Final[WeakKeyDictionary[Trace, tuple[object, _Facts]]] = WeakKeyDictionary()
"""The newest facts of a trace, by its length and the track: they cost reads, and a recording's never change."""


def _facts(scene: Scene, x: int, columns: Columns) -> _Facts:
    of = (len(scene.trace), x, columns.width, scene.view.axis)
    known = _known.get(scene.trace)
    if known is None or known[0] != of:
        known = _known[scene.trace] = (of, _Facts(scene.trace, x, columns))
    return known[1]


class _Label(NamedTuple):
    x: int
    text: str
    past: bool


class _Panel:
    def __init__(self, grid: Grid, scene: Scene) -> None:
        self.grid, self.scene = grid, scene
        self.x, self.columns = track(scene)
        self.end = self.x + self.columns.width
        self.cursor = self.x + self.columns.place(max(scene.tick, 0))
        self.facts = _facts(scene, self.x, self.columns)

    def _labels(self, y: int, labels: list[_Label], glyph: str, style: str, gap: str = "") -> None:
        """Glyphs with their words, each cut before the next."""
        behind = [label.x for label in labels[1:]] + [self.end]
        for label, end in zip(labels, behind, strict=False):
            tone = style if label.past else "faint"
            self.grid.put(label.x, y, glyph, tone, end=self.end)
            room = end - label.x - 2 - len(gap)
            if room > 2:
                parts = label.text.split()
                shorter = [" ".join(parts[:count]) for count in range(len(parts), 0, -1)]
                text = words.fit([*shorter, ""], room)
                self.grid.put(label.x + 1, y, gap + text if text else "", tone.removesuffix(".bold"), end=end)

    def actions(self, y: int) -> None:
        """What the clients did."""
        self.grid.put(2, y, say("client"), "violet")
        labels = [_Label(one.x, one.words, one.n <= self.scene.n) for one in self.facts.actions]
        self._labels(y, labels, "┃", "violet")

    def lane(self, lane: str, y: int) -> None:
        """When it woke; the stretches in which something that was found of it lasted."""
        grid, found = self.grid, self.scene
        grid.put(2, y, name(found, lane), "text")
        grid.put(self.x, y, "·" * self.columns.width, "line")
        for one, stop in self.facts.findings:
            if one.lane == lane:
                past = max(0, min(stop, self.cursor + 1) - one.x) if one.n <= found.n else 0
                grid.put(one.x, y, "╍" * (stop - one.x), "faint", end=self.end)
                grid.tone(one.x, y, min(past, self.end - one.x), "orange")
        glyph = "▲" if is_edge(found, lane) else "●"
        for n, x in self.facts.wakeups.get(lane, ()):
            grid.put(x, y, glyph, "yellow.bold" if n <= found.n else "faint", end=self.end)
        grid.right(found.width - 2, y, words.wakeups(found.lane(lane).wakeups), "dim")

    def findings(self, y: int) -> None:
        """From where something was found to where it ended, each cut before the next, with its words where they fit."""
        grid, found = self.grid, self.scene
        grid.put(2, y, say("findings"), "text")
        spans: dict[int, _Span] = {}
        for span in self.facts.findings:
            spans.setdefault(span.event.x, span)
        behind = [x for x in spans if x != next(iter(spans))] + [self.end]
        for (one, end), next_ in zip(spans.values(), behind, strict=False):
            past = one.n <= found.n
            grid.put(one.x, y, "!", "orange.bold" if past else "faint", end=self.end)
            stop = min(end, next_)
            grid.put(one.x + 1, y, "╍" * (stop - one.x - 1), "faint", end=stop)
            if end < min(next_, self.end):
                grid.put(end, y, "┤", "orange" if past and end <= self.cursor else "faint")
            if past:
                grid.tone(one.x + 1, y, max(0, min(stop, self.cursor + 1) - one.x - 1), "orange")
            room = stop - one.x - 4
            if room >= _SHORTEST:
                text = words.fit([one.words, ""], room)
                grid.put(one.x + 2, y, f" {text} " if text else "", "orange" if past else "faint", end=stop)

    def marks(self, y: int) -> None:
        """What a person set."""
        self.grid.put(2, y, say("marks"), "text")
        by_cell: dict[int, _Label] = {}
        for n, text in self.scene.trace.marks()[:_MOST_MARKS]:
            label = _Label(self.facts.cell(n), printable.text(text, 80), n <= self.scene.n)
            by_cell.setdefault(label.x, label)
        self._labels(y, list(by_cell.values()), "◆", "text.bold", " ")

    def track(self, y: int) -> None:
        """How far the cursor has come."""
        grid, found = self.grid, self.scene
        time = clock(found.trace)
        now = time.at(found.tick) if found.n >= 0 else 0
        grid.put(2, y, said(now, time.whole), "dim", end=self.x - 1)
        grid.put(self.x, y, "━" * (self.cursor - self.x), "focus")
        grid.put(self.cursor, y, "─" * (self.end - self.cursor), "line")
        grid.put(self.cursor, y, "█", "text")
        grid.right(found.width - 2, y, say("of {whole}", whole=said(time.whole, time.whole)), "dim")
