"""The picture in files: for a README, a talk, a colleague. No terminal, no Textual; the same bytes for the same
recording and options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from muxviz.draw import draw, styles
from muxviz.export.animated import animated
from muxviz.export.cast import cast
from muxviz.export.html import page
from muxviz.export.lines import jsonl, moment, told
from muxviz.export.options import ExportError, Options, Progress, title
from muxviz.export.svg import svg
from muxviz.trace import Trace

Write = Callable[[Trace, Options, Progress], Iterator[str]]


class Format(NamedTuple):
    """One kind of file."""

    write: Write
    options: frozenset[str]
    """Which of the command's options mean something for it."""


def _still(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    grid = draw(trace, trace.tick_end(options.last), options.size, options.view(trace))
    yield svg(grid, styles(options.theme), title=title(trace))


def _svg(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    return (animated if options.animate else _still)(trace, options, progress)


def _txt(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    return (moment if options.frames == 1 else told)(trace, options, progress)


_PICTURE: Final = frozenset({"size", "theme", "focus"})
_RANGE: Final = frozenset({"from", "to"})

FORMATS: Final[dict[str, Format]] = {
    ".cast": Format(cast, _PICTURE | _RANGE | {"speed", "pace", "cast-version"}),
    ".svg": Format(_svg, _PICTURE | _RANGE | {"step", "animate", "speed", "pace"}),
    ".html": Format(page, frozenset({"size", "theme", "focus"}) | _RANGE),
    ".txt": Format(_txt, frozenset({"size", "focus", "step"}) | _RANGE),
    ".jsonl": Format(jsonl, _RANGE),
}
"""What a recording can be written as, by the file's ending."""


__all__ = ["FORMATS", "ExportError", "Format", "Options", "page", "svg"]
