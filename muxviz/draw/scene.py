"""The scene: everything that the parts of the picture agree on, worked out once for each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muxviz import printable
from muxviz.draw import followed
from muxviz.draw.selection import at_work, find, is_fd, unnamed
from muxviz.draw.view import Side, View
from muxviz.draw.wire_samples import Samples, Track, closing, sample, state_at
from muxviz.draw.words import fit, same_flags
from muxviz.events import Event, LaneInfo
from muxviz.findings import LEVELS, Finding
from muxviz.kernel import FdState, LaneState, State
from muxviz.language import of_title
from muxviz.trace import NextCall, Trace
from muxviz.trace.costs import costs

LABEL = 12
"""Cells left of the wire's first column: border, lane name."""


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
    """The wire's rows: of each lane the followed client; of a traced program that is alone, several of its fds."""
    shows_cost: bool = False
    """The curve stands in place of the wire."""

    def trouble(self, lane: str) -> bool:
        """Whether a lane has a finding that is certain, or likely."""
        return any(one.sure(self.n) in ("certain", "likely") for one in self.findings.get(lane, ()))

    turn: str | None = None
    """Where the lanes ran one after another: the one that runs at the cursor, and is all that there is to see."""

    @property
    def lanes(self) -> list[str]:
        return self.trace.lanes if self.turn is None else [self.turn]

    def number(self, lane: str) -> int:
        """A lane's number, from 1."""
        return self.trace.lanes.index(lane) + 1

    @property
    def traced(self) -> bool:
        """Programs that strace watched: no source, no steps, and queues that nobody looked at, as a rule."""
        return is_traced(self.trace)

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


def is_traced(trace: Trace) -> bool:
    """Whether strace watched the programs."""
    return trace.header.source.is_trace


def scene(trace: Trace, n: int, size: tuple[int, int], view: View) -> Scene:
    """The scene after event n (-1: before everything), clamped to what there is."""
    width, height = size
    n = newest = max(-1, min(n, len(trace) - 1))
    behind = 0 if view.running else len(trace) - 1 - newest  # running, there is always one more by the time we look
    while n >= 0 and closing(trace[n]):
        n -= 1
    tick = trace.tick_of(n)
    pitch, columns = _scale(width, 5 if is_traced(trace) else 3)
    side = view.side or _side(trace)
    newest_tick = max(tick, 0) if view.veiled else trace.ticks - 1

    def ticks(client: str | None, opened: int | None = None) -> Sequence[int]:
        if view.filter is not None:
            return view.filter.ticks_around(tick, columns, newest_tick)
        first = _first_tick(trace, tick, client, columns, opened)
        return range(first, min(newest_tick, trace.ticks - 1, first + columns - 1) + 1)

    focus = view.focus
    if is_traced(trace):
        known = state_at(trace, n, "cursor")
        focus = focus if focus in trace.lanes else followed.lane(trace, n)
        shown = ticks(None)
        since = trace.tick_start(shown[0]) if shown else 0
        client = view.client or followed.one(known.lanes.get(focus), since)
        tracks = followed.tracks(trace, known, focus, client, since, height)
        samples = sample(trace, n, tracks, side, shown, proofs=True)
        state, clients = known, followed.every(known.lanes.get(focus))
    else:
        client = view.client or _subject(trace) or _acting(trace, n)
        samples = sample(trace, n, [(lane, client) for lane in trace.lanes], side, ticks(client))
        state = samples.state or trace.state(n)
        if client is None:
            client = _somebody(state)
            if client is not None:
                shown = ticks(client, _opened(state, client))
                samples = sample(trace, n, [(lane, client) for lane in trace.lanes], side, shown)
        tracks = tuple(samples.rows)
        clients = _with(_clients(state), client)
    made = Scene(
        trace, n, view, side, width, height, state, samples, tick, client,
        clients, focus, pitch, columns, behind, n < newest, {}, _findings(trace, n), tracks,
    )  # fmt: skip
    made.turn = turn(trace, n)
    if made.turn is not None:
        made.focus = made.turn
        met = set(made.lane(made.turn).ports.values())
        made.clients = [name for name in made.clients if name in met or name == client or name not in state.clients]
    made.unlike = _unlike(made)
    made.shows_cost = view.cost if view.cost is not None else _is_about_cost(trace)
    return made


def turn(trace: Trace, n: int) -> str | None:
    """The lane that ran at event n, in a session whose lanes ran one after another; None in any other."""
    if not trace.header.source.one_by_one or not trace.lanes:
        return None
    for k in range(n, max(-1, n - _LOOK_BACK), -1):
        event = trace[k]
        lane = event.lane or next(iter(event.args.get("lanes") or ()), None)
        if lane in trace.lanes:
            return str(lane)
    return trace.lanes[0]


_LOOK_BACK = 16
"""Events without a lane, such as texts of programs, that stand one behind another."""


def _findings(trace: Trace, n: int) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in trace.findings_at(n):
        if one.sure(n) in LEVELS:
            found.setdefault(one.lane, []).append(one)
    for of in found.values():
        of.sort(key=lambda one: LEVELS.index(one.sure(n)))
    return found


def _scale(width: int, least: int) -> tuple[int, int]:
    """The widest pitch at which some twenty ticks fit, and how many do; at `least` fewer do."""
    room = width - 2 - LABEL + 1
    for pitch in (7, 6, 5, 4, 3):
        if room // pitch >= 20 or pitch == least:
            return pitch, max(1, room // pitch)
    raise AssertionError


def _subject(trace: Trace) -> str | None:
    """What the session says that it is about."""
    return trace.header.source.follow or None


def _side(trace: Trace) -> Side:
    return trace.header.source.side


def _is_about_cost(trace: Trace) -> bool:
    return trace.header.source.panel == "cost" and bool(costs(trace))


def _acting(trace: Trace, n: int) -> str | None:
    """The client that the newest action names (an action's words begin with it), else the first that connected."""
    known = trace.now.clients
    done = trace.actions_done(n)
    if done:
        before = trace.action_before(n + 1)
        words = (trace[before].action or "").split() if before is not None else []
        if words and words[0] in known:
            return words[0]
    return next(iter(list(known)), None)


def _somebody(state: State) -> str | None:
    """Where no client has a name: the connection that is open in most lanes, the oldest of them."""
    counts: dict[str, int] = {}
    for lane in state.lanes.values():
        for fd in lane.fds.values():
            if fd.client is not None:
                counts[fd.client] = counts.get(fd.client, 0) + 1
    if not counts:
        gone = next((name for lane in state.lanes.values() for name in reversed(lane.gone)), None)
        return gone or next(iter(unnamed(state.lanes.values())), None)
    return max(counts, key=lambda name: counts[name])


def _opened(state: State, client: str) -> int | None:
    found = [fd.opened for lane in state.lanes.values() if (fd := find(lane, client)) is not None]
    return min(found, default=None)


def _first_tick(trace: Trace, tick: int, client: str | None, columns: int, opened: int | None = None) -> int:
    """The wire begins at the action that made its connection, and scrolls with the cursor at two thirds."""
    known = trace.now.clients.get(client) if client is not None else None
    begin = trace.tick_of(known.opened if known is not None else opened or 0)
    if begin > tick:
        begin = 0
    newest = trace.ticks - 1
    if newest - begin < columns:
        return max(0, begin)
    edge = newest - columns + 1 + min(3, columns // 6)  # a little of "not yet" stays in sight
    return max(0, begin, min(tick - columns * 2 // 3, edge))


def _with(clients: list[str], followed: str | None) -> list[str]:
    """A listener is in the list only where it is followed."""
    return clients if followed is None or followed in clients or not is_fd(followed) else [followed, *clients]


def _clients(state: State) -> list[str]:
    """Named clients in order of connecting, open connections without a name in order of acceptance, other open fds."""
    accepted = {
        fd.client: int(fd.client[1:])
        for lane in state.lanes.values()
        for fd in lane.fds.values()
        if fd.client is not None and fd.client.startswith("#") and fd.client[1:].isdecimal()
    }
    known = [*state.clients, *sorted(accepted, key=lambda name: accepted[name])]
    return known + unnamed(state.lanes.values())


def _unlike(scene: Scene) -> dict[str, set[str]]:
    """Where a lane differs from most of those that have the row; in a tie all do."""
    out: dict[str, set[str]] = {lane: set() for lane in scene.lanes}
    if len(scene.lanes) < 2 or scene.traced:  # different programs: nobody expects them to do the same
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
