"""What an export calls itself."""

from __future__ import annotations

from muxviz.printable import text
from muxviz.trace import Trace


def title(trace: Trace) -> str:
    """`muxviz: partial-read, each server reads at most 4 bytes per report`; safe anywhere."""
    source = trace.header.source
    parts = [str(source[key]) for key in ("scenario", "title") if source.get(key)]
    return text("muxviz: " + ", ".join(parts) if parts else "muxviz", 160)
