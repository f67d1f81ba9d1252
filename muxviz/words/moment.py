"""A moment: an event with what surrounds it, and the words that every sentence uses for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from muxviz import printable
from muxviz.calls import ALL_READS, ALL_WRITES, WAITS
from muxviz.events import Event, split
from muxviz.kernel import FdState, LaneState, State
from muxviz.language import say
from muxviz.trace import Trace

Sentences = list[str]

_REMEMBERED: Final = 64
"""Calls of a lane that a sentence looks back over, at most."""


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
    def traced(self) -> bool:
        """strace watched: the event is of a program that nobody looks into."""
        return self.trace.header.source.is_trace

    @property
    def what(self) -> str:
        """The call's name, safe to show."""
        return printable.text(self.event.call or "", 24)

    @property
    def error(self) -> str:
        """The errno's name, safe to show."""
        return printable.text(self.event.error or "", 16)

    @property
    def timeout(self) -> float | None:
        """Milliseconds that a wait may sleep, 0 where it may not; None where it has no limit, or none that a clock
        has."""
        found = self.event.timeout
        return float(found) if isinstance(found, int | float) and 0 <= found < 1 << 63 else None

    def before(self) -> Iterator[Event]:
        """The lane's calls before this one, the newest first, as far as a sentence remembers."""
        for n in reversed(self.trace.calls_until(self.event.n - 1, self.event.lane or "", _REMEMBERED)):
            yield self.trace[n]


# --- words -------------------------------------------------------------------------------------------------------


def bytes_(count: int) -> str:
    """`1 byte`, `12 bytes`."""
    return say("{count} byte", count=count) if count == 1 else say("{count} bytes", count=count)


def connections(count: int) -> str:
    """`1 connection`, `2 connections`."""
    return say("{count} connection", count=count) if count == 1 else say("{count} connections", count=count)


def flag_words(names: str) -> str:
    """`IN RDHUP`."""
    return " ".join(printable.text(name, 12) for name in split(names))


def who(moment: Moment, number: int | None) -> str:
    """An fd with what it leads to."""
    fd = moment.fd(number)
    if fd is not None and fd.kind == "listener":
        return say("the listener")
    path = moment.event.args.get("path") if number == moment.event.fd else None
    if isinstance(path, str):
        return say("fd {fd} ({what})", fd=number, what=_end_of(printable.text(path)))
    if fd is not None and fd.peer and moment.traced:
        return say("fd {fd} ({what})", fd=number, what=printable.text(fd.peer, 48))
    if fd is not None and fd.client is not None and not moment.traced:
        return say("fd {fd} (client {client})", fd=number, client=printable.text(fd.client, 8))
    if fd is not None and fd.queues.file:
        return say("fd {fd} ({what})", fd=number, what=printable.text(fd.queues.file, 8))
    return say("fd {fd}", fd=number)


_PATH_CELLS: Final = 48


def _end_of(path: str) -> str:
    """A path from its end, which tells more than its begin."""
    return path if len(path) <= _PATH_CELLS else "…" + path[-_PATH_CELLS + 1 :]


def client_name(fd: FdState | None) -> str:
    """Who is at the other end: by the name that a scenario gives, or by the address."""
    if fd is not None and fd.client is not None and fd.client.startswith("#") and fd.peer:
        return say("the client at {peer}", peer=printable.text(fd.peer, 48))
    if fd is not None and fd.client:
        return say("client {client}", client=printable.text(fd.client, 8))
    return say("the other end")


def sentence_case(words: str) -> str:
    """Words that begin a sentence."""
    return words[:1].upper() + words[1:]


# --- what the calls before tell ----------------------------------------------------------------------------------


def is_datagram(fd: FdState | None) -> bool:
    """The fd is a UDP socket."""
    return fd is not None and fd.kind == "datagram"


def is_stream(fd: FdState | None) -> bool:
    """The fd is a connection: bytes in order, with an end."""
    return fd is not None and (fd.kind == "connection" or fd.queues.tcp is not None) and not is_datagram(fd)


def has_flag(event: Event, name: str) -> bool:
    """A flag of recv(2) or send(2), such as OOB, is among those of the call."""
    return not {name, f"MSG_{name}"}.isdisjoint(split(event.flags))


def known_before(moment: Moment, number: int | None) -> FdState | None:
    """How the fd stood before the event."""
    if number is None or moment.event.n <= 0:
        return None
    lane = moment.trace.state(moment.event.n - 1).lanes.get(moment.event.lane or "")
    return lane.fds.get(number) if lane is not None else None


def is_epoll(moment: Moment, fd: FdState | None) -> bool:
    """What watches the fd is an epoll, and not the list of a select or a poll."""
    lane = moment.event.lane
    mechanism = next((info.mechanism for info in moment.trace.header.lanes if info.lane == lane), None)
    if mechanism is not None:
        return mechanism in ("level", "edge")
    newest = next((event.call for event in moment.before() if event.call in WAITS), None)
    return (newest or moment.event.call) not in ("select", "poll")


def connecting(moment: Moment, fd: FdState) -> bool:
    """A connect on it has begun, did not wait, and was not seen to end."""
    for event in moment.before():
        if event.n < fd.opened:
            return False
        if event.call == "connect" and event.fd == fd.fd:
            return event.error == "EINPROGRESS"
        if event.fd == fd.fd and event.call in ALL_READS | ALL_WRITES:
            return False
    return False


def read_since(moment: Moment, fd: FdState) -> int:
    """Bytes that were read from an fd since its newest report."""
    total = 0
    for event in moment.before():
        if fd.reported_n is None or event.n <= fd.reported_n:
            break
        if event.fd == fd.fd and event.call in ALL_READS and event.ret is not None and event.ret > 0:
            total += event.ret
    return total
