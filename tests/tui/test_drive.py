"""`k`: clients by hand, while held and while running free."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from muxviz.events import Event
from muxviz.scenarios import CATALOGUE, client_actions
from muxviz.scenarios.client_actions import impossible, next_name, shown, typed
from muxviz.scenarios.model import Beat
from muxviz.trace import Trace
from tests.tui.screens import Screen, lab, play, program, replay, screen

TWO = ("level", "edge")
PARTIAL = CATALOGUE["partial-read"]


def actions(trace: Trace) -> list[str]:
    return [trace[n].action or "" for n in trace.actions()]


def client_calls(trace: Trace, client: str) -> list[Event]:
    every = (trace[n] for n in range(len(trace)))
    return [event for event in every if event.role == "client" and event.client == client]


# --- the words -------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_bytes() -> None:
    assert typed("hello") == b"hello"
    assert typed("é\\n\\0\\x1b\\\\") == b"\xc3\xa9\n\0\x1b\\"
    assert typed("\\q") == b"\\q"
    assert typed("*5000") == (b"0123456789" * 500)
    for wrong in ("", "*0", "*999999999"):
        with pytest.raises(ValueError, match=r"byte"):
            typed(wrong)


def test_bytes_are_shown_as_they_could_be_typed_or_counted() -> None:
    assert shown(b"hi\n", 10) == "hi\\x0a"
    assert shown(b"x" * 5000, 10) == "*5000"


def test_a_new_client_takes_no_name_that_the_scenario_needs() -> None:
    assert next_name((), None) == "A"
    assert next_name((), PARTIAL) == "B"
    assert next_name(("B", "C"), PARTIAL) == "D"
    assert next_name([chr(code) for code in range(65, 91)], None) == "A2"


def test_why_a_client_can_do_nothing_is_one_line() -> None:
    assert impossible("A", {"A": True}, "B") is None
    assert impossible("A", {"A": False}, "B") == "A is closed; c connects B"
    assert impossible("A", {}, "B") == "A is not connected; c connects B"
    assert impossible(None, {}, "A") == "no client is connected yet; c connects A"


@pytest.mark.parametrize("deed", client_actions.DEEDS, ids=lambda deed: deed.words)
def test_labels_begin_with_the_client_and_fit(deed: client_actions.ClientAction) -> None:
    beat = deed.make("A2", b"x" * (1 << 20))
    assert isinstance(beat, Beat) and beat.label.startswith("A2 ") and len(beat.label) <= 24


# --- held ------------------------------------------------------------------------------------------------------------


@play
async def test_two_keys_drive_a_client_in_all_lanes() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        text = await shown.press("k")
        assert "no program listens yet" in text
        await shown.press("b")
        assert "c connect B" in await shown.press("k")
        text = await shown.press("s")
        trace = shown.lab.source.trace
        assert actions(trace) == ["A connects", "A sends 5 bytes"]
        assert [event.lane for event in client_calls(trace, "A") if event.call == "send"] == list(TWO)
        assert "client action 2/4" in text and "A sends 5 bytes" in text
        text = await shown.press("k", "c")
        assert actions(trace)[-1] == "B connects" and "client action 3/5" in text
        await shown.to_the_end()
        assert "client action 5/5" in shown.text
        state = trace.state(len(trace) - 1)
        assert state.driven == 2
        assert all(fd is not None for lane in TWO for fd in [state.lanes[lane].of_client("B")])


@play
async def test_bytes_are_typed_and_remembered() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "k", "t")
        assert "A sends _" in shown.text
        await shown.press(*"*123456789", "enter")
        assert "one send takes 1 to 1048576 bytes" in shown.text
        await shown.press("ctrl+u", *"hi\\n", "enter")
        trace = shown.lab.source.trace
        assert actions(trace)[-1] == "A sends 3 bytes"
        await shown.press("k")
        assert "s send hi\\x0a" in shown.text
        await shown.press("s")
        assert actions(trace)[-1] == "A sends 3 bytes" and len(actions(trace)) == 3


@play
async def test_every_deed_is_the_call_that_it_says() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b")
        for key, label in (("u", "A sends urgent data"), ("r", "A reads"), ("h", "A half-closes"), ("R", "A resets")):
            await shown.press("k", key)
            assert actions(shown.lab.source.trace)[-1] == label
        calls = [(one.call, one.args.get("flags"), one.lane) for one in client_calls(shown.lab.source.trace, "A")]
        for call in (("send", "OOB"), ("recv", None), ("shutdown", None), ("close", None)):
            assert [lane for name, flags, lane in calls if (name, flags) == call] == list(TWO)


@play
async def test_what_is_impossible_is_said_in_one_line() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("n", "n", "n", "n", "n", "n")
        assert "drive a client by hand:  c connect" in await shown.press("k")
        assert "no client is connected yet; c connects B" in await shown.press("s")
        await shown.press("b", "k", "x")
        before = actions(shown.lab.source.trace)
        assert "A (closed)" in await shown.press("k")
        assert "A is closed; c connects B" in await shown.press("s")
        assert actions(shown.lab.source.trace) == before
        await shown.press("k", "escape")
        assert "n/N" in shown.text


@play
async def test_what_the_kernel_refuses_is_said_to_have_failed() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "k", "h", "k", "s")
        assert "A sends 5 bytes was tried, in every lane at once: its send failed with EPIPE." in shown.text
        assert [one.error for one in client_calls(shown.lab.source.trace, "A")][-2:] == ["EPIPE", "EPIPE"]


@play
async def test_tab_chooses_among_the_clients_that_are_open() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "k", "c", "k")
        assert "B (tab another):" in shown.text
        await shown.press("tab")
        assert "A (tab another):" in shown.text
        await shown.press("s")
        assert actions(shown.lab.source.trace)[-1] == "A sends 5 bytes"


@play
async def test_the_fix_goes_to_the_same_scenario_action_and_repeats_nothing_by_hand() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b", "b", "k", "s", "k", "s", "d")
        assert "starting anew" in shown.text or "started anew" in shown.text
        await shown.until(lambda: not shown.lab.player.travelling)
        assert actions(shown.lab.source.trace) == ["A connects", "A sends 12 bytes"]


@play
async def test_it_fits_a_small_screen() -> None:
    async with screen(lab(lanes=TWO), size=(80, 24)) as shown:
        await shown.press("b", "k", "c")
        last = (await shown.press("k")).splitlines()[-1]
        assert "…" not in last and "R reset" in last and "c connect C" in last, last


# --- free, programs, recordings --------------------------------------------------------------------------------------


async def _while_free(shown: Screen, *keys: str, label: str) -> None:
    for key in keys:
        shown.app.pressed(key)
    source = shown.lab.source
    await shown.until(lambda: label in actions(source.trace) and not source.pending, label)


@play
async def test_while_the_lanes_run_free() -> None:
    async with screen(lab(lanes=TWO)) as shown:
        await shown.press("b")
        shown.app.pressed("c")
        trace = shown.lab.source.trace
        await shown.until(lambda: len(actions(trace)) == 3)
        await _while_free(shown, "k", "c", label="B connects")
        await _while_free(shown, "k", "s", label="B sends 5 bytes")
        echoed = "B sends 5 bytes"

        def answered() -> bool:
            begin = trace.actions()[actions(trace).index(echoed)]
            later = [trace[n] for n in range(begin, len(trace))]
            return {one.lane for one in later if one.call == "send" and one.role == "server"} == set(TWO)

        await shown.until(answered)
        assert shown.lab.source.status.phase == "running"
        shown.app.pressed("c")
        await shown.settled()


SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
conn, _ = listener.accept()
while data := conn.recv(100):
    conn.send(data)
"""


def test_a_program_of_ones_own_is_reached_where_it_listens(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)

    async def scene() -> None:
        async with screen(program(script)) as shown:
            assert "no program listens yet" in await shown.press("k")
            while not shown.lab.source.status.reachable:
                await shown.press("n")
            await shown.press("k", "c", "n", "k", "s", "n", "n")
            trace = shown.lab.source.trace
            assert actions(trace) == ["A connects", "A sends 5 bytes"]
            sent = [trace[n] for n in range(len(trace)) if trace[n].call == "send" and trace[n].role == "server"]
            assert [event.ret for event in sent] == [5]
            assert "client action 2" in shown.text and "client A" in shown.text

    asyncio.run(scene())


def test_a_recording_says_why_not(recordings: dict[str, Path]) -> None:
    async def scene() -> None:
        async with screen(replay(recordings["partial-read"])) as shown:
            assert "a recording's clients have done what they did" in await shown.press("k")

    asyncio.run(scene())


def test_what_was_driven_is_recorded_and_replayed(tmp_path: Path) -> None:
    from dataclasses import replace as change

    file = tmp_path / "driven.muxviz"

    async def scene() -> None:
        async with screen(change(lab(lanes=TWO), record=file)) as shown:
            await shown.press("b", "k", "s")
            await shown.to_the_end()
        async with screen(replay(file)) as shown:
            await shown.press("G")
            assert "client action 4/4" in shown.text
            assert actions(shown.lab.source.trace)[:2] == ["A connects", "A sends 5 bytes"]
            assert shown.lab.source.trace.now.driven == 1

    asyncio.run(scene())
