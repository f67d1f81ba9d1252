"""Closed unread: the peer's end is taken for the end of its data, and the fd is closed on what lies there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from muxviz.calls import ALL_READS, TLS
from muxviz.events import Event
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import Check, Fds, Rule, Waited, Words
from muxviz.findings.shapes import Confidence, Finding
from muxviz.language import _

_GONE: Final = frozenset({"RDHUP", "HUP"})
_TO_READ: Final = frozenset({"IN", "RDNORM"})
_ALERT: Final = 64
"""Bytes that may be the last word of TLS, which nobody has to read (RFC 8446, section 6.1)."""


@dataclass(slots=True)
class Told:
    """An fd whose newest report says that its peer has ended, and that there is something to read; nothing was read
    since."""

    n: int
    flags: str
    amount: int | None
    """Bytes that a look found; None where nobody looked."""
    client: str | None


class ClosedUnread(Check):
    """Connections that are closed because their peer has ended, before what it has sent was read."""

    calls = frozenset({*ALL_READS, *TLS, "splice"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._told: dict[int, Told] = {}
        self._tls: dict[int, None] = {}
        """fds that TLS is spoken on."""
        self._lane = process.name
        self._found: list[Finding] = []
        """Those that no wait has returned since."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        event = wait.event
        for found in self._found:
            self.ledger.close(found, event.n, "closed")
        self._found.clear()
        for one in wait.reports:
            if _GONE.isdisjoint(one.names) or _TO_READ.isdisjoint(one.names):
                continue
            fd = fds.get(one.fd)
            if fd is not None and fd.kind in ("socket", "connection") and one.fd not in self._told:
                self._lane = event.lane or self._lane
                self._told[one.fd] = Told(event.n, one.flags, fd.queues.recv, fd.client)

    def called(self, event: Event, fds: Fds) -> None:
        """A read, whatever it gives: the program asks for the rest. It may be told of the end once more."""
        if event.fd is not None:
            self._told.pop(event.fd, None)
            if event.call in TLS:
                self._tls[event.fd] = None

    def looked(self, event: Event, fds: Fds, held: bool) -> None:
        if self._told:
            for number, queues in event.looked_at():
                if number in self._told and queues.recv is not None:
                    self._told[number].amount = queues.recv

    def closed(self, fd: int, n: int) -> None:
        told, tls = self._told.pop(fd, None), self._tls.pop(fd, 0) is None
        if told is None or not told.amount or self.process.shares(fd):
            return
        last_word = tls or (self.process.traced and told.amount <= _ALERT)
        sure: Confidence = "possible" if last_word or self.process.surest(fd, None) == "possible" else "likely"
        self._found.append(
            self.ledger.open(
                self._lane, {}, RULE.name, fd, (told.n, n), sure, told.amount, told.flags, client=told.client
            )
        )

    def lasting(self) -> list[Finding]:
        return self._found


RULE: Final = Rule(
    name="closed-unread",
    order=120,
    check=ClosedUnread,
    words=Words(
        _("closed unread"),
        _("LOST"),
        _("{amount} unread at the close"),
        _("{flags} was reported, and the fd was closed with {amount} unread"),
        _(
            "The peer's end was reported together with what it had sent before, and the program closed the fd without "
            "a read. What lay there is lost, and TCP tells the peer so with a reset."
        ),
        (_("read until recv returns 0, then close the fd"),
         _("RDHUP says that no more will come, not that all is read")),
        "epoll_ctl(2), tcp(7)",
        likely=_("Likely: a look found it there, and no read of it was seen."),
        possible=_("Possible: it may have been TLS's last word, or somebody has read it whose calls are not seen."),
        when=(
            ("likely", _("a look found bytes there, and no read of them was seen")),
            ("possible", _("it may have been TLS's last word, or reads of that fd are not seen")),
        ),
    ),
)  # fmt: skip
