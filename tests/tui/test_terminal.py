"""In a real terminal: every way in which it ends leaves nothing behind."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from muxviz.recording import load
from tests.limits import NO_BYTECODE
from tests.processes import descendants
from tests.tui.terminals import MUXVIZ, Terminal, started, terminal
from tests.waiting import LIMIT_SECONDS, until

Ends = Callable[[Terminal], object]


def _signal(number: int) -> Ends:
    return lambda shown: os.kill(shown.muxviz, number)


ENDS: dict[str, tuple[Ends, int]] = {
    "q": (lambda shown: shown.keys("q"), 0),
    "Ctrl-C": (lambda shown: shown.keys("C-c"), 130),
    "SIGTERM": (_signal(signal.SIGTERM), 143),
    "SIGHUP": (_signal(signal.SIGHUP), 129),
    "SIGINT": (_signal(signal.SIGINT), 130),
}


TWO_LANES = "partial-read --lanes level,edge"


@pytest.mark.parametrize("how", ENDS)
def test_an_end_in_order_restores_the_terminal(how: str, tmp_path: Path) -> None:
    ends, status = ENDS[how]
    with terminal(tmp_path) as shown:
        lanes = 4 if how == "q" else 2
        shown.start("partial-read" if lanes == 4 else TWO_LANES)
        shown.keys("b")
        shown.shows("client action 1/3")
        left = shown.held()
        assert len(left.processes) >= lanes + 2 and len(left.ports) == lanes
        ends(shown)
        shown.restored(status)
        shown.nothing_left(left)
        assert not shown.errors


def test_an_end_while_the_programs_start(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start(shows="muxviz")
        left = shown.held()
        shown.keys("q")
        shown.restored(0)
        shown.nothing_left(left)


def test_an_end_while_the_programs_run_freely(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start("echo --lanes level,edge")
        shown.keys("c")
        shown.shows("running")
        left = shown.held()
        shown.keys("q")
        shown.restored(0)
        shown.nothing_left(left)


def test_a_terminal_that_goes_away(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start(TWO_LANES)
        shown.keys("b")
        shown.shows("client action 1/3")
        left = shown.held()
        shown.tmux("kill-session")
        shown.nothing_left(left)


def test_a_terminal_that_goes_away_without_a_word(tmp_path: Path) -> None:
    """With SIGHUP ignored, as under nohup, the end of the terminal is seen by us or by nobody."""
    with terminal(tmp_path) as shown:
        shown.type("trap '' HUP")
        shown.start(TWO_LANES)
        left = shown.held()
        shown.tmux("kill-session")
        shown.nothing_left(left)


def test_SIGKILL_of_muxviz_takes_the_servers_and_clients_with_it(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start(TWO_LANES)
        shown.keys("b")
        shown.shows("client action 1/3")
        left = shown.held()
        os.kill(shown.muxviz, signal.SIGKILL)
        shown.nothing_left(left)


CRASHES = """\
import select, socket
listener = socket.create_server(("127.0.0.1", 0))
poll = select.poll()
poll.register(listener, select.POLLIN)
poll.poll(0)
print("\\x1b[2J[bold]about to fail[/]", flush=True)
raise RuntimeError("\\x1b[31m[/]no")
"""


def test_a_program_that_crashes_is_shown_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "crashes.py").write_text(CRASHES)
    with terminal(tmp_path) as shown:
        shown.start("run crashes.py")
        left = shown.held()
        for step in range(1, 6):
            shown.keys("n")
            shown.shows(f"step {step}")
        shown.shows("RuntimeError: ␛[31m[/]no")
        shown.keys("q")
        shown.restored(0)
        shown.nothing_left(left)


def test_a_mistake_of_ours_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import muxviz.tui.player as p\n"
        "def wrong(self, *a): raise ValueError('\\x1b[31m[bold]wrong')\n"
        "p.Player.forward = wrong\n"
    )
    with terminal(tmp_path) as shown:
        shown.type("export PYTHONPATH=$PWD:$PYTHONPATH")
        shown.start(TWO_LANES)
        left = shown.held()
        shown.keys("n")
        shown.restored(1)
        shown.nothing_left(left)
        assert len(shown.errors.splitlines()) == 1
        assert "\x1b" not in shown.errors and "ValueError" in shown.errors


def test_suspended_and_brought_back(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start(TWO_LANES)
        left = shown.held()
        shown.keys("C-z")
        shown.shows("Stopped")
        assert not shown.alternate
        shown.type("clear; fg; printf 'status=%s\\n' $?")
        shown.shows("before the first step")
        shown.keys("q")
        shown.restored(0)
        shown.nothing_left(left)


def test_standard_error_elsewhere_leaves_the_picture_here(tmp_path: Path) -> None:
    with terminal(tmp_path, (80, 24)) as shown:
        shown.start(TWO_LANES)  # its standard error is a file
        assert "muxviz" in shown.screen.splitlines()[0]
        shown.keys("q")
        shown.restored(0)
        assert shown.errors == ""


def test_a_file_that_exists_is_not_recorded_over(tmp_path: Path) -> None:
    (tmp_path / "there.muxviz").write_text("kept")
    with terminal(tmp_path) as shown:
        shown.type("clear; stty -a > before")
        shown.type(f"{MUXVIZ} partial-read -o there.muxviz 2>err; printf 'status=%s\\n' $?")
        shown.restored(2)
        assert shown.errors.splitlines() == ["muxviz: there.muxviz exists: choose another name, or remove it first"]
    assert (tmp_path / "there.muxviz").read_text() == "kept"


def test_what_is_asked_for_before_the_menu_holds_for_the_session_chosen_there(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.type("clear; stty -a > before")
        shown.type(f"{MUXVIZ} lab --payload -o chosen.muxviz 2>err; printf 'status=%s\\n' $?")
        shown.shows("Choose a scenario")
        assert not (tmp_path / "chosen.muxviz").exists()
        shown.keys("Enter")
        shown.shows("REC")
        for beat in (1, 2, 3):
            shown.keys("b")
            shown.shows(f"client action {beat}/3")
        shown.keys("q")
        shown.restored(0)
    trace = load(tmp_path / "chosen.muxviz")
    assert any(trace[n].data is not None for n in range(len(trace)))
    trace.close()


def test_an_end_that_could_not_be_written_is_said_after_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*NO_BYTECODE)
    with terminal(tmp_path) as shown:
        shown.start(f"{TWO_LANES} -o full.muxviz")
        resource.prlimit(shown.muxviz, resource.RLIMIT_FSIZE, (4096, 4096))  # the header is longer
        shown.keys("q")
        shown.restored(0)
        assert shown.errors.splitlines() == ["muxviz: recording to full.muxviz stopped: File too large"]


def test_a_terminal_that_takes_no_more_output_does_not_keep_us(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "muxviz", *TWO_LANES.split()],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color"},
    )
    try:
        assert select.select([ours], [], [], LIMIT_SECONDS)[0]
        os.read(ours, 100)  # it has begun to draw; from now on nobody reads
        until(lambda: len(descendants(process.pid)) >= 2, "both servers run")
        left = {(pid, started(pid)) for pid in descendants(process.pid)}
        for _ in range(40):
            os.write(ours, b"t")  # pictures, until the terminal is full
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_SECONDS) == 128 + signal.SIGTERM
        assert not any(started(pid) == at for pid, at in left)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
