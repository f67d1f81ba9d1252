"""The state after an event, and the fold that leads from one to the next."""

from muxviz.kernel.fold import fold
from muxviz.kernel.readiness import stranded, wire_high
from muxviz.kernel.state import ClientState, FdKind, FdState, LaneState, State, Status, decode_state, initial

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
