"""Running text in lines: English at its blanks, Chinese between its characters."""

from __future__ import annotations

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


@given(st.text(alphabet="ab 服务，。（）"), st.integers(4, 40))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert line and (cell_len(line) <= width or len(wrap(line, 1)[0]) > 1)
