"""Spins: waits that return at once, again and again, with what nobody does anything about.

The same fd with the same flags in four waits of a thread in a row, none of which slept, with no call on it in between.
Two in a row are normal where a server looks once more before it is done (memcached does).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from muxviz.events import Event, split
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import Check, Fds, Rule, Waited
from muxviz.findings.shapes import Finding, Resolution

IN_A_ROW: Final = 4
SHORT_NS: Final = 1_000_000

Streak = dict[int, tuple[str, int, int]]
"""By fd: flags, how many short waits in a row gave them, n of the first."""


@dataclass(frozen=True)
class SpinRule(Rule):
    """A rule about what is reported again and again."""

    names: Callable[[frozenset[str]], bool]
    """Whether it is about a report of these flags; of several the first rule is."""

    spins: ClassVar[bool] = True


class Spins(Check):
    """Levels that nobody does anything about."""

    calls = None

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._streaks: dict[tuple[int | None, int], Streak] = {}
        """By thread and epoll (-1: select and poll): several threads may be told of one level, each once."""
        self._found: dict[tuple[int | None, int, int], Finding] = {}
        """By thread, epoll and fd."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        event, epfd = wait.event, wait.epfd
        ready = [(one.fd, one.flags) for one in wait.reports if one.watch is None or one.watch.is_level]
        short = not wait.slept if event.step is not None else (event.took or 0) < SHORT_NS
        who = event.tid, epfd
        before = self._streaks.get(who)
        if not short or not ready:
            if before:
                del self._streaks[who]
                self._end(event, epfd, "slept", still=frozenset())
            return
        now: Streak = {}
        for fd, flags in ready:
            known = before.get(fd) if before else None
            count, first = (known[1] + 1, known[2]) if known is not None and known[0] == flags else (1, event.n)
            now[fd] = (flags, count, first)
        self._streaks[who] = now
        if self._found:
            still = frozenset(fd for fd, (_, count, _) in now.items() if count > 1)
            self._end(event, epfd, "changed", still)
        for fd, (flags, count, first) in now.items():
            key = (event.tid, epfd, fd)
            if count == IN_A_ROW and key not in self._found and not self.process.shares(fd):
                self._found[key] = self.ledger.open(
                    event.lane or self.process.name, fds, self._rule_of(flags), fd, (first, event.n), flags=flags
                )

    def _rule_of(self, flags: str) -> str:
        names = frozenset(split(flags))
        return next(rule.name for rule in self.rules if isinstance(rule, SpinRule) and rule.names(names))

    def _end(self, event: Event, epfd: int, how: Resolution, still: frozenset[int]) -> None:
        for key in [key for key in self._found if key[:2] == (event.tid, epfd) and key[2] not in still]:
            self.ledger.close(self._found.pop(key), event.n, how)

    def called(self, event: Event, fds: Fds) -> None:
        touched = event.target if event.call == "epoll_ctl" else event.fd
        if touched is not None and self._streaks and event.call != "close":
            self._touched(touched, event.n, "call")

    def closed(self, fd: int, n: int) -> None:
        self._touched(fd, n, "closed")

    def _touched(self, fd: int, n: int, how: Resolution) -> None:
        """The program has made a call on an fd: that is no streak any more."""
        for streak in self._streaks.values():
            if streak:
                streak.pop(fd, None)
        if self._found:
            for key in [key for key in self._found if key[2] == fd]:
                self.ledger.close(self._found.pop(key), n, how)

    def lasting(self) -> list[Finding]:
        return list(self._found.values())
