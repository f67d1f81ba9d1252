"""A recording's header: made for a session that happens here and now, and told in a few words."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from muxviz import __version__, printable
from muxviz.events import FORMAT, Header, LaneInfo, Source
from muxviz.language import say


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


def summary(path: Path, header: Header) -> str:
    """`partial-read.muxviz · recorded 23 Nov on Linux 6.18`; safe to show."""
    try:
        when = datetime.fromisoformat(header.began or "")
        day = f"{when.day} {when:%b}"  # %-d is glibc's
    except ValueError:
        day = ""
    kernel = ".".join(header.kernel.split(".")[:2])
    values = {"file": os.fspath(path.name), "kernel": kernel}
    words = (
        say("{file} · recorded {day} on Linux {kernel}", day=day, **values) if day
        else say("{file} · recorded on Linux {kernel}", **values)
    )  # fmt: skip
    return printable.text(words, 90)
