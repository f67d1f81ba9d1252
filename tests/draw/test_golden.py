"""Pictures as text, against the ones that were looked at and found right.

`MUXVIZ_GOLDEN=write pytest tests/draw/test_golden.py` writes them anew. They hold no port, pid or time, so that a
recording made in the test gives the same on every machine.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from muxviz.draw import View, draw, menu, story
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace

GOLDEN = Path(__file__).parent / "golden"


def agree(name: str, text: str) -> None:
    """Compare with a file, or write it."""
    path = GOLDEN / f"{name}.txt"
    text = text.rstrip("\n") + "\n"
    if os.environ.get("MUXVIZ_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text(), f"{name}: look at it, and write it anew where it is right"


def third_report(trace: Trace) -> int:
    """The moment of the main picture: a level wait has reported three times since 12 bytes came, an edge wait once."""
    action = trace.actions()[1]
    found: int = action
    for _ in range(3):
        after = trace.wakeup_after(found, "level")
        assert after is not None
        found = after
    return trace.tick_end(trace.tick_of(found))


@pytest.mark.parametrize("size", [(160, 45), (120, 36), (100, 30), (80, 24)], ids="{0[0]}x{0[1]}".format)
def test_main(partial_read: Trace, size: tuple[int, int]) -> None:
    picture = draw(partial_read, third_report(partial_read), size, View(focus="edge"))
    agree(f"main-{size[0]}x{size[1]}", picture.text())


def test_help(partial_read: Trace) -> None:
    view = View(focus="edge", overlay="help")
    agree("help-120x36", draw(partial_read, third_report(partial_read), (120, 36), view).text())
    agree("help-80x24", draw(partial_read, third_report(partial_read), (80, 24), view).text())


def test_running(partial_read: Trace) -> None:
    view = View(focus="edge", playing=8.0, recording=True)
    agree("running-120x36", draw(partial_read, third_report(partial_read), (120, 36), view).text())


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_the_end_of_each_scenario(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    view = View(focus="edge", cost=False)  # the curve has times in it
    agree(f"end-{name}-120x36", draw(trace, len(trace) - 1, (120, 36), view).text())


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_stories(traces: dict[str, Trace], name: str) -> None:
    text = story(traces[name])
    assert all(len(line) <= 100 for line in text.split("\n"))
    agree(f"story-{name}", text)


def test_menu(partial_read: Trace) -> None:
    for size in ((120, 36), (80, 24)):
        picture = menu(list(CATALOGUE.values()), 0, size, lanes=partial_read.lanes, last=partial_read, versions="Linux")
        agree(f"menu-{size[0]}x{size[1]}", picture.text())
