"""Reads, accepts and writes, and what epoll_ctl says of an fd: what they settle of that which is owed."""

from __future__ import annotations

from typing import Final

from muxviz.events import READS, WRITES, Event
from muxviz.findings.descriptors import Handler, inherited, opened
from muxviz.findings.ledger import Fds, Ledger
from muxviz.findings.obligations import proof_of
from muxviz.findings.registration import Form, Lane, Read, Registration

_TAKES: Final = READS | {"splice"}
_NO_ROOM: Final = frozenset({"EMFILE", "ENFILE"})


def _read(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    number = event.fd
    if number is None:
        return
    fresh = lane.fresh.pop(number, None) is not None
    if event.error == "EAGAIN" and fresh:
        ledger.kept.count("wasted", event.lane or lane.name, event.n)
    lane.touch(number, event.t)
    if event.call == "splice" and lane.of(event.args.get("to")):  # EAGAIN of a pipe may be either end's
        _filled(lane, event, event.args.get("to"))
    if event.error == "EINTR" or (event.error is None and _takes_nothing(event)):
        return
    for watch in lane.of(number):
        if watch.finding is not None:
            if watch.finding.rule != "disarmed":
                ledger.reads_untold(lane, event.n)
            ledger.resolve(watch, event.n, "cancelled")
        watch.read, watch.read_n = proof_of(lane, watch, event, fds), event.n
        size = event.size
        watch.reads, watch.size = watch.reads + 1, size if isinstance(size, int) else None
        if watch.read is not Read.OPEN:
            watch.before = None
        if watch.read is not Read.DRAINED:
            lane.owes(lane.unread, watch)
        else:
            lane.unread.pop(watch.place, None)


def _takes_nothing(event: Event) -> bool:
    """A read of no bytes, or one that leaves them there (recv(2), MSG_PEEK)."""
    return event.size == 0 or "PEEK" in event.flags


def _accept(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    number = event.fd
    if number is None:
        return
    fresh = lane.fresh.pop(number, None) is not None
    if event.error in _NO_ROOM:
        _no_room(ledger, lane, event, fds, number)
        return
    if event.error == "EAGAIN" and fresh:
        ledger.kept.count("wasted", event.lane or lane.name, event.n)
    inherited(lane, number, theirs=True)
    if event.error is None:
        lane.failing.pop(number, None)
        if (failing := lane.exhausted.pop(number, None)) is not None:
            ledger.close(failing, event.n, "accepted")
        if event.ret is not None:
            opened(ledger, lane, event.ret, event, _form(lane, event, number))
    lane.touch(number, event.t)
    for watch in lane.of(number):
        watch.read_n = event.n
        looked = event.queues.get(str(number))
        if looked is not None and looked.accepts is not None:
            watch.accepts = looked.accepts
        elif event.error is None and watch.accepts:
            watch.accepts -= 1
        if event.error is None and watch.finding is not None:
            ledger.reads_untold(lane, event.n)
            ledger.resolve(watch, event.n, "cancelled")
        empty = event.error == "EAGAIN" or (looked is not None and looked.accepts == 0)
        watch.read = Read.DRAINED if empty else Read.OPEN
        watch.reads += event.error is None
        if empty:
            watch.before = None
            lane.unread.pop(watch.place, None)
        else:
            lane.owes(lane.unread, watch)


def _form(lane: Lane, event: Event, listener: int) -> Form:
    """What accept made: like its listener, or as the peer's address tells."""
    known, peer = lane.form(listener), event.args.get("peer")
    if known in ("stream", "unix"):
        return known
    return "stream" if isinstance(peer, list) and len(peer) > 1 else "unix"


def _no_room(ledger: Ledger, lane: Lane, event: Event, fds: Fds, number: int) -> None:
    """accept fails for want of a descriptor."""
    failed = lane.failing.setdefault(number, [])
    failed.append(event.n)
    if len(failed) == 2 and number not in lane.exhausted:
        lane.exhausted[number] = ledger.open(
            event.lane or lane.name, fds, "accept-exhausted", number, tuple(failed), flags=event.error or ""
        )
    del failed[2:]


def _write(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    _filled(lane, event, event.fd)


def _filled(lane: Lane, event: Event, number: object) -> None:
    """Did a write meet a full buffer?"""
    if not isinstance(number, int):
        return
    lane.touch(number, event.t)
    size = event.args.get("messages" if event.call == "sendmmsg" else "size")
    # A file that is shorter than what was asked for, or a pipe with less in it, is no full buffer.
    partly = event.call not in ("sendfile", "splice") and isinstance(size, int) and 0 <= (event.ret or 0) < size
    if event.error == "EAGAIN" or (partly and not event.error):
        lane.full[number] = None
    else:
        lane.full.pop(number, None)


def _control(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    number, op = event.target, event.op
    if event.ret != 0 or not isinstance(number, int) or event.fd is None:
        return
    known = next((watch for watch in lane.of(number) if watch.epfd == event.fd), None)
    if known is not None:
        ledger.resolve(known, event.n, "del" if op == "DEL" else "mod")
        lane.remove(known)
    if op == "DEL":
        return
    fd = fds.get(number)
    data = event.args.get("data", number)
    key = data if isinstance(data, int) else number
    watch = known or Registration(event.fd, key, number, fd.client if fd is not None else None, frozenset())
    watch.key, watch.last_t = key, event.t
    watch.arm(event.events)
    inherited(lane, event.fd, theirs=True)
    inherited(lane, number, theirs=fd is not None and fd.kind == "listener")
    lane.add(watch)
    if (ghost := lane.ghosts.pop(watch.place, None)) is not None:
        ledger.close(ghost, event.n, "mod")


HANDLERS: Final[dict[str, Handler]] = {
    **dict.fromkeys(_TAKES, _read),
    **dict.fromkeys(WRITES, _write),
    "accept": _accept,
    "epoll_ctl": _control,
}
"""By call."""
