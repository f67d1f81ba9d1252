"""The curve: what a wait takes that has something to report, over how many fds it watches. In place of the wire.

Both axes are logarithmic, so that a cost in proportion to the fds is a straight rise, and one that does not grow lies
flat. Each lane has a glyph of its own; the table beside the curve has the numbers, and what is copied at the largest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from statistics import median_low
from typing import Final

from rich.cells import cell_len

from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene, name
from muxviz.language import say
from muxviz.trace.costs import MOST, Cost, costs

HEIGHT: Final = 14
"""Rows that show everything; with fewer the table keeps its ends."""
LEAST: Final = 8
_GLYPHS: Final = "○●■◆◇□▲△"
_STYLES: Final = ("blue", "text", "yellow", "violet")
_COLUMN: Final = 9
_LABEL: Final = 9

_Points = dict[int, list[Cost]]
"""A lane's waits by how many fds they watched."""
_Row = tuple[str, str]
"""A row of the table: its label, and a cell for each lane."""


def draw_curve(grid: Grid, scene: Scene, y: int, height: int) -> None:
    """The panel, `height` rows from y."""
    width = scene.width
    measured = [cost for cost in costs(scene.trace) if cost.n <= scene.n]
    _frame(grid, scene, y, height)
    lanes = [lane for lane in scene.lanes if any(cost.lane == lane for cost in measured)]
    if not lanes:
        text = say("no wait has returned yet that had something to report before it began")
        brief = say("no wait has returned yet with something to report before it began")
        grid.put(3, y + height // 2, words.fit([text, brief], width - 5), "dim", end=width - 1)
        return
    points: dict[str, _Points] = {lane: defaultdict(list) for lane in lanes}
    for cost in measured:
        points[cost.lane][cost.watched].append(cost)
    table = _table(scene, lanes, points)
    room = _LABEL + max(cell_len(cells) for _label, cells in table) + 3
    _put_table(grid, scene, lanes, _fitted(table, height - 2), width - room, y + 1)
    _Plot(grid, 2, y + 1, width - room - 3, height - 2, points).draw(scene)


def _frame(grid: Grid, scene: Scene, y: int, height: int) -> None:
    width, bottom = scene.width, y + height - 1
    grid.put(0, y, "╭" + "─" * (width - 2) + "╮", "line")
    grid.put(0, bottom, "╰" + "─" * (width - 2) + "╯", "line")
    for row in range(y + 1, bottom):
        grid.put(0, row, "│", "line")
        grid.put(width - 1, row, "│", "line")
    at = grid.put(2, y, f" {say('what a wait takes')} ", "text.bold")
    cut = say("first {count} events, ", count=f"{MOST:,}") if len(scene.trace) > MOST else ""
    wordings = [
        cut + say("median of the waits that had something to report before they began"),
        cut + say("median, of waits with something ready before"),
        say("median of waits that did not sleep"),
    ]
    grid.right(width - 2, y, f" {words.fit(wordings, width - at - 6)} ", "dim")
    figures = [say("measured on this machine, in this session"), say("this machine's figures")]
    grid.right(width - 2, bottom, f" {words.fit(figures, width - 10)} ", "dim")


def typical(waits: Sequence[Cost]) -> int:
    """Nanoseconds that stand for several waits."""
    return median_low(cost.took for cost in waits)


def spoken(nanoseconds: int) -> str:
    """`5.5 µs`, `37 µs`, `3.6 ms`: two digits that count."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            value = nanoseconds / size
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{nanoseconds} ns"


def _bytes(count: int) -> str:
    return f"{count} B" if count < 10_000 else f"{count / 1000:,.0f} kB"


def _table(scene: Scene, lanes: Sequence[str], points: Mapping[str, _Points]) -> list[_Row]:
    """Rows of one width: a head, a row for each count of watched fds, and what is copied at each lane's largest."""
    rows = [(say("watched"), "".join(name(scene, lane).rjust(_COLUMN) for lane in lanes))]
    for count in sorted({count for lane in lanes for count in points[lane]}):
        cells = [spoken(typical(points[lane][count])) if count in points[lane] else "–" for lane in lanes]
        rows.append((f"{count:,}", "".join(cell.rjust(_COLUMN) for cell in cells)))
    last = {lane: points[lane][max(points[lane])][-1] for lane in lanes}
    for label, which in ((say("copies in"), "copied_in"), (say("out"), "copied_out")):
        cells = [_bytes(getattr(last[lane], which)) for lane in lanes]
        rows.append((label, "".join(cell.rjust(_COLUMN) for cell in cells)))
    return rows


def _fitted(rows: list[_Row], room: int) -> list[_Row]:
    """Rows that fit: the smallest counts go first, what is copied next."""
    while len(rows) > room and len(rows) > 5:
        rows = [rows[0], *rows[2:]]
    return rows[:room]


def _put_table(grid: Grid, scene: Scene, lanes: Sequence[str], rows: list[_Row], x: int, y: int) -> None:
    for row, (label, cells) in enumerate(rows):
        copied = label in (say("copies in"), say("out"))
        grid.right(x + _LABEL, y + row, label, "dim")
        grid.put(x + _LABEL, y + row, cells, "dim" if copied or not row else "text", end=scene.width - 1)
    at = x + _LABEL
    for index, lane in enumerate(lanes):
        at += _COLUMN
        glyph, style = _look(index)
        head = at - cell_len(name(scene, lane))
        grid.put(head, y, name(scene, lane), style)
        if head - 2 >= x + _LABEL + index * _COLUMN - 1:
            grid.put(head - 2, y, glyph, style)


def _look(index: int) -> tuple[str, str]:
    return _GLYPHS[index % len(_GLYPHS)], f"{_STYLES[index % len(_STYLES)]}.bold"


class _Plot:
    """The curve's own cells."""

    def __init__(self, grid: Grid, x: int, y: int, width: int, height: int, points: Mapping[str, _Points]) -> None:
        self.grid, self.points = grid, points
        self.x, self.y = x + 8, y
        self.width, self.height = max(8, width - 9), height - 2
        counts = [count for lane in points.values() for count in lane if count > 0]
        took = [typical(waits) for lane in points.values() for waits in lane.values()]
        self.right = max(1, ceil(log10(max(counts, default=10)) - 0.01))
        self.low = floor(log10(max(1, min(took))))
        self.high = max(self.low + 2, ceil(log10(max(1, *took))))

    def column(self, count: float) -> int:
        """Where a count of fds lies."""
        part = log10(max(1.0, count)) / self.right
        return self.x + min(self.width - 1, round(part * (self.width - 1)))

    def row(self, took: float) -> int:
        """Where a time lies."""
        part = (log10(max(1.0, took)) - self.low) / (self.high - self.low)
        return self.y + (self.height - 1) - round(max(0.0, min(1.0, part)) * (self.height - 1))

    def draw(self, scene: Scene) -> None:
        """Axes, lines, points: what is drawn last lies on top."""
        grid = self.grid
        for row in range(self.y, self.y + self.height):
            grid.put(self.x - 1, row, "│", "line")
        grid.put(self.x - 1, self.y + self.height, "╰" + "─" * self.width, "line")
        taken: set[int] = set()
        for power in range(self.low, self.high + 1):
            row = self.row(10.0**power)
            if row not in taken:
                taken.add(row)
                grid.right(self.x - 1, row, f"{spoken(10**power).replace('.0', '')} ", "dim")
                grid.put(self.x - 1, row, "┤", "line")
        for power in range(self.right + 1):
            at = self.column(10.0**power)
            grid.put(at, self.y + self.height, "┴", "line")
        self._numbers()
        for index, lane in enumerate(self.points.values()):
            self._line(lane, _look(index)[1].removesuffix(".bold"))
        for index, lane in reversed(list(enumerate(self.points.values()))):  # of those that coincide the first is seen
            glyph, style = _look(index)
            for count, waits in lane.items():
                grid.put(self.column(count), self.row(typical(waits)), glyph, style)

    def _numbers(self) -> None:
        """Under the x axis: the ends, and between them what has room."""
        free = self.x - 1
        last = f"{10**self.right:,}"
        end = self.x + self.width - len(last)
        for power in range(self.right):
            label = f"{10**power:,}"
            at = max(self.x, self.column(10.0**power) - len(label) // 2)
            if at > free and at + len(label) < end:
                self.grid.put(at, self.y + self.height + 1, label, "dim")
                free = at + len(label)
        self.grid.put(end, self.y + self.height + 1, last, "dim")
        self._caption()

    def _caption(self) -> None:
        """What the x axis counts, where it has room between two of its numbers."""
        text, end = say("fds watched"), self.x + self.width
        step = (self.width - 1) // self.right
        if step >= cell_len(text) + 8:
            self.grid.put(end - step // 2 - cell_len(text) // 2 - 2, self.y + self.height + 1, text, "dim")

    def _line(self, lane: _Points, style: str) -> None:
        known = sorted((count, typical(waits)) for count, waits in lane.items())
        for (count, took), (to, then) in pairwise(known):
            begin, end = self.column(count), self.column(to)
            for at in range(begin, end + 1):
                part = (at - begin) / max(1, end - begin)
                value = 10 ** (log10(max(1, took)) + part * (log10(max(1, then)) - log10(max(1, took))))
                self.grid.put(at, self.row(value), "·", style)
