"""The scene: everything that the parts of the picture agree on, worked out once for each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muxviz import printable
from muxviz.draw import followed
from muxviz.draw.choices import choose, followable
from muxviz.draw.selection import at_work, find
from muxviz.draw.subject import Subject, subject_of
from muxviz.draw.view import Side, View
from muxviz.draw.wire_samples import Samples, Track, sample, state_at
from muxviz.draw.words import fit, same_flags
from muxviz.events import Event, LaneInfo
from muxviz.findings import LEVELS, Finding
from muxviz.kernel import FdState, LaneState, State
from muxviz.language import of_title
from muxviz.trace import NextCall, Trace


@dataclass(slots=True)
class Scene:
    """One moment, as it is looked at."""

    trace: Trace
    n: int
    view: View
    side: Side
    """The level that the wire shows."""
    width: int
    height: int
    state: State
    samples: Samples
    tick: int
    client: str | None
    clients: list[str]
    focus: str
    pitch: int
    """Cells a tick."""
    columns: int
    """Ticks that the wire has room for."""
    behind: int
    """Events that are newer than the cursor."""
    over: bool
    """The session has ended: muxviz has ended its lanes."""
    unlike: dict[str, set[str]]
    """By lane, the rows in which it differs from most lanes: `reported`, `unread`."""
    findings: dict[str, list[Finding]]
    """By lane, what was found and lasts at the cursor, the surest first; not what is information only."""
    tracks: tuple[Track, ...] = ()
    """The wire's rows: of each lane the followed client; of one that is alone, with fds by number, several."""
    shows_cost: bool = False
    """The curve stands in place of the wire."""

    def trouble(self, lane: str) -> bool:
        """Whether a lane has a finding that is certain, or likely."""
        return any(one.sure(self.n) in ("certain", "likely") for one in self.findings.get(lane, ()))

    running_lane: str | None = None
    """Where the lanes ran one after another: the one that runs at the cursor, and is all that there is to see."""

    @property
    def lanes(self) -> list[str]:
        return self.trace.lanes if self.running_lane is None else [self.running_lane]

    def number(self, lane: str) -> int:
        """A lane's number, from 1."""
        return self.trace.lanes.index(lane) + 1

    @property
    def subject(self) -> Subject:
        """What the session's programs are to the picture."""
        return subject_of(self.trace.header)

    @property
    def ticks(self) -> Sequence[int]:
        """The wire's columns."""
        return self.samples.ticks

    def info(self, lane: str) -> LaneInfo:
        """The header's words for a lane; made up for one that came later (a child)."""
        for info in self.trace.header.lanes:
            if info.lane == lane:
                return info
        return LaneInfo(lane, lane)

    def lane(self, lane: str) -> LaneState:
        """A lane's state at the cursor."""
        return self.state.lanes.get(lane) or LaneState(lane)

    def fd(self, lane: str, client: str | None = None) -> FdState | None:
        """A lane's socket of a client: the followed one, where none is named."""
        name = client or self.client
        return find(self.lane(lane), name) if name is not None else None

    def elsewhere(self, client: str) -> bool:
        """The lanes share a listener, and one of them has taken this client: no other ever will."""
        shared = self.trace.header.source.shared
        return shared and any(find(self.lane(lane), client) is not None for lane in self.lanes)

    def newest(self, lane: str) -> Event | None:
        """The lane's newest call, begun or finished."""
        last = self.lane(lane).last
        return self.trace[last] if last is not None else None

    def another_moves(self, lane: str) -> NextCall | None:
        """Of a lane whose newest call sleeps: what another of its threads does next, before any client acts again."""
        newest, following = self.newest(lane), self.trace.next_call(self.n, lane)
        if self.lane(lane).status != "asleep" or newest is None or following is None or following.tid == newest.tid:
            return None
        there, acts = self.trace.call_after(self.n, lane), self.trace.action_after(self.n)
        return following if there is None or acts is None or there < acts else None

    def at_work(self, lane: str) -> str | None:
        """The name of what a lane's newest call is about."""
        newest = self.newest(lane)
        return at_work(self.state, newest) if newest is not None else None

    def in_tick(self, n: int | None) -> bool:
        """Whether an event belongs to the tick of the cursor."""
        return n is not None and self.n >= n >= self.trace.tick_start(self.tick) and self.n >= 0


def scene(trace: Trace, n: int, size: tuple[int, int], view: View) -> Scene:
    """The scene after event n (-1: before everything), clamped to what there is."""
    width, height = size
    newest = max(-1, min(n, len(trace) - 1))
    behind = 0 if view.running else len(trace) - 1 - newest  # running, there is always one more by the time we look
    chosen = choose(trace, n, width, view)
    n, client = chosen.n, chosen.client
    subject = subject_of(trace.header)
    tracks = tuple((lane, client) for lane in trace.lanes)
    if subject.by_number:
        tracks = followed.tracks(trace, state_at(trace, n, "cursor"), chosen.focus, client, chosen.since, height)
    samples = sample(trace, n, tracks, chosen.side, chosen.ticks, proofs=not subject.looked_at)
    state = samples.state or trace.state(n)
    made = Scene(
        trace, n, view, chosen.side, width, height, state, samples, chosen.tick, client,
        followable(trace, state, chosen), chosen.focus, chosen.pitch, chosen.columns, behind, n < newest, {},
        _findings(trace, n), tracks, chosen.shows_cost,
    )  # fmt: skip
    made.running_lane = chosen.running_lane
    made.unlike = _unlike(made)
    return made


def _findings(trace: Trace, n: int) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in trace.findings_at(n):
        if one.sure(n) in LEVELS:
            found.setdefault(one.lane, []).append(one)
    for of in found.values():
        of.sort(key=lambda one: LEVELS.index(one.sure(n)))
    return found


def _unlike(scene: Scene) -> dict[str, set[str]]:
    """Where a lane differs from most of those that have the row; in a tie all do."""
    out: dict[str, set[str]] = {lane: set() for lane in scene.lanes}
    if len(scene.lanes) < 2 or not scene.subject.alike:
        return out
    rows: dict[str, list[object]] = {"reported": [], "unread": []}
    for lane in scene.lanes:
        fd = scene.fd(lane)
        here = fd is not None and fd.closed is None
        rows["reported"].append(same_flags(reported(scene, lane)) if here else _ABSENT)
        rows["unread"].append(fd.unread if fd is not None and here else _ABSENT)
    for row, values in rows.items():
        most = _majority([value for value in values if value is not _ABSENT])
        for lane, value in zip(scene.lanes, values, strict=True):
            if value is not _ABSENT and (value != most or most is _TIE):
                out[lane].add(row)
    return out


_TIE = object()
_ABSENT = object()
"""A lane that does not show the row: its fd is closed, or not accepted yet."""


def _majority(values: Sequence[object]) -> object:
    counts: dict[object, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    ranked = sorted(counts.values(), reverse=True)
    if len(ranked) > 1 and ranked[0] == ranked[1]:
        return _TIE
    return max(counts, key=lambda value: counts[value], default=_TIE)


def reported(scene: Scene, lane: str, client: str | None = None) -> str:
    """The flags that the lane's newest wait gave for a client's fd: nothing while it sleeps in one."""
    fd, state = scene.fd(lane, client), scene.lane(lane)
    if fd is None or fd.reported_n is None or state.status == "asleep":
        return ""
    return fd.reported if scene.trace.wakeup_before(scene.n + 1, lane) == fd.reported_n else ""


def title(scene: Scene, lane: str) -> str:
    """A lane's title, safe to show."""
    return of_title(printable.text(scene.info(lane).title, 24))


def name(scene: Scene, lane: str) -> str:
    """A lane's short name, safe to show."""
    return printable.text(lane, 8)


def short_name(lane: str, room: int) -> str:
    """What tells lanes of a traced program apart, which share its name: an epoll instance, else a child's process."""
    safe = printable.text(lane, 32)
    return fit([safe, safe.rpartition("/")[2], ":" + safe.rpartition(":")[2]], room)


def is_edge(scene: Scene, lane: str) -> bool:
    """A lane whose waits draw ▲: of your own program, one that has asked for an edge."""
    mechanism = scene.info(lane).mechanism
    return mechanism == "edge" or (mechanism is None and any(fd.edge for fd in scene.lane(lane).fds.values()))
