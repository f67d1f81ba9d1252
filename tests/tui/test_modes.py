"""Menu, help, palette, drain, lanes, sizes, themes, and what clients may not do to the screen."""

from __future__ import annotations

import pytest
from textual.content import Content
from textual.widgets import OptionList

from muxviz.language import LANGUAGES, Language, say, use
from muxviz.scenarios.model import Beat, Scenario, connect, send
from muxviz.tui.lab import LabMode
from muxviz.tui.lab_actions import ACTIONS
from muxviz.tui.menu import MenuMode
from muxviz.tui.palette import _help
from muxviz.tui.source import LabSpec
from tests.tui.screens import Screen, lab, play, screen, spec

TWO = ("level", "edge")
HOSTILE = b"\x1b[2J\x1b]0;owned\x07[bold]X[/][/nope] \x00\x9b31m\xff\xfe\x80[@click=app.quit]"


@play
async def test_menu_to_a_scenario_and_back() -> None:
    async with screen() as shown:
        assert "partial-read" in shown.text and "Who hears of the 8 bytes" in shown.text
        await shown.press("down", "down")
        assert isinstance(shown.app.mode, MenuMode)
        chosen = shown.app.mode.chosen
        await shown.press("/", *"aborts")
        assert shown.app.mode.chosen != chosen or len(shown.app.mode.listed) == 1
        await shown.press("enter")
        await shown.settled()
        assert "reset" in shown.text.splitlines()[0]
        await shown.press("n", "n")
        n = shown.lab.player.n
        await shown.press("o")
        assert "Choose a scenario" in shown.text
        await shown.press("escape", "escape")
        assert isinstance(shown.app.mode, LabMode) and shown.lab.player.n == n


@play
async def test_drain_mends_the_edge_lane_at_the_same_action() -> None:
    async with screen(lab()) as shown:
        await shown.press("b", "b")
        while "STRANDED" not in await shown.press("n"):
            assert shown.lab.source.status.beats_done == 2
        await shown.press("d")
        assert "drain on" in shown.text
        trace = shown.lab.source.trace
        assert trace.actions_done(shown.lab.player.n) == 2
        assert "STRANDED" not in shown.text
        assert trace.state(shown.lab.player.n).lanes["edge"].status == "asleep"
        await shown.to_the_end()
        assert not len(trace.findings)
        await shown.press("d")
        assert "drain off" in shown.text
        assert "STRANDED" in shown.text


@play
async def test_lanes_on_and_off() -> None:
    async with screen(lab()) as shown:
        await shown.press("l", "1", "2")
        assert "select OFF" in shown.text
        await shown.press("enter")
        assert shown.lab.source.trace.lanes == ["level", "edge"]
        await shown.press("n", "n")
        await shown.press("ctrl+r")
        assert "started anew" in shown.text and shown.lab.source.trace.lanes == ["level", "edge"]


@play
async def test_the_facts_about_the_focused_mechanism_page_by_page() -> None:
    async with screen(lab(lanes=TWO), size=(80, 24)) as shown:
        plain = await shown.press("n", "escape")
        first = await shown.press("a")
        assert "epoll, edge-triggered" in first and "1/2  a next page" in first
        second = await shown.press("a")
        assert "Edge-triggered is faster" in second and "2/2  a closes" in second
        assert await shown.press("a") == plain
        assert "epoll, level-triggered" in await shown.press("a", "1")
        assert await shown.press("2", "escape") == plain


@play
async def test_the_screen_in_chinese() -> None:
    use("zh")
    try:
        async with screen(lab(lanes=TWO)) as shown:
            assert "第 1 步" in await shown.press("n")
            assert "怎样看电平线" in await shown.press("?")
            assert "代替等待的回答" in await shown.press("?")
            assert "epoll，边缘触发" in await shown.press("a")
    finally:
        use("en")


@play
async def test_help_and_an_event_in_full_open_and_close() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("n")
        plain = await shown.press("escape")
        assert "how to read the wire" in await shown.press("?")
        assert "EAGAIN         the answer in place of waiting" in await shown.press("?")
        assert await shown.press("?") == plain
        assert "event " in await shown.press("e")
        assert await shown.press("escape") == plain


@play
async def test_the_palette_lists_every_action_and_does_it() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.pilot.press("ctrl+p")
        await shown.until(lambda: len(_options(shown)) >= len(ACTIONS) - 1)
        listed = "\n".join(_options(shown))
        for action in ACTIONS:
            assert action.id == "palette" or action.name in listed
        for word in ("d", "r", "a", "i", "n"):
            await shown.pilot.press(word)
        await shown.until(lambda: any(name.startswith("Drain") for name in _options(shown)[:1]))
        await shown.pilot.press("enter")
        await shown.until(lambda: isinstance(shown.lab.spec, LabSpec) and shown.lab.spec.fix)
        await shown.settled()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_palettes_words_are_no_markup_to_textual(language: Language) -> None:
    """It reads them as such: `[` is a key of ours."""
    use(language)
    try:
        for action in (*LabMode.actions, *MenuMode.actions):
            for words in (say(action.name), _help(action)):
                assert Content.from_markup(words).plain == words
    finally:
        use("en")


@play
async def test_ctrl_c_ends_it_in_the_palette_too() -> None:
    async with screen() as shown:
        await shown.pilot.press("ctrl+p")
        await shown.until(lambda: _options(shown))
        await shown.pilot.press("ctrl+c")
        await shown.until(lambda: not shown.app.is_running)
        assert shown.app.return_code == 130


@play
async def test_a_click_on_a_lane_focuses_it() -> None:
    async with screen(lab()) as shown:
        for x, lane in ((5, "select"), (40, "poll"), (119, "edge")):
            await shown.pilot.click(offset=(x, 5))
            assert shown.lab.view_state.focus == lane
        await shown.pilot.click(offset=(5, 34))
        assert shown.lab.view_state.focus == "edge"


def _options(shown: Screen) -> list[str]:
    lists = shown.app.screen.query(OptionList)
    return [str(option.prompt) for one in lists for option in one.options]


def test_every_key_has_one_action_and_every_action_a_key() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys)) and all(action.keys for action in ACTIONS)


@play
async def test_every_size_shows_something() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "b", "n", "n")
        for size in ((160, 45), (120, 36), (100, 30), (80, 24), (60, 15), (20, 5), (1, 1), (120, 36)):
            await shown.pilot.resize_terminal(*size)
            await shown.pilot.pause()
            lines = shown.text.splitlines()
            assert len(lines) <= size[1] and all(len(line) <= size[0] for line in lines)
            if size >= (80, 24):
                assert "muxviz" in lines[0]
        await shown.pilot.resize_terminal(60, 15)
        await shown.pilot.pause()
        assert "80×24" in shown.text


@play
async def test_themes() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        before = shown.text
        await shown.press("t")
        assert shown.text == before and shown.app.picture_theme == "light"
        await shown.press("t")
        assert shown.app.picture_theme == "dark"


@play
async def test_recording_says_where_and_refuses_nothing_silently() -> None:
    import os
    import tempfile
    from pathlib import Path

    from muxviz.recording import load

    with tempfile.TemporaryDirectory() as directory:
        before = Path.cwd()
        os.chdir(directory)
        try:
            async with screen(lab(lanes=TWO)) as shown:
                await shown.press("n", "n", "r")
                assert "recording into muxviz-partial-read-" in shown.text and "REC" in shown.text
                assert "already" in await shown.press("r")
                await shown.press("n")
            files = list(Path().glob("*.muxviz"))
            assert len(files) == 1
            trace = load(files[0])
            assert trace.ticks >= 3
            trace.close()
        finally:
            os.chdir(before)


@play
async def test_a_hostile_client_changes_nothing_but_its_cells() -> None:
    words = Beat("[bold]A\x1b[2J\u202e sends", send("A", HOSTILE).acts)
    scenario = Scenario("hostile", "[/]\x1b]0;x\x07", "Start here", "s", "s", "q", "w", (connect("A"), words))
    async with screen(spec(scenario, TWO)) as shown:
        await shown.to_the_end()
        for key in ("e", "escape", "y", "i", "?", "escape", "t"):
            text = await shown.press(key)
            assert all(char.isprintable() or char == "\n" for char in text)
            assert shown.app.is_running
        assert "[bold]A" in shown.text


@pytest.mark.parametrize("ended", ["SIGKILL", "SIGSEGV"])
def test_a_server_that_dies_is_shown_and_harms_no_other(ended: str) -> None:
    import asyncio
    import os
    import signal

    async def scene() -> None:
        async with screen(lab()) as shown:
            await shown.press("b", "n")
            lanes = shown.lab.source._lab.lanes  # type: ignore[attr-defined]
            os.kill(lanes[3].pid, getattr(signal, ended))
            await shown.to_the_end()
            trace = shown.lab.source.trace
            state = trace.state(len(trace) - 1)
            assert state.lanes["edge"].status == "ended"
            assert state.lanes["level"].status == "asleep"
            await shown.press("R", "n")
            assert shown.lab.source.status.phase == "held"

    asyncio.run(scene())
