"""The pages of the rules: the same in the terminal and in the manual, and each says all that a reader wants to know."""

from __future__ import annotations

import pytest

from muxviz.check import list_of_rules, page_of
from muxviz.findings import RULES
from muxviz.findings.rules import BY_NAME
from muxviz.language import use
from muxviz.scenarios import CATALOGUE
from tests.conftest import run_muxviz
from tests.rules_page import PAGE, page

HEADS = ("what proves it", "how sure", "what helps", "read on", "to live with it")


def test_the_manual_has_the_same_pages() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.rules_page"


def test_every_rule_is_listed() -> None:
    assert [line.split()[0] for line in list_of_rules().splitlines()] == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_page_has_every_part(rule: str) -> None:
    told = page_of(rule).splitlines()
    assert [told.count(head) for head in HEADS] == [1] * len(HEADS)
    assert f"    {BY_NAME[rule].words.manual}" in told and f"    # muxviz: ignore[{rule}]" in told
    shown_by = [f"    muxviz {name}" for name, one in CATALOGUE.items() if rule in one.shows]
    assert [line for line in told if line.startswith("    muxviz ") and "check" not in line] == shown_by
    assert not any("{" in line or len(line) > 100 for line in told)


@pytest.mark.parametrize("rule", RULES)
def test_a_page_can_be_told_in_chinese(rule: str) -> None:
    english = page_of(rule)
    use("zh")
    try:
        chinese = page_of(rule)
    finally:
        use("en")
    assert "what helps" in english and "what helps" not in chinese and "怎样修正" in chinese


@pytest.mark.parametrize("name", ["stranded-data", "Stranded Data", "stranded_data"])
def test_a_rule_is_named_as_people_write_it(name: str) -> None:
    done = run_muxviz("rules", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, page_of("stranded-data"), "")


def test_the_command_lists_them_and_knows_no_other() -> None:
    assert run_muxviz("rules").stdout == list_of_rules()
    done = run_muxviz("rules", "ghost")
    assert (done.returncode, done.stdout) == (2, "") and "muxviz rules lists them" in done.stderr
