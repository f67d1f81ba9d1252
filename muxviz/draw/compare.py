"""One line under the lanes: what they have in common, or where they part.

Lanes that did the same are named together. The counts are since the newest client action, and the line says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene, name, reported
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
        return _Fact("ended", "ended", True)
    if fd is None:
        return _Fact("not accepted yet", "not accepted")
    if fd.closed is not None:
        why = f", {fd.error}" if fd.error else ""
        return _Fact(f"closed{why}", f"closed{why}")
    times = f"{fd.reports}×"
    told = f"reported {times}" if fd.reports else "not reported"
    kept = fd.queues.queued if found.view.side == "OUT" or not fd.unread else 0
    queued = f", {words.bytes_(kept)} queued in the program" if kept else ""
    if state.status == "asleep" and fd.unread:
        return _Fact(
            f"{told}, asleep on {fd.unread} unread{queued}",
            f"{times}, asleep on {fd.unread}",
            fd.stranded,
        )
    rest = f", {fd.unread} still unread" if fd.unread else "" if queued else ", nothing unread"
    brief = f"{words.short(kept)} queued" if kept else f"{fd.unread} unread"
    return _Fact(f"{told}{rest}{queued}", f"{times}, {brief}")


def _flag_fact(found: Scene, lane: str) -> _Fact:
    flags = " ".join(words.flags(reported(found, lane)))
    text = f"reported {flags}" if flags else "reported nothing now"
    return _Fact(text, flags or "nothing")


def draw_difference(grid: Grid, found: Scene, y: int) -> None:
    """The line, for the followed client."""
    if not any(found.fd(lane) for lane in found.lanes) and found.state.action is None:
        what = (
            "the servers set themselves up; no client has connected yet" if found.n >= 0 else "nothing has happened yet"
        )
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
    intro = [f"{'=' if same else '≠'} " if many else "", f"{since}  " if since else ""]
    for short, joint in ((False, " · "), (False, "·"), (True, " · "), (True, "·")):
        parts: list[tuple[str, str]] = [(intro[0], "text.bold"), (intro[1], "violet")]
        for index, (fact, lanes) in enumerate(groups.items()):
            if index:
                parts.append(("   │   " if not short else " │ ", "line"))
            who = f"all {_COUNT.get(len(lanes), str(len(lanes)))}" if same and many else joint.join(lanes)
            parts.append((f"{who}: " if not short else f"{who} ", "dim"))
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
