"""A traced program in a real terminal: start, pause, go on, the question at the end; attached to, and let go of."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muxviz.recording import load as opened
from tests.sources.tracing.programs import SERVER, Load, connected, echoed, free_port, load, tracer_of
from tests.tui.terminals import MUXVIZ, Terminal, terminal
from tests.waiting import LIMIT_SECONDS, until

pytestmark = pytest.mark.needs("strace", "tmux")

PING, PONG = b"PING\r\n", b"+PONG\r\n"


def server(port: int) -> str:
    return f"{shlex.quote(sys.executable)} -S -E {shlex.quote(str(SERVER))} --port {port}"


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that nobody traces yet."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)


def header(shown: Terminal) -> str:
    return shown.screen.splitlines()[0]


def panel(shown: Terminal) -> str:
    """The first panel's top, which has the process."""
    return shown.screen.splitlines()[1]


def stands(shown: Terminal) -> None:
    shown.until(lambda: " paused " in header(shown), "it is paused")


def goes_on(shown: Terminal) -> None:
    shown.until(lambda: "running" in header(shown), "it goes on")


def test_start_pause_go_on_and_the_question_at_the_end(tmp_path: Path) -> None:
    port = free_port()
    with terminal(tmp_path) as shown:
        shown.start(f"trace -- {server(port)}", shows="listener")
        left = shown.held()
        with connected(port) as client:
            echoed(client)
            shown.keys("c")
            stands(shown)
            shown.shows("no call of it was interrupted. c lets it go on")
            client.sendall(b"waits")
            shown.keys("n")
            shown.shows("stands at its next call. c lets it go on, N goes back")
            shown.keys("space")
            goes_on(shown)
            assert client.recv(100) == b"waits"
            shown.keys("n")
            shown.shows("runs: what it does comes by itself. c lets it stand, N goes back")
            shown.keys("N", "N")
            shown.until(
                lambda: "runs on" in header(shown) and "newer event" in header(shown), "it runs while one looks back"
            )
            echoed(client)
            shown.keys("G", "q")
            shown.shows("? y ends it, any other key goes on")
            shown.keys("x")
            shown.until(lambda: "y ends it" not in shown.screen)
            echoed(client)
            shown.keys("q", "y")
            shown.restored(0)
        shown.nothing_left(left)
        assert not shown.errors


def test_ctrl_c_asks_and_a_second_one_is_the_answer(tmp_path: Path) -> None:
    port = free_port()
    with terminal(tmp_path) as shown:
        shown.start(f"trace -- {server(port)}", shows="listener")
        left = shown.held()
        shown.keys("C-p")
        shown.shows("Search")
        shown.keys("C-c")
        shown.shows("? y ends it, any other key goes on")
        shown.keys("C-c")
        shown.restored(130)
        shown.nothing_left(left)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_ends_muxviz_and_what_it_has_launched(number: int, tmp_path: Path) -> None:
    port = free_port()
    with terminal(tmp_path) as shown:
        shown.start(f"trace -- {server(port)}", shows="listener")
        shown.keys("c")
        stands(shown)
        left = shown.held()
        os.kill(shown.muxviz, number)
        if number != signal.SIGKILL:
            shown.restored(128 + number)
        shown.nothing_left(left)


def test_a_program_that_ends_is_said_and_starts_anew(tmp_path: Path) -> None:
    with terminal(tmp_path) as shown:
        shown.start("trace -- sh -c 'read x; exit 3'", shows="ended")
        shown.shows("sh has ended. N goes back, R starts it anew")
        first = panel(shown)
        shown.keys("R")
        shown.until(lambda: panel(shown) != first and "ended" in header(shown))
        shown.keys("q")
        shown.restored(0)


def busy(shown: Terminal, clients: Load, process: subprocess.Popen[bytes], options: str) -> None:
    """Attach to a busy server, pause it for half a second, let it go on, and let go of it."""
    clients.more()
    shown.type("clear; stty -a > before")
    shown.type(f"{MUXVIZ} trace {options} -p {process.pid} 2>err; printf 'status=%s\\n' $?")
    shown.until(lambda: tracer_of(process.pid), "it attaches")
    goes_on(shown)
    clients.more()
    shown.keys("c")
    stands(shown)
    before = clients.requests
    time.sleep(0.5)  # what is measured: a pause of half a second
    assert clients.requests - before <= 4, "it does not stand"
    shown.keys("c")
    goes_on(shown)
    clients.more()
    shown.keys("q")
    shown.restored(0)
    assert not tracer_of(process.pid)
    clients.more()
    assert process.poll() is None and not clients.failures


def test_no_request_of_a_busy_server_fails_beyond_the_announced_eintr(tmp_path: Path) -> None:
    port, recorded = free_port(), tmp_path / "a.muxviz"
    with running([sys.executable, "-S", "-E", str(SERVER), "--port", str(port)]) as process:
        connected(port).close()
        with load(port) as clients, terminal(tmp_path) as shown:
            busy(shown, clients, process, f"--yes -o {recorded}")
            said = shown.errors.splitlines()
            assert "will return EINTR once on attach and once on detach" in said[0]
            assert said[1] == f"muxviz: {Path(f'/proc/{process.pid}/comm').read_text().strip()} ({process.pid}) runs on"
        assert not clients.failures and clients.requests > 80
    trace = opened(recorded)
    interrupted = [n for n in range(len(trace)) if trace[n].error == "EINTR"]
    assert len(interrupted) <= 2, "one on attach, one on detach"
    notes = [trace[n].note.partition(":")[0] for n in range(len(trace)) if trace[n].note]
    # A report may come of a client that was there before and has made no other call yet: that is counted, and said.
    assert [note for note in notes if "registered before" not in note] == [
        "paused",
        "it goes on",
        "muxviz has let it go; it runs on",
    ]
    trace.close()


@pytest.mark.needs("redis-server")
def test_no_request_of_a_busy_redis_fails(tmp_path: Path) -> None:
    port = free_port()
    with running(["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]) as process:
        connected(port).close()
        with load(port, request=PING, answer=PONG) as clients, terminal(tmp_path) as shown:
            busy(shown, clients, process, "--yes")
        assert not clients.failures


def test_attaching_asks_first_and_no_is_no(tmp_path: Path) -> None:
    port = free_port()
    with running([sys.executable, "-S", "-E", str(SERVER), "--port", str(port)]) as process, connected(port) as client:
        with terminal(tmp_path) as shown:
            shown.type(f"{MUXVIZ} trace -p {process.pid}; printf 'status=%s\\n' $?")
            shown.shows("muxviz: attach? [y/N]:")
            assert "will return EINTR once on attach and once on detach" in shown.screen.replace("\n", "")
            assert not tracer_of(process.pid)
            shown.keys("n", "Enter")
            shown.shows("status=0")
            assert not tracer_of(process.pid)
        echoed(client)


def test_the_terminal_that_goes_away_lets_go_of_a_paused_program(tmp_path: Path) -> None:
    port = free_port()
    with running([sys.executable, "-S", "-E", str(SERVER), "--port", str(port)]) as process, connected(port) as client:
        with terminal(tmp_path) as shown:
            shown.type(f"{MUXVIZ} trace --yes -p {process.pid}")
            shown.until(lambda: tracer_of(process.pid), "it attaches")
            goes_on(shown)
            shown.keys("c")
            stands(shown)
            shown.tmux("kill-session")
        until(lambda: not tracer_of(process.pid), "it detaches")
        echoed(client)
