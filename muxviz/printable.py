"""Bytes and foreign text to cells that are safe to show: the one way from untrusted data to a screen or a file.

A terminal obeys some bytes (ESC, C1 controls, NUL), reorders others (bidirectional marks) and gives some no cell or
two. Everything that muxviz did not write itself passes through here first; what comes out is one printable, one-cell
character for each byte (`cells`) or printable text of known width (`text`).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len

_CONTROL_PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_BYTE_CELLS: Final = [chr(byte) if 0x20 <= byte < 0x7F else _CONTROL_PICTURES.get(byte, "·") for byte in range(256)]
REPLACEMENT: Final = "·"
"""Stands where a character has no safe cell of its own."""
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that show nothing: the fillers of Hangul, and the braille pattern without dots."""


def cells(payload: bytes) -> str:
    """Payload as exactly one cell for each byte; never decoded as UTF-8, so a cell is a byte."""
    return "".join(_BYTE_CELLS[byte] for byte in payload)


def text(foreign: str, width: int | None = None) -> str:
    """Foreign text on one line, with nothing in it that a terminal obeys; cut to `width` cells with `…`."""
    plain = foreign.isascii() and foreign.isprintable()  # nearly all of it is
    safe = foreign if plain else "".join(map(_safe_char, foreign.expandtabs(4)))
    return safe if width is None else clip(safe, width)


def clip(safe: str, width: int) -> str:
    """Safe text cut to at most `width` cells, `…` marking the cut."""
    if width <= 0:
        return ""
    if cell_len(safe) <= width:
        return safe
    kept, used = [], 0
    for char in safe:
        used += cell_len(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"


def _safe_char(char: str) -> str:
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    if code < 0x20 or code == 0x7F:
        return _CONTROL_PICTURES[code]
    # Cc, Cf, Cs, Co, Cn: controls, bidirectional and zero-width marks, surrogates, private, unassigned.
    # M*: a combining mark changes its neighbour's cell. Zl, Zp: line ends to some programs.
    category = unicodedata.category(char)
    if category[0] in "CM" or category in {"Zl", "Zp"} or char in _BLANKS or cell_len(char) < 1:
        return REPLACEMENT
    return " " if category == "Zs" else char
