"""The header of a session that happens here and now."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from muxviz import __version__
from muxviz.events import FORMAT, Header, LaneInfo, Source


def header_of(
    source: Source,
    lanes: Sequence[LaneInfo] = (),
    *,
    sources: dict[str, str] | None = None,
    beats: Sequence[str] = (),
    began: datetime | None = None,
) -> Header:
    """This machine's words about itself, around those of the source; `began` is now where it is not given."""
    return Header(
        muxviz=FORMAT,
        kernel=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
        source=source,
        lanes=list(lanes),
        began=(began or datetime.now(UTC)).isoformat(timespec="milliseconds"),
        sources=sources or {},
        beats=list(beats),
        version=__version__,
    )
