"""Level ignored: what is there to read is reported again and again, and nobody reads it."""

from __future__ import annotations

from typing import Final

from muxviz.findings.rule import Words
from muxviz.findings.spins import PASSED_BY, UNCALLED, UNSEEN, SpinRule, Spins
from muxviz.language import _


def _names(names: frozenset[str]) -> bool:
    return names not in ({"OUT"}, {"W"}) and names.isdisjoint({"HUP", "ERR"})


RULE: Final = SpinRule(
    name="level-ignored",
    order=60,
    check=Spins,
    names=_names,
    words=Words(
        _("level ignored"),
        _("SPIN"),
        _("{wakeups}, {flags}, no work"),
        _("{wakeups} with {flags}, and no call on the fd"),
        _(
            "Four waits in a row returned at once with the same fd and the same flags, and the program made no call on "
            "that fd. A level is reported for as long as it is high."
        ),
        (_("read (or accept) what is reported"), _("or stop asking: MOD or DEL, or leave it out of the list"),
         _("or close the fd")),
        "poll(2), select(2), epoll(7)",
        likely=UNCALLED,
        possible=UNSEEN,
        when=PASSED_BY,
    ),
)  # fmt: skip
