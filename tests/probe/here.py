"""A lane in the process of the test: both ends of the shared memory, and a token and a bell that stand for the
semaphores, so that what the lane says at each moment can be asked without a second process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from muxviz.events import Event
from muxviz.probe import ring_format
from muxviz.probe.calls import Calls
from muxviz.probe.gate import Gate
from muxviz.probe.ring import Ring
from muxviz.probe.shared import Shared
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, NextCall


class Token:
    """There is always one; what the lane had announced when it took it is kept."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.announced: list[NextCall | None] = []
        self.given_back = 0
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens while the lane stands there."""

    def acquire(self, block: bool, seconds: float) -> bool:
        assert block and seconds > 0
        self.announced.append(self._link.announced())
        self.meanwhile()
        return True

    def release(self) -> None:
        self.given_back += 1


class Rung:
    """A bell that counts."""

    def __init__(self) -> None:
        self.times = 0

    def release(self) -> None:
        self.times += 1

    def taken(self) -> int:
        times, self.times = self.times, 0
        return times


class Here:
    """`calls`, `gate`, `ring` are the lane's, `link` is muxviz's end. No drop-in is in its place."""

    def __init__(self, directory: Path, mode: Mode = Mode.RECORD, **of_calls: Any) -> None:
        self._bell = Bell()
        self.link = Link.create("lane", directory, self._bell, mode=mode, ring_bytes=1 << 16, epoch_ns=1)
        self.shared = Shared(self.link.names["ring"])
        self.shared.control[ring_format.OPENED] = 1
        self.token, self.bell = Token(self.link), Rung()
        self.asked = 0
        self.alive: Callable[[], object] = lambda: None
        self.ring = Ring(self.shared, self._alive)
        self.gate = Gate(self.shared, self.token, self.bell, self._alive)
        self.calls = Calls(self.shared, self.ring, self.gate, of_calls.pop("queue_name", "message_queues"), **of_calls)

    def _alive(self) -> None:
        self.asked += 1
        self.alive()

    def events(self) -> list[Event]:
        """What was recorded since the last time."""
        return self.link.drain()

    def close(self) -> None:
        self.link.close()
        self._bell.close()
        self.shared.let_go()
