"""A session's events in order, and the ways through them; see `muxviz.trace.trace`."""

from muxviz.trace.maxima import Maxima
from muxviz.trace.position import PositionError, position
from muxviz.trace.trace import KEYFRAME_EVERY, NextCall, Opened, Trace

__all__ = ["KEYFRAME_EVERY", "Maxima", "NextCall", "Opened", "PositionError", "Trace", "position"]
