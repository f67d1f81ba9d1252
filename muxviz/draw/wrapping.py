"""Lines of a given width from running text, in cells: at blanks, and between wide characters, which have none.

A line of Chinese breaks between any two characters, but no line begins with what closes (， 。 ）) and none ends with
what opens (（ “): the rule that Chinese and Japanese typesetting share (kinsoku; UAX #14, classes CL, EX, NS and OP).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

_CLOSING: Final = frozenset("，。；：、！？）》」』】”’…%,.;:!?)]}")
_OPENING: Final = frozenset("（《「『【“‘([{")


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of `width` cells at most; a word that is wider than that has a line of its own."""
    lines: list[str] = []
    line = ""
    for blank, piece in _pieces(text):
        longer = f"{line}{' ' if blank and line else ''}{piece}"
        if line and cell_len(longer) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
    return [*lines, line] if line else lines


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """What stays together, and whether a blank stood before it."""
    for word in text.split():
        if cell_len(word) == len(word):
            yield True, word
            continue
        blank, piece = True, ""
        for char in word:
            if piece and _may_part(piece[-1], char):
                yield blank, piece
                blank, piece = False, ""
            piece += char
        yield blank, piece


def _may_part(before: str, after: str) -> bool:
    if before in _OPENING or after in _CLOSING:
        return False
    return cell_len(before) == 2 or cell_len(after) == 2
