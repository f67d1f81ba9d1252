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


def _row(scene: Scene) -> Columns | None:
    """The track beside its count; None where it has no room."""
    width = scene.width - _BEGIN - len(_count(scene)) - 4
    return Columns(scene.trace, width, scene.view.axis) if width >= 10 and scene.trace.ticks else None


def _count(scene: Scene) -> str:
    """`17/25`: steps, or ticks where the programs ran freely."""
    trace, last = scene.trace, max(scene.trace.ticks - 1, 0)
    step, newest = trace.tick_step(scene.tick), trace.tick_step(last) if trace.ticks else None
    if newest is not None and (step is not None or scene.tick < 0):
        return f"{step or 0}/{newest}"
    return f"{max(scene.tick, 0)}/{last}"


def draw_timeline(grid: Grid, scene: Scene, y: int) -> None:
    """Heavy up to the cursor; client actions, trouble, markers."""
    trace, row = scene.trace, _row(scene)
    grid.put(2, y, say("whole run"), "dim")
    if row is None:
        return
    cursor = _BEGIN + row.place(max(scene.tick, 0))
    grid.put(_BEGIN, y, "━" * (cursor - _BEGIN), "focus")
    grid.put(cursor, y, "─" * (_BEGIN + row.width - cursor), "line")
    most = row.width * _MOST_GLYPHS
    for numbers, glyph, style in (
        (trace.actions(), "┃", "violet"),
        (list(trace.findings.times()), "!", "orange.bold"),
        ([n for n, _ in trace.marks()], "◆", "text.bold"),
    ):
        seen = [n for n in numbers if n <= scene.n or not scene.view.veiled]
        for n in seen if len(seen) <= most else seen[:: len(seen) // most + 1]:
            x = _BEGIN + row.place(trace.tick_of(n))
            grid.put(x, y, glyph, style if x <= cursor else "faint")
    grid.put(cursor, y, "█", "text")
    grid.right(scene.width - 2, y, _count(scene), "dim")


def timeline_at(scene: Scene, plan: Layout, x: int, y: int) -> int | None:
    """n of the end of the tick that lies at a cell; None where the cell is not of the timeline."""
    top = 1 + plan.panel + 1 + plan.sentence + plan.air + plan.wire
    if not plan.timeline or not scene.trace.ticks or not top <= y < top + plan.timeline:
        return None
    begin, columns = track(scene) if plan.timeline > 1 else (_BEGIN, _row(scene))
    if columns is None or not begin <= x < begin + columns.width:
        return None
    return scene.trace.tick_end(columns.at(x - begin))
