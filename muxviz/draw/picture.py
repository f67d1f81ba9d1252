"""The whole picture: a function of the trace, a cursor, a size and a view, and of nothing else."""

from __future__ import annotations

from muxviz.draw import words
from muxviz.draw.bars import draw_header, draw_keys, draw_sentence
from muxviz.draw.curve import draw_curve
from muxviz.draw.findings import draw_findings
from muxviz.draw.grid import Grid
from muxviz.draw.lane import draw_lane
from muxviz.draw.lane_difference import draw_difference
from muxviz.draw.layout import SMALLEST, layout
from muxviz.draw.overlay import draw_event, draw_help
from muxviz.draw.pages import draw_page
from muxviz.draw.program_output import draw_program_output
from muxviz.draw.recording import draw_recording
from muxviz.draw.scene import scene
from muxviz.draw.timeline import draw_timeline
from muxviz.draw.view import View
from muxviz.draw.wire import draw_wire
from muxviz.language import say
from muxviz.trace import Trace


def draw(trace: Trace, n: int, size: tuple[int, int], view: View | None = None) -> Grid:
    """The picture after event n (-1: before everything) at `size` = (columns, rows)."""
    view = view or View()
    width, height = size
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return too_small(size)
    found = scene(trace, n, size, view)
    plan = layout(found)
    grid = Grid(width, height)
    draw_header(grid, found)
    x = 0
    for index, lane in enumerate(plan.panels):
        panel = width // len(plan.panels) + (1 if index < width % len(plan.panels) else 0)
        draw_lane(grid, found, plan, lane, x, 1, panel)
        x += panel
    y = 1 + plan.panel + plan.air // 2
    draw_difference(grid, found, y, len(found.lanes) - len(plan.panels))
    draw_sentence(grid, found, y + 1, plan.sentence)
    y += 1 + plan.sentence + plan.air - plan.air // 2
    if view.printed:
        draw_program_output(grid, found, plan, y)
    elif plan.curve:
        draw_curve(grid, found, y, plan.wire)
    else:
        draw_wire(grid, found, plan, y)
    if plan.timeline > 1:
        draw_recording(grid, found, tuple(dict.fromkeys(lane for lane, _ in plan.wires)), y + plan.wire)
    elif plan.timeline:
        draw_timeline(grid, found, y + plan.wire)
    if view.overlay == "help":
        draw_help(grid)
    elif view.overlay == "event":
        draw_event(grid, found)
    elif view.overlay == "findings":
        draw_findings(grid, found)
    elif view.overlay is not None:
        draw_page(grid, view.overlay, view.page, found)
    draw_keys(grid, found, hidden=len(found.lanes) - len(plan.panels))
    return grid


def too_small(size: tuple[int, int]) -> Grid:
    """One line that says which size is needed."""
    grid = Grid(*size)
    least, there = f"{SMALLEST[0]}×{SMALLEST[1]}", f"{size[0]}×{size[1]}"
    needed = say("muxviz needs {least} cells; this terminal has {there}.", least=least, there=there)
    grid.put(0, max(0, grid.height // 2), words.fit([needed, say("{least} needed", least=least)], size[0]), "text.bold")
    return grid
