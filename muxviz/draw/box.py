"""A box over a faded picture, and the rules that part its inside."""

from __future__ import annotations

from muxviz.draw.grid import Grid


def box(grid: Grid, title: str, right: str, width: int, height: int) -> tuple[int, int]:
    """An empty box in the middle, over a faded picture; returns the corner of its inside."""
    grid.fade()
    x, y = (grid.width - width) // 2, max(0, (grid.height - 1 - height) // 2)
    grid.clear(x, y, width, height, "raised")
    grid.put(x, y, "╭" + "─" * (width - 2) + "╮", "focus")
    for row in range(y + 1, y + height - 1):
        grid.put(x, row, "│", "focus")
        grid.put(x + width - 1, row, "│", "focus")
    grid.put(x, y + height - 1, "╰" + "─" * (width - 2) + "╯", "focus")
    grid.put(x + 2, y, f" {title} ", "text.bold", "raised")
    if right:
        grid.right(x + width - 2, y, f" {right} ", "dim", "raised")
    return x + 2, y + 1


def rule(grid: Grid, x: int, y: int, width: int, title: str) -> None:
    """A line across the box, with a title where there is one."""
    grid.put(x - 2, y, "├" + "─" * (width - 2) + "┤", "focus")
    if title:
        grid.put(x, y, f" {title} ", "text.bold")
