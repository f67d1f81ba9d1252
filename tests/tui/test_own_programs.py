"""A person's own programs on the screen: their clients, what they print, what is typed into them, how they end."""

from __future__ import annotations

from pathlib import Path

from muxviz.scenarios import CATALOGUE
from muxviz.tui.source import ProgramSpec
from tests.tui.screens import play, program, screen

PROGRAMS = Path(__file__).parents[1] / "sources" / "lab" / "programs"
READER = "for line in iter(input, 'quit'): print('\\x1b[2J' + line.upper())\nraise SystemExit(3)\n"


def written(text: str, directory: Path) -> Path:
    path = directory / "own.py"
    path.write_text(text)
    return path


@play
async def test_the_clients_of_a_scenario_act_step_by_step() -> None:
    async with screen(program(PROGRAMS / "epoll_echo.py", "partial-read")) as shown:
        assert "the clients of partial-read" in shown.text and "client action 0/4" in shown.text
        text = await shown.press("b", "b")
        assert "client action 2/4" in text and "client A fd 5" in text and "listener fd 3" in text
        await shown.to_the_end("n")
        assert "client action 4/4" in shown.text and "A reads what came back" in shown.text
        assert "N goes back, R restarts" in shown.text
        text = await shown.press("R")
        await shown.settled()
        assert "client action 0/4" in shown.text


@play
async def test_before_and_after_a_fix() -> None:
    spec = ProgramSpec(
        ((str(PROGRAMS / "select_echo.py"),), (str(PROGRAMS / "poll_echo.py"),)), CATALOGUE["partial-read"]
    )
    async with screen(spec) as shown:
        await shown.to_the_end("b")
        assert "1 select_echo.py" in shown.text and "2 poll_echo.py" in shown.text
        assert "= since A read" in shown.text, "no difference"


def test_what_it_prints_and_what_is_typed(tmp_path: Path) -> None:
    path = written(READER, tmp_path)

    async def session() -> None:
        async with screen(program(path)) as shown:
            await shown.until(lambda: "reads its input" in shown.text)
            await shown.press("n")
            assert "reads its standard input: I types a line into it" in shown.text
            text = await shown.press("I", "h", "i", "space", "x")
            assert "into program: hi x_" in text and "what program prints" in text
            await shown.press("enter")
            await shown.until(lambda: "HI X" in shown.text)
            assert "\x1b" not in shown.text and "You type 5 bytes" in shown.text
            await shown.press("q", "u", "i", "t", "enter", "escape")
            await shown.until(lambda: "ended with exit status 3" in shown.text)
            assert "program has ended" in await shown.press("I")
            assert "what program prints" not in await shown.press("O")

    play(session)()


def test_the_end_of_its_input(tmp_path: Path) -> None:
    path = written(READER, tmp_path)

    async def session() -> None:
        async with screen(program(path), size=(80, 24)) as shown:
            await shown.until(lambda: "reads its input" in shown.text)
            await shown.press("I", "ctrl+d")
            await shown.until(lambda: "EOFError: EOF when reading a line" in shown.text)
            assert "1►for line in iter(input" in shown.text, "the line that raised it"

    play(session)()


@play
async def test_a_lab_has_no_input_to_type_into() -> None:
    from tests.tui.screens import lab

    async with screen(lab()) as shown:
        assert "only a program of your own has a standard input" in await shown.press("I")


@play
async def test_the_thread_that_comes_next_is_named() -> None:
    async with screen(program(PROGRAMS / "threads_echo.py", "partial-read")) as shown:
        while "next recv, thread" not in await shown.press("n"):
            assert shown.lab.source.trace.ticks < 200
        thread = shown.lab.source.trace.announced["program"].tid
        assert f"next recv, thread {thread}" in shown.text
        text = await shown.press("n")
        assert "recv(fd 4) … asleep" in text and f"thread {thread}" in text and "next accept" in text


@play
async def test_a_program_on_which_no_client_can_act_says_so() -> None:
    async with screen(program(PROGRAMS / "select_echo.py", "udp")) as shown:
        while "no program listens where the clients could reach it" not in await shown.press("n"):
            assert shown.lab.source.trace.ticks < 200
