"""However the screen ends, its terminal is as it was: a real pseudo-terminal, and no shell that would put it right."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.needs import need
from tests.processes import descendants
from tests.waiting import LIMIT_SECONDS, until, within

_MODES = ("1049", "1000", "1003", "1006", "2004", "1004")
"""The other screen, the mouse three times, pasting, focus: on while the screen is shown."""


PROGRAM = """
import select, signal, socket
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", 0))
while True:
    select.select([listener], [], [])
"""
"""It ends by no signal that asks."""
SOURCES = {
    "lab": ["partial-read", "--lanes", "level,edge"],
    "run": ["run", "program.py"],
    "trace": ["trace", "--", sys.executable, "program.py"],
}
MISTAKE = """
import os, signal, time
from muxviz.tui import terminal
watch = terminal.Ending.watch
def mistake():
    raise ZeroDivisionError("planted")
def watching(self):
    while "LATE" in os.environ and os.isatty(0):
        open("starting", "w").close()
        time.sleep(0.005)
    watch(self)
    loop = self._loop
    signal.signal(signal.SIGUSR1, lambda *_: loop.call_soon_threadsafe(self._app.call_later, mistake))
terminal.Ending.watch = watching
from muxviz.__main__ import main
main()
"""
"""muxviz, with a mistake of its own at SIGUSR1; with LATE it is still starting when its terminal goes away."""


class Shown:
    """muxviz on a terminal of its own, which reads what it is told."""

    def __init__(self, directory: Path, source: str = "lab", **environment: str) -> None:
        (directory / "program.py").write_text(PROGRAM)
        self.master, self.terminal = pty.openpty()
        termios.tcsetwinsize(self.terminal, (36, 120))
        self.before = termios.tcgetattr(self.terminal)
        self.said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", MISTAKE, *SOURCES[source]],
            stdin=self.terminal, stdout=self.terminal, stderr=subprocess.DEVNULL, cwd=directory,
            start_new_session=True, env=os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | environment,
        )  # fmt: skip

    def until(self, true: Callable[[], object]) -> None:
        """Read on until it is."""
        for _ in within(lambda: f"it is: {self.said[-2000:]!r}"):
            if true():
                break
            if select.select([self.master], [], [], 0.02)[0]:
                self.said += os.read(self.master, 65536)

    def modes(self) -> dict[str, str]:
        """Which way each of the modes was set last."""
        return dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.said.decode("utf-8", "replace")))

    def stopped(self) -> bool:
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def restored(self) -> None:
        """Wait for its end, and look."""
        self.until(lambda: self.process.poll() is not None)
        while select.select([self.master], [], [], 0)[0]:
            self.said += os.read(self.master, 65536)
        assert termios.tcgetattr(self.terminal) == self.before
        modes = self.modes()
        assert {modes[number] for number in _MODES} == {"l"}, modes
        assert modes["25"] == "h" and modes["7"] == "h", modes


@contextlib.contextmanager
def shown(directory: Path, source: str = "lab", **environment: str) -> Iterator[Shown]:
    screen = Shown(directory, source, **environment)
    try:
        yield screen
    finally:
        if screen.process.poll() is None:
            screen.process.kill()
            screen.process.wait()
        for handle in (screen.master, screen.terminal):
            with contextlib.suppress(OSError):
                os.close(handle)


def _sent(number: int) -> Callable[[Shown], object]:
    return lambda screen: os.kill(screen.process.pid, number)


def _stop(screen: Shown, *then: int) -> None:
    os.kill(screen.process.pid, signal.SIGSTOP)
    screen.until(screen.stopped)
    for number in (*then, signal.SIGCONT):
        os.kill(screen.process.pid, number)


def _stop_and_go_on(screen: Shown) -> None:
    drawn = len(screen.said)
    _stop(screen)
    screen.until(lambda: b"\x1b[?1049h" in screen.said[drawn:])
    os.write(screen.master, b"q")


def _ignored(screen: Shown) -> None:
    os.kill(screen.process.pid, signal.SIGPIPE)
    os.write(screen.master, b"q")


def _lanes_killed(screen: Shown) -> None:
    for pid in descendants(screen.process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os.write(screen.master, b"q")


ENDS: dict[str, tuple[Callable[[Shown], object], int]] = {
    **{
        number.name: (_sent(number), 128 + number)
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    },
    "stop, SIGTERM, go on": (lambda screen: _stop(screen, signal.SIGTERM), 143),
    "stop, SIGQUIT, go on": (lambda screen: _stop(screen, signal.SIGQUIT), 131),
    "stop, go on, quit": (_stop_and_go_on, 0),
    "quit": (lambda screen: os.write(screen.master, b"q"), 0),
    "SIGPIPE, quit": (_ignored, 0),
    "its programs are killed, quit": (_lanes_killed, 0),
    "a mistake of ours": (_sent(signal.SIGUSR1), 1),
}  # fmt: skip


def _gone(pids: set[int]) -> None:
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "its processes have ended")


@pytest.mark.parametrize("how", ENDS)
def test_the_terminal_is_as_it_was(how: str, tmp_path: Path) -> None:
    ends, status = ENDS[how]
    with shown(tmp_path) as screen:
        screen.until(lambda: b"before the first step" in screen.said)
        screen.until(lambda: screen.modes().get("25") == "l")
        below = descendants(screen.process.pid)
        ends(screen)
        screen.restored()
        assert screen.process.returncode == status
        _gone(below)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "lost"])
def test_no_program_outlives_its_screen(how: str, source: str, tmp_path: Path) -> None:
    """Not even one that ignores what it is asked to do; SIGKILL leaves the terminal as it is, and `lost` has none."""
    if source == "trace":
        need("strace")
    with shown(tmp_path, source) as screen:
        screen.until(lambda: screen.modes().get("25") == "l")
        if source == "lab":
            screen.until(lambda: b"before the first step" in screen.said)
        else:
            screen.until(lambda: any(_ignores(pid) for pid in descendants(screen.process.pid)))
        below = descendants(screen.process.pid)
        if how == "lost":
            os.close(screen.terminal)
            os.close(screen.master)
        else:
            screen.process.send_signal(getattr(signal, how))
        if how in ("lost", "SIGKILL"):
            screen.process.wait(LIMIT_SECONDS)
        else:
            screen.restored()
        number = signal.SIGHUP if how == "lost" else getattr(signal, how)
        assert screen.process.returncode == (-number if how == "SIGKILL" else 128 + number)
        _gone(below)


def test_a_terminal_that_goes_away_during_the_start_ends_the_screen(tmp_path: Path) -> None:
    with shown(tmp_path, LATE="1") as screen:
        screen.until((tmp_path / "starting").exists)
        os.close(screen.terminal)
        os.close(screen.master)
        assert screen.process.wait(LIMIT_SECONDS) == 128 + signal.SIGHUP


def _ignores(pid: int) -> bool:
    """It is the program, and ignores SIGTERM by now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    return b"program.py" in command and bool(ignored >> (signal.SIGTERM - 1) & 1)
