"""The grid: clipping, wide characters, runs."""

from __future__ import annotations

from rich.cells import cell_len

from muxviz.draw import Grid


def test_what_does_not_fit_is_cut() -> None:
    grid = Grid(6, 2)
    grid.put(-2, 0, "abcdef")
    grid.put(4, 1, "abcdef")
    grid.put(0, 2, "below")
    grid.put(9, 0, "beside")
    assert grid.text() == "cdef\n    ab"


def test_half_of_a_wide_character_becomes_a_blank() -> None:
    grid = Grid(6, 3)
    grid.put(0, 0, "界界界")
    grid.put(1, 0, "x")
    grid.put(0, 1, "界界界")
    grid.put(2, 1, "x")
    grid.put(5, 2, "界")
    rows = ["".join(text for text, _ in row) for row in grid.rows()]
    assert rows == [" x界界", "界x 界", "      "]
    assert all(cell_len(row) == 6 for row in rows)


def test_runs_are_merged_by_style() -> None:
    grid = Grid(8, 1)
    grid.put(0, 0, "ab", "blue")
    grid.put(2, 0, "cd", "blue")
    grid.put(4, 0, "ef", "blue", "cursor")
    assert grid.rows() == [(("abcd", "blue on base"), ("ef", "blue on cursor"), ("  ", "text on base"))]
