"""The whole run in one row under the wire, and which moment a cell of it is."""

from __future__ import annotations

from typing import NamedTuple

from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene


class Row(NamedTuple):
    """Where the row's track is."""

    x: int
    width: int
    ticks: int

    def place(self, tick: int) -> int:
        """The cell of a tick."""
        last = self.ticks - 1
        return self.x + (tick * (self.width - 1) // last if last > 0 else 0)

    def tick(self, x: int) -> int:
        """The tick of a cell: the first that lies there."""
        last = self.ticks - 1
        return min(last, -(-(x - self.x) * last // max(1, self.width - 1)))


def row_of(found: Scene, count: str) -> Row | None:
    """The track beside a count at the right end; None where it has no room."""
    x = _BEGIN
    width = found.width - x - len(count) - 4
    return Row(x, width, found.trace.ticks) if width >= 10 and found.trace.ticks else None


_BEGIN = 12


def count_of(found: Scene) -> str:
    """`17/25`: steps, or ticks where the programs ran freely."""
    trace, last = found.trace, max(found.trace.ticks - 1, 0)
    step, newest = trace.tick_step(found.tick), trace.tick_step(last) if trace.ticks else None
    if newest is not None and (step is not None or found.tick < 0):
        return f"{step or 0}/{newest}"
    return f"{max(found.tick, 0)}/{last}"


def timeline_at(found: Scene, plan: Layout, x: int, y: int) -> int | None:
    """n of the end of the tick that lies at a cell; None where the cell is not of the timeline."""
    row = row_of(found, count_of(found)) if plan.timeline else None
    if row is None or y != 1 + plan.panel + 1 + plan.sentence + plan.air + plan.wire or not 0 <= x - row.x < row.width:
        return None
    return found.trace.tick_end(row.tick(x))
