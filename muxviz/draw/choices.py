"""What is looked at where nobody has chosen: the lane, the client or fd, the side of the wire, the wire or the curve.

The picture draws these choices, and the keys go on from them; neither asks the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muxviz.draw import followed
from muxviz.draw.selection import find, is_fd, unnamed
from muxviz.draw.subject import subject_of
from muxviz.draw.view import Side, View
from muxviz.draw.wire_samples import closing, state_at
from muxviz.kernel import State
from muxviz.trace import Trace
from muxviz.trace.costs import costs

LABEL = 12
"""Cells left of the wire's first column: border, lane name."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose, and what follows where they did not."""

    n: int
    """The event after which the picture stands: not one by which muxviz ended a lane."""
    tick: int
    focus: str
    """The lane with the heavy border; the one that runs, where the lanes ran one after another."""
    client: str | None
    """The followed client, or fd (`fd 7`)."""
    side: Side
    shows_cost: bool
    """The curve stands in place of the wire."""
    ticks: Sequence[int]
    """The wire's columns."""
    pitch: int
    """Cells a tick."""
    columns: int
    """Ticks that the wire has room for."""
    since: int
    """The first event of those columns."""
    running_lane: str | None
    """Where the lanes ran one after another: the one that runs, and is all that there is to see."""


def choose(trace: Trace, n: int, width: int, view: View) -> Choices:
    """The choices for a picture of that width after event n (-1: before everything), clamped to what there is."""
    n = max(-1, min(n, len(trace) - 1))
    while n >= 0 and closing(trace[n]):
        n -= 1
    tick = trace.tick_of(n)
    subject = subject_of(trace.header)
    pitch, columns = _scale(width, subject.least_pitch)
    newest = max(tick, 0) if view.veiled else trace.ticks - 1

    def ticks(client: str | None, opened: int | None = None) -> Sequence[int]:
        if view.filter is not None:
            return view.filter.ticks_around(tick, columns, newest)
        first = _first_tick(trace, tick, client, columns, opened)
        return range(first, min(newest, trace.ticks - 1, first + columns - 1) + 1)

    focus, client, since = view.focus, view.client, 0
    if subject.by_number:
        focus = focus if focus in trace.lanes else followed.lane(trace, n)
        shown = ticks(None)
        since = trace.tick_start(shown[0]) if shown else 0
        client = client or followed.one(state_at(trace, n, "cursor").lanes.get(focus), since)
    else:
        client = client or trace.header.source.follow or _acting(trace, n)
        opened = None
        if client is None:
            state = state_at(trace, n, "cursor")
            client = _somebody(state)
            opened = _opened(state, client) if client is not None else None
        shown = ticks(client, opened)
    cost = view.cost if view.cost is not None else _is_about_cost(trace)
    side = view.side or trace.header.source.side
    running = running_lane(trace, n)
    return Choices(n, tick, running or focus, client, side, cost, shown, pitch, columns, since, running)


def followable(trace: Trace, state: State, chosen: Choices) -> list[str]:
    """Every client, or fd, that can be followed, in the order in which a key goes through them."""
    if subject_of(trace.header).by_number:
        return followed.every(state.lanes.get(chosen.focus))
    names = _with(_clients(state), chosen.client)
    if chosen.running_lane is None:
        return names
    lane = state.lanes.get(chosen.running_lane)
    met = set(lane.ports.values()) if lane is not None else set()
    return [name for name in names if name in met or name == chosen.client or name not in state.clients]


def running_lane(trace: Trace, n: int) -> str | None:
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


def _scale(width: int, least: int) -> tuple[int, int]:
    """The widest pitch at which some twenty ticks fit, and how many do; at `least` fewer do."""
    room = width - 2 - LABEL + 1
    for pitch in (7, 6, 5, 4, 3):
        if room // pitch >= 20 or pitch == least:
            return pitch, max(1, room // pitch)
    raise AssertionError


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
