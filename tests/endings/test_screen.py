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

from tests.conftest import descendants
from tests.waiting import within

_MODES = ("1049", "1000", "1003", "1006", "2004", "1004")
"""The other screen, the mouse three times, pasting, focus: on while the screen is shown."""


class Shown:
    """muxviz on a terminal of its own, which reads what it is told."""

    def __init__(self, directory: Path) -> None:
        self.master, self.terminal = pty.openpty()
        termios.tcsetwinsize(self.terminal, (36, 120))
        self.before = termios.tcgetattr(self.terminal)
        self.said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "muxviz", "partial-read", "--lanes", "level,edge"],
            stdin=self.terminal, stdout=self.terminal, stderr=subprocess.DEVNULL, cwd=directory,
            start_new_session=True, env=os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
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
def shown(directory: Path) -> Iterator[Shown]:
    screen = Shown(directory)
    try:
        yield screen
    finally:
        if screen.process.poll() is None:
            screen.process.kill()
            screen.process.wait()
        os.close(screen.master)
        os.close(screen.terminal)


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


ENDS: dict[str, tuple[Callable[[Shown], object], int]] = {
    **{
        number.name: (_sent(number), 128 + number)
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    },
    "stop, SIGTERM, go on": (lambda screen: _stop(screen, signal.SIGTERM), 143),
    "stop, SIGQUIT, go on": (lambda screen: _stop(screen, signal.SIGQUIT), 131),
    "stop, go on, quit": (_stop_and_go_on, 0),
    "quit": (lambda screen: os.write(screen.master, b"q"), 0),
}  # fmt: skip


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
        screen.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
