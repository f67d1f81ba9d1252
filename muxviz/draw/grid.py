"""A grid of cells: what every part of the picture is written into.

A row is three parallel lists (characters, foregrounds, backgrounds), not a list of cells: writing a text is then a
slice assignment, and a whole screen costs a millisecond. Only text that is safe (`muxviz.printable`) may be put here.
A character two cells wide is followed by an empty string; where half of one is overwritten, the other half turns to a
blank.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from rich.cells import cell_len

from muxviz.draw.palette import joined

Run = tuple[str, str]
Runs = tuple[Run, ...]
"""A row."""


class Grid:
    """`width` by `height` cells, blank at first; whatever does not fit is cut at the edges."""

    __slots__ = ("_back", "_chars", "_fore", "_wide", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self._chars = [[" "] * self.width for _ in range(self.height)]
        self._fore = [["text"] * self.width for _ in range(self.height)]
        self._back = [["base"] * self.width for _ in range(self.height)]
        self._wide: set[int] = set()

    def put(
        self, x: int, y: int, text: str, style: str = "text", back: str | None = None, end: int | None = None
    ) -> int:
        """Write safe text from x on, before `end`; return the x behind it."""
        end = self.width if end is None else min(end, self.width)
        if not 0 <= y < self.height or x >= end or not text:
            return x
        cells = _cells(text)
        if isinstance(cells, tuple):
            self._wide.add(y)
        if x < 0:
            cells, x = cells[-x:], 0
        cells = cells[: end - x]
        behind = x + len(cells)
        self._chars[y][x:behind] = cells
        self._fore[y][x:behind] = [style] * len(cells)
        if back is not None:
            self._back[y][x:behind] = [back] * len(cells)
        return behind

    def right(self, end: int, y: int, text: str, style: str = "text", back: str | None = None) -> int:
        """Write safe text that ends before `end`; return the x where it begins."""
        begin = end - cell_len(text)
        self.put(begin, y, text, style, back, end)
        return begin

    def shade(self, x: int, y: int, width: int, back: str) -> None:
        """Give cells of a row another background."""
        if 0 <= y < self.height:
            begin, end = max(0, x), min(self.width, x + width)
            if begin < end:
                self._back[y][begin:end] = [back] * (end - begin)

    def tone(self, x: int, y: int, width: int, style: str) -> None:
        """Give cells of a row another foreground."""
        if 0 <= y < self.height:
            begin, end = max(0, x), min(self.width, x + width)
            if begin < end:
                self._fore[y][begin:end] = [style] * (end - begin)

    def fade(self) -> None:
        """Send everything into the background, for something that is drawn over it."""
        for y in range(self.height):
            self._fore[y] = ["faded"] * self.width
            self._back[y] = ["base"] * self.width

    def clear(self, x: int, y: int, width: int, height: int, back: str) -> None:
        """Blank a rectangle."""
        for row in range(y, y + height):
            self.put(x, row, " " * width, "text", back)

    def rows(self) -> list[Runs]:
        """Rows from the top: runs of (text, style name), merged."""
        for y in self._wide:
            _mend(self._chars[y])
        grid = zip(self._chars, self._fore, self._back, strict=True)
        return [_runs(tuple(chars), tuple(fore), tuple(back)) for chars, fore, back in grid]

    def text(self) -> str:
        """The characters alone, each row without its trailing blanks."""
        for y in self._wide:
            _mend(self._chars[y])
        return "\n".join("".join(row).rstrip() for row in self._chars)


@lru_cache(maxsize=4096)  # the same few hundred words, in every picture
def _cells(text: str) -> str | tuple[str, ...]:
    """A cell for each part: the text itself, where no character of it is wide."""
    if text.isascii() or cell_len(text) == len(text):
        return text
    return tuple(part for char in text for part in ((char, "") if cell_len(char) == 2 else (char,)))


@lru_cache(maxsize=1024)  # most rows of a picture were in the one before it
def _runs(chars: tuple[str, ...], fore: tuple[str, ...], back: tuple[str, ...]) -> Runs:
    runs: list[Run] = []
    begin = 0
    for style, cells in groupby(zip(fore, back, strict=True)):
        end = begin + len(list(cells))
        runs.append(("".join(chars[begin:end]), joined(*style)))
        begin = end
    return tuple(runs)


def _mend(chars: list[str]) -> None:
    """Blank every half of a wide character that lost its other half."""
    for x, char in enumerate(chars):
        if char == "":
            if x == 0 or cell_len(chars[x - 1]) != 2:
                chars[x] = " "
        elif not char.isascii() and cell_len(char) == 2 and (x + 1 == len(chars) or chars[x + 1] != ""):
            chars[x] = " "


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
