"""Accept exhausted: accept fails for want of a descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from muxviz.events import Event
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import Check, Fds, Rule, Waited, Words
from muxviz.findings.shapes import Finding
from muxviz.language import _

_NO_ROOM: Final = frozenset({"EMFILE", "ENFILE"})


IN_A_ROW: Final = 4


@dataclass(slots=True)
class Failing:
    """A listener whose accept has failed for want of a descriptor, since one worked."""

    failed: list[int]
    """n of the first two."""
    row: int = 1
    """How many in a row, each after a wait that reported the listener again."""
    told: bool = False
    """It was reported since the newest failed."""


class Exhausted(Check):
    """Listeners whose accept fails again and again: a program that does something about it stops asking for a while."""

    calls = frozenset({"accept", "epoll_ctl"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._failing: dict[int, Failing] = {}
        self._found: dict[int, Finding] = {}
        """Both by listener."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        if not self._failing:
            return
        named = {one.fd for one in wait.reports}
        full = wait.event.maxevents == len(wait.reports)
        for number, failing in self._failing.items():
            if number in named:
                failing.told = True
            elif not full and not wait.under.asks_only:
                failing.row, failing.told = 0, False  # not asked for, or somebody else took it

    def called(self, event: Event, fds: Fds) -> None:
        if event.call == "epoll_ctl":
            if self._failing and event.target is not None and (paused := self._failing.get(event.target)) is not None:
                paused.row, paused.told = 0, False
            return
        number = event.fd
        if number is None:
            return
        if event.error in _NO_ROOM:
            self._failed(number, event, fds)
        elif event.error is None:
            self._failing.pop(number, None)
            if (found := self._found.pop(number, None)) is not None:
                self.ledger.close(found, event.n, "accepted")

    def _failed(self, number: int, event: Event, fds: Fds) -> None:
        failing = self._failing.get(number)
        if failing is None:
            self._failing[number] = Failing([event.n])
            return
        if failing.told or not failing.row:
            failing.row, failing.told = failing.row + 1, False
        if number not in self._found:
            failing.failed.append(event.n)
            self._found[number] = self.ledger.open(
                event.lane or self.process.name, fds, RULE.name, number, tuple(failing.failed[:2]), "possible",
                flags=event.error or "",
            )  # fmt: skip
        if failing.row == IN_A_ROW:
            self.ledger.certain(self._found[number], event.n)

    def closed(self, fd: int, n: int) -> None:
        self._failing.pop(fd, None)
        if (failing := self._found.pop(fd, None)) is not None:
            self.ledger.close(failing, n, "closed")

    def lasting(self) -> list[Finding]:
        return list(self._found.values())


RULE: Final = Rule(
    name="accept-exhausted",
    order=90,
    check=Exhausted,
    words=Words(
        _("accept exhausted"),
        _("NO FD LEFT"),
        _("accept: {flags}"),
        _("accept fails with {flags}; the connections stay in the queue"),
        _(
            "accept failed twice for want of a file descriptor. The connection is not taken, so a level stays high and "
            "an edge is used up."
        ),
        (_("close fds that are done, or raise RLIMIT_NOFILE"), _("stop asking for the listener until an fd is free"),
         _("or keep one fd in reserve: close it, accept, close that")),
        "accept(2), getrlimit(2)",
        possible=_("Possible: it failed twice. Whoever stops asking for a while, or frees a descriptor, is right to."),
        when=(
            ("certain", _("four times in a row a wait reported the listener again, and accept failed again")),
            ("possible", _("accept failed twice")),
        ),
    ),
)  # fmt: skip
