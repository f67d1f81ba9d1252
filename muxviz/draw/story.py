"""The story of a session as plain text, side by side: for a pipe, a log, a colleague.

One block for each client action: what every lane did until it slept again, and at the end what they differ in. Lanes
that did the same are told together, in words that are true of each of them: clients by name instead of fds (which
differ), "the wait" instead of its name, and flags only where they say more than "readable". Safe text, at most 100
columns.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.draw import words
from muxviz.draw.findings import wakeups
from muxviz.draw.subject import subject_of
from muxviz.draw.trace_story import trace_story
from muxviz.draw.wire_samples import closing
from muxviz.draw.wrapping import wrap
from muxviz.events import Event, split
from muxviz.findings import Finding
from muxviz.findings.words import SURE, facts
from muxviz.findings.words import name as rule_name
from muxviz.kernel import FdState, LaneState, State, fold
from muxviz.language import of_scenario, say
from muxviz.trace import Trace
from muxviz.words import action_words

WIDTH: Final = 100
_MOST: Final = 24
"""Calls of one block that are told one by one."""
_QUIET: Final = frozenset({"setsockopt", "getsockname", "fcntl"})
_ALIKE: Final = {"R": "IN", "W": "OUT", "X": "PRI"}


class _Told(NamedTuple):
    """One thing that a lane did. What only some mechanisms have to do is left out of the comparison."""

    text: str
    own: bool = False


def story(trace: Trace, begin: int = 0, end: int | None = None) -> str:
    """The session from event `begin` on, before event `end`; the whole of it, where they are not given."""
    end = len(trace) if end is None else end
    lines = _title(trace)
    if not subject_of(trace.header).alike:
        lines += [*trace_story(trace, begin, end, WIDTH), *_findings(trace, begin, end)]
        return "\n".join(line.rstrip() for line in lines) + "\n"
    actions = [n for n in trace.actions() if begin < n < end]
    state = trace.state(begin - 1)
    for start, stop in pairwise([begin, *actions, end]):
        told: dict[str, list[_Told]] = {lane: [] for lane in trace.lanes}
        for n in range(start, stop):
            event = trace[n]
            before = state.lanes.get(event.lane or "")
            text = _told(event, before) if event.role != "client" and before is not None else None
            if not closing(event):
                fold(state, event)
            if event.call == "accept" and event.error is None and event.phase is None and before is not None:
                text = _Told(f"accept → {_name(before, event.ret)}")
            if text is not None and event.lane in told:
                told[event.lane].append(text)
        if stop > start:
            lines += [*_heading(trace, start), *_block(state, told)]
    lines += _findings(trace, begin, end)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(trace: Trace, begin: int) -> list[str]:
    """What opens a block: a client action with its number, or where else it begins."""
    action = trace[begin].action
    if action is not None:
        return ["", f"{trace.actions_done(begin)}. {action_words(printable.text(action, 60))}"]
    if begin == 0:
        return ["", say("The servers start")]
    step = trace.tick_step(trace.tick_of(begin))
    return ["", say("From step {n}", n=step) if step is not None else say("From event {n}", n=begin)]


def _title(trace: Trace) -> list[str]:
    source = trace.header.source
    name = printable.text(source.scenario or source.kind, 40)
    title = printable.text(source.title, 56)
    if title and not source.fix:
        title = of_scenario(name, "title", title)
    return [f"muxviz  {name}" + (f": {title}" if title else "")]


def _block(state: State, told: dict[str, list[_Told]]) -> list[str]:
    """What each lane did between two client actions."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for lane, done in told.items():
        rest = _rest(state, lane)
        done += [_Told(text) for text in (rest if done or rest != [say("asleep")] else [say("asleep throughout")])]
        groups.setdefault(tuple(one.text for one in done if not one.own), []).append(lane)
    lines: list[str] = []
    for lanes in groups.values():
        who = say("all lanes") if len(groups) == 1 and len(lanes) > 1 else words.names(lanes)
        longest = max(lanes, key=lambda lane: len(told[lane]))
        some = [lane for lane in lanes if any(one.own for one in told[lane])]
        only = f" ({say('{lanes} only', lanes=words.names(some))})" if len(some) < len(lanes) else ""
        lines += _paragraph(who, [one.text + (only if one.own else "") for one in told[longest]])
    return lines + (_difference(state, list(told)) if len(groups) > 1 else [])


def _name(lane: LaneState, number: int | None) -> str:
    """An fd by what it leads to."""
    fd = lane.fds.get(number) if number is not None else None
    if fd is None:
        return f"fd {number}"
    if fd.kind == "listener":
        return say("the listener")
    return printable.text(fd.client, 12) if fd.client else f"fd {number}"


def _told(event: Event, lane: LaneState) -> _Told | None:
    """What an event says in the story; None for what only prepares or repeats."""
    if event.exit is not None:
        end = event.exit
        how = printable.text(end.signal, 16) if end.signal else say("status {status}", status=end.status)
        if end.traceback and (last := end.traceback.strip().splitlines()[-1:]):
            how += f", {printable.text(last[0], 60)}"
        return None if closing(event) else _Told(say("ENDS ({how})", how=how))
    if event.call is None or event.phase is not None or event.call in _QUIET:
        return None
    if event.call == "getsockopt" and event.args.get("option") != "SO_ERROR":
        return None
    if event.call in WAITS:
        return _Told(_reports(event, lane))
    if event.call == "epoll_ctl":
        number = event.target
        name = _name(lane, number if isinstance(number, int) else None)
        flags = " ".join(words.asked(event.events))
        op = printable.text(event.op, 4)
        return _Told(f"epoll_ctl {op} {name}" + (f" {flags}" if flags else ""), own=True)
    if event.call == "epoll_create":
        return _Told("epoll_create", own=True)
    result = words.call(event)[-1].partition(" → ")[2]
    on = f" {_name(lane, event.fd)}" if event.fd is not None else ""
    makes = event.call in ("socket", "accept", "dup") and not event.error
    return _Told(f"{printable.text(event.call, 16)}{on}" + (f" → {result}" if result and not makes else ""))


def _reports(event: Event, lane: LaneState) -> str:
    if not event.ready:
        error = printable.text(event.error, 16) if event.error and event.error != "timeout" else ""
        return say("the wait fails: {error}", error=error) if error else say("the wait reports nothing")
    said = []
    for number, names in event.ready:
        flags = [_ALIKE.get(name, name) for name in words.flags(names)]
        said.append(_name(lane, number) + ("" if flags == ["IN"] else f" {' '.join(flags)}"))
    return say("the wait reports {told}", told=say(", ").join(said))


def _rest(state: State, lane: str) -> list[str]:
    """How a lane stands at the end of a block."""
    now = state.lanes.get(lane)
    if now is None or now.status != "asleep":
        return []
    stuck = [
        say("{bytes} of {fd}", bytes=_stuck(fd), fd=_name(now, fd.fd)) for fd in now.stranded if fd.kind != "listener"
    ]
    waiting = [say("{count} to accept", count=fd.unread) for fd in now.stranded if fd.kind == "listener"]
    if not stuck and not waiting:
        return [say("asleep")]
    return [say("ASLEEP ON {what}, UNREAD", what=say(", ").join(stuck + waiting))]


def _stuck(fd: FdState) -> str:
    return words.lies(fd)[0] if fd.kind == "datagram" else words.bytes_(fd.unread)


def _paragraph(who: str, calls: list[str]) -> list[str]:
    """`who` and its calls, wrapped at WIDTH."""
    if len(calls) > _MOST:
        calls = [*calls[: _MOST - 1], say("… {count} more calls", count=len(calls) - _MOST), calls[-1]]
    lines, line = [], f"   {who}: "
    for index, call in enumerate(calls or [say("nothing to do")]):
        part = call + ("; " if index + 1 < len(calls) else ".")
        if cell_len(line) + cell_len(part.rstrip()) > WIDTH:
            lines.append(line)
            line = "      "
        line += part
    return [*lines, printable.clip(line, WIDTH)]


def _difference(state: State, lanes: list[str]) -> list[str]:
    """What parts the lanes: reports since the action and bytes left unread, or else the flags last reported."""
    for fact in (_count_fact, _flag_fact):
        groups: dict[str, list[str]] = {}
        for lane in lanes:
            now = state.lanes.get(lane)
            groups.setdefault(fact(now) if now is not None else "", []).append(lane)
        if len(groups) > 1:
            told = "  │  ".join(f"{words.names(who)}: {what}" for what, who in groups.items())
            return [printable.clip(f"   ≠ {told}", WIDTH)]
    return []


def _findings(trace: Trace, begin: int, end: int) -> list[str]:
    """What the rules found: lanes in which the same was found are named together."""
    of_lane: dict[tuple[str, str, str], list[Finding]] = {}
    for one in trace.findings.until(end - 1):
        if one.opened >= begin and one.turns[0].sure != "information" and not one.cancelled(end - 1):
            of_lane.setdefault((one.rule, one.client or f"fd {one.fd}", one.lane), []).append(one)
    groups: dict[str, dict[str, list[Finding]]] = {}
    for (_rule, who, lane), found in of_lane.items():
        one = found[0]
        named = one.client and not subject_of(trace.header).by_number
        of = say("client {client}", client=printable.text(who, 12)) if named else f"fd {one.fd}"
        sure = one.sure(end - 1)
        hedge = "" if sure == "certain" else say(" ({sure})", sure=say(SURE[sure]))
        known = facts(one, end - 1, wakeups(trace, one, end - 1))
        what = say("{rule}, {of}: {facts}{hedge}", rule=rule_name(one.rule), of=of, facts=known, hedge=hedge)
        groups.setdefault(what, {})[lane] = found
    lines = ["", say("Findings")] if groups else []
    for what, lanes in list(groups.items())[:_MOST]:
        first = next(iter(lanes.values()))
        more = say(" and {count} more", count=len(first) - 1) if len(first) > 1 else ""
        when = say(" (from {place}{more})", place=_place(trace, first[0].opened), more=more) if len(lanes) == 1 else ""
        lines += _wrapped(say("{lanes}: {what}{when}.", lanes=words.names(list(lanes)), what=what, when=when))
    hidden = len(groups) - _MOST
    return [*lines, "   " + say("… and {count} more", count=hidden)] if hidden > 0 else lines


def _place(trace: Trace, n: int) -> str:
    step = trace.tick_step(trace.tick_of(n))
    return say("step {step}", step=step) if step is not None else say("event {n}", n=n)


def _wrapped(text: str) -> list[str]:
    first, *rest = wrap(text, WIDTH - 6)
    return ["   " + first, *("      " + line for line in rest)]


def _count_fact(lane: LaneState) -> str:
    fds = [fd for fd in lane.fds.values() if fd.kind == "connection"]
    reports, unread = sum(fd.reports for fd in fds), sum(fd.unread for fd in fds)
    told = say("reported {times}", times=f"{reports}×")
    return told + (say(", {count} unread", count=unread) if unread else say(", nothing unread"))


def _flag_fact(lane: LaneState) -> str:
    found = [
        fd for fd in (*lane.fds.values(), *lane.gone.values()) if fd.client is not None and fd.reported_n is not None
    ]
    newest = max(found, key=lambda fd: fd.reported_n or 0, default=None)
    if newest is None:
        return say("reported nothing")
    return say("reported {times}", times=" ".join(split(newest.reported)))
