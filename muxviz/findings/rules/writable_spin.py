"""Writable spin: room to send is reported again and again, and nothing is sent."""

from __future__ import annotations

from typing import Final

from muxviz.findings.rule import Words
from muxviz.findings.spins import PASSED_BY, UNCALLED, UNSEEN, SpinRule, Spins
from muxviz.language import _


def _names(names: frozenset[str]) -> bool:
    return names in ({"OUT"}, {"W"})


RULE: Final = SpinRule(
    name="writable-spin",
    order=70,
    check=Spins,
    names=_names,
    words=Words(
        _("writable spin"),
        _("SPIN"),
        _("{wakeups}, {flags}, no work"),
        _("{wakeups} with {flags}, and nothing was sent"),
        _(
            "Four waits in a row returned at once because there is room to send, and the program made no call on that "
            "fd. There nearly always is room."
        ),
        (_("ask for OUT only while something is queued"), _("drop OUT again once the queue is empty (MOD)")),
        "epoll_ctl(2), poll(2)",
        likely=UNCALLED,
        possible=UNSEEN,
        when=PASSED_BY,
    ),
)  # fmt: skip
