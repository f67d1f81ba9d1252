"""The picture in files: for a README, a talk, a colleague."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from muxviz.draw import Grid, View, draw, styles
from muxviz.export.svg import svg
from muxviz.trace import Trace

Theme = Literal["dark", "light"]

FORMATS: Final[dict[str, Callable[[Grid, Theme, str], str]]] = {
    ".svg": lambda grid, theme, title: svg(grid, styles(theme), title=title),
    ".txt": lambda grid, theme, title: grid.text() + "\n",
}
"""What a picture can be written as, by the file's ending."""


def picture(trace: Trace, n: int, size: tuple[int, int], form: str, *, focus: str, theme: Theme) -> str:
    """The picture after event n in one of the FORMATS."""
    grid = draw(trace, n, size, View(focus=focus or trace.lanes[-1], theme=theme))
    title = str(trace.header.source.get("title") or trace.header.source.get("scenario") or "muxviz")
    return FORMATS[form](grid, theme, title)


__all__ = ["FORMATS", "picture", "svg"]
