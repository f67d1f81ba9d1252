"""The look from outside: what arrived for lanes that sleep, or were just woken and have read nothing since."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final

from muxviz.events import Event, Queues, split
from muxviz.lab import diag, kernel
from muxviz.lab.lane import Lane
from muxviz.probe.link import Bell
from muxviz.state import FdState, State

_LOOPBACK: Final = "127.0.0.1"
_ACK_SECONDS: Final = 0.5
"""An acknowledgement comes within 40 ms, or 200 at the worst; an own FIN's makes another edge then."""


def looks(lanes: Iterable[Lane], now: State, bell: Bell) -> Iterator[Event]:
    """One event for each lane whose queues are not as they were in the state `now`, without time and step."""
    tables: dict[int, dict[int, kernel.TcpRow]] = {}  # by network namespace: a table takes milliseconds
    for lane in lanes:
        if not lane.alive:
            continue
        known = now.lanes[lane.name].fds
        numbers = kernel.inodes(lane.pid, [fd.fd for fd in known.values() if fd.kind in ("listener", "connection")])
        if not numbers:
            continue
        namespace = kernel.network(lane.pid)
        if namespace not in tables or _waits_for_ack(tables[namespace], numbers):
            tables[namespace] = _acknowledged_table(lane, numbers, bell)
        table = tables[namespace]
        found = {}
        for number, inode in numbers.items():
            before = known[number].queues
            after = kernel.seen(table.get(inode), before, _has_room(lane, known[number]))
            if arrived(before, after):
                found[str(number)] = after
        if found:
            event = Event(n=-1, t=0, lane=lane.name, role="observer", look="outside")
            event.queues = found
            yield event


def _acknowledged_table(lane: Lane, numbers: dict[int, int], bell: Bell) -> dict[int, kernel.TcpRow]:
    """The lane's sockets, once none of them waits for its own FIN's acknowledgement: that makes one more edge."""
    deadline = time.monotonic() + _ACK_SECONDS
    while True:
        table = kernel.tcp_table(lane.pid)
        if not _waits_for_ack(table, numbers) or time.monotonic() > deadline:
            return table
        bell.wait(0.002)


def acknowledged(lanes: Iterable[Lane], now: State, bell: Bell) -> None:
    """Return when nothing that the lanes have sent is under way: it keeps its room in the send buffer until then."""
    deadline = time.monotonic() + _ACK_SECONDS
    for lane in lanes:
        for fd in now.lanes[lane.name].fds.values():
            while (told := _diag(lane, fd)) is not None and told.in_flight and time.monotonic() < deadline:
                bell.wait(0.002)


def _diag(lane: Lane, fd: FdState) -> diag.Diag | None:
    """What the kernel says of a lane's connection."""
    address, _, port = (fd.peer or "").rpartition(":")
    if lane.port is None or fd.kind != "connection" or not port.isdecimal() or address != _LOOPBACK:
        return None
    return diag.ask((_LOOPBACK, lane.port), (address, int(port)))


def _has_room(lane: Lane, fd: FdState) -> bool:
    """A connection that was full can be written to again."""
    if fd.kind != "connection" or fd.queues.level is None or "OUT" in split(fd.queues.level):
        return False
    told = _diag(lane, fd)
    return told is not None and told.writable


def _waits_for_ack(table: dict[int, kernel.TcpRow], numbers: dict[int, int]) -> bool:
    return any(row.state == "FIN_WAIT1" for inode in numbers.values() if (row := table.get(inode)))


def arrived(before: Queues, after: Queues) -> bool:
    """Whether something has come since: bytes, connections, room to send, another TCP state."""
    return (
        (after.recv is not None and after.recv != (before.recv or 0))
        or (after.accepts is not None and after.accepts != (before.accepts or 0))
        or (after.tcp is not None and before.tcp is not None and after.tcp != before.tcp)
        or ("OUT" in split(after.level or "") and before.level is not None and "OUT" not in split(before.level))
    )
