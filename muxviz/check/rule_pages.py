"""The page of a rule, as `muxviz rules NAME` and the manual have it, and the list of them all."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz.draw.wrapping import wrap
from muxviz.findings import RULES, RuleName
from muxviz.findings import words as said
from muxviz.language import say
from muxviz.scenarios import CATALOGUE

_WIDTH: Final = 100


def list_of_rules() -> str:
    """A line for each rule: its name, and what its finding says; with a line end."""
    width = max(map(len, RULES)) + 2
    return "".join(f"{rule:<{width}}{said.sketch(rule)}\n" for rule in RULES)


def page_of(rule: RuleName) -> str:
    """What proves it, how sure it can be and when, what helps, what shows it, where to read on; with a line end."""
    words = said.WORDS[rule]
    shown_by = [f"muxviz {name}" for name, scenario in CATALOGUE.items() if rule in scenario.shows]
    sure = [(say(said.SURE[sure]), say(when)) for sure, when in words.when]
    parts = [
        (say("what proves it"), wrap(say(words.rule), _WIDTH - 4)),
        (say("how sure"), _aligned(sure)),
        (say("what helps"), said.helps_of(rule)),
        (say("what shows it"), shown_by),
        (say("read on"), [words.manual]),
        (say("to live with it"), [f"muxviz check --ignore {rule}", f"# muxviz: ignore[{rule}]"]),
    ]
    lines = [f"{rule}: {said.name(rule)}", f"    {said.sketch(rule)}"]
    for head, told in parts:
        lines += ["", head, *(f"    {line}" for line in told)] if told else []
    return "\n".join([*lines, ""])


def _aligned(pairs: list[tuple[str, str]]) -> list[str]:
    """The first of each in a column, the second wrapped beside it."""
    width = max((cell_len(first) for first, _ in pairs), default=0) + 2
    lines: list[str] = []
    for first, second in pairs:
        beside = wrap(second, _WIDTH - 4 - width)
        lines += [first + " " * (width - cell_len(first)) + beside[0], *(" " * width + line for line in beside[1:])]
    return lines
