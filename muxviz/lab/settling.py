"""Until a lane has come to rest: asked of the lane's own words in shared memory and of the kernel, never guessed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from muxviz.lab.lane import Lane
from muxviz.probe.link import Bell

START_SECONDS: Final = 20.0
"""How long a lane may take to its first call (Python's start and the program's imports)."""
PATIENCE_SECONDS: Final = 1.0
"""How long a step waits for a lane that computes before it goes on without it."""
_UNSEEN_SECONDS: Final = 0.05
"""A lane that the kernel says sleeps in a call which the probe does not know is left alone after this."""


def settle(lane: Lane, bell: Bell, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when the lane stands at the gate or sleeps, or when there is no use in waiting any longer (`lost`)."""
    deadline = time.monotonic() + seconds
    unseen_since: float | None = None
    lane.lost = False
    while lane.alive:
        if lane.settled:
            return
        now = time.monotonic()
        if lane.unseen:
            unseen_since = unseen_since or now
            if now - unseen_since > _UNSEEN_SECONDS:
                break
        else:
            unseen_since = None
        if now > deadline:
            break
        bell.wait(0.001)
    lane.lost = lane.alive


def settle_all(lanes: Sequence[Lane], bell: Bell, *, shared: bool) -> None:
    """Return when no lane is on its way. Lanes that share an epoll wake each other, one after another: one that slept
    when it was looked at may be woken by the next, until two rounds find every lane in the same place."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen: list[int] | None = None
    while seen is None or (shared and time.monotonic() < deadline):
        before = seen
        for lane in lanes:
            settle(lane, bell)
        seen = [lane.link.serial for lane in lanes]
        if seen == before:
            return


class Rest:
    """Whether lanes that run free rest: that they will do nothing by themselves, and all that they did is in the
    trace."""

    def __init__(self) -> None:
        self._unseen_since: dict[str, float] = {}

    def of(self, lane: Lane) -> bool:
        """Of one lane, now. One that sleeps where the probe does not see it rests once it has done so for a while."""
        if lane.pending or lane.link.pending_bytes():
            return False
        if not lane.alive:
            return True
        if lane.asleep and lane.settled:  # asleep is one of its threads; another may be on its way
            return not lane.link.pending_bytes()
        if not lane.unseen:
            self._unseen_since.pop(lane.name, None)
            return False
        since = self._unseen_since.setdefault(lane.name, time.monotonic())
        return time.monotonic() - since > _UNSEEN_SECONDS
