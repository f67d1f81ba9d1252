"""A moment: an event with what surrounds it, and the words that every sentence uses for it."""

from __future__ import annotations

from typing import NamedTuple

from muxviz import printable
from muxviz.events import Event, split
from muxviz.state import FdState, LaneState, State
from muxviz.trace import Trace

Sentences = list[str]


class Moment(NamedTuple):
    """An event and what surrounds it."""

    trace: Trace
    event: Event
    state: State
    lane: LaneState

    def fd(self, number: int | None) -> FdState | None:
        """A descriptor of the lane."""
        return self.lane.fds.get(number) if number is not None else None

    @property
    def what(self) -> str:
        """The call's name, safe to show."""
        return printable.text(self.event.call or "", 24)


def bytes_(count: int) -> str:
    return f"{count} byte{'' if count == 1 else 's'}"


def flag_words(names: str) -> str:
    return " ".join(printable.text(name, 12) for name in split(names))


def who(moment: Moment, number: int | None) -> str:
    fd = moment.fd(number)
    if fd is not None and fd.kind == "listener":
        return "the listener"
    if fd is not None and fd.client is not None:
        return f"fd {number} (client {printable.text(fd.client, 8)})"
    return f"fd {number}"


def client_name(fd: FdState | None) -> str:
    return f"client {printable.text(fd.client, 8)}" if fd is not None and fd.client else "the other end"
