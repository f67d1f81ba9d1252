"""Whole sentences for an event: what happened, why, and what comes next.

`explain` looks the event's call and outcome up in a table of sentence makers. A sentence claims only what its event
(and the state that the events led to) shows: that a connection is broken needs ERR or an error, that a stream has ended
needs a read of 0 bytes. Flags are compared as sets of words. The most important sentence comes first, so that a small
screen may drop the last.
"""

from __future__ import annotations

from muxviz.events import WAITS
from muxviz.explain.calls import CALLS, FAILED, unknown
from muxviz.explain.lines import KINDS, client_call
from muxviz.explain.moment import Moment
from muxviz.explain.waits import returned
from muxviz.state import LaneState, State
from muxviz.trace import Trace

__all__ = ["explain", "subject"]


def explain(trace: Trace, n: int, state: State | None = None) -> list[str]:
    """Sentences for event n, the most important first; they speak of `state`, or of the state after n."""
    if not 0 <= n < len(trace):
        return ["Nothing has happened yet. The first step lets every server make its first call."]
    event = trace[n]
    now = state if state is not None else trace.state(n)
    lane = now.lanes.get(event.lane or "") or LaneState(event.lane or "")
    moment = Moment(trace, event, now, lane)
    if event.role == "client":
        return client_call(moment)
    maker = KINDS.get(event.kind)
    if maker is not None:
        return maker(moment)
    if event.call in WAITS:
        return returned(moment)
    return (FAILED.get(event.error or "") or CALLS.get(event.call or "", unknown))(moment)


def subject(trace: Trace, n: int, state: State, focus: str = "") -> int:
    """Which event to explain at cursor n: an action or an end, else the focused lane's, a troubled lane's, n."""
    if n < 0:
        return n
    tick = trace.tick_of(n)
    begin = trace.tick_start(tick)
    action = state.action_n
    if action is not None and action >= begin:
        return action
    ended = [other.exit_n for other in state.lanes.values() if other.exit_n is not None and other.exit_n >= begin]
    if ended:
        return ended[-1]
    lane = state.lanes.get(focus)
    if lane is not None and lane.last is not None and (lane.last >= begin or lane.stranded):
        return lane.last
    for other in state.lanes.values():
        if other.stranded and other.last is not None:
            return other.last
    newest = trace[n]
    if newest.kind in ("look", "keyframe", "source") or newest.role == "client":
        moved = [other.last for other in state.lanes.values() if other.last is not None and other.last >= begin]
        return max(moved, default=n)
    return n
