"""What the lanes print: read as it comes, so that no lane waits on a full pipe, and the last lines kept."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections import deque
from typing import IO, Final

LINES_KEPT: Final = 200
_LINE_LIMIT: Final = 2_000
_JOIN_SECONDS: Final = 1.0


class Output:
    """Pipes of several lanes, read by one thread until each of them ends."""

    def __init__(self) -> None:
        self.lines: dict[str, deque[str]] = {}
        """By lane, oldest first; untrusted text."""
        self._partial: dict[str, str] = {}
        self._selector = selectors.DefaultSelector()
        try:
            self._wake_in, self._wake_out = os.pipe()
        except OSError:
            self._selector.close()
            raise
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read, name="output", daemon=True)
        self._closed = False

    def tail(self, lane: str) -> list[str]:
        """The last lines of a lane, the one that has no end yet included; untrusted text."""
        partial = self._partial.get(lane)
        return [*self.lines.get(lane, ()), *([partial] if partial else [])]

    def add(self, lane: str, pipe: IO[bytes]) -> None:
        """Read a lane's pipe from now on. Before `start`."""
        self.lines[lane] = deque(maxlen=LINES_KEPT)
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, selectors.EVENT_READ, lane)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _read(self) -> None:
        while len(self._selector.get_map()) > 0:
            for key, _ in self._selector.select():
                if key.fd == self._wake_in:
                    return
                try:
                    data = os.read(key.fd, 65536)
                except BlockingIOError:
                    continue
                if not data:
                    self._selector.unregister(key.fileobj)
                self._take(key.data, data)

    def _take(self, lane: str, data: bytes) -> None:
        text = self._partial.pop(lane, "") + data.decode("utf-8", "replace")
        *whole, rest = text.split("\n")
        self.lines[lane].extend(line[:_LINE_LIMIT] for line in whole[-LINES_KEPT:])
        if rest and data:
            self._partial[lane] = rest[-_LINE_LIMIT:]
        elif rest:
            self.lines[lane].append(rest[:_LINE_LIMIT])

    def join(self) -> None:
        """Wait until the pipes that have ended are read, a second at most."""
        end = time.monotonic() + _JOIN_SECONDS
        while time.monotonic() < end and len(self._selector.get_map() or ()) > 1:  # the last is our own
            time.sleep(0.002)

    def close(self) -> None:
        """Stop reading. The pipes themselves belong to their processes. Safe to call twice: the numbers of our own pipe
        may be another's by then."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            os.write(self._wake_out, b"x")
            self._thread.join()
        self._selector.close()
        os.close(self._wake_in)
        os.close(self._wake_out)
