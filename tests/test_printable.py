"""Nothing that a terminal obeys gets through."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from muxviz.printable import cells, clip, text

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc", "Zl", "Zp"}


@given(st.binary())
def test_a_byte_is_a_cell(payload: bytes) -> None:
    shown = cells(payload)
    assert len(shown) == cell_len(shown) == len(payload)
    assert not any(unicodedata.category(char) in FORBIDDEN for char in shown)


@given(st.text())
def test_text_has_nothing_that_a_terminal_obeys(foreign: str) -> None:
    shown = text(foreign)
    assert not any(unicodedata.category(char) in FORBIDDEN for char in shown)
    assert cell_len(shown) == sum(map(cell_len, shown))


@given(st.text(), st.integers(0, 30))
def test_a_clip_fits(foreign: str, width: int) -> None:
    assert cell_len(clip(text(foreign), width)) <= width


def test_known_attacks() -> None:
    assert text("\x1b[2J[bold]\x00\x9b\u202e\u200b") == "␛[2J[bold]␀····"[:-1]
    assert cells(b"\x1b\xff\x00a\x7f") == "␛·␀a␡"
