"""What a recording of a scenario says, in the words of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from muxviz.events import Event
from muxviz.kernel import State
from muxviz.trace import Trace

_read: WeakKeyDictionary[Trace, list[Event]] = WeakKeyDictionary()


def events(trace: Trace) -> Sequence[Event]:
    """All of it, read once: of a recording that is closed at the end of a test."""
    if trace not in _read:
        _read[trace] = [trace[n] for n in range(len(trace))]
    return _read[trace]


def told(trace: Trace, lane: str) -> list[list[str]]:
    """The flags of each wait that returned, in order."""
    return [[flags for _, flags in event.ready or ()] for event in calls(trace, lane, "select", "poll", "epoll_wait")]


def calls(trace: Trace, lane: str, *names: str) -> list[Event]:
    """Finished calls of a server, by name."""
    return [e for e in events(trace) if e.lane == lane and e.role == "server" and e.kind == "call" and e.call in names]


def by_beat(trace: Trace, lane: str) -> list[list[list[str]]]:
    """The flags of each wait that returned: first those before any client action, then those after each."""
    beats: list[list[list[str]]] = [[]]
    for event in events(trace):
        if event.action is not None:
            beats.append([])
        elif event.lane == lane and event.role == "server" and event.is_wakeup:
            beats[-1].append([flags for _, flags in event.ready or ()])
    return beats


def at_the_end(trace: Trace) -> State:
    """How the lanes stood before muxviz ended them."""
    return trace.state(next(n for n in range(len(trace)) if trace[n].exit is not None) - 1)
