"""The process in which all clients live, seen from muxviz."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from muxviz.events import Event
from muxviz.payload import escape
from muxviz.scenarios import Act

_PROGRAM: Final = Path(__file__).with_name("client_process.py")


class ClientsLost(Exception):
    """The client process ended or answered nonsense."""


class Clients:
    """Starts with the first act and ends when closed, or when this process ends: its standard input is our pipe."""

    def __init__(self, epoch_ns: int, payload: int = 0) -> None:
        self._epoch_ns, self._payload = epoch_ns, payload
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, once it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process, so that the first act does not wait for it."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def do(self, lane: str, port: int, act: Act) -> Event:
        """Make the act's call in one lane. Returns the call as an event (n = -1). Raises ClientsLost."""
        if self._process is None:
            self.start()
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        request = {
            "lane": lane,
            "port": port,
            "client": act.client,
            "do": act.do,
            "payload": act.payload.decode("latin-1"),
            "size": act.size,
            "keep": self._payload,
            "expect": None if act.expect is None else act.expect.decode("latin-1"),
        }
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            event = msgspec.json.decode(self._process.stdout.readline(), type=Event)
        except (OSError, msgspec.DecodeError) as error:
            raise ClientsLost(f"the client process ended ({error})") from None
        event.t -= self._epoch_ns
        if event.data is not None:
            event.data = escape(event.data.encode("latin-1"))
        return event

    def close(self) -> None:
        """End the process and wait for its end."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass  # a request that nobody will read
        self._process = None
