"""Whatever a recording says, its text stays text: in every output, for whoever reads it."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

import muxviz
from muxviz.check import FORMATS as CHECKS
from muxviz.check import report
from muxviz.draw import story
from muxviz.export import FORMATS, Options
from muxviz.trace import Trace
from muxviz.words.listing import line
from tests.export.poisoned import HOSTILE, poisoned

SIZE = (120, 36)
HARMLESS = "harmless"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
Structure = set[tuple[str, frozenset[str]]]

words = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("<>&\"'/=- \x1b[]();{}\u202e\n\rascript", max_size=40),
)


def written(trace: Trace, form: str, **options: Any) -> str:
    """An export, whole."""
    made = Options(-1, trace.ticks - 1, SIZE, **options)
    return "".join(FORMATS[form].write(trace, made, lambda part: None))


def unseen(text: str, allowed: str = "\n") -> list[str]:
    """Characters that nobody sees, or that a terminal obeys."""
    return [repr(char) for char in text if unicodedata.category(char) in UNSEEN and char not in allowed]


def texts(value: Any) -> Iterator[str]:
    """Every string of a JSON value."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from (key, *texts(one))
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


class Elements(HTMLParser):
    """The elements of a document, each with its attributes' names, and what stands where."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Structure = set()
        self.comments = 0
        self.values: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, frozenset(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def of_html(text: str) -> Structure:
    parsed = Elements(text)
    assert not parsed.comments and not any(map(unseen, parsed.values))
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text)
    assert data is not None
    assert not [char for one in texts(json.loads(data[1])) for char in unseen(one)]
    return parsed.found


def of_svg(text: str) -> Structure:
    nodes = list(ET.fromstring(text).iter())
    assert not [char for node in nodes for one in (node.text or "", *node.attrib.values()) for char in unseen(one)]
    return {(node.tag, frozenset(node.keys()) - {"unicode-bidi", "font-weight"}) for node in nodes}


STRUCTURES: dict[str, Callable[[str], Structure]] = {".html": of_html, ".svg": of_svg}


@cache
def harmless(form: str, animate: bool) -> Structure:
    """What an export of a harmless session has."""
    return STRUCTURES[form](written(poisoned(HARMLESS), form, animate=animate))


@settings(max_examples=12)
@given(words)
def test_html_and_svg_have_the_elements_that_they_have_anyway(hostile: str) -> None:
    trace = poisoned(hostile)
    for form, animate in ((".html", False), (".svg", False), (".svg", True)):
        text = written(trace, form, animate=animate)
        found, expected = STRUCTURES[form](text), harmless(form, animate)
        assert found <= expected, (form, found - expected)
        assert not unseen(text)
        assert not [name for _, names in found for name in names if name.startswith("on") or name == "style"]


@settings(max_examples=12)
@given(words)
def test_a_terminal_that_plays_a_cast_is_told_to_move_and_to_colour_and_nothing_else(hostile: str) -> None:
    text = written(poisoned(hostile), ".cast")
    assert text.isascii() and not unseen(text)
    header, *events = (json.loads(one) for one in text.splitlines())
    assert not [char for one in texts(header) for char in unseen(one)]
    screen = pyte.HistoryScreen(*SIZE)
    stream = pyte.Stream(screen)
    for _, code, data in events:
        ours = re.sub(r"\x1b\[(\?25l|2J|\d+;1H|[\d;]*m)", "", data)
        assert not unseen(ours), code
        if code == "o":
            stream.feed(data)
    assert (screen.title, screen.icon_name) == ("", "") and not screen.history.top


@settings(max_examples=30)
@given(words)
def test_texts_for_a_terminal_have_nothing_that_it_obeys(hostile: str) -> None:
    trace = poisoned(hostile)
    judged = report(trace, hostile)
    for text in (story(trace), written(trace, ".txt"), CHECKS["text"](judged)):
        assert not unseen(text)
    for n in range(len(trace)):
        assert not unseen(line(trace[n]), allowed="")
    for text in (written(trace, ".jsonl"), CHECKS["json"](judged), CHECKS["sarif"](judged)):
        assert text.isascii() and not unseen(text)


@settings(max_examples=30)
@given(words)
def test_sarif_is_valid_and_its_texts_are_plain(hostile: str) -> None:
    trace = poisoned(hostile)
    judged = report(trace, hostile or None)
    assert judged.found, "the session has its finding, whatever its words"
    log = json.loads(CHECKS["sarif"](judged))
    Sarif.model_validate(log)
    run = log["runs"][0]
    assert not [
        char for part in ("results", "properties", "invocations") for one in texts(run[part]) for char in unseen(one)
    ]
    for message in messages(run["results"]) + messages(run["invocations"]):
        assert "](" not in message and "{" not in message.replace("{{", "")
    for uri in uris(run["results"]):
        assert re.fullmatch(r"(file:///)?[A-Za-z0-9/%._~-]*", uri), uri
        assert not uri.startswith(("//", "file:////"))


def messages(value: Any) -> list[str]:
    """The words of every message in a part of a log."""
    if isinstance(value, dict):
        here = [value["message"]["text"]] if "message" in value else []
        return here + [one for part in value.values() for one in messages(part)]
    return [one for part in value for one in messages(part)] if isinstance(value, list) else []


def uris(value: Any) -> list[str]:
    if isinstance(value, dict):
        return ([value["uri"]] if "uri" in value else []) + [one for part in value.values() for one in uris(part)]
    return [one for part in value for one in uris(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("path", sorted(Path(muxviz.__file__).parent.rglob("*.py")), ids=lambda path: path.stem)
def test_markup_is_built_in_one_module_only(path: Path) -> None:
    if path.name == "quoting.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            assert not re.search(r"</|<[a-z]+ [a-z-]+=|<(svg|text|script|style|title|g|div|rect|meta)\b", node.value), (
                node.lineno
            )
