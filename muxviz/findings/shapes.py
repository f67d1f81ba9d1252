"""What a finding is: a rule's verdict on a stretch of the trace, how sure it is and since when, and how it ended."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from muxviz.events import Int, Position

RuleName = str
"""A rule by name: each of `rules` has one."""

Confidence = Literal["certain", "likely", "possible", "information"]
"""`certain`: the queue was seen, or the calls themselves prove it. `possible`: the calls leave an obligation open.
`likely`: they did after two reports in a row, in the same way. `information`: the process has been seen to read without
being told, so that an open obligation means nothing there."""
Level = Literal["certain", "likely", "possible"]
LEVELS: Final[tuple[Level, ...]] = ("certain", "likely", "possible")
"""How sure a finding can be, the surest first; `information` is none of them and never fails a check."""
Resolution = Literal[
    "cancelled", "edge", "closed", "mod", "del", "call", "slept", "changed", "returned", "accepted", "ended", "empty"
]
"""What ended a finding. `cancelled`: a read without a new event, `edge`: new data or a new report, `closed`: the fd was
closed, `call`: the program made a call on the fd, `slept`: a wait slept again, `changed`: a
wait reported something else, `returned`: the blocking call did,
`accepted`: accept works again, `ended`: the program did, `empty`: a look found nothing."""


class Revision(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """From event n on, the finding is this sure."""

    n: Position
    sure: Confidence
    amount: Int | None = None
    """Bytes unread, connections to accept, or nanoseconds in the call, where they were seen."""


class Finding(msgspec.Struct, array_like=True):
    """One finding. Once it is there, it may have another turn, and an end: what was known at a moment stays."""

    rule: RuleName
    lane: str
    fd: Int
    client: str | None
    evidence: tuple[Position, ...]
    """n of the events that it rests on, in order; the last one is that at which it was found."""
    turns: tuple[Revision, ...]
    flags: str = ""
    """The flags that were reported."""
    other: Int | None = None
    """Another fd that matters: the dup of a ghost, the one that is full under back-pressure."""
    closed: Position | None = None
    """n of the event that ended it."""
    how: Resolution | None = None

    @property
    def opened(self) -> int:
        """n of the event at which it was found."""
        return self.turns[0].n

    def lasts(self, n: int) -> bool:
        """Whether it is open after event n."""
        return self.opened <= n and (self.closed is None or self.closed > n)

    def turn(self, n: int) -> Revision:
        """What was known of it after event n."""
        known = [turn for turn in self.turns if turn.n <= n]
        return known[-1] if known else self.turns[0]

    def sure(self, n: int) -> Confidence:
        """How sure it is, by what was known after event n."""
        return self.turn(n).sure

    def amount(self, n: int) -> int | None:
        """What was seen by event n: bytes unread, connections to accept, nanoseconds in the call."""
        return self.turn(n).amount

    def cancelled(self, n: int) -> bool:
        """Whether a read without a new event had cancelled it by event n."""
        return self.how in ("cancelled", "empty") and self.closed is not None and self.closed <= n
