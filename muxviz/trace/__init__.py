"""A session's events in order, and the ways through them; see `muxviz.trace.trace`."""

from muxviz.trace.extent import Extent
from muxviz.trace.trace import KEYFRAME_EVERY, Next, Opened, Trace
from muxviz.trace.where import WhereError, where

__all__ = ["KEYFRAME_EVERY", "Extent", "Next", "Opened", "Trace", "WhereError", "where"]
