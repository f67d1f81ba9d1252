"""The story of a session as plain text, side by side: for a pipe, a log, a colleague.

One block for each client action: what every lane did until it slept again, lanes that did the same named together, and at the end
what they differ in. Safe text, at most 100 columns.
"""

from __future__ import annotations

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.words import flags
from muxviz.events import WAITS, Event
from muxviz.state import State
from muxviz.trace import Trace

WIDTH = 100
_MOST = 24
"""Calls of one block that are told one by one."""


def story(trace: Trace) -> str:
    """The whole session."""
    lines = _title(trace)
    actions = trace.actions()
    bounds = [-1, *actions, len(trace)]
    for index, (begin, end) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        if end - begin <= 1 and begin < 0:
            continue
        event = trace[begin] if begin >= 0 else None
        head = "The servers start" if event is None else printable.text(event.action or "", 60)
        lines += ["", f"{index}. {head}" if index else head]
        lines += _block(trace, max(begin, 0), end)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(trace: Trace) -> list[str]:
    source = trace.header.source
    name = printable.text(str(source.get("scenario") or source.get("kind") or "session"), 40)
    title = printable.text(str(source.get("title") or ""), 56)
    return [f"muxviz  {name}" + (f": {title}" if title else "")]


def _block(trace: Trace, begin: int, end: int) -> list[str]:
    """What each lane did between two client actions."""
    told: dict[str, list[str]] = {lane: [] for lane in trace.lanes}
    for n in range(begin, end):
        event = trace[n]
        if event.lane in told:
            text = _told(event)
            if text:
                told[event.lane].append(text)
    state = trace.state(end - 1)
    for lane in told:
        told[lane] = _shorter(told[lane]) + _rest(state, lane)
    groups: dict[tuple[str, ...], list[str]] = {}
    for lane, calls in told.items():
        groups.setdefault(_numberless(calls), []).append(lane)
    lines: list[str] = []
    for lanes in groups.values():
        who = "all lanes" if len(groups) == 1 and len(lanes) > 1 else words.names(lanes)
        lines += _paragraph(who, told[lanes[0]])
    if len(groups) > 1:
        lines += _difference(state, trace.lanes)
    return lines


def _numberless(calls: list[str]) -> tuple[str, ...]:
    """Calls without what differs by nature: fd numbers (epoll takes one), select's letters, the wait's name."""
    plain = []
    for call in calls:
        if call.startswith("ctl "):
            continue
        for wait in WAITS:
            call = call.replace(wait, "wait")
        parts = [part for part in call.replace(",", " ,").split() if not part.isdecimal()]
        plain.append(" ".join({"R": "IN", "W": "OUT"}.get(part, part) for part in parts) + str(_counts(call)))
    return tuple(plain)


def _counts(call: str) -> list[str]:
    """The numbers of a call that count bytes: those before `byte`, `unread`, `to`."""
    parts = call.split()
    return [
        part
        for part, behind in zip(parts, parts[1:], strict=False)
        if part.isdecimal() and behind[:4] in ("byte", "unre")
    ]


def _told(event: Event) -> str:
    if event.exit is not None:
        end = event.exit
        return f"ends ({printable.text(end.signal, 16) if end.signal else f'status {end.status}'})"
    if event.role != "server" or event.call is None or event.phase is not None:
        return ""
    if event.call in WAITS:
        said = ", ".join(f"fd {fd} {' '.join(flags(names))}" for fd, names in event.ready or ())
        return f"{event.call} reports {said}" if said else f"{event.call} reports nothing"
    if event.call == "epoll_ctl":
        return words.call(event)[0].replace("epoll_ctl(", "ctl ").replace(")", "")
    call = words.call(event)
    return call[1] if len(call) > 2 else call[0]


def _shorter(calls: list[str]) -> list[str]:
    if len(calls) <= _MOST:
        return calls
    return [*calls[:_MOST], f"… {len(calls) - _MOST} more calls"]


def _rest(state: State, lane: str) -> list[str]:
    """How a lane stands at the end of a block."""
    now = state.lanes.get(lane)
    if now is None or now.status != "asleep":
        return []
    stuck = [fd for fd in now.stranded if fd.kind != "listener"]
    if stuck:
        return [f"ASLEEP ON {stuck[0].unread} unread bytes of fd {stuck[0].fd}"]
    return ["asleep"]


def _paragraph(who: str, calls: list[str]) -> list[str]:
    """`who` and its calls, wrapped at WIDTH."""
    lines, line = [], f"  {who}: "
    indent = "      "
    for index, call in enumerate(calls or ["nothing to do"]):
        part = call + ("; " if index + 1 < len(calls) else ".")
        if len(line) + len(part.rstrip()) > WIDTH and line.strip():
            lines.append(line)
            line = indent
        line += part
    return [*lines, line]


def _difference(state: State, lanes: list[str]) -> list[str]:
    """The count that is the lesson: reports, and bytes unread, by lane."""
    groups: dict[str, list[str]] = {}
    for lane in lanes:
        now = state.lanes.get(lane)
        fds = [fd for fd in now.fds.values() if fd.kind == "connection"] if now is not None else []
        reports, unread = sum(fd.reports for fd in fds), sum(fd.unread for fd in fds)
        tail = f", {unread} unread" if unread else ""
        groups.setdefault(f"reported {reports}×{tail}", []).append(lane)
    if len(groups) < 2:
        return []
    told = "  │  ".join(f"{words.names(who)}: {fact}" for fact, who in groups.items())
    return [printable.clip(f"  ≠ {told}", WIDTH)]
