"""The whole run in one row under the wire, and which moment a cell of it, or of the recording's panel, is."""

from __future__ import annotations

from typing import Final

from muxviz.draw.columns import Columns
from muxviz.draw.grid import Grid
from muxviz.draw.layout import Layout
from muxviz.draw.recording import track
from muxviz.draw.scene import Scene
from muxviz.language import say

_BEGIN: Final = 12
_MOST_GLYPHS: Final = 4
"""Of one kind for each cell: more would be drawn over each other."""


def _row(found: Scene) -> Columns | None:
    """The track beside its count; None where it has no room."""
    width = found.width - _BEGIN - len(_count(found)) - 4
    return Columns(found.trace, width, found.view.axis) if width >= 10 and found.trace.ticks else None


def _count(found: Scene) -> str:
    """`17/25`: steps, or ticks where the programs ran freely."""
    trace, last = found.trace, max(found.trace.ticks - 1, 0)
    step, newest = trace.tick_step(found.tick), trace.tick_step(last) if trace.ticks else None
    if newest is not None and (step is not None or found.tick < 0):
        return f"{step or 0}/{newest}"
    return f"{max(found.tick, 0)}/{last}"


def draw_timeline(grid: Grid, found: Scene, y: int) -> None:
    """Heavy up to the cursor; client actions, trouble, markers."""
    trace, row = found.trace, _row(found)
    grid.put(2, y, say("whole run"), "dim")
    if row is None:
        return
    cursor = _BEGIN + row.place(max(found.tick, 0))
    grid.put(_BEGIN, y, "━" * (cursor - _BEGIN), "focus")
    grid.put(cursor, y, "─" * (_BEGIN + row.width - cursor), "line")
    most = row.width * _MOST_GLYPHS
    for numbers, glyph, style in (
        (trace.actions(), "┃", "violet"),
        (list(trace.findings.times()), "!", "orange.bold"),
        ([n for n, _ in trace.marks()], "◆", "text.bold"),
    ):
        seen = [n for n in numbers if n <= found.n or not found.view.veiled]
        for n in seen if len(seen) <= most else seen[:: len(seen) // most + 1]:
            x = _BEGIN + row.place(trace.tick_of(n))
            grid.put(x, y, glyph, style if x <= cursor else "faint")
    grid.put(cursor, y, "█", "text")
    grid.right(found.width - 2, y, _count(found), "dim")


def timeline_at(found: Scene, plan: Layout, x: int, y: int) -> int | None:
    """n of the end of the tick that lies at a cell; None where the cell is not of the timeline."""
    top = 1 + plan.panel + 1 + plan.sentence + plan.air + plan.wire
    if not plan.timeline or not found.trace.ticks or not top <= y < top + plan.timeline:
        return None
    begin, columns = track(found) if plan.timeline > 1 else (_BEGIN, _row(found))
    if columns is None or not begin <= x < begin + columns.width:
        return None
    return found.trace.tick_end(columns.at(x - begin))
