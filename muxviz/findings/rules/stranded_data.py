"""Stranded data: bytes lie unread, and no edge will announce them."""

from __future__ import annotations

from typing import Final

from muxviz.findings.memory import Process, Read, Registration
from muxviz.findings.obligations import Obligations, OwedRule, owes_an_edge
from muxviz.findings.rule import OWED, Words
from muxviz.kernel import FdState
from muxviz.language import _


def _owed(process: Process, watch: Registration, fd: FdState) -> bool:
    return owes_an_edge(watch) and watch.read is Read.OPEN and "IN" in watch.reported and fd.kind != "listener"


RULE: Final = OwedRule(
    name="stranded-data",
    order=10,
    check=Obligations,
    owed=_owed,
    words=Words(
        _("stranded data"),
        _("STRANDED"),
        _("{amount} unread"),
        _("{amount} unread; no edge will announce them"),
        _(
            "An edge-triggered wait began while the fd still had unread bytes, and their edge was reported before. "
            "The wait has nothing to say about them."
        ),
        (_("read until EAGAIN before the next wait"), _("or epoll_ctl(MOD), which looks at the level anew"),
         _("or register without EPOLLET")),
        "epoll(7)",
        _("the last read may have left something; no edge would announce it"),
        _(
            "An edge was reported, and the last read returned all that it asked for: it does not show that the queue "
            "is empty. Then the program waited, and an edge is reported once."
        ),
        when=OWED,
    ),
)  # fmt: skip
