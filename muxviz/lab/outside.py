"""The look from outside: what arrived for lanes that sleep, or were just woken and have read nothing since."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final

from muxviz.events import Event, Queues
from muxviz.lab import kernel
from muxviz.lab.lane import Lane
from muxviz.probe.link import Bell
from muxviz.state import State

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
            after = kernel.seen(table.get(inode), before)
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
        connections = [fd.fd for fd in now.lanes[lane.name].fds.values() if fd.kind == "connection"]
        numbers = kernel.inodes(lane.pid, connections) if lane.alive else {}
        while numbers and _in_flight(kernel.tcp_table(lane.pid), numbers) and time.monotonic() < deadline:
            bell.wait(0.002)


def _in_flight(table: dict[int, kernel.TcpRow], numbers: dict[int, int]) -> bool:
    return any(row.in_flight for inode in numbers.values() if (row := table.get(inode)))


def _waits_for_ack(table: dict[int, kernel.TcpRow], numbers: dict[int, int]) -> bool:
    return any(row.state == "FIN_WAIT1" for inode in numbers.values() if (row := table.get(inode)))


def arrived(before: Queues, after: Queues) -> bool:
    """Whether something has come since: bytes, connections, another TCP state."""
    return (
        (after.recv is not None and after.recv != (before.recv or 0))
        or (after.accepts is not None and after.accepts != (before.accepts or 0))
        or (after.tcp is not None and before.tcp is not None and after.tcp != before.tcp)
    )
