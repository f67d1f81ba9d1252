"""One lane's moves: whether it has something to do, one call of it, and what comes of that."""

from __future__ import annotations

import time
from typing import Final

from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.publisher import Publisher
from muxviz.sources.lab.quiescence import PATIENCE_SECONDS, Patience, Rest, settle
from muxviz.sources.ring.lane_reader import Bell, Mode

_FREE_BEAT_SECONDS: Final = 20.0
_TIMED_MS: Final = 2_000
"""The longest sleep that a timed scenario waits for."""


class Stepper:
    """Moves lanes one call at a time and tells the trace."""

    def __init__(self, bell: Bell, publish: Publisher, rest: Rest, *, timed: bool) -> None:
        """`timed`: the scenario is about sleeps that end by themselves, and each is waited for."""
        self._bell, self._publish, self._rest, self._timed = bell, publish, rest, timed
        self._stood_at: dict[str, int] = {}
        """By lane, the stay at the gate during which clients acted while it was held: it said before that there was
        nothing to be told, and is let go all the same."""

    def settle(self, lane: Lane, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until it has come to rest."""
        settle(lane, self._bell, seconds)

    def acted_on(self, lane: Lane) -> None:
        """Clients act while it stands before its wait."""
        self._stood_at[lane.name] = lane.link.serial

    def can_move(self, lane: Lane, *, busy: bool = False) -> bool:
        """Whether it has something to do; `busy`: it is held before a wait that has nothing to tell."""
        if lane.pending:
            return True
        if not lane.at_gate:
            return (not lane.alive and not lane.exited) or self._will_wake(lane)
        if busy and lane.link.serial != self._stood_at.get(lane.name):
            announced = lane.link.announced()
            return not (announced is not None and announced.is_wait and announced.told is False)
        return True

    def _will_wake(self, lane: Lane) -> bool:
        """It sleeps until its timeout, and this scenario is about that."""
        if not self._timed or not lane.asleep:
            return False
        entered = lane.link.entered()
        timeout = entered.timeout if entered is not None else None
        return isinstance(timeout, int | float) and 0 <= timeout <= _TIMED_MS

    def move(self, lane: Lane, step: int) -> None:
        """What it has done already, or one call; it has come to rest then."""
        serial, stands = lane.link.serial, lane.at_gate
        lane.pending += lane.link.drain()  # its timeout may have run out while another lane's was waited for
        if not lane.pending:
            if stands:
                lane.grant()
            elif self._will_wake(lane):
                self._wait_out(lane, serial)
            self.settle(lane)
            lane.pending += lane.link.drain()
        self.tell(lane, step)

    def _wait_out(self, lane: Lane, serial: int) -> None:
        patience = Patience(lane, _TIMED_MS / 1000 + PATIENCE_SECONDS)
        while lane.alive and lane.link.serial == serial and not patience.over:
            self._bell.wait(0.001)

    def let_go(self, lane: Lane, step: int) -> None:
        """Let it run free until it has settled, then hold it again."""
        deadline = time.monotonic() + _FREE_BEAT_SECONDS
        lane.link.mode = Mode.RECORD
        while not self._rest.of(lane) and time.monotonic() < deadline:
            lane.pending += lane.link.drain()
            self._publish.pending(lane, step)
            self._bell.wait(0.001)
        lane.link.mode = Mode.HELD
        self.settle(lane)
        lane.pending += lane.link.drain()
        self.tell(lane, step)

    def tell(self, lane: Lane, step: int | None) -> None:
        """Put into the trace what it has done, where it sleeps, how it ended."""
        self._publish.pending(lane, step)
        self._publish.sleep(lane, step)
        self._publish.end(lane, step)
