"""Waits until lanes have settled: asked of the lane's own words in shared memory and of the kernel, never guessed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from muxviz.sources.lab.lane import Lane
from muxviz.sources.ring.lane_reader import Bell

START_SECONDS: Final = 20.0
"""How long a lane may take to its first call (Python's start and the program's imports)."""
PATIENCE_SECONDS: Final = 1.0
"""How long a step waits for a lane that computes before it goes on without it."""
_UNSEEN_SECONDS: Final = 0.05
"""A lane that the kernel says sleeps in a call which the probe does not know is left alone after this."""
_UNSEEN_LOOKS: Final = 5
"""And not before it was looked at so often: between two looks we may have had no processor ourselves."""
_SAME_ROUNDS: Final = 10
"""How many rounds lanes that share an epoll get at least to be found twice in the same places."""


class Patience:
    """Seconds for a lane. While it is ready to run and other programs have the processors they do not pass: what is
    recorded must not depend on how busy a machine is."""

    def __init__(self, lane: Lane, seconds: float) -> None:
        self._lane, self._end = lane, time.monotonic() + seconds
        self._queued = lane.queued

    @property
    def over(self) -> bool:
        """They have passed."""
        now = time.monotonic()
        return now > self._end and now > self._end + self._lane.queued - self._queued


def settle(lane: Lane, bell: Bell, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when the lane stands at the gate or sleeps, or when there is no use in waiting any longer (`lost`)."""
    patience: Patience | None = None
    unseen_since, looks = 0.0, 0
    lane.lost = False
    while lane.alive:
        if lane.settled:
            return
        patience = patience or Patience(lane, seconds)
        now = time.monotonic()
        looks = looks + 1 if lane.unseen else 0
        if looks == 1:
            unseen_since = now
        if looks >= _UNSEEN_LOOKS and now - unseen_since > _UNSEEN_SECONDS:
            break
        if patience.over:
            break
        bell.wait(0.001)
    lane.lost = lane.alive


def settle_all(lanes: Sequence[Lane], bell: Bell, *, shared: bool) -> None:
    """Return when no lane is on its way. Lanes that share an epoll wake each other, one after another: one that slept
    when it was looked at may be woken by the next, until two rounds find every lane in the same place."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen: list[int] | None = None
    rounds = 0
    while seen is None or (shared and (rounds < _SAME_ROUNDS or time.monotonic() < deadline)):
        before = seen
        for lane in lanes:
            settle(lane, bell)
        seen = [lane.link.serial for lane in lanes]
        rounds += 1
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
