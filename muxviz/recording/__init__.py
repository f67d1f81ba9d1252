"""Recordings: a session as a file of JSON lines in the public form, a header first, an index last."""

from muxviz.recording.annotate import annotate
from muxviz.recording.errors import RecordingError
from muxviz.recording.header import summary
from muxviz.recording.reader import Recording, load, read, recover
from muxviz.recording.writer import Recorder

__all__ = ["Recorder", "Recording", "RecordingError", "annotate", "load", "read", "recover", "summary"]
