"""The look from outside: what arrived for lanes that sleep, or were just woken and have read nothing since.

Where a lane has very many connections, only its listeners and what leads to the clients that have just acted are looked
at: nothing else can have changed by it, and to go through all of them would take longer than the act.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from muxviz.events import Event, split
from muxviz.kernel import FdState, LaneState, State
from muxviz.sources.lab.lane import Lane
from muxviz.sources.outside import proc, sock_diag
from muxviz.sources.ring.lane_reader import Bell

_LOOPBACK: Final = "127.0.0.1"
_ACK_SECONDS: Final = 0.5
"""An acknowledgement comes within 40 ms, or 200 at the worst; an own FIN's makes another edge then."""


_EVERY: Final = 256
"""Descriptors of a lane up to which all of them are looked at."""
_KINDS: Final = frozenset({"listener", "connection", "datagram"})


def looks(lanes: Iterable[Lane], now: State, bell: Bell, clients: Collection[str] = ()) -> Iterator[Event]:
    """One event for each lane whose queues are not as they were in the state `now`, without time and step. `clients`
    are those that have just acted."""
    asked = {lane: proc.inodes(lane.pid, _concerned(now.lanes[lane.name], clients)) for lane in lanes if lane.alive}
    here = proc.network(os.getpid())
    for lane, numbers in asked.items():
        if not numbers:
            continue
        known, filled = now.lanes[lane.name].fds, {}
        table = _acknowledged(lane, known, numbers, bell, here=proc.network(lane.pid) == here)
        if any(known[number].kind == "datagram" for number in numbers):
            filled = proc.udp_queues(lane.pid, numbers.values())
        found = {}
        for number, inode in numbers.items():
            before = known[number].queues
            if known[number].kind == "datagram":
                after = proc.seen_datagrams(filled.get(inode), before)
            else:
                after = proc.seen(table.get(inode), before, _has_room(lane, known[number]))
            if proc.arrived(before, after):
                found[str(number)] = after
        if found:
            event = Event(n=-1, t=0, lane=lane.name, role="observer", look="outside")
            event.queues = found
            yield event


def _concerned(lane: LaneState, clients: Collection[str]) -> list[int]:
    """The sockets that can have changed."""
    if len(lane.fds) <= _EVERY:
        return [fd.fd for fd in lane.fds.values() if fd.kind in _KINDS]
    led = (lane.of_client(name) for name in clients)
    return sorted({fd.fd for fd in (*lane.listeners(), *led) if fd is not None and fd.closed is None})


def _acknowledged(
    lane: Lane, known: dict[int, FdState], numbers: dict[int, int], bell: Bell, *, here: bool
) -> dict[int, proc.TcpRow]:
    """The lane's sockets, once none of them waits for its own FIN's acknowledgement: that makes one more edge."""
    deadline = time.monotonic() + _ACK_SECONDS
    while True:
        table = _rows(lane, known, numbers, here=here)
        if not _waits_for_ack(table, numbers) or time.monotonic() > deadline:
            return table
        bell.wait(0.002)


def _rows(lane: Lane, known: dict[int, FdState], numbers: dict[int, int], *, here: bool) -> dict[int, proc.TcpRow]:
    """The lane's sockets, by inode: those whose two addresses are known are asked for one by one, as long as the lane
    is `here`, in our network namespace. The table of all sockets is read only for what was not found that way: on a
    machine with ten thousands of them, closed ones that linger included, it takes a long time."""
    streams = {number: inode for number, inode in numbers.items() if known[number].kind != "datagram"}
    pairs = [pair for number in streams if (pair := _addresses(lane, known[number])) is not None] if here else []
    wanted = set(streams.values())
    found = {
        row.inode: proc.TcpRow(proc.TCP_STATES[row.state], row.rx, row.tx)
        for row in sock_diag.rows(pairs)
        if row.inode in wanted
    }
    missing = wanted - found.keys()
    return found | proc.tcp_table(lane.pid, missing) if missing else found


def acknowledged(lanes: Iterable[Lane], now: State, bell: Bell) -> None:
    """Return when nothing that the lanes have sent is under way: it keeps its room in the send buffer until then."""
    deadline = time.monotonic() + _ACK_SECONDS
    for lane in lanes:
        for fd in now.lanes[lane.name].fds.values():
            while (told := _diag(lane, fd)) is not None and told.in_flight and time.monotonic() < deadline:
                bell.wait(0.002)


def _diag(lane: Lane, fd: FdState) -> sock_diag.Diag | None:
    """What the kernel says of a lane's connection."""
    pair = _addresses(lane, fd) if fd.kind == "connection" else None
    return sock_diag.ask(*pair) if pair is not None else None


def _addresses(lane: Lane, fd: FdState) -> tuple[sock_diag.Address, sock_diag.Address] | None:
    """A socket's own address and its peer's, where its lane's newest listener has led to it."""
    if lane.port is None:
        return None
    if fd.kind == "listener":
        return (_LOOPBACK, lane.port), sock_diag.LISTENER
    address, _, port = (fd.peer or "").rpartition(":")
    if fd.kind != "connection" or not port.isdecimal() or address != _LOOPBACK:
        return None
    return (_LOOPBACK, lane.port), (address, int(port))


def _has_room(lane: Lane, fd: FdState) -> bool:
    """A connection that was full can be written to again."""
    if fd.kind != "connection" or fd.queues.level is None or "OUT" in split(fd.queues.level):
        return False
    told = _diag(lane, fd)
    return told is not None and told.writable


def _waits_for_ack(table: dict[int, proc.TcpRow], numbers: dict[int, int]) -> bool:
    return any(row.state == "FIN_WAIT1" for inode in numbers.values() if (row := table.get(inode)))
