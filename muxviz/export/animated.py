"""A moving SVG, for a README: no script, no network, and a still picture wherever nothing moves.

Each distinct piece of a row is drawn once, in `defs`; a frame is a list of pieces. CSS shows one frame after another,
and only the last one to whoever asked for less motion or has no animation at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from rich.cells import cell_len

from muxviz.draw import styles
from muxviz.draw.grid import Run
from muxviz.export.frames import frames
from muxviz.export.options import ExportError, Options, Progress
from muxviz.export.svg import CELL, FONT_SIZE, FONTS, MARGIN, PLAIN, colours, row_parts
from muxviz.export.titles import title
from muxviz.trace import Trace

_PIECE: Final = 30
"""Cells; a lane is about as wide."""
_MOST: Final = 500
"""Frames; a browser keeps all of them at once."""


def animated(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """The parts of an SVG document. Raises ExportError for too many frames."""
    if options.frames > _MOST:
        raise ExportError(
            f"{options.frames} frames are too many to move in one .svg: choose at most {_MOST}, --from --to"
        )
    known = styles(options.theme)
    pieces: dict[str, int] = {}
    drawn: list[tuple[list[tuple[int, int]], float]] = []
    for frame in frames(trace, options, progress):
        used = [
            (pieces.setdefault(_drawn(piece, options), len(pieces)), y)
            for y, row in enumerate(frame.grid.rows())
            for piece in _pieces(row)
        ]
        drawn.append((used, frame.seconds))
    width, height = (cells * cell + 2 * MARGIN for cells, cell in zip(options.size, CELL, strict=True))
    _, background = colours(known[PLAIN], "#808080")
    whole = sum(seconds for _, seconds in drawn)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">\n<title>{escape(title(trace))}</title>\n<style>\n'
    )
    yield ".f{visibility:hidden}.f:last-of-type{visibility:visible}\n@media (prefers-reduced-motion:no-preference){\n"
    begin = 0.0
    for k, (_, seconds) in enumerate(drawn):
        yield _shown(k, begin / whole, (begin + seconds) / whole, whole)
        begin += seconds
    yield f'}}\n</style>\n<rect width="100%" height="100%" rx="8" fill="{background}"/>\n<defs>\n'
    for text, number in pieces.items():
        yield f'<g id="r{number}">{text}</g>\n'
    yield (
        f'</defs>\n<g font-family="{FONTS}" font-size="{FONT_SIZE}" font-variant-ligatures="none" '
        'xml:space="preserve" style="white-space:pre">\n'
    )
    for k, (used, _) in enumerate(drawn):
        uses = "".join(f'<use href="#r{number}" y="{y * CELL[1]:g}"/>' for number, y in used)
        yield f'<g class="f" id="f{k}">{uses}</g>\n'
    yield "</g>\n</svg>\n"


def _pieces(row: list[Run]) -> Iterator[tuple[int, list[Run]]]:
    """A row cut at fixed columns, so that a change in one lane is no change in another: each with where it begins."""
    x, begin, piece = 0, 0, list[Run]()
    for text, style in row:
        part = ""
        for char in text:
            if x - begin >= _PIECE:
                yield begin, [*piece, (part, style)] if part else piece
                begin, piece, part = x, [], ""
            part += char
            x += cell_len(char)
        if part:
            piece.append((part, style))
    if piece:
        yield begin, piece


def _drawn(piece: tuple[int, list[Run]], options: Options) -> str:
    begin, row = piece
    fills, texts = row_parts(row, 0, styles(options.theme), begin)
    return f'<g shape-rendering="crispEdges">{"".join(fills)}</g>{"".join(texts)}'


def _shown(k: int, begin: float, end: float, whole: float) -> str:
    """Hidden, shown from `begin` to `end` (parts of the whole), hidden."""
    steps = [(0.0, "hidden")] if begin > 0 else []
    steps.append((begin, "visible"))
    if end < 1:
        steps.append((end, "hidden"))
    frames_ = "".join(f"{part * 100:.4f}%{{visibility:{what}}}" for part, what in steps)
    return f"@keyframes k{k}{{{frames_}}}#f{k}{{animation:k{k} {whole:.3f}s step-end infinite}}\n"
