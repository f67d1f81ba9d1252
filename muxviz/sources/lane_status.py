"""Where a lane stands, and what it does next: for the screen, for the trace, for its end."""

from __future__ import annotations

from typing import Literal, NamedTuple

from muxviz.events import Announced
from muxviz.sources.lab.lane import Lane
from muxviz.sources.outside import proc
from muxviz.sources.ring.lane_reader import Where
from muxviz.trace import NextCall

Place = Literal["starting", "gate", "asleep", "busy", "input", "running", "ended"]
"""`busy`: it computes, or sleeps where the probe does not see it; `input`: in a read of its standard input."""


class LaneStatus(NamedTuple):
    """Where a lane stands, for the screen."""

    place: Place
    full_waits: int
    """How often it waited because its ring was full: muxviz slowed it down."""


def place_of(lane: Lane) -> Place:
    """Where it stands now."""
    if not lane.alive:
        return "ended"
    if lane.pending or lane.at_gate:
        return "gate"
    if lane.link.where is Where.CALL:
        return "asleep"
    return "input" if proc.reads_input(lane.pid) else "busy"


def upcoming_of(lane: Lane) -> NextCall | None:
    """What a held lane does next: what it has done already and was told to nobody, or the call it stands before."""
    if lane.pending:
        event = lane.pending[0]
        return NextCall(event.call, event.at, event.fd, event.tid) if event.call else None
    announced = lane.link.announced() if lane.at_gate else None
    return NextCall(announced.call, announced.at, announced.fd, announced.tid) if announced is not None else None


def stands_before(lane: Lane) -> Announced | None:
    """The call that a held lane stands before, as its end tells it."""
    announced = lane.link.announced() if lane.at_gate else None
    return Announced(announced.call, announced.at, announced.fd) if announced is not None else None
