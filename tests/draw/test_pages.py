"""The pages over the picture: nothing of them is lost at any size, in either language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muxviz.draw import View, draw
from muxviz.draw.grid import Grid
from muxviz.draw.overlay import meanings_of
from muxviz.draw.pages import draw_page, mechanism_of, page_count
from muxviz.draw.scene import Scene, scene
from muxviz.draw.view import Overlay
from muxviz.events import Event, Header, LaneInfo, Source
from muxviz.language import LANGUAGES, Language, say, use
from muxviz.trace import Trace
from muxviz.words.glossary import GLOSSARY
from muxviz.words.mechanisms import FACTS

SIZES = ((120, 36), (80, 24), (160, 45))


@pytest.fixture(params=LANGUAGES, autouse=True)
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    use(request.param)
    yield request.param
    use("en")


def squeezed(text: str) -> str:
    """Without blanks and borders, so that what was wrapped can be found again."""
    return "".join(char for char in text if char not in " \n│╭╮╰╯─")


def pages(overlay: Overlay, size: tuple[int, int], found: Scene | None = None) -> list[str]:
    """Every page, drawn on nothing."""
    drawn = []
    for page in range(page_count(overlay, size, found)):
        grid = Grid(*size)
        draw_page(grid, overlay, page, found)
        drawn.append(grid.text())
    return drawn


@pytest.mark.parametrize("size", SIZES)
def test_the_facts_of_each_mechanism(partial_read: Trace, size: tuple[int, int]) -> None:
    for lane, facts in FACTS.items():
        drawn = pages("about", size, scene(partial_read, 0, size, View(focus=lane, overlay="about")))
        shown = squeezed("".join(drawn))
        myths = [part for myth in facts.myths for part in myth]
        for told in (facts.title, facts.history, facts.copied, facts.cost, *facts.limits, *myths):
            assert squeezed(say(told)) in shown, told
        assert len(drawn) == 1 if size[0] >= 120 else len(drawn) <= 2


@pytest.mark.parametrize("size", SIZES)
def test_the_glossary(size: tuple[int, int]) -> None:
    drawn = pages("glossary", size)
    shown = squeezed("".join(drawn))
    for term, meaning in GLOSSARY:
        assert squeezed(say(term) + say(meaning)) in shown, term
    assert len(drawn) == 1 if size[0] >= 120 else len(drawn) <= 3


def test_a_page_beyond_the_last_is_the_last() -> None:
    last, beyond = Grid(80, 24), Grid(80, 24)
    draw_page(last, "glossary", page_count("glossary", (80, 24)) - 1)
    draw_page(beyond, "glossary", 99)
    assert last.text() == beyond.text()


def test_the_mechanism_of_a_program_is_what_it_waits_with() -> None:
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="run"), [LaneInfo("own", "own")]))
    size = (120, 36)
    assert mechanism_of(scene(trace, -1, size, View()), "own") is None
    draw(trace, -1, size, View(focus="own", overlay="about"))
    for number, (name, fields, expected) in enumerate(
        (
            ("poll", {"args": {"interest": [[5, "IN"]], "timeout": -1}}, "poll"),
            ("epoll_ctl", {"fd": 4, "ret": 0, "args": {"op": "ADD", "fd": 5, "events": "IN"}}, None),
            ("epoll_wait", {"fd": 4, "args": {"timeout": -1}}, "level"),
            ("epoll_ctl", {"fd": 4, "ret": 0, "args": {"op": "MOD", "fd": 5, "events": "IN|ET"}}, None),
            ("epoll_wait", {"fd": 4, "args": {"timeout": -1}}, "edge"),
        )
    ):
        ready = [] if name == "epoll_wait" else None
        trace.append(Event(n=number, t=number, lane="own", role="server", call=name, ready=ready, **fields))  # type: ignore[arg-type]
        if expected is not None:
            assert mechanism_of(scene(trace, number, size, View()), "own") == expected


def test_the_meanings_of_an_event() -> None:
    wait = Event(n=0, t=0, call="poll", ready=[(5, "IN|HUP"), (6, "NVAL")], args={"interest": [[5, "IN|RDHUP"]]})
    assert [name for name, _meaning in meanings_of(wait)] == ["IN", "HUP", "NVAL", "RDHUP"]
    failed = Event(n=0, t=0, call="recv", ret=-1, error="ECONNRESET")
    assert [name for name, _meaning in meanings_of(failed)] == ["ECONNRESET"]
    odd = Event(n=0, t=0, call="poll", ret=-1, error="E\x1b[31m", args={"interest": [[1], "x", [2, 3]], "events": "QQ"})
    assert meanings_of(odd) == []
