"""What a finding says: its name, the facts in a line, the rule that derived it, what helps, and where to read on.

Templates only; whoever draws fills them through `said`. Facts, not blame.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muxviz import printable
from muxviz.events import split
from muxviz.findings.shapes import SPINS, Confidence, Finding, Resolution, Rule
from muxviz.language import _, say


class Words(NamedTuple):
    """The words of one rule; templates, but for `manual`."""

    name: str
    """As it is listed."""
    shout: str
    """In a lane's row of trouble: a few cells."""
    brief: str
    """The amount and the fd that follow the finding's name on a lane, where there is room."""
    facts: str
    """One line: the fd, the flags, the bytes."""
    rule: str
    """How it was derived."""
    helps: tuple[str, ...]
    """What mends it, the best first."""
    manual: str
    """The page of the manual."""
    unseen: str = ""
    """The facts, where nobody saw the queue and the calls leave it open."""
    open: str = ""
    """How that was derived."""


WORDS: Final[dict[Rule, Words]] = {
    "stranded-data": Words(
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
    ),
    "stranded-connection": Words(
        _("stranded connection"),
        _("STRANDED"),
        _("{count} to accept"),
        _("{amount} to accept; no edge will announce them"),
        _(
            "An edge-triggered wait began while the listener's queue still held connections, and their edge was "
            "reported before. Only the next connection makes another."
        ),
        (_("accept until EAGAIN before the next wait"), _("or register the listener without EPOLLET")),
        "accept(2), epoll(7)",
        _("the last accept may have left some; no edge would announce them"),
        _(
            "An edge of the listener was reported, and accept was not called until EAGAIN: nothing shows that its "
            "queue is empty. Then the program waited. Only the next connection makes another edge."
        ),
    ),
    "ignored-edge": Words(
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
    ),
    "unread-eof": Words(
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
    ),
    "disarmed": Words(
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
    ),
    "level-ignored": Words(
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
    ),
    "writable-spin": Words(
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
    ),
    "hangup-spin": Words(
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
    ),
    "accept-exhausted": Words(
        _("accept exhausted"),
        _("NO FD LEFT"),
        _("accept: {flags}"),
        _("accept fails with {flags}; the connections stay in the queue"),
        _(
            "accept failed twice for want of a file descriptor. The connection is not taken, so a level stays high and "
            "an edge is used up."
        ),
        (_("close fds that are done, or raise RLIMIT_NOFILE"), _("stop asking for the listener until an fd is free"),
         _("or keep one fd in reserve: close it, accept, close that")),
        "accept(2), getrlimit(2)",
    ),
    "ghost-fd": Words(
        _("ghost fd"),
        _("GHOST"),
        _("fd {fd}, closed"),
        _("fd {fd} reported; closed before the wait"),
        _(
            "An epoll watches the open file description, not the number. A dup keeps it open, so that its events come "
            "under a number that the program has closed."
        ),
        (_("epoll_ctl(DEL) before close, while the number is valid"), _("or close the dup{other} too"),
         _("once it is too late: close the epoll fd")),
        "epoll(7)",
    ),
    "blocking-io": Words(
        _("blocking call"),
        _("BLOCKED"),
        _("{flags}{took}"),
        _("{flags} on a watched fd{took}; every other fd waits"),
        _(
            "A call on an fd that a wait watches slept. The loop can serve nobody else until it returns, and a report "
            "is no promise that a call will not block."
        ),
        (_("make the fd non-blocking (O_NONBLOCK) and take EAGAIN for an answer"),),
        "select(2), fcntl(2)",
    ),
}  # fmt: skip

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
NOT_KNOWN_BLOCKING: Final = _("Possible: it took long, but may have waited for a processor rather than for the fd.")
BACK_PRESSURE: Final = _("Possible: back-pressure? fd {other} could not be written to, so this may be on purpose.")
NOTHING_COMES: Final = _("nothing comes by itself")
BYTES: Final = (_("1 byte"), _("{count} bytes"))
CONNECTIONS: Final = (_("1 connection"), _("{count} connections"))
WAKEUPS: Final = (_("1 wakeup"), _("{count} wakeups"))
SPINNING: Final = (_("{times}, {flags}, no work"), _("{times} {flags}"))
UNREAD: Final = _("{amount} unread")
SOMETHING: Final = _("something")
SOME: Final = _("some")
TOOK: Final = _(" took {ms} ms")
SLEEPS: Final = _(" sleeps")
_BY_LOOK: Final[frozenset[str]] = frozenset(
    {"stranded-data", "stranded-connection", "ignored-edge", "unread-eof", "disarmed"}
)


def counted(words: tuple[str, str], count: int) -> str:
    """`1 byte`, `4 bytes`."""
    return say(words[0]) if count == 1 else say(words[1], count=count)


def flags_of(finding: Finding) -> str:
    """The flags that were reported, or the call or the error; safe to show."""
    return printable.text(" ".join(split(finding.flags)), 24)


def _fields(finding: Finding, n: int, wakeups: int, amount: int | None = None) -> dict[str, object]:
    things = CONNECTIONS if finding.rule == "stranded-connection" else BYTES
    amount = finding.amount(n) if amount is None else amount
    took = ""
    if finding.rule == "blocking-io":
        took = say(TOOK, ms=amount // 1_000_000) if amount is not None else say(SLEEPS)
    return {
        "amount": counted(things, amount) if amount is not None else say(SOMETHING),
        "count": amount if amount is not None else say(SOME),
        "flags": flags_of(finding),
        "fd": finding.fd,
        "took": took,
        "wakeups": counted(WAKEUPS, wakeups),
        "times": f"{wakeups}×",
        "other": f" (fd {finding.other})" if finding.other is not None else "",
    }


def name(rule: Rule) -> str:
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
    times = [f"! {loud} {say(template, **fields)}" for template in (SPINNING if finding.rule in SPINS else ())]
    return [f"! {loud} {behind}".rstrip(), *times, f"! {behind}", f"! {loud}"]


def helps(finding: Finding) -> list[str]:
    """What mends it, the best first."""
    first = [
        say(template) for flag, template in _OF_FLAG.items() if finding.rule in SPINS and flag in split(finding.flags)
    ]
    return first or [say(template, **_fields(finding, finding.opened, 0)) for template in WORDS[finding.rule].helps]


def derived(finding: Finding, n: int) -> list[str]:
    """The rule in words, and how sure it is by what was known after event n."""
    sure, words = finding.sure(n), WORDS[finding.rule]
    rule = say(words.open if _is_open(finding, n) else words.rule)
    if sure == "possible" and finding.rule == "blocking-io":
        return [rule, say(NOT_KNOWN_BLOCKING)]
    if sure == "possible" and finding.rule in _BY_LOOK and finding.other is not None:
        return [rule, say(BACK_PRESSURE, other=finding.other)]
    proof = say(SEEN if finding.rule in _BY_LOOK else PROVED)
    return [rule, say(WHY_SURE[sure], proof=proof)]


def ended(finding: Finding, n: int) -> str:
    """How it ended, where it had by event n."""
    if finding.closed is None or finding.closed > n or finding.how is None:
        return say(NOTHING_COMES) if finding.rule in _BY_LOOK else ""
    return say(ENDED[finding.how])


def is_spin(finding: Finding) -> bool:
    """Whether its wakeups are to be counted."""
    return finding.rule in SPINS
