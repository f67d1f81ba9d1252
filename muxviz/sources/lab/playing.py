"""A scenario played to its end without a screen, on programs of which nothing is known."""

from __future__ import annotations

import time
from typing import Final

from muxviz.sources.lab.build import Lab
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.quiescence import START_SECONDS

_STEP_LIMIT: Final = 100_000
"""Scenarios are over long before."""
_LOOK_SECONDS: Final = 0.005
_STILL_SECONDS: Final = 1.0
"""How long programs may sleep, with nothing to wake them, before nothing more is expected of them."""
GRACE_SECONDS: Final = 2.0
"""What a program gets to end by itself when it is asked to (SIGTERM)."""


def play_out(lab: Lab) -> str | None:
    """Step a lab that has started until its scenario is over, or its programs are, or nothing more can happen. Returns
    why the clients could not do everything, in a few words; None where they have."""
    conductor, pace = lab.conductor, lab.conductor.pace
    quiet_since: float | None = None
    for _ in range(_STEP_LIMIT):
        if conductor.step():
            quiet_since = None
            if conductor.done:
                break
            continue
        now = time.monotonic()
        quiet_since = quiet_since or now
        if now - quiet_since > _patience(lab):
            break
        time.sleep(_LOOK_SECONDS)
    return None if pace.next is None else _why(lab)


def _patience(lab: Lab) -> float:
    """How many seconds nothing may happen."""
    alive = [lane for lane in lab.lanes if lane.alive]
    if not alive:
        return 0.0
    if lab.conductor.pace.next is None:
        return _STILL_SECONDS if any(lane.lost for lane in alive) else 0.0
    return START_SECONDS if any(lane.lost or _times_out(lane) for lane in alive) else _STILL_SECONDS


def _times_out(lane: Lane) -> bool:
    """It sleeps in a wait that ends by itself."""
    entered = lane.link.entered()
    timeout = entered.timeout if entered is not None else None
    return isinstance(timeout, int | float) and timeout >= 0


def _why(lab: Lab) -> str:
    pace = lab.conductor.pace
    far = f"{pace.done} of {len(pace.beats)} client actions were made"
    ended = [lane for lane in lab.lanes if not lane.alive]
    if ended:
        return f"{_names(ended)} ended before the clients were done: {far}"
    assert pace.next is not None
    reached = lab.conductor.reached_by(pace.next)
    deaf = [lane for lane in lab.lanes if lane not in reached]
    if not deaf:
        return f"{_names(lab.lanes)} did not come to rest: {far}"
    return f"{_names(deaf)} {_deaf(lab, deaf[0])}: {far}"


def _deaf(lab: Lab, lane: Lane) -> str:
    """Why clients can't reach a lane."""
    if lab.conductor.status()[lane.name].place == "input":
        return "reads its standard input and listens nowhere"
    ports = ", ".join(map(str, lane.reach.ports()))
    where = f"on port {lane.reach.wanted}" if lane.reach.wanted is not None else "where these clients could reach it"
    return f"does not listen {where}" + (f", but on TCP port {ports}" if ports else "")


def _names(lanes: list[Lane]) -> str:
    # under one of several scenarios the lane has the scenario's name
    return " and ".join(lane.info.program[0] if lane.info.title == lane.name else lane.info.title for lane in lanes)
