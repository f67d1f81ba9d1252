"""One moment as an SVG picture: text that can be selected, no network references, the same bytes for the same grid.

Every run of cells is pinned to its place and width, so that a viewer's own monospace font can't shift the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.style import Style

from muxviz.draw.grid import Grid
from muxviz.printable import text as printable

CELL: Final = (8.4, 17.0)
"""Width and height of a cell in pixels; 0.6 and 1.21 of the font size, as in most monospace fonts."""
PLAIN: Final = "text on base"
"""The style whose colours are the picture's own."""
_FONT_SIZE: Final = 14
_BASELINE: Final = 13.0
_MARGIN: Final = 10.0
_FONTS: Final = "'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,ui-monospace,monospace"


def svg(grid: Grid, styles: Mapping[str, Style], *, title: str) -> str:
    """The grid as an SVG document."""
    foreground, background = _colours(styles[PLAIN], "#808080")
    width, height = grid.width * CELL[0] + 2 * _MARGIN, grid.height * CELL[1] + 2 * _MARGIN
    fills: list[str] = []
    texts: list[str] = []
    for y, row in enumerate(grid.rows()):
        x = 0
        for text, name in row:
            cells = cell_len(text)
            style = styles.get(name, Style())
            front, back = _colours(style, foreground)
            left, top = _MARGIN + x * CELL[0], _MARGIN + y * CELL[1]
            if back is not None:
                fills.append(_rect(left, top, cells, back))
            texts.extend(_text(text, left, top, front, bold=bool(style.bold)))
            x += cells
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img">',
            f"<title>{escape(printable(title))}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{background}"/>',
            f'<g shape-rendering="crispEdges">{"".join(fills)}</g>',
            f'<g font-family="{_FONTS}" font-size="{_FONT_SIZE}" font-variant-ligatures="none" '
            'xml:space="preserve" style="white-space:pre">',
            *texts,
            "</g>",
            "</svg>",
            "",
        ]
    )


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


def _colours(style: Style, foreground: str) -> tuple[str, str | None]:
    front = style.color.get_truecolor().hex if style.color and not style.color.is_default else foreground
    back = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else None
    return (back or foreground, front) if style.reverse else (front, back)
