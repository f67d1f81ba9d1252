"""What a read proves of an fd's queue, and what a look saw there."""

from __future__ import annotations

from typing import Final

from muxviz.events import READABLE, Event, split
from muxviz.findings.memory import Process, Read, Registration
from muxviz.findings.rule import Fds
from muxviz.kernel import FdState

ENDS: Final = frozenset({"RDHUP", "HUP"})
ENDED_TCP: Final = frozenset({"CLOSE_WAIT", "LAST_ACK", "CLOSING", "CLOSE"})
_COUNTER: Final = 8
"""Bytes that a read of an eventfd or a timerfd returns: all there are (eventfd(2), timerfd_create(2))."""


def proof_of(process: Process, watch: Registration, event: Event, fds: Fds) -> Read:
    """What a read proves of the queue; a look does, too: after it, or at the report, less what was read since."""
    fd, form, size = fds.get(watch.fd), process.form(watch.fd), event.size
    datagram = fd is not None and fd.kind == "datagram"
    if event.error or event.ret is None or event.ret < 0 or (event.ret == 0 and not datagram):
        return Read.DRAINED
    if fd is not None and fd.queues.recv == 0 and fd.looked_n is not None and fd.looked_n >= watch.report_n:
        return Read.SHORT if fd.queues.tcp in ENDED_TCP or watch.reported & ENDS else Read.DRAINED
    if event.call == "recvmmsg":  # fewer than it had room for: the next one would have been EAGAIN
        return Read.DRAINED if event.ret < event.args.get("messages", 0) else Read.OPEN
    if form == "counter" or (form in (None, "other") and event.ret == size == _COUNTER):
        return Read.DRAINED
    if not isinstance(size, int) or event.ret >= size:
        return Read.OPEN
    stream = form in ("stream", "unix", "pipe") or (fd is not None and fd.queues.tcp is not None)
    return Read.SHORT if stream and not (event.call == "recvmsg" and form == "unix") else Read.OPEN


def amount_of(watch: Registration, fd: FdState) -> int | None:
    """Bytes unread, or connections to accept; None where nobody looked."""
    return watch.accepts if fd.kind == "listener" else fd.queues.recv


def is_seen(watch: Registration, fd: FdState) -> bool:
    """Whether a look found something there to read. What a read is known to have left counts: it was seen before."""
    if amount_of(watch, fd):
        return True
    return fd.queues.level is not None and not fd.queues.derived and bool(READABLE & set(split(fd.queues.level)))


def was_empty(watch: Registration, fd: FdState) -> bool:
    """Whether a look that is newer than its last report and read found nothing to read. Bytes that a report had and
    that were read since are no look."""
    newest = max(watch.report_n, watch.read_n)
    looked = fd.looked_n is not None and fd.looked_n > newest and not fd.queues.derived
    return looked and amount_of(watch, fd) == 0 and not is_seen(watch, fd)
