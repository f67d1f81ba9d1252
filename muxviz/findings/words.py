"""What a finding says: its name, the facts in a line, the rule that derived it, what helps, and where to read on.

Templates only; whoever draws fills them through `said`. Facts, not blame.
"""

from __future__ import annotations

from typing import Final

from muxviz import printable
from muxviz.events import split
from muxviz.findings.rule import Words
from muxviz.findings.rules import BY_NAME
from muxviz.findings.shapes import Confidence, Finding, Resolution, RuleName
from muxviz.language import _, say

WORDS: Final[dict[RuleName, Words]] = {name: rule.words for name, rule in BY_NAME.items()}

_OF_FLAG: Final[dict[str, str]] = {
    "NVAL": _("the number is not open: leave it out of the list"),
    "PRI": _("read the urgent byte (recv with MSG_OOB), or do not ask for PRI"),
    "X": _("read the urgent byte (recv with MSG_OOB), or leave the third list empty"),
}
"""What helps against a spin of these flags, in place of what helps else."""
SURE: Final[dict[Confidence, str]] = {
    "certain": _("certain"),
    "likely": _("likely"),
    "possible": _("possible"),
    "information": _("information"),
}
ENDED: Final[dict[Resolution, str]] = {
    "cancelled": _("then it was read, with no new report"),
    "edge": _("then there was a new edge"),
    "closed": _("then the fd was closed"),
    "mod": _("then epoll_ctl looked anew"),
    "del": _("then epoll_ctl(DEL) ended it"),
    "call": _("then the program made a call on it"),
    "slept": _("then a wait slept again"),
    "changed": _("then a wait reported something else"),
    "returned": _("then the call returned"),
    "accepted": _("then accept worked again"),
    "ended": _("then the program ended"),
    "empty": _("a look found nothing there"),
}
WHY_SURE: Final[dict[Confidence, str]] = {
    "certain": _("Certain: {proof}."),
    "likely": _("Likely: after the next report it left the same open once more. The queue was not seen."),
    "possible": _("Possible: the calls leave this open, and the queue was not seen."),
    "information": _("For information: this program has read without being told."),
}
SEEN: Final = _("a look found it in the kernel's queue")
PROVED: Final = _("the calls themselves show it")
BACK_PRESSURE: Final = _("Possible: back-pressure? fd {other} could not be written to, so this may be on purpose.")
NOTHING_COMES: Final = _("nothing comes by itself")
WAKEUPS: Final = (_("1 wakeup"), _("{count} wakeups"))
SPINNING: Final = (_("{times}, {flags}, no work"), _("{times} {flags}"))
UNREAD: Final = _("{amount} unread")
SOMETHING: Final = _("something")
SOME: Final = _("some")
TOOK: Final = _(" took {ms} ms")
SLEEPS: Final = _(" sleeps")


def counted(words: tuple[str, str], count: int) -> str:
    """`1 byte`, `4 bytes`."""
    return say(words[0]) if count == 1 else say(words[1], count=count)


def flags_of(finding: Finding) -> str:
    """The flags that were reported, or the call or the error; safe to show."""
    return printable.text(" ".join(split(finding.flags)), 24)


def _fields(finding: Finding, n: int, wakeups: int, amount: int | None = None) -> dict[str, object]:
    words = WORDS[finding.rule]
    amount = finding.amount(n) if amount is None else amount
    took = ""
    if words.timed:
        took = say(TOOK, ms=amount // 1_000_000) if amount is not None else say(SLEEPS)
    return {
        "amount": counted(words.amounts, amount) if amount is not None else say(SOMETHING),
        "count": amount if amount is not None else say(SOME),
        "flags": flags_of(finding),
        "fd": finding.fd,
        "took": took,
        "wakeups": counted(WAKEUPS, wakeups),
        "times": f"{wakeups}×",
        "other": f" (fd {finding.other})" if finding.other is not None else "",
    }


def name(rule: RuleName) -> str:
    """`stranded data`."""
    return say(WORDS[rule].name)


def _is_open(finding: Finding, n: int) -> bool:
    """Whether the calls leave it open and nobody saw the queue, as known after event n."""
    return finding.amount(n) is None and finding.sure(n) != "certain" and bool(WORDS[finding.rule].unseen)


def facts(finding: Finding, n: int, wakeups: int = 0) -> str:
    """`8 bytes unread; no edge will announce them`, as known after event n. `wakeups`: how many a spin has had."""
    words = WORDS[finding.rule]
    return say(words.unseen if _is_open(finding, n) else words.facts, **_fields(finding, n, wakeups))


def brief(text: str) -> str:
    """What stands before the first semicolon, in either language."""
    return text.replace("；", ";").partition(";")[0]


def shout(finding: Finding, n: int, wakeups: int = 0, amount: int | None = None) -> list[str]:
    """A lane's row of trouble, the longest first: `! SPIN 6 wakeups, OUT, no work`, `! SPIN 6×, OUT, no work`, …
    `amount`: of several findings together."""
    words = WORDS[finding.rule]
    fields = _fields(finding, n, wakeups, amount)
    left = finding.rule == "disarmed" and amount
    loud, behind = say(words.shout), say(UNREAD if left else words.brief, **fields)
    times = [f"! {loud} {say(template, **fields)}" for template in (SPINNING if is_spin(finding) else ())]
    return [f"! {loud} {behind}".rstrip(), *times, f"! {behind}", f"! {loud}"]


def helps(finding: Finding) -> list[str]:
    """What mends it, the best first."""
    first = [say(template) for flag, template in _OF_FLAG.items() if is_spin(finding) and flag in split(finding.flags)]
    return first or [say(template, **_fields(finding, finding.opened, 0)) for template in WORDS[finding.rule].helps]


def helps_of(rule: RuleName) -> list[str]:
    """What mends a finding of a rule, whichever it is."""
    return [say(template, other="") for template in WORDS[rule].helps]


def sketch(rule: RuleName) -> str:
    """What a finding of a rule says, with its fd, flags and amounts left open: `n bytes unread; no edge …`."""
    words = WORDS[rule]
    amount = say(words.amounts[1], count="n")
    fields = {"amount": amount, "count": "n", "flags": "…", "fd": "N", "took": "", "other": ""}
    return say(words.facts, **fields, wakeups=say(WAKEUPS[1], count="n"), times="n×")


def derived(finding: Finding, n: int) -> list[str]:
    """The rule in words, and how sure it is by what was known after event n."""
    sure, words = finding.sure(n), WORDS[finding.rule]
    rule = say(words.open if _is_open(finding, n) else words.rule)
    looked = BY_NAME[finding.rule].looked
    own = {"likely": words.likely, "possible": words.possible}.get(sure)
    if own:
        return [rule, say(own)]
    if sure == "possible" and looked and finding.other is not None:
        return [rule, say(BACK_PRESSURE, other=finding.other)]
    proof = say(SEEN if looked else PROVED)
    return [rule, say(WHY_SURE[sure], proof=proof)]


def ended(finding: Finding, n: int) -> str:
    """How it ended, where it had by event n."""
    if finding.closed is None or finding.closed > n or finding.how is None:
        return say(NOTHING_COMES) if BY_NAME[finding.rule].looked else ""
    return say(ENDED[finding.how])


def is_spin(finding: Finding) -> bool:
    """Whether its wakeups are to be counted."""
    return BY_NAME[finding.rule].spins
