"""Unread end: the end of a stream lies behind its data, in the same edge, and was not read."""

from __future__ import annotations

from typing import Final

from muxviz.findings.memory import Process, Read, Registration
from muxviz.findings.obligations import Obligations, OwedRule, owes_an_edge
from muxviz.findings.queue_proofs import ENDED_TCP, ENDS
from muxviz.findings.rule import OWED, Words
from muxviz.kernel import FdState
from muxviz.language import _


def _owed(process: Process, watch: Registration, fd: FdState) -> bool:
    if not owes_an_edge(watch) or watch.read is not Read.SHORT or fd.eof:
        return False
    return bool(watch.reported & ENDS) or (fd.queues.tcp in ENDED_TCP and not fd.queues.derived)


RULE: Final = OwedRule(
    name="unread-eof",
    order=40,
    check=Obligations,
    owed=_owed,
    words=Words(
        _("unread end"),
        _("END UNREAD"),
        _("{flags}"),
        _("the peer's end lies behind the data, and was not read"),
        _(
            "The data and the end of the stream came in one edge. The last read was short and took the data; the end "
            "is still there, and no further edge will announce it."
        ),
        (_("after RDHUP or HUP, read until recv returns 0"), _("a short read is no end: read until EAGAIN or 0")),
        "epoll_ctl(2), recv(2)",
        when=OWED,
    ),
)  # fmt: skip
