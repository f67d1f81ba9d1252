"""What an export is told beside the recording: which part of it, how large, how fast, in which colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from muxviz.draw import View
from muxviz.language import of_scenario
from muxviz.printable import text
from muxviz.trace import Trace

Theme = Literal["dark", "light"]
Pace = Literal["reading", "recorded"]
Progress = Callable[[float], None]
"""Told now and then which part is done, 0 to 1."""


class ExportError(ValueError):
    """An export that can't be made; one line says why."""


@dataclass(frozen=True)
class Options:
    """A frame is the picture at the end of a tick; -1 is the one before everything."""

    first: int
    last: int
    """Ticks, both shown; the same tick where one moment is wanted."""
    size: tuple[int, int] = (120, 36)
    """Columns and rows."""
    theme: Theme = "dark"
    focus: str = ""
    """The lane with the heavy border; the last one where none is named."""
    speed: float = 1.0
    pace: Pace = "reading"
    """As long as a frame takes to read, or as long as it took."""
    cast_version: Literal[2, 3] = 2
    replay: str | None = None
    """The header's words for a recording that somebody steps through."""
    animate: bool = False
    """An .svg that moves."""

    @property
    def frames(self) -> int:
        """How many pictures that is."""
        return self.last - self.first + 1

    def view(self, trace: Trace) -> View:
        """How the pictures look at the trace."""
        return View(focus=self.focus or (trace.lanes[-1] if trace.lanes else ""), theme=self.theme, replay=self.replay)


def title(trace: Trace) -> str:
    """`muxviz: partial-read, each server reads at most 4 bytes per report`; safe anywhere."""
    source = trace.header.source
    parts = [part for part in (source.scenario, source.title) if part]
    if len(parts) > 1 and not source.fix:
        parts[1] = of_scenario(parts[0], "title", parts[1])
    return text("muxviz: " + ", ".join(parts) if parts else "muxviz", 160)
