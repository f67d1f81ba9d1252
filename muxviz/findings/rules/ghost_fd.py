"""Ghost fd: an epoll reports an fd that the program has closed, and whose file lives on."""

from __future__ import annotations

from typing import Final

from muxviz.events import Event
from muxviz.findings.descriptors import user_data
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import SHOWN, Check, Fds, Rule, Waited, Words
from muxviz.findings.shapes import Finding
from muxviz.language import _


class Ghosts(Check):
    """Registrations of closed fds that are reported."""

    calls = frozenset({"epoll_ctl"})

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._found: dict[tuple[int, int], Finding] = {}
        """By epoll and user data."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        event = wait.event
        for one in wait.reports:
            watch = one.watch
            if watch is None or watch.closed is None or watch.closed >= wait.under.n:
                continue
            if watch.place in self._found or self.process.shares(watch.epfd):
                continue
            dup = self.process.dups.get(watch.fd)
            self._found[watch.place] = self.ledger.open(
                event.lane or self.process.name, fds, RULE.name, watch.fd, (watch.closed, event.n), flags=one.flags,
                other=dup if dup in fds else None, client=watch.client,
            )  # fmt: skip

    def called(self, event: Event, fds: Fds) -> None:
        number, epfd = event.target, event.fd
        if event.ret != 0 or number is None or epfd is None or event.op == "DEL" or not self._found:
            return
        if (ghost := self._found.pop((epfd, user_data(event, number)), None)) is not None:
            self.ledger.close(ghost, event.n, "mod")

    def closed(self, fd: int, n: int) -> None:
        for key, ghost in list(self._found.items()):
            if fd in (key[0], ghost.other):
                self.ledger.close(self._found.pop(key), n, "closed")

    def lasting(self) -> list[Finding]:
        return list(self._found.values())


RULE: Final = Rule(
    name="ghost-fd",
    order=100,
    check=Ghosts,
    words=Words(
        _("ghost fd"),
        _("GHOST"),
        _("fd {fd}, closed"),
        _("fd {fd} reported; closed before the wait"),
        _(
            "An epoll watches the open file description, not the number. A dup keeps it open, so that its events come "
            "under a number that the program has closed."
        ),
        (_("epoll_ctl(DEL) before close, while the number is valid"), _("or close the dup{other} too"),
         _("once it is too late: close the epoll fd")),
        "epoll(7)",
        when=SHOWN,
    ),
)  # fmt: skip
