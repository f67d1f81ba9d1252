"""The picture in Chinese: wide characters stand in their cells at every size; the command speaks as it is asked to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from muxviz.draw import View, draw, menu, story
from muxviz.export import Options
from muxviz.export.html import page
from muxviz.language import of_locale, spaced, use
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.draw.test_golden import agree, third_report

SIZES = ((160, 45), (120, 36), (100, 30), (80, 24))
VIEWS = (View(), View(overlay="help"), View(overlay="event"), View(overlay="about"), View(panel=True))


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    use("zh")
    yield
    use("en")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids="{0[0]}x{0[1]}".format)
def test_main(partial_read: Trace, size: tuple[int, int]) -> None:
    picture = draw(partial_read, third_report(partial_read), size, View(focus="edge"))
    agree(f"main-zh-{size[0]}x{size[1]}", picture.text())


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_row_fills_its_width(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    parts = 8 if len(trace) < 3_000 else 1
    moments = sorted({len(trace) * part // parts for part in range(parts)} | {len(trace) - 1})
    for turn, n in enumerate(moments):
        for at, view in enumerate(VIEWS):
            size = SIZES[(turn + at) % len(SIZES)]  # any two of moment, view and size meet
            for row in draw(trace, n, size, view).rows():
                text = "".join(part for part, _style in row)
                assert cell_len(text) == size[0], (size, n, view, text)


def test_the_menu_fills_its_width(partial_read: Trace) -> None:
    for size in SIZES:
        for at in range(len(CATALOGUE)):
            for row in menu(list(CATALOGUE.values()), at, size, lanes=partial_read.lanes, last=partial_read).rows():
                assert cell_len("".join(part for part, _style in row)) == size[0]


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_stories_keep_their_width(traces: dict[str, Trace], name: str) -> None:
    assert all(cell_len(line) <= 100 for line in story(traces[name]).split("\n"))


def test_runs_of_a_page_know_their_cells(partial_read: Trace) -> None:
    options = Options(first=0, last=3, size=(80, 24))
    text = "".join(page(partial_read, options, lambda part: None))
    data = json.loads(text.partition('type="application/json">')[2].partition("</script>")[0])
    for row in data["rows"]:
        assert sum(run[2] if len(run) > 2 else len(run[0]) for run in row) == 80
    assert 'lang="zh-Hans"' in text and len(data["help"]) > 2 and set(data["about"]) == set(partial_read.lanes)


def test_blanks_stand_between_chinese_and_latin_alone() -> None:
    assert spaced("服务器读了12字节") == "服务器读了 12 字节"
    assert spaced("fd 5（客户端 A） 的 IN") == "fd 5（客户端 A）的 IN"
    assert spaced("监听套接字 的 IN PRI") == "监听套接字的 IN PRI"


def test_the_locale_decides_where_nothing_else_does() -> None:
    assert of_locale({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert of_locale({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}) == "en"
    assert of_locale({"LANG": "de_DE.UTF-8"}) == "en" == of_locale({})


def test_the_command_speaks_the_language_that_it_is_asked_to() -> None:
    by_locale = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    told = run_muxviz("scenarios", "partial-read", "--lang", "zh", env={**os.environ, "PYTHONUTF8": "1"}).stdout
    assert "剩下的 8 字节，谁会得到通知？" in told and "2. A 发送 12 字节" in told
    assert run_muxviz("scenarios", "partial-read", env=by_locale).stdout == told
    assert "Who hears of the 8 bytes" in run_muxviz("scenarios", "partial-read", "--lang", "en", env=by_locale).stdout
    wrong = run_muxviz("lab", "--lang", "xx")
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1


def test_a_program_keeps_a_lang_of_its_own() -> None:
    done = run_muxviz("run", "--headless", "--lang", "zh", "-m", "platform", "--lang", "en")
    assert done.returncode == 0, done.stderr
