"""The screen while a server runs free and a client echoes as fast as it can, recorded.

    python -m tests.benchmarks.screen_under_load

prints frames a second, key latencies, echoes, and whether every call of them is in the file. A real pseudo-terminal, a
real server, a real client on loopback; it ends by itself after some seconds.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from muxviz.recording import read

SERVER = Path(__file__).parents[2] / "muxviz" / "servers" / "epoll_echo.py"
PAYLOAD = b"x" * 64
SECONDS = 5.0
_FRAME_GAP = 0.003
"""Output that comes after a pause this long belongs to another frame."""


class Result(NamedTuple):
    """One run."""

    frames_per_second: float
    key_seconds: list[float]
    echoes: int
    recorded_bytes: int
    lines: int


class Terminal:
    """A program in a pseudo-terminal, read all the time, so that it never waits for us."""

    def __init__(self, command: list[str], size: tuple[int, int] = (120, 36)) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        env = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=env
        )
        os.close(theirs)
        self._text = ""
        self._arrived = threading.Condition()
        self.frames: list[float] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        last = 0.0
        while True:
            try:
                data = os.read(self._ours, 65536)
            except OSError:
                return
            if not data:
                return
            now = time.perf_counter()
            if now - last > _FRAME_GAP:
                self.frames.append(now)
            last = now
            with self._arrived:
                self._text = (self._text + re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode("utf-8", "replace")))[
                    -200_000:
                ]
                self._arrived.notify_all()

    def press(self, key: str) -> None:
        """Send a key."""
        with self._arrived:
            self._text = ""
        os.write(self._ours, key.encode())

    def wait_for(self, words: str, limit: float = 20.0) -> float:
        """Seconds until `words` were drawn."""
        began = time.perf_counter()
        with self._arrived:
            while words not in self._text:
                left = limit - (time.perf_counter() - began)
                if left <= 0 or not self._arrived.wait(left):
                    raise TimeoutError(f"{words!r} was not drawn; the last was {self._text[-500:]!r}")
        return time.perf_counter() - began

    def close(self) -> None:
        """End the program."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        self._thread.join(5)
        os.close(self._ours)


def measure(seconds: float = SECONDS) -> Result:
    """Run the server under muxviz, load it, and press keys meanwhile."""
    with tempfile.TemporaryDirectory() as directory, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        file = Path(directory, "load.muxviz")
        command = [sys.executable, "-m", "muxviz", "run", "-o", str(file), str(SERVER), "--port", str(port)]
        terminal = Terminal(command)
        try:
            terminal.wait_for("next socket")
            terminal.press("c")
            echoes, keys, began = 0, [], 0.0
            with _connected(port) as client:
                stop = threading.Event()
                counted = [0]
                load = threading.Thread(target=_echo, args=(client, stop, counted))
                load.start()
                began = time.perf_counter()
                while time.perf_counter() - began < seconds:
                    terminal.press("?")
                    keys.append(terminal.wait_for("how to read the wire"))
                    terminal.press("\x1b")
                    time.sleep(0.25)
                ended = time.perf_counter()
                stop.set()
                load.join()
                echoes = counted[0]
            frames = sum(began <= moment <= ended for moment in terminal.frames) / (ended - began)
            terminal.press("q")
            terminal.process.wait(60)
        finally:
            terminal.close()
        received, lines = 0, 0
        for event, _ in read(file)[1]:
            lines += 1
            if event.call == "recv" and event.role == "server":
                received += max(0, event.ret or 0)
        return Result(frames, keys, echoes, received, lines)


def _connected(port: int) -> socket.socket:
    limit = time.perf_counter() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.perf_counter() > limit:
                raise
            select.select([], [], [], 0.01)


def _echo(client: socket.socket, stop: threading.Event, counted: list[int]) -> None:
    while not stop.is_set():
        client.sendall(PAYLOAD)
        left = len(PAYLOAD)
        while left:
            left -= len(client.recv(left))
        counted[0] += 1


def main() -> None:
    """Print the figures."""
    result = measure()
    keys = sorted(result.key_seconds)
    print(f"frames a second        {result.frames_per_second:8.1f}")
    print(f"key to screen, median  {median(keys) * 1000:8.0f} ms, slowest of {len(keys)}: {keys[-1] * 1000:.0f} ms")
    print(f"echoes                 {result.echoes:8d}, lines in the file: {result.lines}")
    whole = result.recorded_bytes == result.echoes * len(PAYLOAD)
    print(f"every echo's bytes are in the file: {'yes' if whole else 'NO'} ({result.recorded_bytes})")


if __name__ == "__main__":
    main()
