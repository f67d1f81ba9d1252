"""Stepping, seeking, playing, and the same backwards."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from muxviz.sources.lab import quiescence, stepper
from tests.tui.screens import lab, play, program, screen
from tests.waiting import LIMIT_SECONDS


@play
async def test_forward_to_the_end_and_back_shows_the_same_screens() -> None:
    async with screen(lab()) as shown:
        await shown.to_the_end()
        trace = shown.lab.source.trace
        events = len(trace)
        back = {shown.lab.player.n: await shown.press("escape")}
        while shown.lab.player.n >= 0:
            text = await shown.press("N")
            back[shown.lab.player.n] = text
        assert len(back) == trace.ticks + 1
        assert "before the first step" in shown.text
        for _ in range(trace.ticks):
            text = await shown.press("n")
            assert text == back[shown.lab.player.n], f"event {shown.lab.player.n} looks different the second time"
        assert shown.lab.player.following
        assert len(trace) == events, "going through what was seen made the programs move"


@play
async def test_what_the_first_minute_has_to_show() -> None:
    async with screen(lab()) as shown:
        await shown.press("b", "b", "n")
        assert "12" in shown.text
        await shown.to_the_end()
        text = await shown.press("escape")
        assert "STRANDED 8 bytes" in text
        assert "asleep" in text


@play
async def test_wakeups_and_client_actions_both_ways() -> None:
    async with screen(lab(lanes=("level", "edge"))) as shown:
        trace = shown.lab.source.trace
        stops = []
        for key in ("b", "w", "b", "w", "b", "w"):
            await shown.press(key)
            stops.append((key, shown.lab.player.n))
            tick = range(trace.tick_start(shown.lab.player.tick), shown.lab.player.n + 1)
            wanted = (lambda n: trace[n].action is not None) if key == "b" else (lambda n: trace[n].is_wakeup)
            assert any(wanted(n) for n in tick), stops
        seen = len(trace)
        for _ in range(3):
            await shown.press("B")
        assert "there is no client action before" not in shown.text
        assert "there is no client action before" in await shown.press("B")
        await shown.press("end", "W", "W", "w")
        assert len(trace) == seen


@play
async def test_one_lane_alone() -> None:
    async with screen(lab()) as shown:
        await shown.press("1", "s", "s")
        trace = shown.lab.source.trace
        calls = [trace[n].lane for n in range(len(trace)) if trace[n].call is not None]
        assert calls == ["select", "select"]
        await shown.press("S")
        assert shown.lab.player.n < len(trace) - 1
        await shown.press("4", "n")
        assert shown.lab.player.following


@play
async def test_playing_stops_at_a_key_and_at_the_end() -> None:
    async with screen(lab(lanes=("level", "edge"))) as shown:
        await shown.pilot.press("space")
        await shown.until(lambda: len(shown.lab.source.trace) > 2)
        await shown.until(lambda: "playing" in shown.text)
        for _ in range(6):
            await shown.pilot.press(">")
        await shown.until(lambda: len(shown.lab.source.trace) > 10)
        await shown.press("space")
        assert not shown.lab.player.playing and "held" in shown.text
        await shown.pilot.press("space")
        await shown.until(lambda: "scenario is over" in shown.text)
        assert not shown.lab.player.playing


@play
async def test_running_freely_and_holding() -> None:
    async with screen(lab("echo", lanes=("level", "edge"))) as shown:
        await shown.press("n", "c")
        await shown.until(lambda: "scenario is over" in shown.text)
        trace = shown.lab.source.trace
        assert trace.actions_done(len(trace) - 1) == len(trace.header.beats)
        await shown.press("N")
        assert not shown.lab.player.running and not shown.lab.player.following


@play
async def test_a_key_that_is_held_down_does_not_run_on() -> None:
    async with screen(lab("echo", lanes=("level", "edge"))) as shown:
        lab_ = shown.lab
        for _ in range(50):
            shown.app.pressed("n")  # faster than any lane
        assert lab_.source.pending <= 2
        await shown.settled()


@play
async def test_going_to_a_step_by_its_number() -> None:
    async with screen(lab(lanes=("level", "edge"))) as shown:
        await shown.to_the_end()
        await shown.press(":", "1", "1")
        assert "go to 11_" in shown.text
        await shown.press("enter")
        assert shown.lab.source.trace.tick_step(shown.lab.player.tick) == 11


COMPUTES = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
while True:
    pass
"""


def test_a_program_that_computes_does_not_block_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "computes.py").write_text(COMPUTES)
    step_waits, seen = threading.Event(), threading.Event()

    def settle(*args: Any) -> None:
        """The lab's thread waits for the lane, for as long as the test looks at the screen."""
        step_waits.set()
        seen.wait(LIMIT_SECONDS)
        quiescence.settle(*args)

    async def scene() -> None:
        async with screen(program(tmp_path / "computes.py")) as shown:
            await shown.press("n", "n", "n")
            monkeypatch.setattr(stepper, "settle", settle)
            shown.app.pressed("n")
            await shown.until(step_waits.is_set, "a step waits for the program")
            shown.app.pressed("n")
            shown.app.pressed("?")
            assert "how to read the wire" in shown.text
            shown.app.pressed("?")
            assert "how to read the wire" not in shown.text
            assert shown.lab.source.pending and not seen.is_set(), "all that while the step goes on"
            seen.set()
            await shown.until(lambda: "computes" in (shown.lab.notice or ""), "it is not said that it computes")

    try:
        asyncio.run(scene())
    finally:
        seen.set()


@play
async def test_a_key_on_the_way_to_where_it_was_waits_for_the_journeys_end() -> None:
    async with screen(lab()) as shown:
        await shown.press("b", "b", "b", "b")
        assert shown.lab.source.status.beats_done == 3
        for key in ("d", "n", "tab", "N"):
            shown.app.pressed(key)
        assert "starting anew, up to client action 3 of 3" in shown.text
        await shown.settled()
        assert "drain on" in shown.text and "started anew up to client action 3 of 3" in shown.text
        trace = shown.lab.source.trace
        assert trace.actions_done(shown.lab.player.n) == 3
        assert not shown.lab.player.following, "the newest of the keys that waited went one step back"


@play
async def test_space_ends_a_journey_and_says_where() -> None:
    async with screen(lab()) as shown:
        await shown.press("b", "b", "b", "b")
        for key in ("d", "space"):
            shown.app.pressed(key)
        await shown.settled()
        done = shown.lab.source.trace.actions_done(shown.lab.player.n)
        assert done < 3 and "and no further" in shown.text
