"""How a person looks at the lab: everything that changes the picture and not what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from muxviz.draw import View
from muxviz.draw.view import Axis, Overlay, Side, ThemeName
from muxviz.tui.player import Player
from muxviz.tui.source import SessionSpec
from muxviz.words.prediction import Tally

OUTPUT_LINES = 60
"""Of what a program printed, the most that a picture is given."""


@dataclass
class ViewState:
    """The choices that outlive a restart."""

    focus: str = ""
    client: str | None = None
    side: Side | None = None
    overlay: Overlay | None = None
    chosen: int | None = None
    """In the list of findings; None: the one at the cursor."""
    page: int = 0
    payload: bool = False
    axis: Axis = "steps"
    cost: bool | None = None
    panel: bool = False
    printed: bool = False
    predict: Tally = field(default_factory=Tally)
    stalled: frozenset[str] = frozenset()

    def forget(self) -> None:
        """Begin anew with what holds for one session only."""
        self.overlay = self.client = self.side = self.cost = None

    def focus_next(self, lanes: Sequence[str], by: int) -> None:
        """Focus the lane that many places on."""
        if lanes:
            at = lanes.index(self.focus) if self.focus in lanes else 0
            self.focus = lanes[(at + by) % len(lanes)]

    def show(self, *overlays: Overlay, pages: int = 1) -> None:
        """Open an overlay, or turn its page, or go on to the next one; behind the last, close it. `pages`: how many the
        open one has."""
        self.page += 1
        if self.overlay in overlays and self.page < pages:
            return
        at = overlays.index(self.overlay) + 1 if self.overlay in overlays else 0
        self.chosen = None
        self.overlay, self.page = (overlays[at] if at < len(overlays) else None), 0

    def follow(self, clients: Sequence[str], shown: str | None, by: int) -> str | None:
        """Follow the client that many places on; returns it."""
        if not clients:
            return None
        at = clients.index(shown) + by if shown in clients else 0
        self.client = clients[at % len(clients)]
        return self.client

    def view(self, player: Player, spec: SessionSpec, notice: str | tuple[str, ...] | None, theme: ThemeName) -> View:
        """What the picture is told."""
        status = player.source.status
        lanes = player.source.trace.lanes
        return View(
            focus=self.focus,
            client=self.client,
            live=player.source.live,
            playing=player.speed if player.playing else None,
            running=player.running and (player.steps or player.following),
            goes_on=player.running and not player.steps and not player.following,
            recording=status.recording is not None,
            unread_lines=status.unread_lines,
            busy=status.busy and player.following,
            side=self.side,
            payload=self.payload,
            axis=self.axis,
            cost=self.cost,
            panel=self.panel,
            printed=self.printed,
            reading=frozenset(lane for lane, where in status.lanes.items() if where.place == "input"),
            replay=spec.described,
            pace=None if player.by_steps else f"{player.speed:g}×",
            overlay=self.overlay,
            chosen=self.chosen,
            page=self.page,
            notice=notice,
            theme=theme,
            output={lane: player.source.output(lane)[-OUTPUT_LINES:] for lane in lanes},
            elsewhere=frozenset(
                lane for lane, where in status.lanes.items() if where.place in ("busy", "input") and player.following
            ),
            stalled=self.stalled,
            beats_total=spec.beats,
            title=spec.title,
            name=spec.name,
        )
