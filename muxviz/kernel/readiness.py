"""What follows from what was observed: the rules by which a state is derived, each with its reason."""

from __future__ import annotations

from typing import Final

from muxviz.events import READABLE, Event, Queues, split
from muxviz.kernel.state import FdState

ENDED_TCP: Final = frozenset({"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT", "CLOSE"})


def wire_high(fd: FdState) -> bool:
    """High means: a level-triggered wait that asks for everything would name this fd as readable now.

    The looked-at level decides (it comes from the queue, SO_RCVLOWAT and the TCP state: tcp(7), net/ipv4/tcp.c
    tcp_poll). Where a free run did not look at it, the last thing that a call proved does: a byte left or an end that
    was not closed is high.
    """
    if fd.queues.level is not None:
        return bool(READABLE.intersection(split(fd.queues.level)))
    if fd.kind == "listener":
        return bool(fd.queues.accepts)
    return bool(fd.queues.recv) or fd.eof or fd.queues.tcp in ENDED_TCP


def stranded(fd: FdState) -> bool:
    """A wait has begun, the fd is registered for IN, edge-triggered or disarmed by its one report, and its wire is high
    with bytes (or connections, or a datagram) there: their edge is used up, so this wait says nothing of them
    (epoll(7), "Level-triggered and edge-triggered"; epoll_ctl(2), EPOLLONESHOT)."""
    return (fd.edge or fd.disarmed) and "IN" in split(fd.interest) and fd.high and fd.holds


def taken(fd: FdState, event: Event) -> None:
    """What a read returned is no longer unread. Only where nobody looked after the read, as in a free run; a read with
    flags may be a MSG_PEEK (recv(2)), which takes nothing."""
    before = fd.queues.recv
    if before and event.ret and not event.flags:
        fd.queues = fd.queues.updated(Queues(recv=max(0, before - event.ret), derived=True))
        fd.high = wire_high(fd)
