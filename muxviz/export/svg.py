"""One moment as an SVG picture: text that can be selected, no network references, the same bytes for the same grid.

Every run of cells is pinned to its place and width, so that a viewer's own monospace font can't shift the columns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.style import Style

from muxviz.draw.grid import Grid, Run
from muxviz.printable import text as printable
from muxviz.quoting import Markup, element, empty, end, start

CELL: Final = (8.4, 17.0)
"""Width and height of a cell in pixels; 0.6 and 1.21 of the font size, as in most monospace fonts."""
PLAIN: Final = "text on base"
"""The style whose colours are the picture's own."""
FONT_SIZE: Final = 14
_BASELINE: Final = 13.0
MARGIN: Final = 10.0
FONTS: Final = "'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,ui-monospace,monospace"


def svg(grid: Grid, styles: Mapping[str, Style], *, title: str) -> str:
    """The grid as an SVG document."""
    _, background = colours(styles[PLAIN], "#808080")
    fills: list[Markup] = []
    texts: list[Markup] = []
    for y, row in enumerate(grid.rows()):
        more_fills, more_texts = row_parts(row, y, styles)
        fills += more_fills
        texts += more_texts
    parts = [
        document((grid.width, grid.height)),
        element("title", {}, printable(title)),
        sheet(background),
        element("g", {"shape-rendering": "crispEdges"}, *fills),
        lettering(),
        *texts,
        end("g"),
        end("svg"),
        "",
    ]
    return "\n".join(parts)


def document(size: tuple[int, int]) -> Markup:
    """The start of a document of so many cells."""
    width, height = (cells * cell + 2 * MARGIN for cells, cell in zip(size, CELL, strict=True))
    about = {"viewBox": f"0 0 {width:.1f} {height:.1f}", "width": f"{width:.0f}", "height": f"{height:.0f}"}
    return start("svg", {"xmlns": "http://www.w3.org/2000/svg", **about, "role": "img"})


def sheet(background: str | None) -> Markup:
    """What everything lies on."""
    return empty("rect", {"width": "100%", "height": "100%", "rx": 8, "fill": background})


def lettering() -> Markup:
    """The start of a group of texts."""
    return start("g", {"font-family": FONTS, "font-size": FONT_SIZE, "font-variant-ligatures": "none"})


def row_parts(
    row: Sequence[Run], y: int, styles: Mapping[str, Style], begin: int = 0
) -> tuple[list[Markup], list[Markup]]:
    """The backgrounds and the texts of row y, from a column on."""
    foreground, _ = colours(styles[PLAIN], "#808080")
    fills: list[Markup] = []
    texts: list[Markup] = []
    x = begin
    for text, name in row:
        cells = cell_len(text)
        style = styles.get(name, Style())
        front, back = colours(style, foreground)
        left, top = MARGIN + x * CELL[0], MARGIN + y * CELL[1]
        if back is not None:
            fills.append(_rect(left, top, cells, back))
        texts.extend(_text(text, left, top, front, bold=bool(style.bold)))
        x += cells
    return fills, texts


def _text(text: str, left: float, top: float, colour: str, *, bold: bool) -> list[Markup]:
    """The words of a run, each pinned to its own cells: blanks between them need no ink."""
    parts: list[Markup] = []
    offset = 0
    for word in text.replace(" ", "\0 \0").split("\0"):
        cells = cell_len(word)
        if word.strip():
            place = {
                "x": f"{left + offset * CELL[0]:.1f}",
                "y": f"{top + _BASELINE:.1f}",
                "textLength": f"{cells * CELL[0]:.1f}",
                "lengthAdjust": "spacingAndGlyphs",
                "fill": colour,
                "font-weight": "bold" if bold else None,
                "unicode-bidi": "bidi-override" if _is_turned(word) else None,
            }
            parts.append(element("text", place, word))
        offset += cells
    return parts


def _is_turned(word: str) -> bool:
    """Whether a viewer would write it from right to left, and what stands beside its letters with it."""
    return not word.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in word)


def _rect(left: float, top: float, cells: int, colour: str) -> Markup:
    place = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{cells * CELL[0]:.1f}", "height": CELL[1]}
    return empty("rect", {**place, "fill": colour})


def colours(style: Style, foreground: str) -> tuple[str, str | None]:
    front = style.color.get_truecolor().hex if style.color and not style.color.is_default else foreground
    back = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else None
    return (back or foreground, front) if style.reverse else (front, back)
