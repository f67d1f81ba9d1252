"""A recording as the screen's source: everything has happened already, and nothing is asked of anybody.

Markers that are set here are appended to the file; what is in it is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from muxviz.language import say
from muxviz.printable import text as safe
from muxviz.recording import Recording, annotate, recover, summary
from muxviz.sources.session import Session, SessionStatus
from muxviz.sources.strace.saved import Saved
from muxviz.trace import Trace
from muxviz.tui.source import RecordingSpec


class Replay(Session):
    """A recording that was opened."""

    def __init__(self, path: Path, recording: Recording) -> None:
        self._path, self._recording = path, recording
        trouble = recording.damage
        if trouble is None and not recording.whole and not len(recording.trace):
            trouble = say("{file} has no events", file=safe(str(path), 120))
        elif trouble is None and recording.cut is not None:
            trouble = say("{trouble}; its {count} events are here", trouble=recording.cut, count=len(recording.trace))
        elif trouble is not None:
            trouble = say(
                "{trouble}; the {count} events before it are here", trouble=trouble, count=len(recording.trace)
            )
        self.status = SessionStatus(phase="held", exhausted=True, trouble=trouble)

    @property
    def trace(self) -> Trace:
        """All of it."""
        return self._recording.trace

    def mark(self, n: int, text: str) -> str | None:
        """Put a marker into the trace and the file."""
        line = self.trace.mark(n, text)
        if not self._recording.whole:
            return say("this recording has no end, so the marker lasts until you quit")
        return annotate(self._path, line)

    def close(self) -> None:
        """Give the file back."""
        self.trace.close()


def replay_spec(path: Path, recording: Recording | None = None) -> RecordingSpec:
    """A recording on the screen; opened now (raises RecordingError), or already."""
    first = [recording if recording is not None else recover(path)]

    def make() -> Replay:
        return Replay(path, first.pop() if first else recover(path))

    return RecordingSpec(path, make, summary(path, first[0].trace.header))


class SavedTrace(Replay):
    """Nothing of it lies in a recording: what is marked lasts as long as the screen."""

    def __init__(self, path: Path, trace: Trace, trouble: str | None) -> None:
        super().__init__(path, Recording(trace))
        said = safe(trouble, 200) if trouble is not None else None
        self.status = SessionStatus(phase="held", exhausted=True, trouble=said)

    def mark(self, n: int, text: str) -> str | None:
        """Put a marker into the trace."""
        self.trace.mark(n, text)
        return say("this trace is not recorded, so the marker lasts until you quit")


def saved_spec(name: str, opened: Saved, again: Callable[[], Saved]) -> RecordingSpec:
    """Saved output on the screen: read already, or read `again` from its beginning."""
    path, first = Path(name), [opened]

    def make() -> SavedTrace:
        saved = first.pop() if first else again()
        return SavedTrace(path, saved.trace, saved.counted.words())

    return RecordingSpec(path, make, say("{file} · what strace printed", file=safe(path.name, 60)))
