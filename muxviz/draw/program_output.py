"""What the programs print, the newest lines last, a column for each lane. In place of the wire."""

from __future__ import annotations

from textwrap import wrap

from muxviz import printable
from muxviz.draw.grid import Grid
from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene, name
from muxviz.language import say


def draw_program_output(grid: Grid, scene: Scene, plan: Layout, y: int) -> None:
    """The panel: the columns of the lanes that are shown, under their panels."""
    x, rows = 0, plan.wire
    for index, lane in enumerate(plan.panels):
        width = scene.width // len(plan.panels) + (1 if index < scene.width % len(plan.panels) else 0)
        _frame(grid, scene, lane, x, y, width, rows)
        lines = scene.view.output.get(lane, [])
        if not lines:
            grid.put(x + 2, y + 1, printable.clip(_nothing(scene), width - 4), "faint")
        shown = [part for line in lines[-rows:] for part in _folded(line, width - 4)]
        for row, part in enumerate(shown[-(rows - 2) :]):
            grid.put(x + 2, y + 1 + row, part, "text", end=x + width - 2)
        x += width


def _frame(grid: Grid, scene: Scene, lane: str, x: int, y: int, width: int, rows: int) -> None:
    style = "focus" if lane == scene.focus and len(scene.lanes) > 1 else "line"
    grid.put(x, y, "╭" + "─" * (width - 2) + "╮", style)
    for row in range(y + 1, y + rows - 1):
        grid.put(x, row, "│", style)
        grid.put(x + width - 1, row, "│", style)
    grid.put(x, y + rows - 1, "╰" + "─" * (width - 2) + "╯", style)
    title = say("what {lane} prints", lane=name(scene, lane))
    grid.put(x + 2, y, f" {printable.clip(title, width - 6)} ", "text.bold")
    if lane in scene.view.reading:
        help = say("I types a line into its standard input")
        grid.right(x + width - 2, y + rows - 1, f" {printable.clip(help, width - 6)} ", "yellow")


def _nothing(scene: Scene) -> str:
    if scene.view.replay is not None:
        return say("a recording does not have what programs print")
    return say("nothing yet: both its standard streams end up here")


def _folded(line: str, width: int) -> list[str]:
    """A line in as many rows as it takes; every row but the first is set in."""
    safe = printable.text(line)
    return wrap(safe, width, subsequent_indent="  ", drop_whitespace=False, break_on_hyphens=False) or [""]
