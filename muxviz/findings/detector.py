"""The clock and the loop: each event is told to the checks of its process, one event at a time, and nothing is ever
looked at again.

What a rule takes from the events, when it has found something, how sure it is and how that ends stands in its file in
`rules`. Here is what they share: which process an event is of, what it has open (`descriptors`), what is under way, and
how late it is. State is kept by (epoll, user data), for one life of an fd, and by process: threads share it. What a
child or a sister process shares is left out.
"""

from __future__ import annotations

from collections import ChainMap
from functools import lru_cache
from typing import Final

from muxviz.calls import WAITS
from muxviz.events import Event, Header, split
from muxviz.findings import descriptors
from muxviz.findings.counted import Counts
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Checks, Process, Registration, Under
from muxviz.findings.rule import Check, Fds, Report, Rule, Waited
from muxviz.findings.rules import BY_NAME
from muxviz.findings.store import Findings
from muxviz.kernel import LaneState, State

_CLOCK_NS: Final = 5_000_000
"""How often what has begun is looked after."""


def _by_check() -> dict[type[Check], list[Rule]]:
    found: dict[type[Check], list[Rule]] = {}
    for rule in BY_NAME.values():
        found.setdefault(rule.check, []).append(rule)
    return found


_CHECKS: Final = _by_check()
"""Every check, with its rules."""


class Detector:
    """Events in, findings out, into `kept`."""

    def __init__(self, header: Header, kept: Findings) -> None:
        self.kept = kept
        self._ledger = Ledger(kept)
        self._traced = header.source.is_trace
        """strace writes the first half of a line where a wait begins: whether it sleeps, the clock tells."""
        self._whole = header.source.kind != "run"
        self._attached = header.source.attached is not None
        self._blind = header.source.only == "waits"
        """Reads were not traced: that there was none is no news."""
        self._lanes: dict[str, Process] = {}
        self._processes: dict[int, Process] = {}
        self._clock = 0
        self._held = False
        """strace stands, and the program with it."""
        self._resumed = 0

    def take(self, event: Event, state: State) -> None:
        """The next event, and the state after it."""
        if self._blind:
            return
        held = event.args.get("held") if event.note is not None else None
        if isinstance(held, bool):
            self._held, self._resumed = held, event.t
            for process in self._lanes.values():
                process.resumed = event.t
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
        process = self._lanes.get(event.lane) or self._new(event)
        fds = _fds(process, now, state)
        if "seen" in event.args:
            descriptors.introduced(process, event, fds)
        if event.exit is not None:
            self._exit(process, event)
        elif event.call is None:
            for looked in process.checks.looked:
                looked(event, fds, self._held)
        elif event.phase is not None:
            self._begun(process, event, fds)
        else:
            self._done(process, event, fds)

    def _new(self, event: Event) -> Process:
        """The process of a lane that was not heard of; a traced one may have several lanes."""
        assert event.lane is not None
        process = self._processes.get(event.pid) if self._traced and event.pid is not None else None
        if process is None:
            process = Process(
                event.lane, owner=self._attached or not self._lanes, traced=self._traced, attached=self._attached,
                family=self._processes, resumed=self._resumed, whole=self._whole,
            )  # fmt: skip
        if not process.checks.all:  # a child is known by its parent's fork before it makes a call
            made = [check(process, self._ledger, rules) for check, rules in _CHECKS.items()]
            process.checks = Checks([*made, Counts(process, self._ledger, [])])
        process.name = process.name or event.lane
        process.names.append(event.lane)
        self._lanes[event.lane] = process
        if self._traced and event.pid is not None:
            self._processes[event.pid] = process
        return process

    def _begun(self, process: Process, event: Event, fds: Fds) -> None:
        """A call has begun and not returned: a wait that sleeps, or one that blocks the loop."""
        lane = event.lane or process.name
        under = Under(event.n, event.t, event.call or "", event.fd, event.timeout == 0, lane)
        process.under[event.tid] = under
        for begun in process.checks.begun:
            begun(event, under, fds)

    def _done(self, process: Process, event: Event, fds: Fds) -> None:
        """A call has returned."""
        under = process.under.get(event.tid)
        if under is not None and (self._traced or under.call == event.call):
            del process.under[event.tid]
        call = event.call or ""
        if call in WAITS:
            wait = _waited(process, event, under)
            for waited in process.checks.waited:
                waited(wait, fds)
            return
        for called in process.checks.called.get(call) or process.checks.wanting(call):
            called(event, fds)
        handler = descriptors.HANDLERS.get(call)
        if handler is not None:
            handler(process, event, fds)

    def _look_after(self, event: Event, state: State) -> None:
        """Time has passed over what has begun and not returned."""
        self._clock = event.t + _CLOCK_NS
        for name, process in self._lanes.items():
            if not process.under or name != process.name:
                continue
            fds: Fds | None = None
            for thread, under in process.under.items():
                if under.asks_only:
                    continue
                fds = _fds(process, state.lanes[process.name], state) if fds is None else fds
                for tell in process.checks.late:
                    tell(event, thread, under, fds)

    def _exit(self, process: Process, event: Event) -> None:
        """The program has ended; an end that muxviz brought about leaves what was found standing."""
        if event.exit is not None and event.exit.by == "muxviz":
            return
        for finding in [finding for check in process.checks.all for finding in check.lasting()]:
            self._ledger.close(finding, event.n, "ended")
        for name in process.names:
            self._lanes.pop(name, None)
        for pid in [pid for pid, one in self._processes.items() if one is process]:
            del self._processes[pid]
            if process.parent is not None:
                descriptors.left(process.parent, pid)


_NONE: Final[dict[int, Registration]] = {}


@lru_cache(256)
def names_of(flags: str) -> frozenset[str]:
    """The flags of `IN|RDHUP`."""
    return frozenset(split(flags))


def _waited(process: Process, event: Event, under: Under | None) -> Waited:
    """A wait that has returned, with the registrations that its reports are of."""
    ready, data = event.ready or [], event.args.get("data")  # the user data of each, where it is not the fd's number
    watches = process.watches.get(event.fd, _NONE) if event.fd is not None else _NONE
    if data is None:
        reports = [Report(fd, flags, names_of(flags), watches.get(fd)) for fd, flags in ready]
    else:
        keys = data if isinstance(data, list) and len(data) == len(ready) else [fd for fd, _ in ready]
        pairs = zip(keys, ready, strict=True)
        reports = [Report(fd, flags, names_of(flags), watches.get(key)) for key, (fd, flags) in pairs]
    slept = under is not None
    if under is None:
        under = Under(event.n, event.t, event.call or "", event.fd, event.timeout == 0, event.lane or process.name)
    return Waited(event, under, slept, reports)


def _fds(process: Process, now: LaneState, state: State) -> Fds:
    """The open descriptors of a process: those of its lane, or of all its lanes."""
    if len(process.names) <= 1:
        return now.fds
    return ChainMap(now.fds, *(state.lanes[name].fds for name in process.names if name in state.lanes))
