"""A recording on the screen: the pictures that were there live, from any moment to any other.

MUXVIZ_KEYS says how many moves are made by chance; the suite makes two hundred.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from muxviz.draw import View, draw
from muxviz.findings import RULES
from muxviz.recording import load, recover
from muxviz.scenarios import CATALOGUE
from muxviz.trace import NextCall, Trace
from muxviz.tui.canvas import Canvas
from muxviz.tui.lab import LabMode
from tests.conftest import moments
from tests.tui.screens import Screen, lab, replay, screen

KEYS = int(os.environ.get("MUXVIZ_KEYS", "200"))
SIZES = ((120, 36), (80, 24))
_STEPS = 22
"""In the middle of most scenarios: some lanes stand before a call, others sleep."""


def _picture(text: str) -> list[str]:
    """What a live session and its replay must have in common: everything but the header, the keys, and the words that
    stand behind the cursor."""
    rows = text.splitlines()[1:-1]
    return [re.sub(r" (not yet|newer|the end) ?─*", "", row) if "║" in row else row for row in rows]


async def _every_screen(shown: Screen) -> dict[int, list[str]]:
    """From the newest event back to before the first, tick by tick; of a very long session, from place to place."""
    await shown.press("end")
    trace, player = shown.lab.source.trace, shown.lab.player
    found = {player.tick: _picture(await shown.press("escape"))}
    crowded = len(trace) > 10_000  # a picture of ten thousand connections takes a tenth of a second
    for tick in reversed([-1, *moments(trace.ticks, most=12 if crowded else 250, about=12 if crowded else 50)]):
        player.first() if tick < 0 else player.stand_at(trace.tick_end(tick))
        found[tick] = _picture(await shown.press("escape"))
    return found


def _sleeps_for_a_while(trace: Trace) -> bool:
    """A lane's timeout will run out, and make one more step."""
    states = [lane for lane in trace.now.lanes.values() if lane.status == "asleep" and lane.last is not None]
    return any(trace[lane.last or 0].args.get("timeout", -1) >= 0 for lane in states)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_replay_shows_what_was_there_live(name: str, tmp_path: Path) -> None:
    async def test() -> None:
        size = SIZES[name in ("reset", "echo")]
        file = tmp_path / f"{name}.muxviz"
        async with screen(lab(name), size=size) as shown:
            await shown.press("n", "n", "n")
            shown.lab.source.record(file)  # switched on late: it has everything since the start
            await shown.to_the_end()
            await shown.until(lambda: not _sleeps_for_a_while(shown.lab.source.trace))
            live = await _every_screen(shown)
        async with screen(replay(file), size=size) as shown:
            await shown.press("z")  # the panel away: the timeline's one row, as it was live
            again = await _every_screen(shown)
        assert again.keys() == live.keys()
        for tick, rows in live.items():
            assert again[tick] == rows, f"tick {tick} of {name}"

    asyncio.run(test())


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_recording_shows_each_step_as_it_was_when_it_was_the_newest(name: str, tmp_path: Path) -> None:
    """Live, a picture knows what has happened so far and no more. The recording's first events give the same one, and
    so does its end where the session was quit in the middle, every lane before its next call."""

    async def test() -> None:
        file = tmp_path / "quit.muxviz"
        seen: list[tuple[int, View, list[str], dict[str, NextCall]]] = []
        async with screen(lab(name)) as shown:
            shown.lab.source.record(file)
            for _ in range(_STEPS):
                await shown.press("n")
                trace, view = shown.lab.source.trace, replace(shown.lab.view(), busy=False, notice=None)
                text = draw(trace, len(trace) - 1, (120, 36), view).text()  # the screen, but for the word `busy`
                seen.append((len(trace), view, _picture(text), dict(trace.announced)))
        whole = load(file)
        sofar = Trace(whole.header)
        for count, view, rows, announced in seen:
            while len(sofar) < count:
                sofar.append(whole[len(sofar)])
            known = {lane: found for lane in sofar.lanes if (found := whole.next_call(count - 1, lane))}
            # A lane whose timeout has run out since may stand before its next call, with no event between.
            assert {lane: known[lane].call for lane in announced} == {lane: one.call for lane, one in announced.items()}
            sofar.announced = announced
            again = draw(sofar, count - 1, (120, 36), view).text()
            assert _picture(again) == rows, f"after {count} events of {name}"
        sofar.close()
        whole.close()
        async with screen(replay(file)) as shown:
            await shown.press("z")
            shown.lab.player.stand_at(seen[-1][0] - 1)
            shown_again = _picture(await shown.press("escape"))
        # What had woken and was not shown yet is a step behind it: right of the cursor, and on the timeline's end.
        assert [row.partition("║")[0] for row in shown_again[:-1]] == [
            row.partition("║")[0] for row in seen[-1][2][:-1]
        ]

    asyncio.run(test())


def test_what_woke_and_was_not_shown_when_the_session_was_quit_is_a_step_behind_it(tmp_path: Path) -> None:
    async def test() -> None:
        file = tmp_path / "quit.muxviz"
        async with screen(lab("partial-read")) as shown:
            shown.lab.source.record(file)
            live = _picture(await shown.press("b"))  # every server wakes, and is held before its next call
            step = shown.lab.source.trace.tick_step(shown.lab.player.tick)
            assert step is not None
        async with screen(replay(file)) as shown:
            await shown.press("z", *f":{step}", "enter")
            again = _picture(await shown.press("escape"))
            end = [row.find("║") for row in live]
            for was, row, x in zip(live, again, end, strict=True):
                assert row[:x] == was[:x] or "whole run" in was
            trace = shown.lab.source.trace
            assert trace.tick_step(trace.ticks - 1) == step + 1
            assert all(trace.wakeup_after(trace.actions()[0], lane) is not None for lane in trace.lanes)
            assert "next accept" in await shown.press("G")

    asyncio.run(test())


def test_the_panel_says_where_it_has_no_room(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        async with screen(replay(recordings["partial-read"]), size=(80, 24)) as shown:
            await shown.press("z")
            assert "needs a taller window" in await shown.press("z")
        async with screen(replay(recordings["partial-read"])) as shown:
            await shown.press("z")
            assert "the recording" in await shown.press("z") and shown.lab.notice is None

    asyncio.run(test())


def test_any_mix_of_keys_leads_to_screens_that_depend_on_the_event_alone(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        chance = random.Random(7)
        moves = [*"nNwWbBsSgGvVuUhHjJ][.,", "1", "3", "z z", "x x", "i i", "t t", "? ?", "e e"]
        moves += [": 1 7 enter", ": n 4 0 enter", ": b 2 enter", ": r e p enter", "/ s t r a n d e d enter"]
        async with screen(replay(recordings["partial-read"])) as shown:
            trace = shown.lab.source.trace
            trace.mark(trace.tick_end(trace.ticks // 3), "first report")
            await shown.press("4")
            seen: dict[int, str] = {}
            for _ in range(KEYS):
                if chance.random() < 0.1:
                    await shown.pilot.click(offset=(chance.randrange(12, 105), 34))
                if chance.random() < 0.05:
                    await shown.pilot.resize_terminal(*chance.choice(SIZES))
                await shown.press(*chance.choice(moves).split())
                if shown.app.size != (120, 36):  # to ask for it takes some 30 ms
                    await shown.pilot.resize_terminal(120, 36)
                    await shown.until(lambda: shown.app.query_one(Canvas).size == (120, 36))
                await shown.press("4")
                text = await shown.press("escape")
                assert seen.setdefault(shown.lab.player.n, text) == text
            assert len(seen) > 15

    asyncio.run(test())


def test_questions_are_answered_in_both_directions(recordings: dict[str, Path]) -> None:
    async def asked() -> None:
        async with screen(replay(recordings["partial-read"])) as shown:
            trace = shown.lab.source.trace
            first, second = trace.findings.times()[:2]
            words = ["space" if char == " " else char for char in "lane == edge and stranded"]
            await shown.press("/", *words, "enter")
            assert shown.lab.player.tick == trace.tick_of(first) and shown.lab.view_state.focus == "edge"
            await shown.press(".")
            assert shown.lab.player.tick == trace.tick_of(second)
            assert "nowhere after" in await shown.press(".")
            await shown.press(",")
            assert shown.lab.player.tick == trace.tick_of(first)
            assert "nowhere before" in await shown.press(",")
            await shown.press("/", "ctrl+u", *"fd((", "enter")
            assert "column" in shown.text.splitlines()[-1]
            await shown.press("escape")

    asyncio.run(asked())


def test_going_to_a_step_an_event_a_time_an_action_a_marker(recordings: dict[str, Path], tmp_path: Path) -> None:
    async def test() -> None:
        file = tmp_path / "copy.muxviz"
        shutil.copy(recordings["partial-read"], file)
        async with screen(replay(file)) as shown:
            trace = shown.lab.source.trace
            await shown.press(":", "1", "7", "enter")
            assert trace.tick_step(shown.lab.player.tick) == 17
            await shown.press("m", *"sleeps", "enter")
            assert "◆ sleeps" in shown.text
            await shown.press(":", "b", "2", "enter")
            assert shown.lab.player.tick == trace.tick_of(trace.actions()[1])
            await shown.press(":", *"sle", "enter")
            assert trace.tick_step(shown.lab.player.tick) == 17
            assert "is no place" in await shown.press(":", *"nowhere", "enter")
            await shown.press("escape", "g")
            assert shown.lab.player.n == -1
            await shown.press("]")
            assert trace.tick_step(shown.lab.player.tick) == 17
            assert "no marker after" in await shown.press("]")
        kept = load(file)
        assert [text for _, text in kept.marks()] == ["sleeps"]
        kept.close()

    asyncio.run(test())


def test_playing_pauses_at_a_marker_and_stops_at_the_end(recordings: dict[str, Path], tmp_path: Path) -> None:
    async def test() -> None:
        file = tmp_path / "copy.muxviz"
        shutil.copy(recordings["half-close"], file)
        async with screen(replay(file)) as shown:
            trace = shown.lab.source.trace
            marked = trace.tick_end(trace.ticks // 2)
            assert shown.lab.source.mark(marked, "half way") is None
            await shown.press(">", ">", ">", ">", ">", "g")
            shown.app.pressed("space")
            await shown.until(lambda: not shown.lab.player.playing)
            assert shown.lab.player.n == marked and "half way" in shown.text
            shown.app.pressed("space")
            await shown.until(lambda: not shown.lab.player.playing)
            assert shown.lab.player.n == len(trace) - 1
            await shown.until(lambda: "recording's end" in shown.text)

    asyncio.run(test())


def test_keys_that_need_programs_say_so(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        async with screen(replay(recordings["echo"])) as shown:
            for key, words in (("d", "recording"), ("l", "recording"), ("c", "recording"), ("r", "already")):
                assert words in (await shown.press(key)).splitlines()[-1]
            assert "recording's end" in await shown.press("G", "n")
            assert "before" in await shown.press("g", "N")
            await shown.press("o")
            assert not isinstance(shown.app.mode, LabMode)
            assert "can't read" in await shown.press("o", "ctrl+u", *"/nowhere", "enter")
            await shown.press("ctrl+u", *str(recordings["reset"]), "enter")
            assert isinstance(shown.app.mode, LabMode) and "reset.muxviz" in shown.text.splitlines()[0]

    asyncio.run(test())


def _dragged(x: int, y: int) -> events.MouseMove:
    """The mouse comes to a cell with its button down."""
    return events.MouseMove(None, x, y, 0, 0, 1, False, False, False, x, y)


def test_the_mouse_goes_where_it_clicks_on_the_timeline(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        for panel in (True, False):
            async with screen(replay(recordings["partial-read"])) as shown:
                if not panel:
                    await shown.press("z")
                row = next(y for y, line in enumerate(shown.text.splitlines()) if "█──" in line)
                seen = []
                for x in (20, 60, 100):
                    await shown.pilot.click(offset=(x, row))
                    seen.append(shown.lab.player.n)
                assert seen == sorted(set(seen)) and seen[-1] > 0, (panel, seen)
                await shown.pilot.mouse_down(offset=(100, row))
                for x, n in zip((60, 20), seen[1::-1], strict=True):
                    shown.app.screen._forward_event(_dragged(x, row))
                    await shown.until(lambda n=n: shown.lab.player.n == n)  # type: ignore[misc]

    asyncio.run(test())


def test_a_recording_that_was_cut_is_shown_as_far_as_it_goes(recordings: dict[str, Path], tmp_path: Path) -> None:
    async def test() -> None:
        data = recordings["reset"].read_bytes()
        file = tmp_path / "cut.muxviz"
        lines = data.splitlines(keepends=True)
        lines[60] = b'{"n":59,"t":}\n'
        file.write_bytes(b"".join(lines))
        found = recover(file)
        assert len(found.trace) == 59 and "line 61" in (found.damage or "")
        found.trace.close()
        async with screen(replay(file)) as shown:
            await shown.until(lambda: "line 61" in shown.text)
            await shown.press("G", "m", *"here", "enter")
            assert "until you quit" in shown.text.splitlines()[-1]
        assert file.read_bytes() == b"".join(lines)

    asyncio.run(test())


def test_a_marker_set_live_is_in_the_recording_and_the_programs_stay_held(tmp_path: Path) -> None:
    async def test() -> None:
        file = tmp_path / "live.muxviz"
        async with screen(lab("half-close")) as shown:
            await shown.press("b", "n", "n")
            await shown.press("m", *"before", "enter")
            shown.lab.source.record(file)
            await shown.press("b", "n")
            held = len(shown.lab.source.trace)
            marked = [n for n, _ in shown.lab.source.trace.marks()]
            await shown.press("[", "W", "B", "m", *"after", "enter", "/", *"call", "space", *"==", "space", *"accept")
            await shown.press("enter", ".", "g")
            assert len(shown.lab.source.trace) == held, "looking made the programs move"
            assert len(shown.lab.source.trace.marks()) == 2 and marked
        kept = load(file)
        assert sorted(text for _, text in kept.marks()) == ["after", "before"]
        kept.close()

    asyncio.run(test())


def test_the_list_of_findings_leads_to_each_of_them(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        async with screen(replay(recordings["partial-read"])) as shown:
            trace = shown.lab.source.trace
            first, second = trace.findings.times()[:2]
            text = await shown.press("g", "E")
            assert f"2 found · {len(RULES)} rules checked" in text and "rule: derived" in text
            for words in (
                "► ! stranded data",
                "8 bytes unread; no edge will announce them",
                "man  epoll(7)",
                "clean: ",
            ):
                assert words in text, words
            await shown.press("down", "down", "enter")
            assert shown.lab.player.tick == trace.tick_of(second) and shown.lab.view_state.focus == "edge"
            assert "edge: stranded data" in shown.text.splitlines()[-1] and "rules checked" not in shown.text
            await shown.press("E", "up", "enter")
            assert shown.lab.player.tick == trace.tick_of(first)
            await shown.press("!")
            assert shown.lab.player.tick == trace.tick_of(second)
            assert "nothing is found after" in await shown.press("v")
            assert "rules checked" in await shown.press("E")
            assert "rules checked" not in await shown.press("escape")

    asyncio.run(test())


def test_a_session_without_findings_says_so(recordings: dict[str, Path]) -> None:
    async def test() -> None:
        async with screen(replay(recordings["hang-up"])) as shown:
            text = await shown.press("G", "E", "down", "up")
            assert "Nothing was found: every rule is clean." in text and f"0 found · {len(RULES)} rules checked" in text
            await shown.press("enter")

    asyncio.run(test())
