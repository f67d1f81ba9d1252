"""A real terminal: tmux with a server of its own, a shell in it, and what the processes in it hold."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.needs import need
from tests.processes import descendants
from tests.waiting import LIMIT_SECONDS, within

MUXVIZ = f"{shlex.quote(sys.executable)} -m muxviz"
_numbers = itertools.count()


class Left(NamedTuple):
    """What muxviz has while it runs, to be looked for afterwards."""

    processes: set[tuple[int, str]]
    """Process ids with their start times: a number is used again."""
    ports: set[str]


class Terminal:
    """One pane with a shell."""

    def __init__(self, size: tuple[int, int], directory: Path) -> None:
        self.directory = directory
        self._server = f"muxviz-test-{os.getpid()}-{next(_numbers)}"
        width, height = map(str, size)
        shell = "env PS1='$ ' bash --norc --noprofile"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "-c", str(directory), shell)

    def tmux(self, *words: str) -> str:
        """One command of tmux."""
        done = subprocess.run(
            ["tmux", "-L", self._server, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            env=_environment(),
        )
        return done.stdout

    @property
    def screen(self) -> str:
        """What stands there."""
        return self.tmux("capture-pane", "-p")

    @property
    def alternate(self) -> bool:
        """An application has the alternate screen."""
        return self.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *keys)

    def type(self, line: str) -> None:
        """Type a line into the shell."""
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait for something."""
        for _ in within(lambda: f"{what}; the screen was:\n{self.screen}"):
            if true():
                return
            time.sleep(0.02)

    def shows(self, text: str) -> None:
        """Wait for a text."""
        self.until(lambda: text in self.screen, f"{text!r} never came")

    def start(self, arguments: str = "partial-read", *, shows: str = "before the first step") -> None:
        """Start muxviz from the shell, with the terminal's settings noted before."""
        self.type("clear; stty -a > before")
        self.type(f"{MUXVIZ} {arguments} 2>err; printf 'status=%s\\n' $?")
        self.shows(shows)
        self.until(lambda: len(descendants(self.muxviz)) >= 1)

    @property
    def shell(self) -> int:
        """The shell's process."""
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    @property
    def muxviz(self) -> int:
        """Our process."""
        for pid in descendants(self.shell):
            words = _read(f"/proc/{pid}/cmdline").split("\0")
            if words[1:3] == ["-m", "muxviz"] or (len(words) > 1 and words[1].endswith("muxviz/__main__.py")):
                return pid
        raise AssertionError(f"muxviz does not run:\n{self.screen}")

    def held(self) -> Left:
        """What muxviz and everything below it has now."""
        top = self.muxviz
        pids = {top, *descendants(top)}
        return Left({(pid, started(pid)) for pid in pids}, listening(pids))

    def nothing_left(self, left: Left) -> None:
        """Wait until none of it is there any more."""
        self_gone = lambda: not any(started(pid) == at for pid, at in left.processes)  # noqa: E731
        self.until(self_gone, "processes are left")
        ports = {line.split()[1] for line in _tcp() if line.split()[3] == "0A"}
        assert not ports & left.ports

    def restored(self, status: int | None = None) -> None:
        """Wait until the shell has its terminal back as it was."""
        self.until(lambda: re.search(r"status=\d", self.screen), "it did not end")
        assert status is None or f"status={status}" in self.screen, self.screen
        assert not self.alternate
        self.type("stty -a > after")
        self.until(lambda: (self.directory / "after").exists() and (self.directory / "after").read_text())
        assert (self.directory / "after").read_text() == (self.directory / "before").read_text()

    @property
    def errors(self) -> str:
        """What muxviz said on standard error."""
        return (self.directory / "err").read_text()

    def close(self) -> None:
        """End tmux and what is in it."""
        self.tmux("kill-server")


@contextmanager
def terminal(directory: Path, size: tuple[int, int] = (120, 36)) -> Iterator[Terminal]:
    """A terminal for one test."""
    need("tmux")
    opened = Terminal(size, directory)
    try:
        opened.until(lambda: opened.screen.startswith("$"))
        yield opened
    finally:
        opened.close()


def started(pid: int) -> str:
    """When a process began, in the kernel's ticks; nothing for one that is gone or only waits to be reaped."""
    words = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return words[19] if words and words[0] != "Z" else ""


def listening(pids: set[int]) -> set[str]:
    """Addresses at which the processes listen."""
    inodes = set()
    for pid in pids:
        try:
            inodes |= {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            continue
    rows = [line.split() for line in _tcp()]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


def _tcp() -> list[str]:
    return Path("/proc/net/tcp").read_text().splitlines()[1:]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "TMUX"}
    return kept | {"TERM": "screen-256color", "PYTHONPATH": str(Path(__file__).parents[2])}
