"""One line under the lanes: what they have in common, or where they part.

Lanes that did the same are named together. The counts are since the newest client action, and the line says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene, name, reported
from muxviz.draw.subjects import brief, is_fd
from muxviz.events import split


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the line says of one lane; equal facts are one group."""

    long: str
    brief: str
    troubled: bool = False


def _fact(found: Scene, lane: str) -> _Fact:
    state, fd = found.lane(lane), found.fd(lane)
    if state.status == "ended":
        how = _how_it_ended(found, lane)
        return _Fact(f"ended{how}", "ended", True)
    if fd is None:
        missing = "not open" if is_fd(found.client or "") else "not accepted"
        return _Fact(f"{missing} yet" if missing == "not accepted" else missing, missing)
    if fd.closed is not None:
        why = f", {fd.error}" if fd.error else ""
        return _Fact(f"closed{why}", f"closed{why}")
    times = f"{fd.reports}×"
    told = f"reported {times}" if fd.reports else "not reported"
    kept = fd.queues.queued if found.side == "OUT" or not fd.unread else 0
    queued = f", {words.bytes_(kept)} queued in the program" if kept else ""
    there = words.lies(fd)[0] if fd.holds else ""
    if state.status == "asleep" and there:
        return _Fact(
            f"{told}, asleep on {there}{queued}",
            f"{times}, asleep on {there.removesuffix(' unread')}",
            fd.stranded,
        )
    empty = ", nothing unread" if fd.queues.recv is not None else ""
    still = f"{fd.unread} still unread" if there.endswith(" unread") else there
    rest = f", {still}" if there else "" if queued else empty
    brief_ = f"{words.short(kept)} queued" if kept else words.lies(fd)[-1] if there else "0 unread" if rest else ""
    return _Fact(f"{told}{rest}{queued}", f"{times}{', ' * bool(brief_)}{brief_}")


def _how_it_ended(found: Scene, lane: str) -> str:
    exit_n = found.lane(lane).exit_n
    end = found.trace[exit_n].exit if exit_n is not None else None
    if end is None or end.by == "muxviz":
        return ""
    return f", killed by {printable.text(end.signal, 16)}" if end.signal else f", exit status {end.status}"


def _flag_fact(found: Scene, lane: str) -> _Fact:
    flags = " ".join(words.flags(reported(found, lane)))
    text = f"reported {flags}" if flags else "reported nothing now"
    return _Fact(text, flags or "nothing")


def _nothing_to_compare(found: Scene) -> str:
    """What is said where no fd is followed; empty where the lanes can be compared."""
    states = [found.lane(lane) for lane in found.lanes]
    many = len(states) > 1
    if states and all(state.status == "ended" for state in states):
        how = "" if many else _how_it_ended(found, found.lanes[0])
        return ("every program has ended" if many else "the program has ended") + how
    if found.state.action is not None or any(found.fd(lane) for lane in found.lanes):
        return ""
    if not any(state.last is not None for state in states):
        return "nothing has happened yet"
    if not any(state.listeners() for state in states) and found.trace.header.source.get("kind") != "lab":
        return "no connection, pair or other fd is open that could be followed"
    return "the servers set themselves up; no client has connected yet" if many else "no client has been accepted yet"


def draw_difference(grid: Grid, found: Scene, y: int) -> None:
    """The line: whose fd it is about, since when, and how each lane stands with it."""
    what = _nothing_to_compare(found)
    if what:
        grid.put(1, y, what, "dim")
        return
    facts = {lane: _fact(found, lane) for lane in found.lanes}
    if len(set(facts.values())) == 1 and _flags_differ(found):
        facts = {lane: _flag_fact(found, lane) for lane in found.lanes}
    groups: dict[_Fact, list[str]] = {}
    for lane, fact in facts.items():
        groups.setdefault(fact, []).append(name(found, lane))
    same = len(groups) == 1
    many = len(found.lanes) > 1
    since = words.since(found.state.action)[-1] if found.state.action else ""
    subject = f"{brief(found.client)}: " if found.client is not None else ""
    intro = [(f"{'=' if same else '≠'} " if many else "", "text.bold"), (f"{since}  " if since else "", "violet"),
             (subject, "violet.bold")]  # fmt: skip
    for short, joint in ((False, " · "), (False, "·"), (True, " · "), (True, "·")):
        parts = list(intro)
        for index, (fact, lanes) in enumerate(groups.items()):
            if index:
                parts.append(("   │   " if not short else " │ ", "line"))
            who = f"all {_COUNT.get(len(lanes), str(len(lanes)))}" if same and many else joint.join(lanes)
            colon = " " if short or (same and many) else ": "
            if many:
                parts.append((f"{who}{colon}", "dim"))
            parts.append((fact.brief if short else fact.long, "orange.bold" if fact.troubled else "text.bold"))
        if sum(cell_len(text) for text, _ in parts) <= found.width - 2:
            break
    at = 1
    for text, style in parts:
        at = grid.put(at, y, text, style, end=found.width - 1)


_COUNT = {2: "two", 3: "three", 4: "four"}


def _flags_differ(found: Scene) -> bool:
    """Lanes whose newest wait named the client, in different words (select has no word for an error)."""
    shown = {lane: reported(found, lane) for lane in found.lanes}
    if not all(shown.values()):
        return False
    return len({words.same_flags("|".join(sorted(split(flags)))) for flags in shown.values()}) > 1
