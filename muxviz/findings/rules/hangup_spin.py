"""Hang-up spin: an end or an error is reported again and again, and the fd stays open."""

from __future__ import annotations

from typing import Final

from muxviz.findings.rule import Words
from muxviz.findings.spins import PASSED_BY, UNCALLED, UNSEEN, SpinRule, Spins
from muxviz.language import _


def _names(names: frozenset[str]) -> bool:
    return not names.isdisjoint({"HUP", "ERR"})


RULE: Final = SpinRule(
    name="hangup-spin",
    order=80,
    check=Spins,
    names=_names,
    words=Words(
        _("hang-up spin"),
        _("SPIN"),
        _("{wakeups}, {flags}, no work"),
        _("{wakeups} with {flags}, and the fd is still open"),
        _(
            "Four waits in a row returned at once with an end or an error, and the program made no call on that fd. "
            "HUP and ERR are reported whether they are asked for or not, and stay."
        ),
        (_("read until recv returns 0 or an error, then close the fd"), _("or DEL it: no interest turns HUP off")),
        "poll(2), epoll_ctl(2)",
        likely=UNCALLED,
        possible=UNSEEN,
        when=PASSED_BY,
    ),
)  # fmt: skip
