"""A traced program's text as a trace, and whether what was found in it is what was to be found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from muxviz.events import FORMAT, Header, Source
from muxviz.findings import Finding
from muxviz.sources.strace import LineAccounting, Translator
from muxviz.sources.strace.fd_effects import By
from muxviz.trace import Trace
from tests.sources.strace.programs import Program

CERTAIN: Final = ("certain",)


class Told(NamedTuple):
    """A finding, by what a person would check first."""

    rule: str
    fd: int
    sure: str


def read(parts: Iterable[bytes], by: By = "process") -> tuple[Trace, LineAccounting]:
    """What strace wrote, in any pieces."""
    translator = Translator(by=by)
    trace = Trace(Header(FORMAT, "6", "x86_64", "3", Source(kind="trace", by=by), []))
    for part in parts:
        for event in translator.lines(part):
            trace.append(event)
    for event in translator.end():
        trace.append(event)
    return trace, translator.counted


def found(trace: Trace) -> list[Finding]:
    """Everything that was found."""
    return trace.findings.until(len(trace) - 1)


def told(trace: Trace) -> list[Told]:
    """The same, as known at the end."""
    n = len(trace) - 1
    return [Told(one.rule, one.fd, one.sure(n)) for one in found(trace)]


def judge(program: Program, trace: Trace, counted: LineAccounting | None = None) -> None:
    """Every line could be used; what had to be found was; what else was found is of the same kind, or hedged. With no
    account of the lines: somebody looked at the queues, and what lay there is certain."""
    if counted is not None:
        assert counted.words() is None and counted.other == {}, (counted.words(), counted.other)
    verdicts = told(trace)
    planted = {one.rule: one.sure if counted is not None else CERTAIN for one in program.found}
    for one in program.found:
        sures = planted[one.rule]
        assert any((rule, fd) == (one.rule, one.fd) and sure in sures for rule, fd, sure in verdicts), verdicts
    for rule, fd, sure in verdicts:
        if rule in planted:
            assert sure in planted[rule] or counted is None, (rule, fd, sure)
        else:
            assert rule in program.hedged and sure in ("possible", "information"), (rule, fd, sure)
