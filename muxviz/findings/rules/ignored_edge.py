"""Ignored edge: it was reported, and nothing was read."""

from __future__ import annotations

from typing import Final

from muxviz.findings.memory import Process, Read, Registration
from muxviz.findings.obligations import Obligations, OwedRule, owes_an_edge
from muxviz.findings.rule import OWED, Words
from muxviz.kernel import FdState
from muxviz.language import _


def _owed(process: Process, watch: Registration, fd: FdState) -> bool:
    return owes_an_edge(watch) and watch.read is Read.NONE and not process.rings(watch.fd)


RULE: Final = OwedRule(
    name="ignored-edge",
    order=30,
    check=Obligations,
    owed=_owed,
    words=Words(
        _("ignored edge"),
        _("IGNORED"),
        _("{flags}, no read"),
        _("{flags} was reported once, and nothing was read"),
        _(
            "An edge was reported, and the program waited again without a read, a close or epoll_ctl on that fd. "
            "The same edge is not reported twice."
        ),
        (_("read until EAGAIN when an edge is reported"), _("or remember that the fd is readable, and read later"),
         _("or epoll_ctl(MOD) when you want to be told again")),
        "epoll(7)",
        when=OWED,
    ),
)  # fmt: skip
