"""Accept exhausted: accept fails for want of a descriptor."""

from __future__ import annotations

from typing import Final

from muxviz.events import Event
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import SHOWN, Check, Fds, Rule, Words
from muxviz.findings.shapes import Finding
from muxviz.language import _

_NO_ROOM: Final = frozenset({"EMFILE", "ENFILE"})


class Exhausted(Check):
    """Listeners whose accept has failed twice since one worked."""

    calls = frozenset({"accept"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._failing: dict[int, list[int]] = {}
        """By listener, n of the accepts that failed for want of an fd, since one worked."""
        self._found: dict[int, Finding] = {}

    def called(self, event: Event, fds: Fds) -> None:
        number = event.fd
        if number is None:
            return
        if event.error in _NO_ROOM:
            failed = self._failing.setdefault(number, [])
            failed.append(event.n)
            if len(failed) == 2 and number not in self._found:
                self._found[number] = self.ledger.open(
                    event.lane or self.process.name, fds, RULE.name, number, tuple(failed), flags=event.error or ""
                )
            del failed[2:]
        elif event.error is None:
            self._failing.pop(number, None)
            if (failing := self._found.pop(number, None)) is not None:
                self.ledger.close(failing, event.n, "accepted")

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
        when=SHOWN,
    ),
)  # fmt: skip
