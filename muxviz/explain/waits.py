"""Sentences for waits: what one reported and what that means, or what the server sleeps on."""

from __future__ import annotations

from typing import Final

from muxviz import printable
from muxviz.events import WAITS, split
from muxviz.explain.moment import Moment, Sentences, bytes_, client_name, flag_words, who
from muxviz.state import FdState

READS: Final = frozenset({"recv", "recvfrom", "recvmsg", "read"})


def returned(moment: Moment) -> Sentences:
    event, what = moment.event, moment.what
    if event.error and event.error != "timeout":
        return [f"{what} failed with {printable.text(event.error, 16)}.", "It said nothing about any fd."]
    if not event.ready:
        return [
            f"{what} returned with nothing ready: its timeout ran out.",
            "The server wakes, finds no work, and waits again.",
        ]
    told = ", ".join(f"{flag_words(names)} for {who(moment, number)}" for number, names in event.ready[:3])
    more = f" and {len(event.ready) - 3} more" if len(event.ready) > 3 else ""
    number, names = event.ready[0]
    return [f"{what} returned {told}{more}.", *_why(moment, number, frozenset(split(names)))]


def _why(moment: Moment, number: int, names: frozenset[str]) -> Sentences:
    """What a report means: by the first rule that its flags meet."""
    fd = moment.fd(number)
    if fd is None:
        return [
            "The program has no such fd open any more: the report is for a file that lives on under another number."
        ]
    if "NVAL" in names:
        return ["That fd is not open: poll says NVAL where epoll would have forgotten it."]
    if fd.kind == "listener":
        waits = fd.queues.accepts
        count = f"{waits} connection{'' if waits == 1 else 's'}" if waits else "A connection"
        out = [f"{count} wait{'s' if waits in (None, 0, 1) else ''} in its accept queue."]
        return out + (["This edge is used up now: what accept leaves there is not reported again."] if fd.edge else [])
    if "ERR" in names:
        return [f"The connection of {client_name(fd)} is broken.", "The next recv takes the error and clears it."]
    if names & {"RDHUP", "HUP"} and not fd.unread:
        return [f"{client_name(fd).capitalize()} will send no more.", "The next recv returns 0 bytes."]
    if names & {"IN", "R"} and not fd.unread and fd.queues.recv == 0:
        return [
            "Nothing is unread, and yet it is readable: the stream has ended, or an error waits.",
            "The next recv tells which.",
        ]
    if names & {"OUT", "W"} and not names & {"IN", "R"}:
        queued = fd.queues.queued
        kept = (
            f"The server keeps {bytes_(queued)} queued, and so asked for this."
            if queued
            else "The server asked for it."
        )
        return ["There is room to send.", kept]
    if fd.edge:
        return [
            f"{_unread(fd)} That uses up the edge.",
            "What the server leaves unread is not reported again until more arrives.",
        ]
    return [_unread(fd), "A level wait reports this again and again, until the queue is empty."]


def _unread(fd: FdState) -> str:
    return f"{bytes_(fd.unread)} {'is' if fd.unread == 1 else 'are'} unread." if fd.unread else "Data is there."


def asleep(moment: Moment) -> Sentences:
    event, what = moment.event, moment.what
    if event.call not in WAITS:
        return [
            f"The server is blocked in {what} on {who(moment, event.fd)}.",
            f"{'It' if event.tid is None else 'That thread'} can do nothing else until that returns.",
        ]
    stuck = moment.lane.stranded
    if stuck:
        return _stranded(moment, stuck[0])
    timeout = event.args.get("timeout")
    if isinstance(timeout, int | float) and 0 <= timeout < 1 << 63:
        return [f"The server sleeps in {what}, for {timeout:g} ms at most: nothing that it asks about is ready."]
    unread = [fd for fd in moment.lane.fds.values() if fd.unread and fd.kind != "listener"]
    if unread:
        return [
            f"The server sleeps in {what}.",
            f"{bytes_(unread[0].unread)} arrived on {who(moment, unread[0].fd)} meanwhile.",
        ]
    if any(fd.edge for fd in moment.lane.fds.values()):
        return [f"The server sleeps in {what}: nothing new has come since it was told.", "The next arrival wakes it."]
    return [f"The server sleeps in {what}: nothing that it asks about is ready.", "A client's next action can wake it."]


def _stranded(moment: Moment, fd: FdState) -> Sentences:
    """An edge-triggered wait on what its edge has announced already: the cause first."""
    if fd.kind == "listener":
        return [
            f"The server took a part of its accept queue and waited again; {fd.unread} still waits there.",
            "Its edge was reported before. The next report comes with the next connection.",
        ]
    read = _read_since(moment, fd)
    when = f"at step {fd.reported_step}" if fd.reported_step is not None else "before"
    cause = (
        f"The server read {read} of the {read + fd.unread} unread bytes and waited again."
        if read
        else "The server waited again without reading."
    )
    return [
        cause,
        f"Their edge was reported {when}, so the {fd.unread} left are not reported again.",
        "The next report comes with new data, or after epoll_ctl(MOD).",
    ]


def _read_since(moment: Moment, fd: FdState) -> int:
    """Bytes that were read from an fd since its newest report."""
    total = 0
    for k in reversed(moment.trace.calls_until(moment.event.n, moment.event.lane or "", 64)):
        if fd.reported_n is None or k <= fd.reported_n:
            break
        event = moment.trace[k]
        if event.fd == fd.fd and event.call in READS and event.ret is not None and event.ret > 0:
            total += event.ret
    return total
