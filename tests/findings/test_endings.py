"""Each rule against each thing that may happen next, and against each thing that makes it surer: two tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from muxviz.events import Exit
from muxviz.findings import RULES
from muxviz.findings.shapes import Resolution
from muxviz.findings.words import ENDED
from tests.findings.told import MS, Told


def spin(flags: str, interest: str) -> Told:
    told = Told().client(interest)
    for _ in range(4):
        told.wait((5, flags))
    return told


def end_spin() -> Told:
    told = Told().client("IN").wait((5, "IN"))
    for _ in range(3):
        told.read(0).wait((5, "IN"))
    return told


def exhausted() -> Told:
    return Told().add(3, "IN").accept(error="EMFILE").accept(error="EMFILE")


def ghost() -> Told:
    return Told().client("IN").call("dup", fd=5, ret=6).close(5).wait((5, "IN"))


def closed_unread() -> Told:
    return Told().client("IN|RDHUP").wait((5, "IN|RDHUP"), fd5=99).close(5)


def blocked() -> Told:
    return Told().add(3, "IN").client("IN").wait((5, "IN")).event(call="recv", fd=5, phase="enter")


FOUND: Final[dict[str, tuple[int, Callable[[], Told]]]] = {
    "stranded-data": (5, lambda: Told().client().wait((5, "IN"), fd5=12).read(4, left=8).sleep()),
    "stranded-connection": (3, lambda: Told().add(3, "IN|ET").wait((3, "IN")).accept(5, left=1).sleep()),
    "ignored-edge": (5, lambda: Told().client().wait((5, "IN"), fd5=12).sleep()),
    "unread-eof": (5, lambda: Told().client("IN|RDHUP|ET").wait((5, "IN|RDHUP")).read(3, size=64).sleep()),
    "disarmed": (5, lambda: Told().client("IN|ONESHOT").wait((5, "IN")).read(3, size=64).sleep()),
    "level-ignored": (5, lambda: spin("IN", "IN")),
    "writable-spin": (5, lambda: spin("OUT", "OUT")),
    "end-spin": (5, end_spin),
    "hangup-spin": (5, lambda: spin("IN|HUP", "IN")),
    "accept-exhausted": (3, exhausted),
    "ghost-fd": (5, ghost),
    "blocking-io": (5, blocked),
    "closed-unread": (5, closed_unread),
}
"""By rule, its fd and a session that ends where it is found."""


def closed_range(told: Told, first: int, last: int, **more: Any) -> Told:
    return told.call("close_range", ret=0, args={"first": first, "last": last, **more})


Happens = Callable[[Told, int], Told]
HAPPENS: Final[dict[str, Happens]] = {
    "read": lambda t, fd: t.accept(7) if fd == 3 else t.read(4),
    "read to EAGAIN": lambda t, fd: t.again(fd),
    "read with EINTR": lambda t, fd: t.call("recv", fd=fd, ret=-1, error="EINTR"),
    "peek": lambda t, fd: t.read(4, fd=fd, flags="MSG_PEEK"),
    "read of its end": lambda t, fd: t.read(0, fd=fd),
    "write": lambda t, fd: t.write(4, 4, fd=fd),
    "read of another": lambda t, fd: t.read(4, fd=9),
    "report": lambda t, fd: t.wait((fd, "IN")),
    "report of another": lambda t, fd: t.wait((9, "IN")),
    "report beside another": lambda t, fd: t.wait((9, "IN"), (fd, t.trace.now.lanes["edge"].fds[fd].reported)),
    "sleep": lambda t, fd: t.sleep().wait((9, "IN")),
    "empty wait": lambda t, fd: t.wait(),
    "MOD": lambda t, fd: t.add(fd, "IN", op="MOD"),
    "MOD to more": lambda t, fd: t.add(fd, "IN|OUT|PRI", op="MOD"),
    "MOD of another": lambda t, fd: t.add(9, "IN", op="MOD"),
    "DEL": lambda t, fd: t.drop(fd),
    "close": lambda t, fd: t.close(fd),
    "close of another": lambda t, fd: t.close(9),
    "close with EBADF": lambda t, fd: t.call("close", fd=8, ret=-1, error="EBADF"),
    "close with EINTR": lambda t, fd: t.call("close", fd=fd, ret=-1, error="EINTR"),
    "close_range": lambda t, fd: closed_range(t, fd, fd),
    "close_range below": lambda t, fd: closed_range(t, 0, fd - 1 if fd == 3 else 2),
    "close_range above": lambda t, fd: closed_range(t, fd + 4, 99),
    "close_range CLOEXEC": lambda t, fd: closed_range(t, fd, fd, flags="CLOSE_RANGE_CLOEXEC"),
    "execve": lambda t, fd: t.call("execve", ret=0, args={"closed": [fd]}),
    "execve, failed": lambda t, fd: t.call("execve", ret=-1, error="ENOENT", args={"closed": [fd]}),
    "dup over it": lambda t, fd: t.call("dup", fd=0, ret=fd),
    "close of the dup": lambda t, fd: t.close(6),
    "close of the epoll": lambda t, fd: t.close(4),
    "look with more": lambda t, fd: t.look(fd, **{"accepts" if fd == 3 else "recv": 99}),
    "look with as much": lambda t, fd: t.look(fd, **({"accepts": 1} if fd == 3 else {"recv": t.found[0].amount(99)})),
    "look with nothing": lambda t, fd: t.look(fd, **{"accepts" if fd == 3 else "recv": 0}),
    "end": lambda t, fd: t.end(),
    "end by muxviz": lambda t, fd: t.event(exit=Exit(signal="SIGKILL", by="muxviz")),
    "end of another": lambda t, fd: t.event(lane="other", call="send", fd=5, ret=1).event(lane="other", exit=Exit()),
}  # fmt: skip
"""By name, what happens next."""

# The columns are the rules in their order; `-`: it lasts; `.`: cannot be, or is not said here.
ENDS: Final = """
                      data   conn   edge   eof    oneshot level  out    end    hup    accept ghost  block  lost
read            cancelled cancelled cancelled cancelled cancelled call   call   call   call   accepted -      returned .
read to EAGAIN        cancelled .     cancelled cancelled cancelled call   call   call   call   -      -      returned .
read with EINTR       -      -      -      -      -      call   call   call   call   -      -      returned .
peek                  -      -      -      -      -      call   call   call   call   -      -      returned .
read of its end       .      .      .      .      .      call   call   -      call   .      .      returned .
write                 -      -      -      -      -      call   call   call   call   -      -      returned .
read of another       -      -      -      -      -      -      -      -      -      -      -      returned -
report                edge   edge   edge   edge   edge   -      changed -      changed -      -      .      .
report of another     -      -      -      -      -      changed changed changed changed -      -      .      closed
report beside another edge   edge   edge   edge   edge   -      -      -      -      -      .      .      .
sleep                 -      -      -      -      -      slept  slept  slept  slept  -      -      .      closed
empty wait            -      -      -      -      -      slept  slept  slept  slept  -      -      .      closed
MOD                   mod    mod    mod    mod    mod    -      call   -      -      -      mod    .      .
MOD to more           mod    mod    mod    mod    mod    call   call   call   call   -      mod    .      .
MOD of another        -      -      -      -      -      -      -      -      -      -      -      .      .
DEL                   del    del    del    del    del    call   call   call   call   -      .      .      .
close                 closed closed closed closed closed closed closed closed closed closed -      .      .
close of another      -      -      -      -      -      -      -      -      -      -      -      .      -
close with EBADF      -      -      -      -      -      -      -      -      -      -      -      .      -
close with EINTR      closed closed closed closed closed closed closed closed closed closed -      .      .
close_range           closed closed closed closed closed closed closed closed closed closed -      .      .
close_range below     -      -      -      -      -      -      -      -      -      -      -      .      -
close_range above     -      -      -      -      -      -      -      -      -      -      -      .      -
close_range CLOEXEC   -      -      -      -      -      .      .      .      .      -      -      .      .
execve                closed closed closed closed closed closed closed closed closed closed -      .      .
execve, failed        -      -      -      -      -      -      -      -      -      -      -      .      -
dup over it           closed closed closed closed closed closed closed closed closed closed -      .      .
close of the dup      .      .      .      .      .      .      .      .      .      .      closed .      -
close of the epoll    del    del    del    del    del    .      .      .      .      -      closed .      -
look with more        edge   edge   edge   edge   -      -      -      -      -      -      -      -      .
look with as much     -      -      -      .      -      -      -      -      -      -      -      -      .
look with nothing     -      -      -      -      -      -      -      -      -      -      -      -      .
end                   ended  ended  ended  ended  ended  ended  ended  ended  ended  ended  ended  ended  ended
end by muxviz         -      -      -      -      -      -      -      -      -      -      -      -      -
end of another        -      -      -      -      -      -      -      -      -      -      -      -      -
"""


def cells(table: str, columns: tuple[str, ...], names: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Row, column and what stands there; a row's name may have spaces in it."""
    found = []
    for line in table.strip("\n").splitlines()[1:]:
        name = max((name for name in names if line.startswith(f"{name} ")), key=len)
        words = line[len(name) :].split()
        assert len(words) == len(columns), line
        found += [(name, column, word) for column, word in zip(columns, words, strict=True) if word != "."]
    return found


ENDINGS: Final = cells(ENDS, RULES, HAPPENS)


@pytest.mark.parametrize(("happens", "rule", "how"), ENDINGS, ids=[f"{rule} / {name}" for name, rule, _ in ENDINGS])
def test_what_ends_a_finding(happens: str, rule: str, how: str) -> None:
    fd, found = FOUND[rule]
    told = found()
    assert [one.rule for one in told.found] == [rule]
    one = told.found[0]
    assert (one.fd, one.how, one.closed) == (fd, None, None)
    begun = len(told.trace)
    HAPPENS[happens](told, fd)
    assert (one.how or "-") == how
    n = len(told.trace) - 1
    assert (one.closed is not None) == (how != "-") and (one.closed is None or begun <= one.closed <= n)
    assert (one in told.trace.findings_at(n)) == (how == "-")


def test_every_ending_is_met() -> None:
    met = {how for _, _, how in ENDINGS} - {"-"}
    assert met | {"empty"} == set(ENDED) == set(Resolution.__args__)  # type: ignore[attr-defined]  # `empty`: below
    assert {rule for _, rule, _ in ENDINGS} == set(RULES)


# --- how sure --------------------------------------------------------------------------------------------------------

ASKED: Final = {"data": "IN|ET", "conn": "IN", "edge": "IN|ET", "eof": "IN|RDHUP|ET", "oneshot": "IN|ONESHOT"}
OWED: Final[dict[str, Callable[[Told], Told]]] = {
    "data": lambda t: t.wait((5, "IN")).read(4),
    "conn": lambda t: t.wait((3, "IN")).accept(7),
    "edge": lambda t: t.wait((5, "IN")),
    "eof": lambda t: t.wait((5, "IN|RDHUP")).read(3, size=64),
    "oneshot": lambda t: t.wait((5, "IN")),
}
"""What the program does about a report, so that it owes something."""


class Owing:
    """A program that owes what one rule is about, held in the lab or traced."""

    def __init__(self, rule: str, kind: str = "lab") -> None:
        self.rule = rule
        self.fd = 3 if rule == "conn" else 5
        self.told = Told(kind, held=kind == "lab")
        if rule == "conn":
            self.told.add(3, "IN|ET")
        self.told.client(ASKED[rule])

    def also(self, do: Callable[[Told], Told]) -> Owing:
        do(self.told)
        return self

    def owe(self) -> Owing:
        OWED[self.rule](self.told)
        return self

    def look(self, there: int) -> Owing:
        level = {} if self.fd == 3 else {"level": "IN" if there else ""}
        self.told.look(self.fd, **{"accepts" if self.fd == 3 else "recv": there}, **level)
        return self

    def full(self) -> Owing:
        """A write to another fd has met a full buffer."""
        self.told.client("IN", 6).again(6, "send")
        return self

    def sleep(self, **fields: Any) -> Owing:
        self.told.sleep(**fields)
        return self

    def after(self, ns: int) -> Owing:
        """A wait returns so much later."""
        self.told.wait(after=ns)
        return self


def untold(owing: Owing) -> Owing:
    """The program reads another fd without a report."""
    return owing.also(lambda t: t.client("IN|ET", 6).wait((6, "IN")).read(4, fd=6).sleep().read(4, fd=6))


SECOND: Final = 1000 * MS
KNOWN: Final[dict[str, Callable[[str], Owing]]] = {
    "unseen": lambda r: Owing(r).owe().sleep(),
    "seen": lambda r: Owing(r).owe().look(8).sleep(),
    "seen later": lambda r: Owing(r).owe().sleep().look(8),
    "twice": lambda r: Owing(r).owe().sleep().owe().sleep(),
    "full": lambda r: Owing(r).full().owe().sleep(),
    "full, seen": lambda r: Owing(r).full().owe().look(8).sleep(),
    "full, twice": lambda r: Owing(r).full().owe().sleep().owe().sleep(),
    "full, and room again": lambda r: Owing(r).full().also(lambda t: t.write(4, 4, fd=6)).owe().look(8).sleep(),
    "full, and closed": lambda r: Owing(r).full().also(lambda t: t.close(6)).owe().look(8).sleep(),
    "untold": lambda r: untold(Owing(r)).owe().look(8).sleep(),
    "a wait that only asks": lambda r: Owing(r).owe().look(8).sleep(timeout=0),
    "a child": lambda r: Owing(r).also(lambda t: t.call("fork", ret=77)).owe().look(8).sleep(),
    "a child that failed": lambda r: Owing(r).also(lambda t: t.call("fork", ret=-1)).owe().look(8).sleep(),
    "a thread": lambda r: (
        Owing(r).also(lambda t: t.call("fork", ret=77, args={"flags": "CLONE_FILES"})).owe().look(8).sleep()),
    "traced": lambda r: Owing(r, "trace").owe().after(SECOND),
    "traced, 1 s less 1 ns": lambda r: Owing(r, "trace").owe().after(SECOND - 1),
    "traced, 20 ms": lambda r: Owing(r, "trace").owe().after(20 * MS),
    "traced, 20 ms less 1 ns": lambda r: Owing(r, "trace").owe().after(20 * MS - 1),
    "traced, seen": lambda r: Owing(r, "trace").owe().after(SECOND).look(8),
    "traced, seen full": lambda r: Owing(r, "trace").full().owe().after(SECOND).look(8),
    "traced, seen empty": lambda r: Owing(r, "trace").owe().after(SECOND).look(0),
    "traced, seen empty before": lambda r: Owing(r, "trace").owe().look(0).after(SECOND),
}  # fmt: skip

# Of all that were found the last. `!`: it has ended with `empty`; `6`: the full one is named; `-`: nothing is found.
SURE: Final = """
                          data       conn       edge       eof        oneshot
unseen                    possible   possible   possible   possible   possible
seen                      certain    certain    certain    certain    certain
seen later                possible   possible   possible   possible   certain
twice                     likely     likely     likely     possible   .
full                      possible6  possible6  possible6  possible6  possible
full, seen                possible6  possible6  possible6  possible6  certain
full, twice               possible6  possible6  possible6  possible6  .
full, and room again      certain    certain    certain    certain    certain
full, and closed          certain    certain    certain    certain    certain
untold                    information information information information information
a wait that only asks     -          -          -          -          -
a child                   -          -          -          -          -
a child that failed       certain    certain    certain    certain    certain
a thread                  certain    certain    certain    certain    certain
traced                    possible   possible   possible   possible   possible
traced, 1 s less 1 ns     possible   possible   possible   possible   -
traced, 20 ms             possible   possible   possible   possible   -
traced, 20 ms less 1 ns   -          -          -          -          -
traced, seen              certain    certain    certain    certain    certain
traced, seen full         possible6  possible6  possible6  possible6  certain
traced, seen empty        possible!  possible!  possible!  possible   possible
traced, seen empty before -          -          -          -          possible
"""
_RULE: Final = dict(zip(OWED, RULES, strict=False))
SURES: Final = cells(SURE, tuple(OWED), KNOWN)


@pytest.mark.parametrize(("known", "rule", "sure"), SURES, ids=[f"{_RULE[rule]} / {name}" for name, rule, _ in SURES])
def test_how_sure_a_finding_is(known: str, rule: str, sure: str) -> None:
    owing = KNOWN[known](rule)
    n = len(owing.told.trace) - 1
    of_it = [one for one in owing.told.found if (one.rule, one.fd) == (_RULE[rule], owing.fd)]
    if not of_it:
        assert sure == "-"
        return
    last = of_it[-1]
    full, ended = "6" * (last.other == 6), "!" * (last.how == "empty")
    assert f"{last.sure(n)}{full}{ended}" == sure
    twice = known.endswith("twice")
    assert [one.how for one in of_it] == ["edge"] * twice + [last.how]
    if twice:
        assert (of_it[0].turns[0].sure, of_it[0].sure(n)) == ("possible", last.sure(n))


def test_a_read_that_was_not_told_takes_back_what_was_found_of_a_traced_program() -> None:
    told = Owing("data", "trace").owe().after(SECOND).told
    told.client("IN|ET", 6).wait((6, "IN")).read(4, fd=6).wait(after=40 * MS).read(4, fd=6)
    first, second = told.found
    assert (second.fd, second.how) == (6, "cancelled")
    assert [turn.sure for turn in first.turns] == ["possible", "information"] and first.how is None
