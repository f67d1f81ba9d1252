"""How a person looks at the lab: everything that changes the picture and not what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from muxviz.draw import View
from muxviz.draw.view import Axis, Overlay, Side, ThemeName
from muxviz.predict import Tally
from muxviz.tui.player import Player
from muxviz.tui.source import ReplayStage, Stage

OUTPUT_LINES = 20
"""Of what a program printed, the most that a picture is given."""


@dataclass
class Look:
    """The choices that outlive a restart."""

    focus: str = ""
    client: str | None = None
    side: Side | None = None
    overlay: Overlay | None = None
    payload: bool = False
    axis: Axis = "steps"
    panel: bool = False
    predict: Tally = field(default_factory=Tally)
    stalled: frozenset[str] = frozenset()

    def turn(self, lanes: Sequence[str], by: int) -> None:
        """Focus the lane that many places on."""
        if lanes:
            at = lanes.index(self.focus) if self.focus in lanes else 0
            self.focus = lanes[(at + by) % len(lanes)]

    def show(self, overlay: Overlay) -> None:
        """Open an overlay, or close it where it is open."""
        self.overlay = None if self.overlay == overlay else overlay

    def follow(self, clients: Sequence[str], shown: str | None, by: int) -> str | None:
        """Follow the client that many places on; returns it."""
        if not clients:
            return None
        at = clients.index(shown) + by if shown in clients else 0
        self.client = clients[at % len(clients)]
        return self.client

    def view(self, player: Player, stage: Stage, notice: str | tuple[str, ...] | None, theme: ThemeName) -> View:
        """What the picture is told."""
        status = player.source.status
        lanes = player.source.trace.lanes
        return View(
            focus=self.focus,
            client=self.client,
            playing=player.speed if player.playing else None,
            running=player.running,
            recording=status.recording is not None,
            busy=status.busy and player.following,
            side=self.side,
            payload=self.payload,
            axis=self.axis,
            panel=self.panel,
            replay=stage.described if isinstance(stage, ReplayStage) else None,
            pace=None if player.by_steps else f"{player.speed:g}×",
            overlay=self.overlay,
            notice=notice,
            theme=theme,
            output={lane: player.source.output(lane)[-OUTPUT_LINES:] for lane in lanes},
            elsewhere=frozenset(
                lane for lane, where in status.lanes.items() if where.place == "busy" and player.following
            ),
            stalled=self.stalled,
            beats_total=stage.beats,
            title=stage.title,
            name=stage.name,
        )
