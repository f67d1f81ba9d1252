"""Recordings: a session as a file of JSON lines in the public form, a header first, an index last."""

from muxviz.recording.annotate import annotate
from muxviz.recording.described import described
from muxviz.recording.problem import RecordingError
from muxviz.recording.reader import Recording, load, read, recover
from muxviz.recording.writer import Recorder

__all__ = ["Recorder", "Recording", "RecordingError", "annotate", "described", "load", "read", "recover"]
