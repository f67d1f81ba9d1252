"""The rules, as a fold beside the state: one event at a time, and nothing is ever looked at again.

Theory of operation
-------------------
A report of an edge (or a ONESHOT report) is an obligation: nothing will be said of those bytes again. A read that
proves the queue empty meets it; MOD asks anew; a close ends it. What is still owed when the program has gone to sleep
is a finding. Calls alone prove that an obligation is open, and not that something lies there: a look at the queue makes
it certain.

*Parked* is: a wait on that epoll has begun and sleeps (in the lab and under `run` such an event is written only when
the kernel says that it does), or, by the clock where nobody held the program, 20 ms have passed since the fd's last
report or call, and a wait was made since, or is under way; a second for `disarmed`, as another thread may be at work.
The clock is that of the events: whatever comes tells how late it is.

Life of a suspicion: a read without a new report cancels it (a reader that does not wait to be told: all of that process
is information from then on). Where it goes on only with a new edge and then leaves the same open once more, in one
call that got all of the same size that it asked for, it is likely; once alone may be a program that asked for exactly
what had come, and a close tells nothing: nobody has to read to the end. Where a write of the program met a full buffer
it is possible and no more: to leave one side unread slows the other one down.

State is kept by (epoll, user data), for one life of an fd, and by process: threads share it. What a child or a sister
process shares is left out.
"""

from __future__ import annotations

from collections import ChainMap
from typing import Final

from muxviz.events import WAITS, Event, Header, split
from muxviz.findings import blocking, descriptors, spins, transfers
from muxviz.findings.ledger import Fds, Ledger
from muxviz.findings.obligations import amount_of, is_seen, owed_rule, was_empty
from muxviz.findings.registration import Lane, Pending, Read, Registration, Under
from muxviz.findings.shapes import Confidence, Revision
from muxviz.findings.store import MOST, Findings
from muxviz.kernel import LaneState, State

PARKED_NS: Final = 20_000_000
DISARMED_NS: Final = 1_000_000_000
_CLOCK_NS: Final = 5_000_000
"""How often what sleeps is looked after."""
_NOT_NOW: Final = frozenset({"EAGAIN", "EINPROGRESS", "EINTR", "timeout"})
_TO_READ: Final = frozenset({"IN", "RDHUP", "HUP"})
_HANDLERS: Final = {**descriptors.HANDLERS, **transfers.HANDLERS}


class Detector:
    """Events in, findings out, into `kept`."""

    def __init__(self, header: Header, kept: Findings) -> None:
        self.kept = kept
        self._ledger = Ledger(kept)
        self._traced = header.source.is_trace
        """strace writes the first half of a line where a wait begins: whether it sleeps, the clock tells."""
        self._attached = header.source.attached is not None
        self._blind = header.source.only == "waits"
        """Reads were not traced: that there was none is no news."""
        self._lanes: dict[str, Lane] = {}
        self._processes: dict[int, Lane] = {}
        self._clock = 0
        self._held = False
        """strace stands, and the program with it."""
        self._resumed = 0
        """`t` at which it went on: what lasted over that says nothing of the program."""

    def take(self, event: Event, state: State) -> None:
        """The next event, and the state after it."""
        if self._blind:
            return
        held = event.args.get("held") if event.note is not None else None
        if isinstance(held, bool):
            self._held, self._resumed = held, event.t
        late = self._traced and event.t >= self._clock and not self._held
        if late and event.look is None:
            self._look_after(event, state)
        self._take(event, state)
        if late and event.look is not None:  # what it saw tells how sure that is which is found now
            self._look_after(event, state)

    def _take(self, event: Event, state: State) -> None:
        if event.lane is None or event.role == "client":
            return
        now = state.lanes.get(event.lane)
        if now is None or (event.call is None and event.exit is None and event.look is None and not event.queues):
            return
        lane = self._lanes.get(event.lane) or self._new(event)
        fds = _fds(lane, now, state)
        if "seen" in event.args:
            descriptors.introduced(lane, event, fds)
        if event.exit is not None:
            self._exit(lane, event)
        elif event.call is None:
            self._look(lane, event, fds)
        elif event.phase is not None:
            self._begun(lane, event, fds)
        else:
            self._done(lane, event, fds)

    def _new(self, event: Event) -> Lane:
        """A lane that was not heard of; of a traced process that may have several."""
        assert event.lane is not None
        known = self._processes.get(event.pid) if self._traced and event.pid is not None else None
        lane = known or Lane(
            event.lane, owner=self._attached or not self._lanes, traced=self._traced, attached=self._attached,
            family=self._processes,
        )  # fmt: skip
        lane.name = lane.name or event.lane
        lane.names.append(event.lane)
        self._lanes[event.lane] = lane
        if self._traced and event.pid is not None:
            self._processes[event.pid] = lane
        return lane

    def _done(self, lane: Lane, event: Event, fds: Fds) -> None:
        """A call has returned."""
        under = lane.under.get(event.tid)
        if under is not None and (self._traced or under.call == event.call):
            del lane.under[event.tid]
        if (blocked := lane.blocked.pop(event.tid, None)) is not None:
            self._ledger.close(blocked, event.n, "returned")
        if event.call in WAITS:
            self._wait(lane, event, fds, under)
            return
        long = event.took is not None and event.took >= blocking.LONG_NS and event.step is None and blocked is None
        dry = blocking.is_dry(lane, event, fds) if long else None
        handler = _HANDLERS.get(event.call or "")
        if handler is not None:
            handler(self._ledger, lane, event, fds)
        touched = event.target if event.call == "epoll_ctl" else event.fd
        if isinstance(touched, int) and lane.streaks:
            spins.touched(self._ledger, lane, touched, event.n, "call")
        blocking.taken(lane, event)
        if dry is not None:
            self._took_long(lane, event, fds, dry)

    # --- waits -------------------------------------------------------------------------------------------------------

    def _begun(self, lane: Lane, event: Event, fds: Fds) -> None:
        """A call has begun and not returned: a wait that sleeps, or one that blocks the loop."""
        asks_only = event.timeout == 0
        call = event.call or ""
        dry = blocking.is_dry(lane, event, fds)
        under = lane.under[event.tid] = Under(
            event.n, event.t, call, event.fd, asks_only, event.lane or lane.name, event if dry is not None else None,
            dry is True,
        )  # fmt: skip
        if call in WAITS:
            blocking.waited(lane, event)
        if self._traced:
            return
        if call not in WAITS:
            self._blocks(lane, event.tid, under, event, fds)
        elif call == "epoll_wait" and not asks_only:
            for pending in (lane.unread, lane.disarmed):
                for watch in [watch for watch in pending.values() if watch.epfd == event.fd]:
                    self._park(lane, pending, watch, under, event.n, fds)

    def _look_after(self, event: Event, state: State) -> None:
        """Time has passed: what sleeps on an obligation has left it lying, and what has not returned is blocked."""
        self._clock = event.t + _CLOCK_NS
        for name, lane in self._lanes.items():
            if not lane.under or name != lane.name:
                continue
            fds: Fds | None = None
            for thread, under in lane.under.items():
                if under.asks_only or not (lane.unread or lane.disarmed or under.call not in WAITS):
                    continue
                fds = _fds(lane, state.lanes[lane.name], state) if fds is None else fds
                if under.call == "epoll_wait":
                    self._by_the_clock(lane, under, event, fds)
                elif under.call not in WAITS and event.t - max(under.t, self._resumed) >= blocking.LONG_NS:
                    self._blocks(lane, thread, under, event, fds)

    def _by_the_clock(self, lane: Lane, under: Under, event: Event, fds: Fds) -> None:
        """Park what has been waited over for long enough."""
        for pending, long in ((lane.unread, PARKED_NS), (lane.disarmed, DISARMED_NS)):
            for watch in list(pending.values()) if pending else ():
                if event.t - max(watch.last_t, self._resumed) < long:
                    break
                if watch.epfd == under.fd:
                    self._park(lane, pending, watch, under, event.n, fds)

    def _wait(self, lane: Lane, event: Event, fds: Fds, under: Under | None) -> None:
        asks_only = event.timeout == 0
        if under is None:
            under = Under(event.n, event.t, event.call or "", event.fd, asks_only, event.lane or lane.name)
            slept = False
        else:
            slept = True
        blocking.waited(lane, event)
        ready = event.ready or []
        if event.step is None and not asks_only and event.call == "epoll_wait":
            self._by_the_clock(lane, under, event, fds)
        if ready and event.maxevents == len(ready):
            self.kept.count("saturated", event.lane or lane.name, event.n)
        epfd = event.fd if event.fd is not None else -1
        lane.fresh = {fd: by for fd, by in lane.fresh.items() if by != epfd}
        levels = []
        data = event.args.get("data")  # the user data of each, where it is not the fd's number
        keys = data if isinstance(data, list) and len(data) == len(ready) else [number for number, _ in ready]
        for key, (number, flags) in zip(keys, ready, strict=True):
            names = frozenset(split(flags))
            if names & {"IN", "R"}:
                lane.fresh[number] = epfd
            watch = lane.watch(event.fd, key)
            if watch is None:
                levels.append((number, flags))
                continue
            if watch.closed is not None:
                lane.fresh.pop(number, None)
                if watch.closed < under.n:
                    self._ghost(lane, watch, event, fds, flags)
                continue
            if watch.edge or watch.oneshot:
                self._reported(lane, watch, event, names)
            if not watch.edge:
                levels.append((number, flags))
        short = not slept if event.step is not None else (event.took or 0) < spins.SHORT_NS
        spins.waited(self._ledger, lane, event, fds, levels, short)

    def _reported(self, lane: Lane, watch: Registration, event: Event, names: frozenset[str]) -> None:
        self._ledger.resolve(watch, event.n, "edge")
        watch.last_t = event.t
        if watch.oneshot:
            watch.armed = False
            lane.owes(lane.disarmed, watch)
        if names & _TO_READ:
            watch.reported, watch.report_n, watch.read, watch.reads = names, event.n, Read.NONE, 0
            lane.owes(lane.unread, watch)

    def _ghost(self, lane: Lane, watch: Registration, event: Event, fds: Fds, flags: str) -> None:
        if watch.place not in lane.ghosts and not lane.shares(watch.epfd):
            dup = lane.dups.get(watch.fd)
            lane.ghosts[watch.place] = self._ledger.open(
                event.lane or lane.name, fds, "ghost-fd", watch.fd, (watch.closed or 0, event.n), flags=flags,
                other=dup if dup in fds else None, client=watch.client,
            )  # fmt: skip

    # --- parking -----------------------------------------------------------------------------------------------------

    def _park(self, lane: Lane, pending: Pending, watch: Registration, under: Under, n: int, fds: Fds) -> None:
        """The program has gone to sleep on an obligation, or has left it lying for long."""
        pending.pop(watch.place, None)
        if watch.finding is not None or lane.shares(watch.fd) or lane.shares(watch.epfd):
            return
        fd = fds.get(watch.fd)
        rule = owed_rule(lane, watch, fd)
        if rule is None or fd is None or (rule == "disarmed") != (pending is lane.disarmed):
            return
        if self._traced and rule != "disarmed" and was_empty(watch, fd):
            return
        sure: Confidence = "information" if lane.speculative else "certain" if is_seen(watch, fd) else "possible"
        other = next(iter(lane.full), None) if rule != "disarmed" else None
        if other is not None and sure == "certain":
            sure = "possible"
        habit = rule, watch.size if rule == "stranded-data" else None, watch.reads
        if sure == "possible" and other is None and watch.reads <= 1 and watch.before and watch.before[0] == habit:
            sure = "likely"
            self._ledger.likely(watch.before[1], n)
        told = (watch.report_n, watch.read_n) if watch.read_n > watch.report_n else (watch.report_n,)
        watch.finding = self._ledger.open(
            under.lane, fds, rule, watch.fd, (*(k for k in told if 0 <= k < under.n), under.n), sure,
            amount_of(watch, fd), "|".join(sorted(watch.reported)), other, watch.client, n,
        )  # fmt: skip
        watch.before = habit, watch.finding
        if rule != "disarmed" and sure != "information" and len(lane.suspected) < MOST:
            lane.suspected.append(watch.finding)

    def _look(self, lane: Lane, event: Event, fds: Fds) -> None:
        """Seen from outside, while it slept: what has come makes an edge of its own, and what lies there proves a
        suspicion that the calls left open."""
        for number, queues in event.looked_at():
            fd = fds.get(number)
            for watch in lane.of(number):
                if queues.accepts is not None:
                    watch.accepts = queues.accepts
                finding = watch.finding
                if finding is None or fd is None:
                    continue
                amount, newest = amount_of(watch, fd), finding.turns[-1]
                proved = False
                if finding.rule == "disarmed":
                    proved = is_seen(watch, fd)
                elif not self._traced:
                    if amount is not None and amount > (newest.amount or 0):
                        self._ledger.resolve(watch, event.n, "edge")
                elif amount == 0 and finding.rule != "unread-eof":
                    self._ledger.resolve(watch, event.n, "empty")
                else:
                    proved = is_seen(watch, fd) and finding.other is None
                if proved and newest.sure == "possible" and not self._held:
                    finding.turns = (*finding.turns, Revision(event.n, "certain", amount))

    # --- what blocks -------------------------------------------------------------------------------------------------

    def _blocks(self, lane: Lane, thread: int | None, under: Under, event: Event, fds: Fds) -> None:
        """A call has not returned; under strace it has not for long."""
        begun = under.event
        if begun is None or under.fd is None:
            return
        sure = (
            blocking.sure_by_time(lane, begun, under.dry, event.t - max(under.t, self._resumed), traced=True)
            if self._traced
            else blocking.sure_of_a_sleep(begun)
        )
        found = lane.blocked.get(thread)
        if found is not None and found.turns[0].n >= under.n:
            if sure == "likely" and found.sure(event.n) == "possible":
                self._ledger.likely(found, event.n)
        elif sure is not None:
            lane.blocked[thread] = self._ledger.open(
                under.lane, fds, "blocking-io", under.fd, (under.n,), sure, flags=under.call, at=event.n
            )

    def _took_long(self, lane: Lane, event: Event, fds: Fds, dry: bool) -> None:
        took = event.took or 0
        if event.error in _NOT_NOW or event.fd is None or (self._traced and event.t - took < self._resumed):
            return
        sure = blocking.sure_by_time(lane, event, dry, took, traced=self._traced)
        if sure is not None:
            lane.blocked[event.tid] = self._ledger.open(
                event.lane or lane.name, fds, "blocking-io", event.fd, (event.n,), sure, took, event.call or ""
            )

    # --- the end -----------------------------------------------------------------------------------------------------

    def _exit(self, lane: Lane, event: Event) -> None:
        """The program has ended; an end that muxviz brought about leaves what was found standing."""
        if event.exit is not None and event.exit.by == "muxviz":
            return
        owed = [watch.finding for of in lane.watches.values() for watch in of.values() if watch.finding is not None]
        more = (lane.spins, lane.ghosts, lane.exhausted, lane.blocked)
        for finding in (*owed, *(finding for of in more for finding in of.values())):
            self._ledger.close(finding, event.n, "ended")
        for name in lane.names:
            self._lanes.pop(name, None)
        for pid in [pid for pid, one in self._processes.items() if one is lane]:
            del self._processes[pid]
            if lane.parent is not None:
                descriptors.left(lane.parent, pid)


def _fds(lane: Lane, now: LaneState, state: State) -> Fds:
    """The open descriptors of a process: those of its lane, or of all its lanes."""
    if len(lane.names) <= 1:
        return now.fds
    return ChainMap(now.fds, *(state.lanes[name].fds for name in lane.names if name in state.lanes))
