"""Every template has its Chinese, with the same fields; no Chinese is left over; every scenario is told."""

from __future__ import annotations

import ast
import re

from rich.cells import cell_len

from muxviz.language import use
from muxviz.language.zh import ZH
from muxviz.language.zh.scenarios import FIXES, LABELS, SCENARIOS, TITLES
from muxviz.scenarios import CATALOGUE
from muxviz.words import action_words
from tests.language.templates import fields, marked, templates, words_of_tables

PARTS = ("title", "summary", "story", "question", "watch")
_HAN = re.compile("[\u4e00-\u9fff]")


def test_every_template_has_a_chinese_one() -> None:
    written = templates() | words_of_tables()
    missing = {template: place for template, place in written.items() if template not in ZH}
    assert not missing, missing


def test_the_fields_are_the_same() -> None:
    unlike = {english: chinese for english, chinese in ZH.items() if fields(english) != fields(chinese)}
    assert not unlike, unlike


def test_no_chinese_template_is_left_over() -> None:
    written = templates() | words_of_tables()
    left = [english for english in ZH if english not in written]
    assert not left, left


def test_the_parser_finds_templates_and_refuses_what_it_could_not_check() -> None:
    found = [
        found
        for node in ast.walk(ast.parse('say("a {b}", b=1); {"x": _("c")}; say(table[1])'))
        for found in marked(node)
    ]
    assert found == ["a {b}", "c"]
    for unsound in ('say(f"{x}")', "_(table[1])"):
        try:
            list(marked(ast.parse(unsound, mode="eval").body))
        except AssertionError:
            continue
        raise AssertionError(unsound)


def test_every_scenario_is_told_in_chinese() -> None:
    missing = [f"{name}: {part}" for name in CATALOGUE for part in PARTS if not SCENARIOS.get(name, {}).get(part)]
    assert not missing, missing
    assert not set(SCENARIOS) - set(CATALOGUE)


def test_every_fix_and_every_title_of_a_lane_is_told_in_chinese() -> None:
    """A title that is a mechanism's or a worker's name needs none."""
    fixes = {fix.words for scenario in CATALOGUE.values() for fix in scenario.fixes}
    assert fixes == set(FIXES), fixes ^ set(FIXES)
    titles = {lane.title for scenario in CATALOGUE.values() for lane in scenario.lanes}
    names = {"select", "poll", *(f"w{number}" for number in range(1, 5))}
    assert titles - names == set(TITLES), (titles - names) ^ set(TITLES)


def test_chinese_of_scenarios_fits_where_it_is_shown() -> None:
    for name, told in SCENARIOS.items():
        assert cell_len(told["summary"]) <= 38, (name, told["summary"])
        assert set(told) == set(PARTS), name
    for label, words in (LABELS | FIXES).items():
        assert cell_len(words) <= 24, (label, words)
    for title, words in TITLES.items():
        assert cell_len(words) <= 18, (title, words)


def test_every_client_action_has_chinese_words() -> None:
    use("zh")
    labels = sorted({beat.label for scenario in CATALOGUE.values() for beat in scenario.beats})
    missing = [label for label in labels if not _HAN.search(action_words(label))]
    assert not missing, missing
