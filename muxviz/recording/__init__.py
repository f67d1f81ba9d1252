"""Recordings: a session as a file of JSON lines in the public form, a header first."""

from muxviz.recording.reader import RecordingError, load, read
from muxviz.recording.writer import Recorder

__all__ = ["Recorder", "RecordingError", "load", "read"]
