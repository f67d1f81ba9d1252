"""Stranded connection: connections wait in a listener's queue, and no edge will announce them."""

from __future__ import annotations

from typing import Final

from muxviz.findings.memory import Process, Read, Registration
from muxviz.findings.obligations import Obligations, OwedRule, owes_an_edge
from muxviz.findings.rule import CONNECTIONS, OWED, Words
from muxviz.kernel import FdState
from muxviz.language import _


def _owed(process: Process, watch: Registration, fd: FdState) -> bool:
    return owes_an_edge(watch) and watch.read is Read.OPEN and "IN" in watch.reported and fd.kind == "listener"


RULE: Final = OwedRule(
    name="stranded-connection",
    order=20,
    check=Obligations,
    owed=_owed,
    words=Words(
        _("stranded connection"),
        _("STRANDED"),
        _("{count} to accept"),
        _("{amount} to accept; no edge will announce them"),
        _(
            "An edge-triggered wait began while the listener's queue still held connections, and their edge was "
            "reported before. Only the next connection makes another."
        ),
        (_("accept until EAGAIN before the next wait"), _("or register the listener without EPOLLET")),
        "accept(2), epoll(7)",
        _("the last accept may have left some; no edge would announce them"),
        _(
            "An edge of the listener was reported, and accept was not called until EAGAIN: nothing shows that its "
            "queue is empty. Then the program waited. Only the next connection makes another edge."
        ),
        amounts=CONNECTIONS,
        when=OWED,
    ),
)  # fmt: skip
