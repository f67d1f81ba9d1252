"""`p`: the question, the answer, the score, on the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path

from muxviz.tui.predicting import QuestionPrompt
from tests.tui.screens import Screen, lab, play, replay, screen

TWO = ("level", "edge")


def asks(shown: Screen) -> bool:
    return isinstance(shown.lab.prompt, QuestionPrompt)


async def to_a_question(shown: Screen, key: str = "n") -> str:
    """Press a key until something is asked."""
    for _ in range(40):
        text = await shown.press(key)
        await shown.until(lambda: not shown.lab.player.busy and not shown.lab._predictor.searching)
        if asks(shown):
            return shown.text
    raise AssertionError(f"nothing was asked:\n{text}")


@play
async def test_a_lesson_from_question_to_score() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        assert "predicting is on" in await shown.press("p")
        text = await to_a_question(shown)
        assert "client action 1/3" in text, "the first question is about the first connection"
        assert "1 level: nothing  2 edge: nothing   enter commits" in text
        assert "What will each of these waits report?" in text and "you: nothing" in text
        text = await shown.press("1")
        assert "1 level: listener" in text and "you: listener" in text
        text = await shown.press("enter")
        assert not asks(shown) and "predicted 1/2" in text
        assert "✓ next accept" in text and "✗ next accept" in text
        assert "You said that it would report nothing. epoll_wait returned IN for the listener" in text
        before = shown.lab.player.n
        assert "✓" not in await shown.press("n") and shown.lab.player.n > before, "the verdict is gone with its step"


@play
async def test_the_point_of_partial_read_is_asked_and_explained() -> None:
    async with screen(lab(lanes=TWO), size=(80, 24)) as shown:
        await shown.press("b", "b", "p")
        await to_a_question(shown)
        await shown.press("1", "2", "enter")
        assert "predicted 2/2" in shown.text
        await to_a_question(shown)
        await shown.press("1", "2", "enter")
        text = shown.text
        assert "predicted 3/4" in text and "✓ next recv" in text and "✗ asleep" in text
        assert "You said that it would report client A." in text
        assert "The server read 4 of the 12 unread bytes" in text.replace("\n        ▌ ", " ")


@play
async def test_skipping_and_ending() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("p", "b")
        await shown.until(lambda: not shown.lab._predictor.searching)
        text = await to_a_question(shown)
        n = shown.lab.player.n
        text = await shown.press("escape")
        assert shown.lab.player.n > n and "predicted" not in text and "predict" in text.splitlines()[0]
        await to_a_question(shown)
        n = shown.lab.player.n
        text = await shown.press("p")
        assert "predicting is off" in text and shown.lab.player.n == n
        assert "predict" not in text.splitlines()[0]
        await shown.press("n")
        assert not asks(shown) and shown.lab.player.n > n


@play
async def test_wakeups_actions_and_play_stop_at_a_question() -> None:
    for key in ("w", "b", "space"):
        async with screen(lab(lanes=TWO)) as shown:
            await shown.press("p")
            shown.app.pressed(key)
            if key == "space":
                shown.lab.player.change_speed(5)
            else:
                await to_a_question(shown, key)
            await shown.until(lambda shown=shown: asks(shown), key)  # type: ignore[misc]
            assert not shown.lab.player.playing
            assert shown.lab.source.trace.actions_done(shown.lab.player.n) == 1


@play
async def test_a_lane_alone_is_asked_about_alone() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "b", "n", "n", "n", "1", "p")
        assert "1 level: nothing   enter" in await shown.press("s")
        assert "2 edge" not in shown.text.splitlines()[-1]
        await shown.press("1", "enter")
        assert "predicted 1/1" in shown.text


@play
async def test_the_score_outlives_a_restart() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("p")
        await to_a_question(shown)
        await shown.press("enter")
        assert "predicted 0/2" in shown.text
        await shown.press("R")
        await shown.settled()
        assert "predicted 0/2" in shown.text
        await to_a_question(shown)


@play
async def test_what_a_hand_drives_is_predicted_too() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "b", "b", "n", "n", "n", "n", "n", "n")
        await shown.to_the_end()
        await shown.press("p", "k", "s")
        text = await shown.press("n")
        assert asks(shown) and "1 level: nothing  2 edge: nothing" in text
        await shown.press("1", "2", "enter")
        assert "predicted 2/2" in shown.text


@play
async def test_a_key_that_is_held_down_runs_past_no_question() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("p", "b")
        for _ in range(200):
            shown.app.pressed("n")
            await asyncio.sleep(0)
            if asks(shown):
                break
        await shown.until(lambda: asks(shown) or not shown.lab.player.busy)
        await to_a_question(shown) if not asks(shown) else None
        assert shown.lab.source.trace.actions_done(len(shown.lab.source.trace)) == 1


def test_over_a_recording_nothing_newer_is_seen(recordings: dict[str, Path]) -> None:
    async def scene() -> None:
        async with screen(replay(recordings["partial-read"])) as shown:
            text = await shown.press("p", "b")
            await shown.until(lambda: not shown.lab._predictor.searching)
            assert shown.lab.source.trace.actions_done(shown.lab.player.n) == 1
            while shown.lab.source.trace.actions_done(shown.lab.player.n) < 2:
                text = await shown.press("escape" if asks(shown) else "n")
            if not asks(shown):
                text = await shown.press("n")
            assert "What will each of these waits report?" in text and "newer" not in text.split("wire")[1]
            await shown.press("1", "2", "3", "4", "enter")
            assert "predicted 4/4" in shown.text and shown.text.count("✓") == 4
            n = shown.lab.player.n
            await shown.press("N", "n")
            assert not asks(shown) and shown.lab.player.n == n, "a moment is asked about once"

    asyncio.run(scene())


def test_it_can_begin_this_way() -> None:
    from muxviz.tui.app import MuxvizApp
    from muxviz.tui.lab import LabMode
    from muxviz.tui.source import EVERY_LANE

    async def scene() -> None:
        app = MuxvizApp(lab(lanes=TWO), EVERY_LANE, predict=True)
        try:
            async with app.run_test(size=(120, 36)) as pilot:
                shown = Screen(app, pilot)
                await shown.until(lambda: isinstance(app.mode, LabMode))
                await shown.settled()
                assert shown.text.splitlines()[0].rstrip().endswith("predict")
        finally:
            app.put_away()

    asyncio.run(scene())
