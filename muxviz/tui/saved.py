"""A trace of saved strace output as the screen's source: everything has happened already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from muxviz.lab.commands import SessionStatus
from muxviz.language import say
from muxviz.printable import text as safe
from muxviz.recording import Recording
from muxviz.strace.saved import Saved
from muxviz.trace import Trace
from muxviz.tui.replay import Replay
from muxviz.tui.source import ReplayStage


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


def saved_stage(name: str, opened: Saved, again: Callable[[], Saved]) -> ReplayStage:
    """Saved output on the screen: read already, or read `again` from its beginning."""
    path, first = Path(name), [opened]

    def make() -> SavedTrace:
        saved = first.pop() if first else again()
        return SavedTrace(path, saved.trace, saved.counted.words())

    return ReplayStage(path, make, say("{file} · what strace printed", file=safe(path.name, 60)))
