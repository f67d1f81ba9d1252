"""A moving SVG, for a README: no script, no network, and a still picture wherever nothing moves.

Each distinct piece of a row is drawn once, in `defs`; a frame is a list of pieces. CSS shows one frame after another,
and only the last one to whoever asked for less motion or has no animation at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

from muxviz.draw import styles
from muxviz.draw.grid import Run, Runs
from muxviz.export.frames import frames
from muxviz.export.options import ExportError, Options, Progress, title
from muxviz.export.svg import CELL, PLAIN, colours, document, lettering, row_parts, sheet
from muxviz.quoting import Markup, element, empty, end, raw_text, start
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
    pieces: dict[Markup, int] = {}
    of_row: dict[Runs, list[int]] = {}
    drawn: list[tuple[list[tuple[int, int]], float]] = []
    for frame in frames(trace, options, progress):
        rows = frame.grid.rows()
        for row in rows:
            if row not in of_row:
                of_row[row] = [pieces.setdefault(_drawn(piece, options), len(pieces)) for piece in _pieces(row)]
        drawn.append(([(number, y) for y, row in enumerate(rows) for number in of_row[row]], frame.seconds))
    _, background = colours(known[PLAIN], "#808080")
    yield f"{document(options.size)}\n{element('title', {}, title(trace))}\n"
    yield f"{raw_text('style', {}, _motion([seconds for _, seconds in drawn]))}\n{sheet(background)}\n{start('defs')}\n"
    for piece, number in pieces.items():
        yield element("g", {"id": f"r{number}"}, piece) + "\n"
    yield f"{end('defs')}\n{lettering()}\n"
    for k, (used, _) in enumerate(drawn):
        uses = [empty("use", {"href": f"#r{number}", "y": f"{y * CELL[1]:g}"}) for number, y in used]
        yield element("g", {"class": "f", "id": f"f{k}"}, *uses) + "\n"
    yield f"{end('g')}\n{end('svg')}\n"


def _motion(lasts: list[float]) -> str:
    """The style sheet: each frame shown for its seconds, one after another."""
    lines = [
        ".f{visibility:hidden}.f:last-of-type{visibility:visible}",
        "@media (prefers-reduced-motion:no-preference){",
    ]
    begin, whole = 0.0, sum(lasts)
    for k, seconds in enumerate(lasts):
        lines.append(_shown(k, begin / whole, (begin + seconds) / whole, whole))
        begin += seconds
    return "\n".join(["", *lines, "}", ""])


def _pieces(row: Runs) -> Iterator[tuple[int, list[Run]]]:
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


def _drawn(piece: tuple[int, list[Run]], options: Options) -> Markup:
    begin, row = piece
    fills, texts = row_parts(row, 0, styles(options.theme), begin)
    return Markup("".join([element("g", {"shape-rendering": "crispEdges"}, *fills), *texts]))


def _shown(k: int, begin: float, end: float, whole: float) -> str:
    """Hidden, shown from `begin` to `end` (parts of the whole), hidden."""
    steps = [(0.0, "hidden")] if begin > 0 else []
    steps.append((begin, "visible"))
    if end < 1:
        steps.append((end, "hidden"))
    frames_ = "".join(f"{part * 100:.4f}%{{visibility:{what}}}" for part, what in steps)
    return f"@keyframes k{k}{{{frames_}}}#f{k}{{animation:k{k} {whole:.3f}s step-end infinite}}"
