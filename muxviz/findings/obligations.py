"""Obligations: what an edge owes.

Theory of operation
-------------------
A report of an edge (or a ONESHOT report) is an obligation: nothing will be said of those bytes again. A read that
proves the queue empty meets it; MOD asks anew; a close ends it. What is still owed when the program has gone to sleep
is a finding, of the rule that says so (`OwedRule.owed`). Calls alone prove that an obligation is open, and not that
something lies there: a look at the queue makes it certain.

*Parked* is: a wait on that epoll has begun and sleeps (in the lab and under `run` such an event is written only when
the kernel says that it does), or, by the clock where nobody held the program, 20 ms have passed since the fd's last
report or call, and a wait was made since, or is under way; a second for `disarmed`, as another thread may be at work.
The clock is that of the events: whatever comes tells how late it is.

Life of a suspicion: a read without a new report cancels it (a reader that does not wait to be told: all of that process
is information from then on). Where it goes on only with a new edge and then leaves the same open once more, in one
call that got all of the same size that it asked for, it is likely; once alone may be a program that asked for exactly
what had come, and a close tells nothing: nobody has to read to the end. Where a write of the program met a full buffer
it is possible and no more: to leave one side unread slows the other one down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from muxviz.calls import READS, WRITES
from muxviz.events import Event
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process, Read, Registration, Under
from muxviz.findings.queue_proofs import amount_of, is_seen, proof_of, was_empty
from muxviz.findings.rule import Check, Fds, Rule, Waited
from muxviz.findings.shapes import Confidence, Finding, Resolution, Revision
from muxviz.findings.store import MOST
from muxviz.kernel import FdState

PARKED_NS: Final = 20_000_000
DISARMED_NS: Final = 1_000_000_000
TAKES: Final = READS | {"splice"}
_TO_READ: Final = frozenset({"IN", "RDHUP", "HUP"})
_NO_ROOM: Final = frozenset({"EMFILE", "ENFILE"})

Pending = dict[tuple[int, int], Registration]
"""Registrations with an open obligation, by epoll and user data; the one that was touched longest ago is first."""


@dataclass(frozen=True)
class OwedRule(Rule):
    """A rule about what an edge, or a ONESHOT report, owes."""

    owed: Callable[[Process, Registration, FdState], bool]
    """Whether an open registration's obligation is under this rule; of several the first is."""

    looked: ClassVar[bool] = True


class Obligations(Check):
    """What each registration of a process owes."""

    calls = frozenset({*TAKES, *WRITES, "accept", "epoll_ctl"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._unread: Pending = {}
        self._disarmed: Pending = {}
        self._full: dict[int, None] = {}
        """fds whose last write met a full buffer."""
        self._speculative = False
        """It has read without being told."""
        self._suspected: list[Finding] = []
        """What was found of it that the calls leave open, while that is not so."""

    # --- what is told ------------------------------------------------------------------------------------------------

    def called(self, event: Event, fds: Fds) -> None:
        call = event.call
        if call == "accept":
            self._accepted(event)
        elif call == "epoll_ctl":
            self._controlled(event)
        elif call in WRITES:
            self._wrote(event, event.fd)
        else:
            self._read(event, fds)

    def waited(self, wait: Waited, fds: Fds) -> None:
        event = wait.event
        if event.step is None and not wait.under.asks_only and event.call == "epoll_wait":
            self._by_the_clock(wait.under, event, fds)
        for one in wait.reports:
            watch = one.watch
            if watch is not None and watch.closed is None and (watch.edge or watch.oneshot):
                self._reported(watch, event, one.names)

    def begun(self, event: Event, under: Under, fds: Fds) -> None:
        if event.call == "epoll_wait" and not under.asks_only and not self.process.traced:
            for pending in (self._unread, self._disarmed):
                for watch in [watch for watch in pending.values() if watch.epfd == event.fd]:
                    self._park(pending, watch, under, event.n, fds)

    def late(self, event: Event, thread: int | None, under: Under, fds: Fds) -> None:
        if under.call == "epoll_wait":
            self._by_the_clock(under, event, fds)

    def looked(self, event: Event, fds: Fds, held: bool) -> None:
        """What has come makes an edge of its own, and what lies there proves a suspicion that the calls left open."""
        for number, queues in event.looked_at():
            fd = fds.get(number)
            for watch in self.process.of(number):
                if queues.accepts is not None:
                    watch.accepts = queues.accepts
                finding = watch.finding
                if finding is None or fd is None:
                    continue
                amount, newest = amount_of(watch, fd), finding.turns[-1]
                proved = False
                if finding.rule == "disarmed":
                    proved = is_seen(watch, fd) and not watch.helped
                elif not self.process.traced:
                    if amount is not None and amount > (newest.amount or 0):
                        self._resolve(watch, event.n, "edge")
                elif amount == 0 and finding.rule != "unread-eof":
                    self._resolve(watch, event.n, "empty")
                else:
                    proved = is_seen(watch, fd) and finding.other is None
                if proved and newest.sure == "possible" and not held:
                    finding.turns = (*finding.turns, Revision(event.n, "certain", amount))

    def closed(self, fd: int, n: int) -> None:
        for watch in self.process.of(fd):
            self._resolve(watch, n, "closed")
            self._forget(watch)
        for watch in self.process.watches.get(fd, {}).values():  # it was an epoll
            self._resolve(watch, n, "del")
            self._forget(watch)
        self._full.pop(fd, None)

    def lasting(self) -> list[Finding]:
        every = [watch.finding for of in self.process.watches.values() for watch in of.values()]
        return [finding for finding in every if finding is not None]

    # --- reports, reads, accepts, writes -----------------------------------------------------------------------------

    def _reported(self, watch: Registration, event: Event, names: frozenset[str]) -> None:
        self._resolve(watch, event.n, "edge")
        watch.last_t, watch.told, watch.helped = event.t, event.tid, False
        if watch.oneshot:
            watch.armed = False
            _owes(self._disarmed, watch)
        if names & _TO_READ:
            watch.reported, watch.report_n, watch.read, watch.reads = names, event.n, Read.NONE, 0
            _owes(self._unread, watch)

    def _read(self, event: Event, fds: Fds) -> None:
        number = event.fd
        if number is None:
            return
        self._touch(number, event)
        to = event.args.get("to")
        if event.call == "splice" and isinstance(to, int) and self.process.of(to):  # EAGAIN may be either end's
            self._wrote(event, to)
        if event.error == "EINTR" or (event.error is None and _takes_nothing(event)):
            return
        for watch in self.process.of(number):
            if watch.finding is not None:
                if watch.finding.rule != "disarmed":
                    self._reads_untold(event.n)
                self._resolve(watch, event.n, "cancelled")
            watch.read, watch.read_n = proof_of(self.process, watch, event, fds), event.n
            size = event.size
            watch.reads, watch.size = watch.reads + 1, size if isinstance(size, int) else None
            if watch.read is not Read.OPEN:
                watch.before = None
            if watch.read is not Read.DRAINED:
                _owes(self._unread, watch)
            else:
                self._unread.pop(watch.place, None)

    def _accepted(self, event: Event) -> None:
        number = event.fd
        if number is None or event.error in _NO_ROOM:
            return
        self._touch(number, event)
        for watch in self.process.of(number):
            watch.read_n = event.n
            looked = event.queues.get(str(number))
            if looked is not None and looked.accepts is not None:
                watch.accepts = looked.accepts
            elif event.error is None and watch.accepts:
                watch.accepts -= 1
            if event.error is None and watch.finding is not None:
                self._reads_untold(event.n)
                self._resolve(watch, event.n, "cancelled")
            empty = event.error == "EAGAIN" or (looked is not None and looked.accepts == 0)
            watch.read = Read.DRAINED if empty else Read.OPEN
            watch.reads += event.error is None
            if empty:
                watch.before = None
                self._unread.pop(watch.place, None)
            else:
                _owes(self._unread, watch)

    def _wrote(self, event: Event, number: int | None) -> None:
        """Did a write meet a full buffer?"""
        if number is None:
            return
        self._touch(number, event)
        size = event.args.get("messages" if event.call == "sendmmsg" else "size")
        # A file that is shorter than what was asked for, or a pipe with less in it, is no full buffer.
        partly = event.call not in ("sendfile", "splice") and isinstance(size, int) and 0 <= (event.ret or 0) < size
        if event.error == "EAGAIN" or (partly and not event.error):
            self._full[number] = None
        else:
            self._full.pop(number, None)

    def _controlled(self, event: Event) -> None:
        if event.ret != 0:
            return
        for watch in self.process.of(event.target):
            if watch.epfd == event.fd:
                self._resolve(watch, event.n, "del" if event.op == "DEL" else "mod")
                self._forget(watch)
                break

    # --- parking -----------------------------------------------------------------------------------------------------

    def _by_the_clock(self, under: Under, event: Event, fds: Fds) -> None:
        """Park what has been waited over for long enough."""
        for pending, long in ((self._unread, PARKED_NS), (self._disarmed, DISARMED_NS)):
            for watch in list(pending.values()) if pending else ():
                if event.t - max(watch.last_t, self.process.resumed) < long:
                    break
                if watch.epfd == under.fd:
                    self._park(pending, watch, under, event.n, fds)

    def _park(self, pending: Pending, watch: Registration, under: Under, n: int, fds: Fds) -> None:
        """The program has gone to sleep on an obligation, or has left it lying for long."""
        pending.pop(watch.place, None)
        process = self.process
        if watch.finding is not None or process.shares(watch.fd) or process.shares(watch.epfd):
            return
        fd = fds.get(watch.fd)
        rule = self._owed(watch, fd)
        if rule is None or fd is None or (rule == "disarmed") != (pending is self._disarmed):
            return
        if process.traced and rule != "disarmed" and was_empty(watch, fd):
            return
        sure: Confidence = "information" if self._speculative else "certain" if is_seen(watch, fd) else "possible"
        if rule == "disarmed" and watch.helped and sure == "certain":
            sure = "possible"
        if sure == "certain" and watch.read is Read.NONE and rule != "disarmed":
            sure = process.surest(watch.fd, fd)
        other = next(iter(self._full), None) if rule != "disarmed" else None
        if other is not None and sure == "certain":
            sure = "possible"
        habit = rule, watch.size if rule == "stranded-data" else None, watch.reads
        if sure == "possible" and other is None and watch.reads <= 1 and watch.before and watch.before[0] == habit:
            sure = "likely"
            self.ledger.likely(watch.before[1], n)
        told = (watch.report_n, watch.read_n) if watch.read_n > watch.report_n else (watch.report_n,)
        watch.finding = self.ledger.open(
            under.lane, fds, rule, watch.fd, (*(k for k in told if 0 <= k < under.n), under.n), sure,
            amount_of(watch, fd), "|".join(sorted(watch.reported)), other, watch.client, n,
        )  # fmt: skip
        watch.before = habit, watch.finding
        if rule != "disarmed" and sure != "information" and len(self._suspected) < MOST:
            self._suspected.append(watch.finding)

    def _owed(self, watch: Registration, fd: FdState | None) -> str | None:
        """The rule that an obligation is under; None where nothing is owed."""
        if watch.closed is not None or fd is None:
            return None
        of = (rule for rule in self.rules if isinstance(rule, OwedRule))
        return next((rule.name for rule in of if rule.owed(self.process, watch, fd)), None)

    # --- what is settled ---------------------------------------------------------------------------------------------

    def _resolve(self, watch: Registration, n: int, how: Resolution) -> None:
        """What was found about a registration is over."""
        if watch.finding is not None:
            self.ledger.close(watch.finding, n, how)
            watch.finding = None

    def _forget(self, watch: Registration) -> None:
        """It owes nothing any more."""
        self._unread.pop(watch.place, None)
        self._disarmed.pop(watch.place, None)

    def _touch(self, fd: int, event: Event) -> None:
        """A call on an fd: what is owed there was not left lying yet."""
        for watch in self.process.of(fd):
            watch.last_t = event.t
            watch.helped |= event.tid != watch.told
            for pending in (self._unread, self._disarmed):
                if pending.pop(watch.place, None) is not None:
                    pending[watch.place] = watch

    def _reads_untold(self, n: int) -> None:
        """The process has read what no new report told of: what it owes means nothing, nor did it before."""
        if not self._speculative and self.process.traced:
            for finding in self._suspected:
                finding.turns = (*finding.turns, Revision(n, "information", finding.turns[-1].amount))
        self._speculative = True
        self._suspected.clear()


def owes_an_edge(watch: Registration) -> bool:
    """Whether an edge was reported, and can be reported again."""
    return watch.edge and bool(watch.reported) and not (watch.oneshot and not watch.armed)


def _owes(pending: Pending, watch: Registration) -> None:
    """It has an obligation, touched now."""
    pending.pop(watch.place, None)
    pending[watch.place] = watch


def _takes_nothing(event: Event) -> bool:
    """A read of no bytes, or one that leaves them there (recv(2), MSG_PEEK)."""
    return event.size == 0 or "PEEK" in event.flags
