"""Sentences in the reader's language: English as it stands in the code, Simplified Chinese beside it.

The English template is the key, so that the code reads as the screen does: `say("fd {fd} is closed.", fd=3)`.
Templates that stand in tables are marked with `_("…")` where they are written and looked up where they are said. A test
holds every template against `zh`: none is missing, and each has the same fields.

What a scenario says is a table of its own, by the scenario's name: it is prose, and a person's own scenario has none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

_current: Language = "en"


def use(language: Language) -> None:
    """Everything is said in this language from now on."""
    global _current
    _current = language


def current() -> Language:
    """The language in use."""
    return _current


def of_locale(environment: Mapping[str, str] = os.environ) -> Language:
    """The language that the environment asks for (locale(7): LC_ALL before LC_MESSAGES before LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


def _(template: str) -> str:
    """Mark a template that stands in a table, to be said later."""
    return template


def say(template: str, /, **values: object) -> str:
    """The template in the language in use, with its fields filled. Values are the caller's to make printable."""
    if _current == "zh":
        from muxviz.language.zh import ZH

        template = ZH.get(template, template)
        return spaced(template.format(**values) if values else template)
    return template.format(**values) if values else template


def spaced(chinese: str) -> str:
    """A blank between Chinese and Latin letters or digits, and none between Chinese and Chinese: a template can't know
    what its fields begin and end with."""
    return _BETWEEN.sub(" ", _INSIDE.sub("", chinese))


_HAN: Final = "\u4e00-\u9fff"
_WIDE_MARKS: Final = "，。；：、（）“”"
_INSIDE: Final = re.compile(f"(?<=[{_HAN}{_WIDE_MARKS}]) +(?=[{_HAN}{_WIDE_MARKS}])")
_BETWEEN: Final = re.compile(f"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{_HAN}])")


def together(sentences: Iterable[str]) -> str:
    """Sentences one behind the other: a blank between them where the language has blanks."""
    return ("" if _current == "zh" else " ").join(sentences)


def of_scenario(scenario: str, part: str, english: str) -> str:
    """A scenario's `title`, `summary`, `story`, `question` or `watch`; in English where the language has none."""
    if _current == "zh":
        from muxviz.language.zh.scenarios import SCENARIOS

        return SCENARIOS.get(scenario, {}).get(part, english)
    return english


def of_fix(words: str) -> str:
    """What a fix does, in the language in use; as it is where the language has no words for it."""
    if _current == "zh":
        from muxviz.language.zh.scenarios import FIXES

        return FIXES.get(words, words)
    return words


def of_title(title: str) -> str:
    """A lane's title, in the language in use; as it is where the language has no words for it."""
    if _current == "zh":
        from muxviz.language.zh.scenarios import TITLES

        return TITLES.get(title, title)
    return title


def of_label(label: str) -> str | None:
    """A client action's label that is told in words of its own; None where the language has none for it."""
    if _current == "zh":
        from muxviz.language.zh.scenarios import LABELS

        return LABELS.get(label)
    return None
