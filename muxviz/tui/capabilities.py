"""What can be asked of a session, by where it comes from, and what is said where it can't."""

from __future__ import annotations

from typing import Final, Literal

from muxviz.language import _, say

Kind = Literal["lab", "programs", "recording", "trace"]
Capability = Literal["run", "pace", "predict", "drive", "type", "mend", "menu", "record"]

_NOT_THE_LAB: Final = _("that is for the lab's own servers; this is your program")
_NO_PACE: Final = _("a recording plays at its own pace; the lab plays by steps")
_NO_INPUT: Final = _("only a program of your own has a standard input to type into: muxviz run SCRIPT")

_REFUSALS: Final[dict[Capability, dict[Kind, str]]] = {
    "run": {"recording": _("a recording has no programs that could run; space plays it")},
    "pace": {"lab": _NO_PACE, "programs": _NO_PACE, "trace": _NO_PACE},
    "predict": {"trace": _("a traced program can't be held before its waits, so there is nothing to predict")},
    "drive": {
        "recording": _("a recording's clients have done what they did; k drives those of programs that run"),
        "trace": _("the clients of a traced program are its own: muxviz has none to drive"),
    },
    "type": {"lab": _NO_INPUT, "recording": _NO_INPUT, "trace": _NO_INPUT},
    "mend": {
        "recording": _("that is for servers that run; this is a recording. o opens the list of scenarios"),
        "programs": _NOT_THE_LAB,
        "trace": _NOT_THE_LAB,
    },
    "menu": {"programs": _NOT_THE_LAB, "trace": _NOT_THE_LAB},
    "record": {"recording": _("this is a recording already")},
}
"""By what a key asks for: the kinds of session that can't do it, each with the reason. What is not here can."""


def refusal(kind: Kind, asked: Capability) -> str | None:
    """Why a session of this kind can't do what is asked, in the reader's language; None where it can."""
    words = _REFUSALS[asked].get(kind)
    return say(words) if words is not None else None
