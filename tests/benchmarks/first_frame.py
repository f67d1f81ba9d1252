"""How long until something is on the screen: muxviz beside a bare Textual application, in real pseudo-terminals.

    python -m tests.benchmarks.first_frame

prints the medians and their ratio. The runs alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

BARE = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("on the screen", markup=False)

Bare().run()
"""
BARE_COMMAND = [sys.executable, "-c", BARE]
MENU_COMMAND = [sys.executable, "-m", "muxviz"]
LAB_COMMAND = [sys.executable, "-m", "muxviz", "lab", "partial-read"]


_CACHE = Path(tempfile.gettempdir(), f"muxviz-byte-code-{os.getuid()}")


def seconds_until(command: list[str], words: bytes, *, limit: float = 20.0) -> float:
    """From exec to the moment at which `words` arrive at the terminal; the program is ended then."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    began = time.perf_counter()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"TERM": "xterm-256color", "PYTHONPYCACHEPREFIX": str(_CACHE)}  # byte code, as an installed program has it
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=env)
    os.close(theirs)
    seen = b""
    try:
        while words not in seen:
            left = limit - (time.perf_counter() - began)
            if left <= 0 or not select.select([ours], [], [], left)[0]:
                raise TimeoutError(f"{command} did not show {words!r}: {seen[-300:]!r}")
            seen += os.read(ours, 65536)
        return time.perf_counter() - began
    finally:
        process.terminate()
        try:
            while select.select([ours], [], [], 5.0)[0] and os.read(ours, 65536):
                pass  # a program that ends still writes, and waits for a reader
        except OSError:
            pass  # EIO: it has closed the terminal
        process.wait()
        os.close(ours)


def measure(rounds: int = 7) -> dict[str, list[float]]:
    """Seconds to the first frame: bare, the menu, and a scenario whose four servers start meanwhile."""
    runs: dict[str, list[float]] = {"bare": [], "menu": [], "lab": []}
    for command in (BARE_COMMAND, MENU_COMMAND, LAB_COMMAND):
        seconds_until(command, b"on the screen" if command is BARE_COMMAND else b"partial-read")  # writes byte code
    for _ in range(rounds):
        runs["bare"].append(seconds_until(BARE_COMMAND, b"on the screen"))
        runs["menu"].append(seconds_until(MENU_COMMAND, b"partial-read"))
        runs["lab"].append(seconds_until(LAB_COMMAND, b"partial-read"))
    return runs


def main() -> None:
    """Print the figures."""
    times = {name: median(seconds) for name, seconds in measure().items()}
    for name, seconds in times.items():
        print(f"{name:<6} {seconds * 1000:7.0f} ms   {seconds / times['bare']:.2f} of bare")


if __name__ == "__main__":
    main()
