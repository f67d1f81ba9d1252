"""Predicting: what will each wait report? The question, the kernel's answer, and the score.

A question is asked where the next step lets waits return or sleep: of every lane that stands before a wait, and, when a
client has just acted, of every lane that sleeps in one. What is chosen from is what a person can see: the fds that are
open. The answer is read from the events that followed, and from nothing else, so a question never knows its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from muxviz.calls import WAITS
from muxviz.events import Event
from muxviz.kernel import FdState, LaneState
from muxviz.language import _, say
from muxviz.printable import text
from muxviz.trace import Trace
from muxviz.words import explain

NOTHING: Final = ""
"""The choice that a wait reports nothing: it sleeps, or returns an empty list."""
LISTENER: Final = "listener"
_MOST: Final = 5
"""Choices of a lane, NOTHING among them: more can't be gone through with a key."""


class Question(NamedTuple):
    """What is asked after event n."""

    n: int
    choices: Mapping[str, tuple[str, ...]]
    """By lane, what its wait may report: NOTHING first, then fds by the name of what they lead to."""
    asleep: frozenset[str]
    """Those of the lanes that sleep in their wait."""
    quiet: bool
    """No program can move: the answer is there already."""


class Verdict(NamedTuple):
    """One lane's answer."""

    lane: str
    said: str
    got: tuple[str, ...]
    """What the wait reported, by the names of the choices; nothing where it sleeps."""
    n: int
    """The event that shows it: the wait that returned, or the one that it sleeps in."""

    @property
    def right(self) -> bool:
        """A wait that reports several is right for any of them."""
        return self.said in self.got if self.said else not self.got


@dataclass
class Tally:
    """Whether it is asked, and the score."""

    on: bool = False
    right: int = 0
    asked: int = 0

    def count(self, verdicts: Sequence[Verdict]) -> None:
        """Take the answers of a question."""
        self.asked += len(verdicts)
        self.right += sum(verdict.right for verdict in verdicts)


def question(trace: Trace, n: int, followed: str | None = None, only: str | None = None) -> Question | None:
    """What to ask after event n, of every lane or of one; None where no wait is about to say anything.

    What the programs did while they ran free is not asked about: there is no next step.
    """
    tick = trace.tick_of(n)
    newest = n >= len(trace) - 1
    if (tick >= 0 and trace.tick_step(tick) is None) or (not newest and trace.tick_step(tick + 1) is None):
        return None
    if trace.header.beats and not trace.actions_done(n):
        return None  # nobody could reach a server yet: there is nothing to predict
    state = trace.state(n)
    acted = state.action_n is not None and tick >= 0 and state.action_n >= trace.tick_start(tick)
    choices: dict[str, tuple[str, ...]] = {}
    asleep: set[str] = set()
    for name in trace.lanes:
        lane = state.lanes.get(name)
        if lane is None or lane.status == "ended" or only not in (None, name):
            continue
        if lane.status == "asleep":
            if not acted or lane.last is None or trace[lane.last].call not in WAITS:
                continue
            asleep.add(name)
        elif not _before_a_wait(trace, n, name, newest):
            continue
        choices[name] = _choices(lane, followed)
    if not choices:
        return None
    return Question(n, choices, frozenset(asleep), _quiet(trace, tick, newest))


def _before_a_wait(trace: Trace, n: int, lane: str, newest: bool) -> bool:
    """The lane's next call is a wait, and it makes it in the next step (a busy one is held before it)."""
    following = trace.next_call(n, lane)
    if following is None or following.call not in WAITS:
        return False
    if newest:
        return True
    found = trace.call_after(n, lane)
    return found is not None and trace.tick_of(found) == trace.tick_of(n) + 1


def _quiet(trace: Trace, tick: int, newest: bool) -> bool:
    if newest:
        return not any(lane in trace.announced for lane in trace.lanes)
    begin = trace.tick_start(tick + 1)
    return any(trace[k].action is not None for k in range(begin, trace.tick_end(tick + 1) + 1))


def _choices(lane: LaneState, followed: str | None) -> tuple[str, ...]:
    names = [_name(fd) for fd in lane.fds.values() if fd.closed is None and fd.kind != "epoll"]
    names.sort(key=lambda name: (name != followed, name != LISTENER))
    return (NOTHING, *dict.fromkeys(names))[:_MOST]


def _name(fd: FdState) -> str:
    return LISTENER if fd.kind == "listener" else fd.client or f"fd {fd.fd}"


def judge(trace: Trace, asked: Question, said: Mapping[str, str], upto: int) -> list[Verdict]:
    """The answers in the events behind the question, up to and with `upto`; none for a lane that made no wait or whose
    wait failed."""
    if asked.quiet:
        upto = asked.n
    state = trace.state(upto)
    verdicts = []
    for name in asked.choices:
        lane = state.lanes[name]
        wait = _wait(trace, name, asked.n + 1, upto)
        if wait is None:
            if name in asked.asleep and lane.last is not None:
                verdicts.append(Verdict(name, said[name], (), lane.last))
        elif wait.phase == "enter":
            verdicts.append(Verdict(name, said[name], (), wait.n))
        elif wait.error in (None, "timeout"):
            verdicts.append(Verdict(name, said[name], _reported(lane, wait), wait.n))
    return verdicts


def _wait(trace: Trace, lane: str, begin: int, end: int) -> Event | None:
    found = trace.call_after(begin - 1, lane)
    while found is not None and found <= end:
        if trace[found].call in WAITS:
            return trace[found]
        found = trace.call_after(found, lane)
    return None


def _reported(lane: LaneState, wait: Event) -> tuple[str, ...]:
    fds = [(number, lane.fds.get(number)) for number, _ in wait.ready or ()]
    return tuple(dict.fromkeys(_name(fd) if fd is not None else f"fd {number}" for number, fd in fds))


def words(choice: str) -> str:
    """A choice, safe to show."""
    if choice == NOTHING:
        return say("nothing")
    return say("listener") if choice == LISTENER else text(choice, 8)


def verdict_words(trace: Trace, verdict: Verdict, n: int) -> list[str]:
    """What was said, and why it came otherwise, as things stand after event n."""
    reason = explain(trace, verdict.n, trace.state(n))
    template = _("Right: it reports {what}.") if verdict.right else _("You said that it would report {what}.")
    return [say(template, what=_phrase(verdict.said)), *reason]


def _phrase(choice: str) -> str:
    if choice == LISTENER:
        return say("the listener")
    plain = choice == NOTHING or choice.startswith("fd ")
    return words(choice) if plain else say("client {name}", name=words(choice))
