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
from muxviz.sources.lab.addresses import Address

_PROGRAM: Final = Path(__file__).with_name("client_process.py")


class ClientsLost(Exception):
    """The client process ended or answered nonsense."""


class Clients:
    """Starts with the first act and ends when closed, or when this process ends: its standard input is our pipe.

    One process has the clients of all lanes. A crowd has one for each lane: ten thousand sockets four times over are
    more than one process may have.
    """

    def __init__(self, epoch_ns: int, payload: int = 0) -> None:
        self._epoch_ns, self._payload = epoch_ns, payload
        self._processes: dict[str | None, subprocess.Popen[bytes]] = {}

    @property
    def pid(self) -> int | None:
        """The id of the process with the clients of all lanes, once it runs."""
        return self._processes[None].pid if None in self._processes else None

    def start(self, crowd_of: str | None = None) -> subprocess.Popen[bytes]:
        """Start the process, so that the first act does not wait for it; or that of a lane's crowd."""
        process = self._processes[crowd_of] = subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return process

    def do(self, lane: str | None, address: Address, act: Act) -> list[Event]:
        """Make the act's calls in one lane; with no lane, those of a client of all of them. Returns each call as an
        event (n = -1). Raises ClientsLost."""
        crowd_of = lane if act.count > 1 else None
        process = self._processes.get(crowd_of) or self.start(crowd_of)
        request = {
            "lane": lane,
            "host": address.host,
            "port": address.port,
            "client": act.client,
            "do": act.do,
            "payload": act.payload.decode("latin-1"),
            "size": act.size,
            "count": act.count,
            "rcvbuf": act.rcvbuf,
            "keep": self._payload,
            "expect": None if act.expect is None else act.expect.decode("latin-1"),
        }
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            return [self._event(process.stdout.readline()) for _ in range(act.count)]
        except (OSError, msgspec.DecodeError) as error:
            raise ClientsLost(f"the client process ended ({error})") from None

    def _event(self, line: bytes) -> Event:
        event = msgspec.json.decode(line, type=Event)
        event.t -= self._epoch_ns
        if event.data is not None:
            event.data = escape(event.data.encode("latin-1"))
        return event

    def close(self) -> None:
        """End the processes and wait for their end."""
        for process in self._processes.values():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        pass  # a request that nobody will read
        self._processes = {}
