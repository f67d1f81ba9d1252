"""A call that sleeps while the loop of its own thread has other fds to watch.

A duration proves nothing: whoever wants a processor, Python's lock or strace's turn waits as long. What is non-blocking
(O_NONBLOCK, MSG_DONTWAIT, a socket with a timeout, which is polled and then read without blocking) never blocks. Sure
is what the kernel showed asleep, and what began, blocking, where nothing was to be had.
"""

from __future__ import annotations

from typing import Final

from muxviz.events import READS, WRITES, Event, split
from muxviz.findings.ledger import Fds
from muxviz.findings.registration import Lane, Loop
from muxviz.findings.shapes import Confidence

LONG_NS: Final = 10_000_000
"""From here on a call is looked at."""
_VERY_LONG_NS: Final = 1_000_000_000
"""No processor is waited for so long inside one system call."""
_TAKES: Final = READS | {"splice"}
MAY_BLOCK: Final = _TAKES | WRITES | {"accept", "connect"}
_NEVER: Final = ("DONTWAIT", "NOWAIT", "SPLICE_F_NONBLOCK")
"""Flags of one call that must not sleep: send(2), recv(2), preadv2(2), splice(2)."""
_TO_READ: Final = frozenset({"IN", "R"})
_STREAMS: Final = frozenset({"stream", "unix", "pipe"})


def never(event: Event) -> bool:
    """Whether the call itself can't sleep on its fd."""
    flags = event.flags
    return "timeout_s" in event.args or any(word in flags for word in _NEVER)


def waited(lane: Lane, event: Event) -> None:
    """A thread has made a wait, or has begun one: that is its loop."""
    asked = event.args.get("interest")
    ready = [number for number, _ in event.ready or ()]
    for number in ready:
        lane.dry.pop(number, None)
    whole = event.phase is None and event.error is None and event.maxevents != len(ready)
    epfd = event.fd if event.call == "epoll_wait" else None
    loop = Loop(epfd, asked if isinstance(asked, list) else [], frozenset(ready) if whole else None)
    lane.loops.setdefault(event.tid, {})[epfd] = loop


def is_dry(lane: Lane, event: Event, fds: Fds) -> bool | None:
    """Of a call that may block its thread's loop: whether nothing was to be had when it began, as far as the calls
    before it tell. None where it can't block one. To be asked before the call is taken in."""
    fd = fds.get(event.fd) if event.fd is not None else None
    if event.call not in MAY_BLOCK or fd is None or not fd.interest or never(event):
        return None
    loops = lane.loops.get(event.tid, {}).values()
    if not any(_watches_others(lane, loop, fd.fd, fds) for loop in loops):
        return None
    if event.call in WRITES or event.call == "connect":
        return False
    reported = any(loop.ready is not None and fd.fd in loop.ready for loop in loops)
    return fd.fd in lane.dry or (not reported and any(_was_low(lane, loop, fd.fd) for loop in loops))


def taken(lane: Lane, event: Event) -> None:
    """A call has returned: a short read of a stream has emptied it, and so has EAGAIN."""
    if event.fd is None or event.call not in _TAKES:
        return
    size, got = event.size, event.ret or 0
    if event.error == "EAGAIN" or (
        event.error is None and isinstance(size, int) and 0 < got < size and lane.form(event.fd) in _STREAMS
    ):
        lane.dry[event.fd] = None
    else:
        lane.dry.pop(event.fd, None)


def sure_of_a_sleep(event: Event) -> Confidence | None:
    """Of a call that the kernel showed asleep."""
    return None if never(event) else "certain"


def sure_by_time(lane: Lane, event: Event, dry: bool, took: int, *, traced: bool) -> Confidence | None:
    """Of a call that has lasted `took` ns; None where it did not block."""
    known = lane.fds.get(event.fd) if event.fd is not None else None
    blocks = (known.blocking if known is not None else None) if traced else event.args.get("blocking") is True
    if blocks is None:
        return "possible"
    if not blocks or took < LONG_NS:
        return None
    return "certain" if dry else "likely" if traced and took >= _VERY_LONG_NS else "possible"


def _watches_others(lane: Lane, loop: Loop, fd: int, fds: Fds) -> bool:
    if loop.epfd is None:
        return any(pair[0] != fd and pair[0] in fds for pair in loop.asked if isinstance(pair, list) and pair)
    return any(watch.fd != fd and watch.closed is None for watch in lane.watches.get(loop.epfd, {}).values())


def _was_low(lane: Lane, loop: Loop, fd: int) -> bool:
    """Whether a wait that would have reported the fd's level did not."""
    if loop.ready is None:
        return False
    if loop.epfd is None:
        pairs = (pair for pair in loop.asked if isinstance(pair, list) and len(pair) == 2)
        return any(number == fd and not _TO_READ.isdisjoint(split(str(sides))) for number, sides in pairs)
    return any(
        watch.epfd == loop.epfd and "IN" in watch.asks and not watch.edge and watch.armed for watch in lane.of(fd)
    )
