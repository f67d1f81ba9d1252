"""How high everything is: decided by the size and by what the trace needs, never by the step, so that nothing jumps.

What gives way on a small screen, in this order: source lines down to 4, folded clients down to one, the calls under the
wire, source to 3, the second rail, source to 2, the timeline, source to 1, the last folded client, rows of queues, the
second line of the sentence.
What is left over on a large screen goes to the source, the newest calls, and air.

Where there is no source, the newest calls stand in its place. Where fds are followed by number, all of them stand in a
table: a lane that is alone has the whole width, so it stands beside the calls; else below them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from muxviz.draw import curve
from muxviz.draw.recording import panel_height
from muxviz.draw.scene import Scene
from muxviz.draw.wire_samples import Track
from muxviz.events import Header

SMALLEST: Final = (80, 24)
_LANE_WIDTH: Final = 28
"""A lane narrower than this has no room for a flag row."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of each part, and which lanes have a panel."""

    panels: tuple[str, ...]
    """Lanes that are shown; the wire has all of them."""
    wires: tuple[Track, ...]
    source: int
    calls: int
    """Newest calls listed in a lane (and a rule under them)."""
    clients: int
    """Clients in a line of their own, beside the followed one."""
    queues: tuple[str, ...]
    """Rows of the followed client: `unread`, `queued`, `unsent`, and mappings of the program that a person named."""
    sentence: int
    rails: int
    """Rows a lane has in the wire: 3 with calls, 2, or 1."""
    timeline: int
    """Rows of it: none, one, or those of the recording's panel."""
    payload: bool
    """A row for the bytes that the newest call moved."""
    air: int
    """Blank rows around the sentence."""
    curve: int = 0
    """Rows of what stands in place of the wire, the curve or what the programs print; 0 where the wire is shown."""
    fds: Literal["followed", "below", "beside"] = "followed"
    """The followed client's fd at length and others in a line; or a table of all, below the calls or beside them."""

    @property
    def table(self) -> bool:
        """The fds stand in a table, whose rows are `clients`, and its last line."""
        return self.fds != "followed"

    @property
    def kernel(self) -> int:
        """Rows under the call: listener, followed client, its flags, its queues, others, trouble."""
        if self.table:
            return self.clients + 1 if self.fds == "below" else 0
        return 3 + len(self.queues) + self.clients + 1 + int(self.payload)

    @property
    def panel(self) -> int:
        if self.fds == "beside":
            return 2 + self.source
        return 1 + self.source + 1 + (self.calls + 1 if self.calls else 0) + self.kernel + 1

    @property
    def one_line_of_calls(self) -> bool:
        """All rows of the wire are of one lane, whose calls stand above them."""
        return self.fds == "beside"

    @property
    def wire(self) -> int:
        return self.curve or 1 + 1 + self.rails * len(self.wires) + 1 + 1

    @property
    def height(self) -> int:
        return 1 + self.panel + 1 + self.sentence + self.air + self.wire + self.timeline + 1


def layout(scene: Scene) -> Layout:
    """The layout for a scene."""
    recipe = _WITH_TABLE if scene.subject.by_number else _WITH_CLIENTS
    plan = recipe.whole(scene)
    if scene.view.panel and not scene.view.veiled:
        rows = panel_height(len({lane for lane, _ in plan.wires}))
        large = _give_way(replace(plan, timeline=rows), scene.height, recipe.for_the_panel)
        if large.height <= scene.height:
            return recipe.spread(large, scene)
    return recipe.spread(_give_way(plan, scene.height, recipe.giving_way), scene)


def _with_clients(scene: Scene) -> Layout:
    """All that there is to show of lanes in which a client is followed."""
    lanes = scene.lanes
    across = _across(len(lanes), scene.width)
    at = lanes.index(scene.focus) // across * across if scene.focus in lanes else 0
    at = max(0, min(at, len(lanes) - across))
    room = max(1, scene.height - 14)
    shown = min(len(lanes), room)
    begin = max(0, min(lanes.index(scene.focus) if scene.focus in lanes else 0, len(lanes) - shown))
    extent = scene.trace.extent
    queues = [
        "unread",
        *(["queued"] if extent.queued or _keeps_a_queue(scene) else []),
        *(["unsent"] if extent.unsent else []),
        *watched(scene.trace.header),
    ]
    return Layout(
        panels=tuple(lanes[at : at + across]),
        wires=scene.tracks[begin : begin + shown],
        source=6,
        calls=0,
        clients=min(_others(scene), 3),
        queues=tuple(queues),
        sentence=2,
        rails=3,
        timeline=1,
        payload=scene.view.payload,
        air=0,
        curve=curve.HEIGHT if scene.shows_cost or scene.view.printed else 0,
    )


def _others(scene: Scene) -> int:
    """How many clients may have a row beside the followed one."""
    crowd = scene.trace.header.source.panel == "cost"  # it has one row, however many they are
    connections = 0 if crowd else scene.trace.extent.connections
    return max(1, len(scene.trace.now.clients), connections, _expected(scene)) - 1


def _with_table(scene: Scene) -> Layout:
    """All that there is to show of lanes whose fds stand in a table."""
    across = _across(len(scene.lanes), scene.width)
    alone = len(scene.lanes) == 1
    panels = tuple(active(scene, across))
    shown = panels if alone else active(scene, max(across, scene.height // 5))
    return Layout(
        panels=panels,
        wires=tuple(track for track in scene.tracks if track[0] in shown),
        source=12,
        calls=0,
        clients=0 if alone else 6,
        queues=(),
        sentence=2,
        rails=2 if alone else 3,
        timeline=1,
        payload=False,
        air=0,
        curve=curve.HEIGHT if scene.shows_cost else 0,
        fds="beside" if alone else "below",
    )


def active(scene: Scene, count: int) -> list[str]:
    """At most so many lanes, in their order: the focused one, and those that have made the most calls and go on."""
    if len(scene.lanes) <= count:
        return scene.lanes

    def rank(lane: str) -> tuple[bool, bool, int]:
        state = scene.lane(lane)
        return (lane == scene.focus, state.status != "ended", state.calls)

    chosen = set(sorted(scene.lanes, key=rank, reverse=True)[:count])
    return [lane for lane in scene.lanes if lane in chosen]


def _spread_with_table(plan: Layout, scene: Scene) -> Layout:
    """What is left over: to the calls, and where the fds stand below them to both."""
    height = scene.height
    if height >= 44 and plan.height + 3 <= height:
        plan = replace(plan, sentence=3, air=2)
    while (left := height - plan.height) > 0:
        fewer = plan.fds == "below" and plan.clients < plan.source
        plan = replace(plan, clients=plan.clients + 1) if fewer else replace(plan, source=plan.source + 1)
        if height - plan.height >= left:
            break
    return plan


def _give_way(plan: Layout, height: int, changes: tuple[_Change, ...]) -> Layout:
    for change in changes:
        while plan.height > height and (less := change(plan)) is not None:
            plan = less
    return plan


def _across(lanes: int, width: int) -> int:
    if lanes * _LANE_WIDTH <= width:
        return max(1, lanes)
    return 2 if width < 112 else min(lanes, 4)


def _keeps_a_queue(scene: Scene) -> bool:
    """Whether a server was told to send through its queue: the row is there from the first step on."""
    return any("--queue" in info.program for info in scene.trace.header.lanes)


def watched(header: Header) -> list[str]:
    """The names of the program's own mappings that a person asked to see."""
    return header.source.watch[:_WATCHED]


_WATCHED: Final = 6


def _expected(scene: Scene) -> int:
    """How many clients the scenario's actions begin with, by the rule that the client's letter comes first."""
    words = {label.split()[0] for label in scene.trace.header.beats if label.split()}
    return len({word for word in words if len(word) == 1})


_Change = Callable[[Layout], Layout | None]
"""A smaller (or larger) plan; None where it changes nothing."""


def _source_to(least: int) -> _Change:
    return lambda plan: replace(plan, source=plan.source - 1) if plan.source > least else None


def _rails_to(least: int) -> _Change:
    return lambda plan: replace(plan, rails=plan.rails - 1) if plan.rails > least else None


def _clients_to(least: int) -> _Change:
    return lambda plan: replace(plan, clients=plan.clients - 1) if plan.clients > least else None


def _curve_to(least: int) -> _Change:
    return lambda plan: replace(plan, curve=plan.curve - 1) if plan.curve > least else None


_GIVING_WAY: Final[tuple[_Change, ...]] = (
    _source_to(4),
    _clients_to(1),
    _curve_to(12),
    _rails_to(2),  # the calls row
    _source_to(3),
    _rails_to(1),
    _source_to(2),
    _curve_to(10),
    lambda plan: replace(plan, timeline=0) if plan.timeline else None,
    _source_to(1),
    _clients_to(0),
    _curve_to(curve.LEAST),
    lambda plan: replace(plan, payload=False) if plan.payload else None,
    lambda plan: replace(plan, queues=plan.queues[:-1]) if len(plan.queues) > 1 else None,
    lambda plan: replace(plan, sentence=1) if plan.sentence > 1 else None,
    lambda plan: replace(plan, wires=plan.wires[:-1]) if len(plan.wires) > 1 else None,
)


_TABLE_GIVING_WAY: Final[tuple[_Change, ...]] = (
    _source_to(8),
    _rails_to(2),
    _source_to(6),
    _clients_to(4),
    _rails_to(1),
    _source_to(4),
    _clients_to(3),
    lambda plan: replace(plan, wires=plan.wires[:-1]) if len(plan.wires) > 2 else None,
    lambda plan: replace(plan, timeline=0) if plan.timeline else None,
    _source_to(2),
    _curve_to(curve.LEAST),
    lambda plan: replace(plan, wires=plan.wires[:-1]) if len(plan.wires) > 1 else None,
    lambda plan: replace(plan, sentence=1) if plan.sentence > 1 else None,
    _source_to(1),
    _clients_to(1),
)
_TABLE_FOR_THE_PANEL: Final = (_source_to(10), _rails_to(2), _clients_to(4), _source_to(8))


_FOR_THE_PANEL: Final = (
    _source_to(4),
    _clients_to(1),
    _rails_to(2),
    _curve_to(curve.LEAST),
    _source_to(1),
    _clients_to(0),
)


def _spread_with_clients(plan: Layout, scene: Scene) -> Layout:
    """Hand out the rows that are left: what helps most comes first."""
    height, others = scene.height, _others(scene)
    single = len(plan.panels) == 1
    wishes: list[_Change] = (
        [lambda p: replace(p, clients=p.clients + 1) if p.clients < min(others, 6) else None] * 3
        + [lambda p: replace(p, source=p.source + 1)] * 3
        + [lambda p: replace(p, air=2)]
        + [lambda p: replace(p, calls=3) if not p.calls else None]
        + [lambda p: replace(p, clients=p.clients + 1) if p.clients < others else None] * 4
        + [lambda p: replace(p, sentence=3) if p.sentence < 3 else None]
        + [lambda p: replace(p, source=p.source + 1) if p.source < (24 if single else 16) else None] * 16
        + [lambda p: replace(p, calls=p.calls + 1) if p.calls < 12 else None] * 9
    )
    for wish in wishes:
        more = wish(plan)
        if more is not None and more.height <= height:
            plan = more
    return plan


class _Recipe(NamedTuple):
    """How a layout is made: all that there is to show, what gives way where it is too much, who gets the rest."""

    whole: Callable[[Scene], Layout]
    giving_way: tuple[_Change, ...]
    for_the_panel: tuple[_Change, ...]
    """What gives way to the recording's panel; where that is not enough, the panel gives way to the timeline."""
    spread: Callable[[Layout, Scene], Layout]


_WITH_CLIENTS: Final = _Recipe(_with_clients, _GIVING_WAY, _FOR_THE_PANEL, _spread_with_clients)
_WITH_TABLE: Final = _Recipe(_with_table, _TABLE_GIVING_WAY, _TABLE_FOR_THE_PANEL, _spread_with_table)
