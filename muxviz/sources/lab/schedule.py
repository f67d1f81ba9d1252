"""When the next client action comes: at once where every server rests, later where one does not."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from muxviz.calls import READS, WAITS
from muxviz.events import Event
from muxviz.scenarios import Beat, Scenario

_FREE_SECONDS: Final = 0.4
"""Running free, the patience of a scenario whose servers never rest."""
_LONGEST: Final = 5_000
"""The most steps for servers that keep getting things done: more than any exchange of a scenario takes."""


class Schedule:
    """The client actions of a scenario, and whose turn it is.

    A scenario may have servers that never rest (they spin, or are still draining when the next client acts). Of the
    lab's own it is known after how many steps the next action comes then, its *patience*. Of a person's program nothing
    is known but what it does: its steps count only while they get nothing done (`Scenario.idle`).
    """

    def __init__(self, scenario: Scenario | None) -> None:
        self.beats: tuple[Beat, ...] = scenario.beats if scenario else ()
        self.done = 0
        """Client actions of the scenario that were performed; what a person makes the clients do is not counted."""
        self._patience = scenario.patience if scenario else None
        self._idle = scenario.idle if scenario else None
        self._acted_at = self._worked_at = 0
        """The steps of the newest client action, and in which a lane last got something done."""
        self._acted_time = 0.0

    @property
    def next(self) -> Beat | None:
        """The action that is to come."""
        return self.beats[self.done] if self.done < len(self.beats) else None

    @property
    def listens_first(self) -> bool:
        """The programs may take their time to listen, and the clients wait for that."""
        return self._idle is not None

    def acted(self, step: int) -> None:
        """The clients have acted."""
        self._acted_at = self._worked_at = step
        self._acted_time = time.monotonic()

    def stepped(self, step: int, events: Iterable[Event]) -> None:
        """What a step has led to."""
        if self._idle is not None and any(_gets_done(event) for event in events):
            self._worked_at = step

    def impatient(self, step: int) -> bool:
        """The servers have had their steps since the last client action."""
        if self._idle is not None:
            return step - self._worked_at >= self._idle or step - self._acted_at >= _LONGEST
        patience = self._patience
        if self.next is not None and self.next.after is not None:
            patience = self.next.after
        return patience is not None and step - self._acted_at >= patience

    def impatient_free(self) -> bool:
        """The same, for servers that run free."""
        limited = self._patience is not None or (self.next is not None and self.next.after is not None)
        return (limited or self._idle is not None) and time.monotonic() - self._acted_time > _FREE_SECONDS


def _gets_done(event: Event) -> bool:
    """A call that changes something: no wait, no failure, no end of a stream that is read again and again."""
    if event.role != "server" or event.call is None or event.phase is not None or event.call in WAITS:
        return False
    return event.error is None and not (event.call in READS | {"SSL_read"} and not event.ret)
