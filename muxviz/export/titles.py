"""What an export calls itself."""

from __future__ import annotations

from muxviz.language import of_scenario
from muxviz.printable import text
from muxviz.trace import Trace


def title(trace: Trace) -> str:
    """`muxviz: partial-read, each server reads at most 4 bytes per report`; safe anywhere."""
    source = trace.header.source
    parts = [part for part in (source.scenario, source.title) if part]
    if len(parts) > 1 and not source.fix:
        parts[1] = of_scenario(parts[0], "title", parts[1])
    return text("muxviz: " + ", ".join(parts) if parts else "muxviz", 160)
