"""A recording in a few words."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from muxviz import printable
from muxviz.events import Header


def described(path: Path, header: Header) -> str:
    """`partial-read.muxviz · recorded 23 Nov on Linux 6.18`; safe to show."""
    try:
        day = f"{datetime.fromisoformat(header.began or ''):%-d %b}"
    except ValueError:
        day = ""
    kernel = ".".join(header.kernel.split(".")[:2])
    words = f"{os.fspath(path.name)} · recorded {day + ' ' if day else ''}on Linux {kernel}"
    return printable.text(words, 90)
