"""With a filter, moves go only to what it lets through; escape shows everything again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from muxviz.recording import Recording
from muxviz.sources.strace.saved import Saved
from muxviz.trace import Trace
from muxviz.trace.ask import Filter
from muxviz.tui.player import Player
from muxviz.tui.replay import Replay, saved_spec
from tests.tui.screens import screen

SAMPLE = Path(__file__).parent.parent / "sources" / "strace" / "samples" / "nginx.txt"


def opened() -> Saved:
    with SAMPLE.open("rb", buffering=0) as source:
        saved = Saved(source, SAMPLE.name)
        saved.read()
    return saved


@pytest.fixture
def trace() -> Iterator[Trace]:
    made = opened().trace
    yield made
    made.close()


def player_of(trace: Trace, text: str) -> Player:
    player = Player(Replay(SAMPLE, Recording(trace)))
    player.filter = Filter(trace, text)
    player.filter.advance(60)
    return player


def test_steps_go_to_matches_and_to_nothing_else(trace: Trace) -> None:
    player = player_of(trace, "fd == 5 and call in (recv, writev)")
    seen = []
    while player.forward(0.0):
        seen.append(player.n)
    wanted = [n for n in range(len(trace)) if trace[n].fd == 5 and trace[n].call in ("recv", "writev")]
    assert seen == wanted and player.following
    back = [player.n]
    while player.back() and player.n >= 0:
        back.append(player.n)
    assert back == wanted[::-1]


def test_wakeups_and_calls_of_a_lane_are_those_that_match(trace: Trace) -> None:
    player = player_of(trace, "fd == 4")
    seen = []
    while player.seek("wakeup", 0.0):
        seen.append(player.n)
    wanted = [n for n in range(len(trace)) if trace[n].is_wakeup and any(fd == 4 for fd, _ in trace[n].ready or ())]
    assert seen == wanted and seen
    while player.seek_back("wakeup") and player.n >= 0:
        assert player.n in wanted
    player.first()
    lane = trace.lanes[-1]
    while player.lane(lane, 0.0):
        assert (
            trace[player.n].lane == lane and player.filter is not None and player.filter.after(player.n - 1) == player.n
        )


def test_a_filter_is_asked_for_shown_and_taken_off() -> None:
    async def shown() -> None:
        spec = saved_spec(SAMPLE.name, opened(), opened)
        async with screen(spec) as on:
            await on.press("G")
            await on.press("|")
            await on.press(*"fd", "space", "=", "=", "space", "5", "enter")
            text = await on.press("N")
            assert "filter: fd == 5" in text, text
            here = on.lab.player.n
            assert on.lab.player.filter is not None and on.lab.player.filter.after(here - 1) == here
            await on.press("|")
            assert "never equal" in await on.press("ctrl+u", *"fd", "space", *"in", "space", *"(x)", "enter")
            await on.press("escape")
            assert on.lab.player.filter is not None, "the prompt's own"
            text = await on.press("escape")
            assert on.lab.player.filter is None and "everything is shown again" in text

    asyncio.run(shown())
