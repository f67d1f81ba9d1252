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
from muxviz.draw.selection import brief, is_fd, name_of
from muxviz.draw.words import fd_label
from muxviz.events import split
from muxviz.kernel import FdState
from muxviz.language import _, say


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the line says of one lane; equal facts are one group."""

    long: str
    brief: str
    troubled: bool = False


def _fact(scene: Scene, lane: str) -> _Fact:
    """How a lane stands with the followed fd, and on which connections it sleeps that it has not accepted."""
    fact = _of_followed(scene, lane)
    waiting = sum(fd.unread for fd in scene.lane(lane).listeners() if fd.stranded)
    if not waiting:
        return fact
    return _Fact(
        say("{told}, asleep on {count} to accept", told=fact.long, count=waiting),
        say("{told}, {count} to accept", told=fact.brief, count=waiting),
        True,
    )


def _of_followed(scene: Scene, lane: str) -> _Fact:
    state, fd = scene.lane(lane), scene.fd(lane)
    if state.status == "ended":
        how = _how_it_ended(scene, lane)
        return _Fact(say("ended") + how, say("ended"), True)
    if fd is None:
        if is_fd(scene.client or ""):
            return _Fact(say("not open"), say("not open"))
        if scene.elsewhere(scene.client or ""):
            return _Fact(say("another worker has it"), say("elsewhere"))
        return _Fact(say("not accepted yet"), say("not accepted"))
    if fd.closed is not None:
        closed = say("closed") + (f", {printable.text(fd.error, 16)}" if fd.error else "")
        if fd.reported_n is not None and fd.reported_n > fd.closed and fd.reports:
            closed = say("closed, yet reported {times}", times=f"{fd.reports}×")
        return _Fact(closed, closed)
    times = f"{fd.reports}×"
    told = say("reported {times}", times=times) if fd.reports else say("not reported")
    kept = fd.queues.queued if scene.side == "OUT" or not fd.unread else 0
    queued = say(", {bytes} queued in the program", bytes=words.bytes_(kept)) if kept else ""
    there = words.lies(fd)[0] if fd.holds else ""
    if state.status == "asleep" and there:
        return _Fact(
            say("{told}, asleep on {what}", told=told, what=there) + queued,
            say("{told}, asleep on {what}", told=times, what=str(fd.unread) if fd.kind == "connection" else there),
            fd.stranded,
        )
    empty = say(", nothing unread") if fd.queues.recv is not None else ""
    rest = "" if queued else empty
    if there:
        bytes_left = fd.kind not in ("listener", "datagram")
        rest = say(", {count} still unread", count=fd.unread) if bytes_left else say(", ") + there
    brief_ = (
        say("{count} queued", count=words.short(kept)) if kept
        else words.lies(fd)[-1] if there
        else say("{count} unread", count=0) if rest
        else ""
    )  # fmt: skip
    return _Fact(f"{told}{rest}{queued}", f"{times}{say(', ') * bool(brief_)}{brief_}")


def _how_it_ended(scene: Scene, lane: str) -> str:
    exit_n = scene.lane(lane).exit_n
    end = scene.trace[exit_n].exit if exit_n is not None else None
    if end is None or end.by == "muxviz":
        return ""
    if end.signal:
        return say(", killed by {signal}", signal=printable.text(end.signal, 16))
    return say(", exit status {status}", status=end.status)


def _flag_fact(scene: Scene, lane: str) -> _Fact:
    flags = " ".join(words.flags(reported(scene, lane)))
    text = say("reported {times}", times=flags) if flags else say("reported nothing now")
    return _Fact(text, flags or say("nothing"))


def _nothing_to_compare(scene: Scene) -> str:
    """What is said where no fd is followed; empty where the lanes can be compared."""
    states = [scene.lane(lane) for lane in scene.lanes]
    many = len(states) > 1
    if states and all(state.status == "ended" for state in states):
        how = "" if many else _how_it_ended(scene, scene.lanes[0])
        return (say("every program has ended") if many else say("the program has ended")) + how
    if (scene.state.action and scene.client) or any(scene.fd(lane) for lane in scene.lanes):
        return ""
    if not any(state.last is not None for state in states):
        return say("nothing has happened yet")
    if not any(state.listeners() for state in states) and scene.trace.header.source.kind != "lab":
        return say("no connection, pair or other fd is open that could be followed")
    if many:
        return say("the servers set themselves up; no client has connected yet")
    return say("no client has been accepted yet")


def _draw_followed(grid: Grid, scene: Scene, y: int, hidden: int) -> None:
    """Of programs that nobody expects to do the same: how the followed fd stands, and which lanes are not in
    sight."""
    end = scene.width - 1
    if hidden:
        more = say("+1 more lane: tab") if hidden == 1 else say("+{count} more lanes: tab", count=hidden)
        end = grid.right(end, y, more, "violet") - 3
    fd = scene.fd(scene.focus)
    at = 1
    if scene.client is None or scene.n < 0:
        grid.put(at, y, words.fit([_nothing_to_follow(scene)], end - at), "dim", end=end)
        return
    what = fd_label(fd)[-1] if fd is not None else say("closed")
    at = grid.put(at, y, f"{scene.client} ", "violet.bold", end=end)
    at = grid.put(at, y, f"{what}: " if what else ": ", "violet", end=end)
    if fd is None:
        gone = next(
            (one for one in reversed(scene.lane(scene.focus).gone.values()) if name_of(one.fd) == scene.client), None
        )
        told = _carried(gone) if gone is not None else ["", say("it is not open")]
    else:
        told = _carried(fd)
    grid.put(at, y, words.fit([" · ".join(part for part in told if part), told[-1]], end - at), "text.bold", end=end)


def _carried(fd: FdState) -> list[str]:
    """What was reported of an fd, and what went through it."""
    told = say("reported {times}", times=f"{fd.reports}×") if fd.reports else say("not reported yet")
    if fd.kind == "listener" or not (fd.received or fd.sent):
        return [told]
    moved = say("{in_} in, {out} out", in_=words.bytes_(fd.received), out=words.bytes_(fd.sent))
    return [told, moved]


def _nothing_to_follow(scene: Scene) -> str:
    state = scene.lane(scene.focus)
    if state.status == "ended":
        return say("the program has ended") + _how_it_ended(scene, scene.focus)
    if state.last is None:
        return say("nothing has happened yet")
    return say("no connection, pair or other fd is open that could be followed")


def draw_difference(grid: Grid, scene: Scene, y: int, hidden: int = 0) -> None:
    """The line: whose fd it is about, since when, and how each lane stands with it. `hidden`: lanes without a panel."""
    if not scene.subject.alike:
        _draw_followed(grid, scene, y, hidden)
        return
    what = _nothing_to_compare(scene)
    if what:
        grid.put(1, y, what, "dim")
        return
    facts = {lane: _fact(scene, lane) for lane in scene.lanes}
    if len(set(facts.values())) == 1 and _flags_differ(scene):
        facts = {lane: _flag_fact(scene, lane) for lane in scene.lanes}
    groups: dict[_Fact, list[str]] = {}
    for lane, fact in facts.items():
        groups.setdefault(fact, []).append(name(scene, lane))
    same = len(groups) == 1
    many = len(scene.lanes) > 1
    since = words.since(scene.state.action)[-1] if scene.state.action else ""
    subject = f"{brief(scene.client)}: " if scene.client is not None else ""
    sign = (f"{'=' if same else '≠'} " if many else "", "text.bold")
    when, whose = (f"{since}  " if since else "", "violet"), (subject, "violet.bold")
    for short, joint, intro in (
        (False, " · ", (sign, when, whose)),
        (False, "·", (sign, when, whose)),
        (True, " · ", (sign, when, whose)),
        (True, "·", (sign, when, whose)),
        (True, "·", (sign, whose)),
    ):
        parts = list(intro)
        for index, (fact, lanes) in enumerate(groups.items()):
            if index:
                parts.append(("   │   " if not short else " │ ", "line"))
            who = joint.join(lanes)
            if same and many:
                who = say(_COUNT[len(lanes)]) if len(lanes) in _COUNT else say("all {count}", count=len(lanes))
            colon = " " if short or (same and many) else ": "
            if many:
                parts.append((f"{who}{colon}", "dim"))
            parts.append((fact.brief if short else fact.long, "orange.bold" if fact.troubled else "text.bold"))
        if sum(cell_len(text) for text, _ in parts) <= scene.width - 2:
            break
    at = 1
    for text, style in parts:
        at = grid.put(at, y, text, style, end=scene.width - 1)


_COUNT = {2: _("all two"), 3: _("all three"), 4: _("all four")}


def _flags_differ(scene: Scene) -> bool:
    """Lanes whose newest wait named the client, in different words (select has no word for an error)."""
    shown = {lane: reported(scene, lane) for lane in scene.lanes}
    if not all(shown.values()):
        return False
    return len({words.same_flags("|".join(sorted(split(flags)))) for flags in shown.values()}) > 1
