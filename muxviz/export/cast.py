"""A recording for asciinema: asciicast version 2 or 3, made from the pictures and not from a terminal.

Form: docs.asciinema.org/manual/asciicast/v2 and v3. A header line, then `[time, code, data]`: `o` is output, `m` a
marker. Version 2 has times since the beginning, version 3 intervals since the event before; both are rounded to
milliseconds, and since every frame's time is whole milliseconds, no error adds up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rich.style import Style

from muxviz.draw import styles
from muxviz.draw.grid import Runs
from muxviz.export.frames import frames
from muxviz.export.options import Options, Progress, title
from muxviz.quoting import json_text
from muxviz.trace import Trace

_START: Final = "\x1b[?25l\x1b[0m\x1b[2J"
_PLAIN: Final = "text on base"
_PALETTE: Final = ("base", "orange", "blue", "yellow", "blue", "violet", "blue", "text")
"""The eight colours of a terminal, in our names: players draw their own parts with them."""


def cast(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """The lines of an asciicast."""
    known = styles(options.theme)
    yield _line(_header(trace, options, known))
    clock = 0
    last = 0
    shown: list[Runs] = []

    def at(code: str, data: str) -> str:
        nonlocal last
        since, last = clock - last, clock
        return _line([(clock if options.cast_version == 2 else since) / 1000, code, data])

    for frame in frames(trace, options, progress):
        rows = frame.grid.rows()
        if frame.label is not None:
            yield at("m", frame.label)
        before, shown = shown, rows
        start = _START if not before else ""
        yield at("o", start + "".join(_changed(before, rows, known)))
        clock += round(frame.seconds * 1000)
    yield at("o", "\x1b[0m")
    if options.cast_version == 3:
        yield at("x", "0")


def _line(value: Any) -> str:
    return json_text(value) + "\n"


def _header(trace: Trace, options: Options, known: Mapping[str, Style]) -> dict[str, Any]:
    width, height = options.size
    theme = {
        "fg": _hex(known[_PLAIN], "color"),
        "bg": _hex(known[_PLAIN], "bgcolor"),
        "palette": ":".join(
            _hex(known[f"{name} on base" if name != "base" else _PLAIN], "color" if name != "base" else "bgcolor")
            for name in _PALETTE
        ),
    }
    about: dict[str, Any] = {"title": title(trace)}
    try:
        about["timestamp"] = int(datetime.fromisoformat(trace.header.began or "").timestamp())
    except (ValueError, OverflowError):
        pass
    if options.cast_version == 2:
        return {"version": 2, "width": width, "height": height, **about, "theme": theme}
    return {"version": 3, "term": {"cols": width, "rows": height, "type": "xterm-256color", "theme": theme}, **about}


def _hex(style: Style, which: str) -> str:
    colour = getattr(style, which)
    return colour.get_truecolor().hex if colour is not None else "#808080"


def _changed(before: list[Runs], rows: list[Runs], known: Mapping[str, Style]) -> Iterator[str]:
    """The rows that are not as they were, each written from its first column."""
    for y, row in enumerate(rows):
        if not before or before[y] != row:
            yield f"\x1b[{y + 1};1H" + "".join(f"\x1b[{_sgr(known[name])}m{text}" for text, name in row)


def _sgr(style: Style) -> str:
    """Select Graphic Rendition (ECMA-48) of a style, from a clean slate."""
    codes = ["0"]
    if style.bold:
        codes.append("1")
    for colour, base in ((style.color, 38), (style.bgcolor, 48)):
        if colour is not None and not colour.is_default:
            red, green, blue = colour.get_truecolor()
            codes.append(f"{base};2;{red};{green};{blue}")
    return ";".join(codes)
