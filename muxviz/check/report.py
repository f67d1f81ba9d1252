"""A trace's findings with everything that is said of them: where in the program, on what they rest, what helps.

A suspicion that a later read cancelled is no finding any more: it is counted, and nothing else is said of it. How sure
a finding is, is the most that it ever was.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.check.known import NOTHING, By, Known
from muxviz.draw.findings import wakeups
from muxviz.events import Event, Queues
from muxviz.findings import Confidence, Finding, Level, RuleName
from muxviz.findings import words as said
from muxviz.language import say
from muxviz.trace import Trace
from muxviz.words import listing

_RANK: Final[dict[Confidence, int]] = {"certain": 0, "likely": 1, "possible": 2, "information": 3}
_LONGEST_LINE: Final = 400
"""Characters of a line of source."""
_KEPT: Final = 256
"""Events that are kept at hand."""
_PLAIN: Final = frozenset({None, "ESTABLISHED", "LISTEN"})
"""TCP states that go without saying."""


class Place(NamedTuple):
    """A line of the program. Foreign text: make it printable before it is shown."""

    file: str
    """As the program was started with it: relative to its directory, or absolute."""
    line: int
    text: str | None
    """The line without its indent, where the recording has the program's text."""


class Evidence(NamedTuple):
    """An event that a finding rests on."""

    n: int
    step: int | None
    """The step it belongs to; None where the program ran freely."""
    t: int
    """Nanoseconds since the session began."""
    words: str
    """The call as `muxviz show` writes it; printable."""
    place: Place | None


@dataclass(frozen=True)
class Found:
    """One finding, as it stands at the end of the recording."""

    rule: RuleName
    surety: Confidence
    """The most that it ever was."""
    lane: str
    pid: int | None
    fd: int
    client: str | None
    first: int
    """n of the event at which it was found."""
    last: int | None
    """n of the event that ended it; None where it lasted to the recording's end."""
    ended: str
    """How it ended, in words; `nothing comes by itself` for one that waits for ever; may be empty."""
    flags: str
    """What was reported, `IN|RDHUP`, or the call or the error that matters."""
    call: str | None
    """The call that `place` is the place of."""
    place: Place | None
    """Where the program would be mended: its last call on the fd, else its wait. None where no source is known."""
    facts: str
    """One line: the bytes, the flags, the fd."""
    derived: tuple[str, ...]
    """The rule in words, and how sure it is."""
    helps: tuple[str, ...]
    """What mends it, the best first."""
    manual: str
    """The page of the manual."""
    evidence: tuple[Evidence, ...]

    @property
    def name(self) -> str:
        """`stranded data`, in the language in use."""
        return said.name(self.rule)

    @property
    def who(self) -> str:
        """`fd 5 (client A)`; printable."""
        if not self.client:
            return f"fd {self.fd}"
        return f"fd {self.fd} ({say('client {client}', client=printable.text(self.client, 12))})"

    @property
    def fingerprint(self) -> str:
        """What tells it again in another recording: the rule, the file and the line's text, so that lines that come
        above it change nothing; where there is no source, the program and the call. 32 hexadecimal digits."""
        program = self.lane.removesuffix(f":{self.pid}")  # a child is named by its number as well
        at = self.place
        where = (at.file, at.text or str(at.line)) if at is not None else (program, self.call)
        told = "\0".join(map(str, (self.rule, *where)))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def __str__(self) -> str:
        from muxviz.check.as_text import block

        return "\n".join(block([self]))


@dataclass
class Report:
    """A recording, judged."""

    trace: Trace
    found: list[Found]
    """In the order in which they were found, `information` included; those that were cancelled or known left out."""
    known: list[tuple[Found, By]]
    """Those that the build lives with, and who says so."""
    cancelled: int
    """Suspicions that a later read has cancelled."""
    more: int
    """Found and not kept: there were too many."""
    cut: str | None = None
    """Why the recording ends early, where it does."""
    counts: dict[Confidence, int] = field(init=False)
    """How many of each surety."""

    def __post_init__(self) -> None:
        self.counts = {sure: sum(one.surety == sure for one in self.found) for sure in _RANK}
        self.known_by: Counter[By] = Counter(by for _, by in self.known)

    def at_least(self, level: Level) -> list[Found]:
        """The findings that are this sure, or surer."""
        return [one for one in self.found if _RANK[one.surety] <= _RANK[level]]


def report(trace: Trace, cut: str | None = None, known: Known = NOTHING) -> Report:
    """Everything that was found in a whole trace, apart from what is known."""
    n, gather = len(trace) - 1, _Gather(trace)
    every = trace.findings.until(n)
    kept = [gather.found(one) for one in every if not one.cancelled(n)]
    judged = [(one, known.by(one, gather.line(one.place))) for one in kept]
    return Report(
        trace,
        [one for one, by in judged if by is None],
        [(one, by) for one, by in judged if by is not None],
        len(every) - len(kept),
        trace.findings.more,
        cut,
    )


def grouped(found: list[Found]) -> list[list[Found]]:
    """Findings that say the same of the same line of the program (where it has no source: of the same call) together:
    a spin in a thousand connections is one thing to mend. Each group has its surest first, and the surest group is
    first; within that, in the order in which they were found."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for one in found:
        where: tuple[object, ...] = one.place[:2] if one.place is not None else (one.lane, one.call)
        groups.setdefault((one.rule, one.flags, *where), []).append(one)
    for group in groups.values():
        group.sort(key=lambda one: _RANK[one.surety])
    return sorted(groups.values(), key=lambda group: (_RANK[group[0].surety], group[0].first))


class _Gather:
    """Findings of one trace, with what many of them share at hand: the programs' lines, the events they rest on."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._lines: dict[str, list[str]] = {}
        self._event = lru_cache(_KEPT)(lambda n: _Event(trace[n]))

    def found(self, finding: Finding) -> Found:
        trace, last = self._trace, len(self._trace) - 1
        turn = min(finding.turns, key=lambda turn: _RANK[turn.sure])
        rests = [self._event(n) for n in _rests_on(finding)]
        at = _to_mend([one.event for one in rests], finding)
        return Found(
            rule=finding.rule,
            surety=turn.sure,
            lane=finding.lane,
            pid=at.pid,
            fd=finding.fd,
            client=finding.client,
            first=finding.opened,
            last=finding.closed,
            ended=said.ended(finding, last),
            flags=finding.flags,
            call=at.call,
            place=self._place(at),
            facts=said.facts(finding, turn.n, wakeups(trace, finding, last)),
            derived=tuple(said.derived(finding, turn.n)),
            helps=tuple(said.helps(finding)),
            manual=said.WORDS[finding.rule].manual,
            evidence=tuple(self._evidence(one, finding.fd) for one in rests),
        )

    def _place(self, event: Event) -> Place | None:
        if event.at is None or event.at[1] < 1:
            return None
        file, line = event.at
        lines = self._text(file)
        return Place(file, line, lines[line - 1].strip()[:_LONGEST_LINE] if line <= len(lines) else None)

    def _text(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = self._trace.sources.get(file, "").splitlines()
        return self._lines[file]

    def line(self, place: Place | None) -> str:
        """The whole line of a place; empty where the recording hasn't the program's text."""
        lines = self._text(place.file) if place is not None else []
        return lines[place.line - 1] if place is not None and place.line <= len(lines) else ""

    def _evidence(self, rests: _Event, fd: int) -> Evidence:
        event = rests.event
        return Evidence(event.n, event.step, event.t, listing.words(rests.about(fd)), self._place(event))


class _Event:
    """An event that findings rest on, and what of it concerns one fd: a wait of ten thousand fds fills no line, and as
    many findings may rest on it."""

    def __init__(self, event: Event) -> None:
        asked = event.args.get("interest")
        self._asked = {pair[0]: pair for pair in asked if _is_pair(pair)} if isinstance(asked, list) else None
        self._ready = dict(event.ready) if event.ready is not None else None
        self._queues = event.queues
        self.event = msgspec.structs.replace(event, ready=None, queues={}, args=event.args | {"interest": []})
        if self._asked is None:
            self.event.args = event.args

    def about(self, fd: int) -> Event:
        """The event as this fd saw it; the caller's own."""
        told = msgspec.structs.replace(self.event)
        if self._ready is not None:
            told.ready = [(fd, self._ready[fd])] if fd in self._ready else []
        if self._asked is not None:
            own = [self._asked[fd]] if fd in self._asked else []
            others = [["…"]] if len(self._asked) > len(own) else []
            told.args = told.args | {"interest": [*own, *others]}
        if self._queues:
            looked = self._queues.get(str(fd), Queues())
            tcp = looked.tcp if looked.tcp not in _PLAIN else None
            told.queues = {str(fd): Queues(recv=looked.recv, accepts=looked.accepts, tcp=tcp)}
        return told


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], int)


def _rests_on(finding: Finding) -> list[int]:
    """Its evidence, what made it surer, and what ended it."""
    closing = [finding.closed] if finding.closed is not None else []
    return sorted({*finding.evidence, *(turn.n for turn in finding.turns), *closing})


def _to_mend(events: list[Event], finding: Finding) -> Event:
    """The event whose line would be changed: the last call on the fd itself that it rests on, else the last wait."""
    rests = [event for event in events if event.n in finding.evidence]
    calls = [event for event in rests if event.call is not None]
    own = [event for event in calls if event.call not in WAITS and event.fd == finding.fd]
    return (own or calls or rests)[-1]
