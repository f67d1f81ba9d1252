"""What a recording of a scenario says, in the words of the tests."""

from __future__ import annotations

from muxviz.events import Event
from muxviz.trace import Trace


def told(trace: Trace, lane: str) -> list[list[str]]:
    """The flags of each wait that returned, in order."""
    return [[flags for _, flags in event.ready or ()] for event in calls(trace, lane, "select", "poll", "epoll_wait")]


def calls(trace: Trace, lane: str, *names: str) -> list[Event]:
    """Finished calls of a server, by name."""
    events = map(trace.__getitem__, range(len(trace)))
    return [e for e in events if e.lane == lane and e.role == "server" and e.kind == "call" and e.call in names]
