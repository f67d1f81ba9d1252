"""A recording in a few words."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from muxviz import printable
from muxviz.events import Header
from muxviz.language import say


def described(path: Path, header: Header) -> str:
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
