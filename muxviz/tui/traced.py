"""A traced program on the screen: what its end, its pause and its newest event mean there.

It is no program of the lab: it goes on while one looks back, only c and space let it stand, and it ends only where
muxviz has started it and a person says so.
"""

from __future__ import annotations

from muxviz.language import say
from muxviz.printable import text
from muxviz.tui.player import Player
from muxviz.tui.source import SessionSpec, TraceSpec

_NAME_CELLS = 30


def newest(spec: TraceSpec, player: Player) -> str:
    """What can be done at the newest event, where nothing newer is there yet."""
    name = text(spec.name, _NAME_CELLS)
    if over(player):
        if spec.launched:
            return say("{program} has ended. N goes back, R starts it anew", program=name)
        return say("{program} is no longer watched. N goes back", program=name)
    if player.running:
        return say("{program} runs: what it does comes by itself. c lets it stand, N goes back", program=name)
    return say("{program} stands at its next call. c lets it go on, N goes back", program=name)


def over(player: Player) -> bool:
    """Nothing is watched any more."""
    return player.source.status.phase in ("ended", "failed", "closed")


def question(spec: SessionSpec, player: Player, *, anew: bool = False) -> str | None:
    """What has to be asked before a program is ended; None where nothing has."""
    if not isinstance(spec, TraceSpec) or not spec.launched or over(player) or _has_ended(player):
        return None
    name = text(spec.name, _NAME_CELLS)
    if anew:
        return say("end {program} and start it anew? y does that, any other key goes on", program=name)
    return say("end {program}? y ends it, any other key goes on", program=name)


def _has_ended(player: Player) -> bool:
    """The trace has the end of each of its processes, though strace may have a moment left."""
    lanes = player.source.trace.now.lanes.values()
    return bool(lanes) and all(lane.status == "ended" for lane in lanes)


def changed(spec: TraceSpec, player: Player, before: str) -> str | None:
    """What is said when the program has come to stand, goes on, or has ended."""
    name, phase = text(spec.name, _NAME_CELLS), player.source.status.phase
    if phase == "held" and before == "running":
        return say("{program} stands: no call of it was interrupted. c lets it go on", program=name)
    if phase == "ended" and before != "ended":
        return player.source.status.trouble or newest(spec, player)
    return None
