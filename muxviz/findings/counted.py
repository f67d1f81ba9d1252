"""What is counted and no finding: reports that led to nothing, waits that were as full as they could be."""

from __future__ import annotations

from typing import Final

from muxviz.events import Event
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.obligations import TAKES
from muxviz.findings.rule import Check, Fds, Rule, Waited

_TO_READ: Final = frozenset({"IN", "R"})


class Counts(Check):
    """The counters of a process."""

    calls = frozenset({*TAKES, "accept"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._fresh: dict[int, int] = {}
        """fds that the newest wait on an epoll (-1: select and poll) reported to read, and on which nothing was called
        since; with that epoll."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        event, epfd = wait.event, wait.epfd
        if wait.reports and event.maxevents == len(wait.reports):
            self.ledger.kept.count("saturated", event.lane or self.process.name, event.n)
        self._fresh = {fd: by for fd, by in self._fresh.items() if by != epfd}
        for one in wait.reports:
            if not one.names.isdisjoint(_TO_READ):
                self._fresh[one.fd] = epfd
            if one.watch is not None and one.watch.closed is not None:
                self._fresh.pop(one.fd, None)

    def called(self, event: Event, fds: Fds) -> None:
        fresh = self._fresh.pop(event.fd, None) is not None if event.fd is not None else False
        if event.error == "EAGAIN" and fresh:
            self.ledger.kept.count("wasted", event.lane or self.process.name, event.n)

    def closed(self, fd: int, n: int) -> None:
        self._fresh.pop(fd, None)
