"""One moment as an SVG picture: text that can be selected, no network references, the same bytes for the same grid.

Every run of cells is pinned to its place and width, so that a viewer's own monospace font can't shift the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.style import Style

from muxviz.draw.grid import Grid, Run
from muxviz.printable import text as printable

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
    width, height = grid.width * CELL[0] + 2 * MARGIN, grid.height * CELL[1] + 2 * MARGIN
    fills: list[str] = []
    texts: list[str] = []
    for y, row in enumerate(grid.rows()):
        more_fills, more_texts = row_parts(row, y, styles)
        fills += more_fills
        texts += more_texts
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img">',
            f"<title>{escape(printable(title))}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{background}"/>',
            f'<g shape-rendering="crispEdges">{"".join(fills)}</g>',
            f'<g font-family="{FONTS}" font-size="{FONT_SIZE}" font-variant-ligatures="none" '
            'xml:space="preserve" style="white-space:pre">',
            *texts,
            "</g>",
            "</svg>",
            "",
        ]
    )


def row_parts(row: list[Run], y: int, styles: Mapping[str, Style], begin: int = 0) -> tuple[list[str], list[str]]:
    """The backgrounds and the texts of row y, from a column on."""
    foreground, _ = colours(styles[PLAIN], "#808080")
    fills: list[str] = []
    texts: list[str] = []
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


def _text(text: str, left: float, top: float, colour: str, *, bold: bool) -> list[str]:
    """The words of a run, each pinned to its own cells: blanks between them need no ink."""
    parts: list[str] = []
    offset = 0
    for word in text.replace(" ", "\0 \0").split("\0"):
        cells = cell_len(word)
        if word.strip():
            x, y, length = left + offset * CELL[0], top + _BASELINE, cells * CELL[0]
            weight = ' font-weight="bold"' if bold else ""
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs" '
                f'fill="{colour}"{weight}>{escape(word)}</text>'
            )
        offset += cells
    return parts


def _rect(left: float, top: float, cells: int, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{cells * CELL[0]:.1f}" height="{CELL[1]}" fill="{colour}"/>'


def colours(style: Style, foreground: str) -> tuple[str, str | None]:
    front = style.color.get_truecolor().hex if style.color and not style.color.is_default else foreground
    back = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else None
    return (back or foreground, front) if style.reverse else (front, back)
