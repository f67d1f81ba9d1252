"""Running text in lines: English at its blanks, Chinese between its characters."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from muxviz.draw.wrapping import wrap


def test_english_breaks_at_blanks() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("", 7) == []
    assert wrap("incomprehensible", 5) == ["incomprehensible"]


def test_chinese_breaks_between_characters() -> None:
    assert wrap("服务器读了四个字节", 10) == ["服务器读了", "四个字节"]


def test_no_line_begins_with_what_closes_or_ends_with_what_opens() -> None:
    assert wrap("服务器读了，又等", 10) == ["服务器读", "了，又等"]
    assert wrap("从客户端（甲）读", 10) == ["从客户端", "（甲）读"]


def test_a_name_stays_whole_in_chinese() -> None:
    assert wrap("服务器睡在 epoll_wait 里", 16) == ["服务器睡在", "epoll_wait 里"]


def stays_whole(line: str) -> bool:
    """No break is allowed in it: no blank, and between any two characters one that closes comes or one that opens
    stands, or neither is wide."""
    return " " not in line and all(
        before in "（" or after in "，。）" or (before in "ab" and after in "ab") for before, after in pairwise(line)
    )


@given(st.text(alphabet="ab 服务，。（）"), st.integers(1, 40))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert line and (cell_len(line) <= width or stays_whole(line)), line


@given(st.text(alphabet="ab 服务，。（）"), st.integers(1, 40))
def test_a_line_ends_only_where_the_next_piece_has_no_room(text: str, width: int) -> None:
    lines = wrap(text, width)
    for line, after in pairwise(lines):
        piece = next(
            after[:end] for end in range(1, len(after) + 1) if end == len(after) or not stays_whole(after[: end + 1])
        )
        assert cell_len(line) + cell_len(piece) + 1 > width
