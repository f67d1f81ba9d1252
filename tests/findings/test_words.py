"""What is said of each rule's finding, where the queue was seen and where it was not."""

from __future__ import annotations

from typing import Any, Final

import pytest

from muxviz.findings import LEVELS, RULES, SPINS, Confidence, Finding, Revision, RuleName, words
from muxviz.language import say


def finding(rule: RuleName, sure: Confidence = "certain", amount: int | None = None, **more: Any) -> Finding:
    return Finding(rule, "edge", 5, "A", (1, 2), (Revision(2, sure, amount),), **more)


CALLS: Final = "Possible: the calls leave this open, and the queue was not seen."
LOOK: Final = "Certain: a look found it in the kernel's queue."
PROVED: Final = "Certain: the calls themselves show it."
NOTHING: Final = "nothing comes by itself"

SAID: Final[dict[str, tuple[Finding, str, str, str, str]]] = {
    "stranded-data": (
        finding("stranded-data", amount=8, flags="IN"),
        "8 bytes unread; no edge will announce them", "! STRANDED 8 bytes unread", LOOK, NOTHING),
    "stranded-data, one byte": (
        finding("stranded-data", amount=1),
        "1 byte unread; no edge will announce them", "! STRANDED 1 byte unread", LOOK, NOTHING),
    "stranded-data, unseen": (
        finding("stranded-data", "possible"),
        "the last read may have left something; no edge would announce it", "! STRANDED something unread", CALLS,
        NOTHING),
    "stranded-data, certain without an amount": (
        finding("stranded-data"),
        "something unread; no edge will announce them", "! STRANDED something unread", LOOK, NOTHING),
    "stranded-data, possible with an amount": (
        finding("stranded-data", "possible", 8),
        "8 bytes unread; no edge will announce them", "! STRANDED 8 bytes unread", CALLS, NOTHING),
    "stranded-data, likely": (
        finding("stranded-data", "likely"),
        "the last read may have left something; no edge would announce it", "! STRANDED something unread",
        "Likely: after the next report it left the same open once more. The queue was not seen.", NOTHING),
    "stranded-data, information": (
        finding("stranded-data", "information"),
        "the last read may have left something; no edge would announce it", "! STRANDED something unread",
        "For information: this program has read without being told.", NOTHING),
    "stranded-data, back-pressure": (
        finding("stranded-data", "possible", 8, other=6),
        "8 bytes unread; no edge will announce them", "! STRANDED 8 bytes unread",
        "Possible: back-pressure? fd 6 could not be written to, so this may be on purpose.", NOTHING),
    "stranded-connection": (
        finding("stranded-connection", amount=2),
        "2 connections to accept; no edge will announce them", "! STRANDED 2 to accept", LOOK, NOTHING),
    "stranded-connection, unseen": (
        finding("stranded-connection", "possible"),
        "the last accept may have left some; no edge would announce them", "! STRANDED some to accept", CALLS, NOTHING),
    "ignored-edge": (
        finding("ignored-edge", flags="IN|RDHUP"),
        "IN RDHUP was reported once, and nothing was read", "! IGNORED IN RDHUP, no read", LOOK, NOTHING),
    "unread-eof": (
        finding("unread-eof", flags="RDHUP"),
        "the peer's end lies behind the data, and was not read", "! END UNREAD RDHUP", LOOK, NOTHING),
    "disarmed": (
        finding("disarmed"),
        "ONESHOT was reported, and not armed again", "! DISARMED ONESHOT, no MOD", LOOK, NOTHING),
    "level-ignored": (
        finding("level-ignored", flags="IN"),
        "6 wakeups with IN, and no call on the fd", "! SPIN 6 wakeups, IN, no work", PROVED, ""),
    "writable-spin": (
        finding("writable-spin", flags="OUT"),
        "6 wakeups with OUT, and nothing was sent", "! SPIN 6 wakeups, OUT, no work", PROVED, ""),
    "end-spin": (
        finding("end-spin", flags="IN"),
        "6 wakeups with IN: its end is read again and again", "! SPIN 6 wakeups, IN, at its end", PROVED, ""),
    "level-ignored, likely": (
        finding("level-ignored", "likely", flags="IN"),
        "6 wakeups with IN, and no call on the fd", "! SPIN 6 wakeups, IN, no work",
        "Likely: no call on this fd has been seen, and it is the program's own socket or as much lay there at each "
        "report.", ""),
    "level-ignored, possible": (
        finding("level-ignored", "possible", flags="IN"),
        "6 wakeups with IN, and no call on the fd", "! SPIN 6 wakeups, IN, no work",
        "Possible: no call on this fd has been seen, and C code, a file object or another process may make some.", ""),
    "hangup-spin": (
        finding("hangup-spin", flags="IN|HUP"),
        "6 wakeups with IN HUP, and the fd is still open", "! SPIN 6 wakeups, IN HUP, no work", PROVED, ""),
    "accept-exhausted": (
        finding("accept-exhausted", flags="EMFILE"),
        "accept fails with EMFILE; the connections stay in the queue", "! NO FD LEFT accept: EMFILE", PROVED, ""),
    "ghost-fd": (
        finding("ghost-fd", other=6), "fd 5 reported; closed before the wait", "! GHOST fd 5, closed", PROVED, ""),
    "blocking-io": (
        finding("blocking-io", amount=8_999_999, flags="recv"),
        "recv on a watched fd took 8 ms; every other fd waits", "! BLOCKED recv took 8 ms", PROVED, ""),
    "blocking-io, asleep": (
        finding("blocking-io", flags="recv"),
        "recv on a watched fd sleeps; every other fd waits", "! BLOCKED recv sleeps", PROVED, ""),
    "closed-unread": (
        finding("closed-unread", "likely", 99, flags="IN|RDHUP"),
        "IN RDHUP was reported, and the fd was closed with 99 bytes unread", "! LOST 99 bytes unread at the close",
        "Likely: a look found it there, and no read of it was seen.", ""),
    "closed-unread, possible": (
        finding("closed-unread", "possible", 24, flags="IN|RDHUP"),
        "IN RDHUP was reported, and the fd was closed with 24 bytes unread", "! LOST 24 bytes unread at the close",
        "Possible: it may have been TLS's last word, or somebody has read it whose calls are not seen.", ""),
    "blocking-io, by time alone": (
        finding("blocking-io", "possible", 12_000_000, flags="recv"),
        "recv on a watched fd took 12 ms; every other fd waits", "! BLOCKED recv took 12 ms",
        "Possible: it took long, but may have waited for a processor rather than for the fd.", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str) -> None:
    one, facts, shout, sure, ends = SAID[name]
    assert words.facts(one, 2, 6) == facts
    assert words.shout(one, 2, 6)[0] == shout
    rule, derived = words.derived(one, 2)
    assert derived == sure
    unseen = one.amount(2) is None and one.sure(2) != "certain" and one.rule.startswith("stranded")
    assert rule == say(words.WORDS[one.rule].open if unseen else words.WORDS[one.rule].rule)
    assert words.ended(one, 2) == ends
    assert words.is_spin(one) == (one.rule in SPINS)


def test_every_rule_is_there() -> None:
    assert {one.rule for one, *_ in SAID.values()} == set(RULES) == set(words.WORDS)
    assert [words.name(rule) for rule in RULES] == [
        "stranded data", "stranded connection", "ignored edge", "unread end", "disarmed", "level ignored",
        "writable spin", "end spin", "hang-up spin", "accept exhausted", "ghost fd", "blocking call",
        "closed unread",
    ]  # fmt: skip


def test_a_spin_is_shouted_in_ever_fewer_cells() -> None:
    assert words.shout(finding("writable-spin", flags="OUT"), 2, 6) == [
        "! SPIN 6 wakeups, OUT, no work", "! SPIN 6×, OUT, no work", "! SPIN 6× OUT", "! 6 wakeups, OUT, no work",
        "! SPIN",
    ]  # fmt: skip
    assert words.shout(finding("writable-spin", flags="OUT"), 2, 1)[0] == "! SPIN 1 wakeup, OUT, no work"
    assert words.shout(finding("ignored-edge", flags="IN"), 2) == [
        "! IGNORED IN, no read",
        "! IN, no read",
        "! IGNORED",
    ]


def test_several_findings_are_shouted_with_what_they_hold_together() -> None:
    assert words.shout(finding("stranded-data", amount=8), 2, amount=20)[0] == "! STRANDED 20 bytes unread"
    assert words.shout(finding("disarmed"), 2, amount=20)[0] == "! DISARMED 20 bytes unread"
    assert words.shout(finding("disarmed"), 2, amount=0)[0] == "! DISARMED ONESHOT, no MOD"
    assert words.shout(finding("ignored-edge", flags="IN"), 2, amount=20)[0] == "! IGNORED IN, no read"


@pytest.mark.parametrize("how", words.ENDED)
def test_an_end_is_told_from_its_event_on(how: str) -> None:
    one = finding("stranded-data", amount=8, closed=7, how=how)
    assert words.ended(one, 6) == NOTHING
    assert words.ended(one, 7) == words.ended(one, 8) == say(words.ENDED[one.how])  # type: ignore[index]
    assert words.ended(finding("writable-spin", closed=7, how=how), 6) == ""


def test_what_helps_depends_on_the_flags_of_a_spin_alone() -> None:
    assert words.helps(finding("level-ignored", flags="NVAL")) == ["the number is not open: leave it out of the list"]
    assert words.helps(finding("level-ignored", flags="PRI"))[0].startswith("read the urgent byte")
    assert words.helps(finding("level-ignored", flags="X"))[0].endswith("leave the third list empty")
    assert words.helps(finding("level-ignored", flags="IN"))[0] == "read (or accept) what is reported"
    assert words.helps(finding("ignored-edge", flags="PRI"))[0] == "read until EAGAIN when an edge is reported"
    assert words.helps(finding("ghost-fd", other=6))[1] == "or close the dup (fd 6) too"
    assert words.helps(finding("ghost-fd"))[1] == "or close the dup too"


def test_flags_are_safe_to_show_and_brief() -> None:
    assert words.flags_of(finding("ignored-edge", flags="IN|\x1b[2J")).isprintable()
    assert len(words.flags_of(finding("ignored-edge", flags="X" * 99))) == 24
    assert words.brief("a; b; c") == "a" and words.brief("甲；乙") == "甲" and words.brief("a") == "a"


def test_a_turn_is_known_from_its_event_on() -> None:
    one = finding("stranded-data", "possible")
    one.turns = (*one.turns, Revision(9, "certain", 4))
    assert [(one.sure(n), one.amount(n)) for n in (0, 2, 8, 9, 10)] == [("possible", None)] * 3 + [("certain", 4)] * 2
    one.closed, one.how = 11, "cancelled"
    assert [one.lasts(n) for n in (1, 2, 10, 11)] == [False, True, True, False]
    assert [one.cancelled(n) for n in (10, 11)] == [False, True]
    one.how = "closed"
    assert not one.cancelled(11)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_how_sure_it_can_be(rule: RuleName) -> None:
    when = words.WORDS[rule].when
    levels = [level for level, _ in when]
    assert levels and levels == [level for level in LEVELS if level in levels], "the surest first, each once"
    assert all(told for _, told in when)
