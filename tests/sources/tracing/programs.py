"""Real programs to trace, and clients for them."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import LIMIT_SECONDS, until

SERVER = Path(__file__).parents[3] / "muxviz" / "servers" / "epoll_echo.py"
PYTHON = [sys.executable, "-S", "-E"]
"""Without site: fewer files are read before the program begins."""


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def connected(port: int) -> socket.socket:
    """A connection, as soon as somebody listens."""
    found: list[socket.socket] = []

    def tried() -> bool:
        try:
            found.append(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS))
        except ConnectionRefusedError:
            return False
        return True

    until(tried, f"nobody listens at {port}")
    return found[0]


def echoed(client: socket.socket, data: bytes = b"hello") -> None:
    """Send and receive the same."""
    client.sendall(data)
    left = data
    while left:
        got = client.recv(65536)
        assert got and left.startswith(got), (got, left)
        left = left[len(got) :]


def tracer_of(pid: int) -> int:
    """Who traces a process."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("TracerPid:")[2].split()[0])


class Load:
    """Clients that ask and count, each in a thread of its own."""

    def __init__(self, port: int, count: int, request: bytes, answer: bytes) -> None:
        self.requests = 0
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._port, self._request, self._answer = port, request, answer
        self._threads = [threading.Thread(target=self._ask, args=(n % 2 == 0,), daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def _ask(self, keeps: bool) -> None:
        """One that keeps its connection, or one that makes a new one for each request."""
        client: socket.socket | None = None
        while not self._stop.is_set():
            try:
                client = client or socket.create_connection(("127.0.0.1", self._port), timeout=LIMIT_SECONDS)
                client.sendall(self._request)
                got = b""
                while len(got) < len(self._answer):
                    part = client.recv(len(self._answer) - len(got))
                    if not part:
                        raise ConnectionError("the connection has ended")
                    got += part
                if got != self._answer:
                    raise ConnectionError(f"another answer: {got!r}")
                self.requests += 1
            except OSError as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                return
            if not keeps:
                client.close()
                client = None
                self._stop.wait(0.005)
        if client is not None:
            client.close()

    def more(self, count: int = 20) -> None:
        """Wait until so many more requests were answered."""
        wanted = self.requests + count
        until(lambda: self.requests >= wanted or self.failures, "requests are answered")
        assert not self.failures, self.failures

    def close(self) -> None:
        """Stop asking."""
        self._stop.set()
        for thread in self._threads:
            thread.join(LIMIT_SECONDS)


@contextmanager
def load(port: int, count: int = 4, request: bytes = b"hello", answer: bytes = b"hello") -> Iterator[Load]:
    """Clients, for as long as a test wants them."""
    found = Load(port, count, request, answer)
    try:
        yield found
    finally:
        found.close()


def process_named(name: str, marked: str) -> int | None:
    """The process of that short name whose command line has a word."""
    for entry in Path("/proc").iterdir():
        try:
            named = entry.name.isdecimal() and (entry / "comm").read_text().strip() == name
            if named and marked in (entry / "cmdline").read_text(errors="replace").split("\0"):
                return int(entry.name)
        except OSError:
            continue
    return None


def lives(pid: int) -> bool:
    """It runs, and does not only wait to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
