"""The state after an event, and the fold that leads from one to the next."""

from muxviz.state.fold import fold
from muxviz.state.rules import stranded, wire_high
from muxviz.state.shapes import ClientState, FdKind, FdState, LaneState, State, Status, decode_state, initial

__all__ = [
    "ClientState",
    "FdKind",
    "FdState",
    "LaneState",
    "State",
    "Status",
    "decode_state",
    "fold",
    "initial",
    "stranded",
    "wire_high",
]
