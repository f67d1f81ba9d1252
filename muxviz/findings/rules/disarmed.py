"""Disarmed: ONESHOT has made its one report, and nobody armed it again."""

from __future__ import annotations

from typing import Final

from muxviz.findings.memory import Process, Registration
from muxviz.findings.obligations import Obligations, OwedRule
from muxviz.findings.rule import OWED, Words
from muxviz.kernel import FdState
from muxviz.language import _


def _owed(process: Process, watch: Registration, fd: FdState) -> bool:
    return watch.oneshot and not watch.armed


RULE: Final = OwedRule(
    name="disarmed",
    order=50,
    check=Obligations,
    owed=_owed,
    words=Words(
        _("disarmed"),
        _("DISARMED"),
        _("ONESHOT, no MOD"),
        _("ONESHOT was reported, and not armed again"),
        _(
            "A ONESHOT registration reports once, then nothing, whatever arrives, until epoll_ctl(MOD). The program "
            "waits, and has not armed it again."
        ),
        (_("epoll_ctl(MOD) with EPOLLONESHOT once the work on the fd is done"), _("or close the fd")),
        "epoll_ctl(2)",
        when=OWED,
    ),
)  # fmt: skip
