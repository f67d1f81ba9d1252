"""End spin: the end of a stream is read, and read again, and nobody closes it or stops asking."""

from __future__ import annotations

from typing import Final

from muxviz.findings.rule import SHOWN, Words
from muxviz.findings.spins import SpinRule, Spins
from muxviz.language import _


def _names(names: frozenset[str]) -> bool:
    """Its reports are those of any level; what the reads give tells it."""
    return False


RULE: Final = SpinRule(
    name="end-spin",
    order=75,
    check=Spins,
    names=_names,
    words=Words(
        _("end spin"),
        _("SPIN"),
        _("{wakeups}, {flags}, at its end"),
        _("{wakeups} with {flags}: its end is read again and again"),
        _(
            "Three times in a row a wait reported the fd, a read gave the end of the stream (0 bytes) or the same "
            "error, and the program neither closed the fd nor stopped asking. An end is not used up by reading it."
        ),
        (_("close the fd when a read returns 0 or an error"),
         _("or stop asking for it: MOD or DEL, if you still write")),
        "recv(2), epoll_ctl(2)",
        when=SHOWN,
    ),
)  # fmt: skip
