"""Blocking call: it sleeps while the loop of its own thread has other fds to watch.

A duration proves nothing: whoever wants a processor, Python's lock or strace's turn waits as long. What is non-blocking
(O_NONBLOCK, MSG_DONTWAIT, a socket with a timeout, which is polled and then read without blocking) never blocks. Sure
is what the kernel showed asleep, and what began, blocking, where nothing was to be had.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from muxviz.calls import READS, WAITS, WRITES
from muxviz.events import Event, split
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process, Under
from muxviz.findings.rule import Check, Fds, Rule, Waited, Words
from muxviz.findings.shapes import Confidence, Finding
from muxviz.language import _

LONG_NS: Final = 10_000_000
"""From here on a call is looked at."""
_VERY_LONG_NS: Final = 1_000_000_000
"""No processor is waited for so long inside one system call."""
_TAKES: Final = READS | {"splice"}
_MAY_BLOCK: Final = _TAKES | WRITES | {"accept", "connect"}
_NEVER: Final = ("DONTWAIT", "NOWAIT", "SPLICE_F_NONBLOCK")
"""Flags of one call that must not sleep: send(2), recv(2), preadv2(2), splice(2)."""
_NOT_NOW: Final = frozenset({"EAGAIN", "EINPROGRESS", "EINTR", "timeout"})
_TO_READ: Final = frozenset({"IN", "R"})
_STREAMS: Final = frozenset({"stream", "unix", "pipe"})


class Blocking(Check):
    """Calls that sleep while a loop waits for their thread."""

    calls = None

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._loops: dict[int | None, dict[int | None, Event]] = {}
        """By thread and epoll (None: select and poll), the newest wait, which may have only begun."""
        self._dry: dict[int, None] = {}
        """fds whose last read found or left nothing, and of which nothing was reported since."""
        self._begun: dict[int | None, tuple[Event, bool]] = {}
        """By thread, a call that may block its loop, and whether nothing was to be had when it began."""
        self._found: dict[int | None, Finding] = {}
        """By thread, the call that it is blocked in, or the last one of those that were."""

    # --- what is told ------------------------------------------------------------------------------------------------

    def waited(self, wait: Waited, fds: Fds) -> None:
        self._returned(wait.event)
        self._loop(wait.event)

    def begun(self, event: Event, under: Under, fds: Fds) -> None:
        dry = self._is_dry(event, fds)
        self._begun.pop(event.tid, None)
        if dry is not None:
            self._begun[event.tid] = event, dry
        if event.call in WAITS:
            self._loop(event)
        elif dry is not None and not self.process.traced:
            self._sleeps(event.tid, under, event, fds, "certain")

    def late(self, event: Event, thread: int | None, under: Under, fds: Fds) -> None:
        begun = self._begun.get(thread)
        took = event.t - max(under.t, self.process.resumed)
        if begun is None or begun[0].n != under.n or took < LONG_NS:
            return
        sure = self._sure_by_time(begun[0], begun[1], took)
        if sure is not None:
            self._sleeps(thread, under, event, fds, sure)

    def called(self, event: Event, fds: Fds) -> None:
        was_found = self._found and self._returned(event)
        dry = None
        if event.took is not None and event.took >= LONG_NS and event.step is None and not was_found:
            dry = self._is_dry(event, fds)
        if event.call in _TAKES:
            self._taken(event)
        if dry is not None and event.error not in _NOT_NOW and event.fd is not None:
            took = event.took or 0
            if self.process.traced and event.t - took < self.process.resumed:
                return
            sure = self._sure_by_time(event, dry, took)
            if sure is not None:
                self._found[event.tid] = self.ledger.open(
                    event.lane or self.process.name, fds, RULE.name, event.fd, (event.n,), sure, took, event.call or ""
                )

    def closed(self, fd: int, n: int) -> None:
        self._dry.pop(fd, None)

    def lasting(self) -> list[Finding]:
        return list(self._found.values())

    # --- what follows ------------------------------------------------------------------------------------------------

    def _returned(self, event: Event) -> bool:
        """The thread's call is over; True where it was one that had been found."""
        found = self._found.pop(event.tid, None)
        if found is not None:
            self.ledger.close(found, event.n, "returned")
        return found is not None

    def _loop(self, event: Event) -> None:
        """A thread has made a wait, or has begun one: that is its loop."""
        if self._dry:
            for number, _flags in event.ready or ():
                self._dry.pop(number, None)
        epfd = event.fd if event.call == "epoll_wait" else None
        self._loops.setdefault(event.tid, {})[epfd] = event

    def _is_dry(self, event: Event, fds: Fds) -> bool | None:
        """Of a call that may block its thread's loop: whether nothing was to be had when it began, as far as the calls
        before it tell. None where it can't block one."""
        fd = fds.get(event.fd) if event.fd is not None else None
        if event.call not in _MAY_BLOCK or fd is None or not fd.interest or _never(event):
            return None
        loops = self._loops.get(event.tid, {}).values()
        if not any(self._watches_others(loop, fd.fd, fds) for loop in loops):
            return None
        if event.call in WRITES or event.call == "connect":
            return False
        told = [ready for loop in loops if (ready := _told(loop)) is not None]
        reported = any(fd.fd in ready for ready in told)
        return fd.fd in self._dry or (not reported and any(self._was_low(loop, fd.fd) for loop in loops))

    def _taken(self, event: Event) -> None:
        """A call has returned: a short read of a stream has emptied it, and so has EAGAIN."""
        if event.fd is None:
            return
        size, got = event.size, event.ret or 0
        short = event.error is None and isinstance(size, int) and 0 < got < size
        if event.error == "EAGAIN" or (short and self.process.form(event.fd) in _STREAMS):
            self._dry[event.fd] = None
        else:
            self._dry.pop(event.fd, None)

    def _sure_by_time(self, event: Event, dry: bool, took: int) -> Confidence | None:
        """Of a call that has lasted `took` ns; None where it did not block."""
        traced = self.process.traced
        known = self.process.fds.get(event.fd) if event.fd is not None else None
        blocks = (known.blocking if known is not None else None) if traced else event.args.get("blocking") is True
        if blocks is None:
            return "possible"
        if not blocks or took < LONG_NS:
            return None
        return "certain" if dry else "likely" if traced and took >= _VERY_LONG_NS else "possible"

    def _sleeps(self, thread: int | None, under: Under, event: Event, fds: Fds, sure: Confidence) -> None:
        """A call has not returned; under strace it has not for long."""
        if under.fd is None:
            return
        found = self._found.get(thread)
        if found is not None and found.turns[0].n >= under.n:
            if sure == "likely" and found.sure(event.n) == "possible":
                self.ledger.likely(found, event.n)
            return
        self._found[thread] = self.ledger.open(
            under.lane, fds, RULE.name, under.fd, (under.n,), sure, flags=under.call, at=event.n
        )

    def _watches_others(self, loop: Event, fd: int, fds: Fds) -> bool:
        if loop.call != "epoll_wait":
            return any(number != fd and number in fds for number in _asked(loop))
        of = self.process.watches.get(loop.fd, {}) if loop.fd is not None else {}
        return any(watch.fd != fd and watch.closed is None for watch in of.values())

    def _was_low(self, loop: Event, fd: int) -> bool:
        """Whether a wait that would have reported the fd's level did not."""
        if _told(loop) is None:
            return False
        if loop.call != "epoll_wait":
            return any(number == fd and not _TO_READ.isdisjoint(split(sides)) for number, sides in loop.interest or ())
        of = self.process.of(fd)
        return any(watch.epfd == loop.fd and "IN" in watch.asks and watch.is_level and watch.armed for watch in of)


def _asked(loop: Event) -> Iterator[int]:
    """The numbers that select or poll was asked about; a pair may be told badly."""
    asked = loop.args.get("interest")
    pairs = asked if isinstance(asked, list) else ()
    return (pair[0] for pair in pairs if isinstance(pair, list) and pair)


def _told(loop: Event) -> frozenset[int] | None:
    """What a wait reported; None where it has not returned, or there was no room for all."""
    ready = loop.ready or ()
    whole = loop.phase is None and loop.error is None and loop.maxevents != len(ready)
    return frozenset(number for number, _ in ready) if whole else None


def _never(event: Event) -> bool:
    """Whether the call itself can't sleep on its fd."""
    flags = event.flags
    return "timeout_s" in event.args or any(word in flags for word in _NEVER)


RULE: Final = Rule(
    name="blocking-io",
    order=110,
    check=Blocking,
    words=Words(
        _("blocking call"),
        _("BLOCKED"),
        _("{flags}{took}"),
        _("{flags} on a watched fd{took}; every other fd waits"),
        _(
            "A call on an fd that a wait watches slept. The loop can serve nobody else until it returns, and a report "
            "is no promise that a call will not block."
        ),
        (_("make the fd non-blocking (O_NONBLOCK) and take EAGAIN for an answer"),),
        "select(2), fcntl(2)",
        possible=_("Possible: it took long, but may have waited for a processor rather than for the fd."),
        timed=True,
        when=(
            ("certain", _("the kernel showed it asleep, or it began, blocking, where nothing was to be had")),
            ("likely", _("a traced call on a blocking fd lasted a second")),
            ("possible", _("it took long, and may have waited for a processor rather than for the fd")),
        ),
    ),
)  # fmt: skip
