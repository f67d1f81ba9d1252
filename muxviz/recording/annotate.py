"""Adds a marker to a recording that has ended: appended behind its end, with an end of its own."""

from __future__ import annotations

import os
from pathlib import Path

from muxviz.portable import AT_ONCE, PLAIN, read_at
from muxviz.recording.index_format import END_PREFIX, end_decoder, end_line


def annotate(path: Path, line: bytes) -> str | None:
    """Append a marker's line. Returns why it can't be kept, where it can't: the file is then as it was, but for a line
    without an end, which readers leave out."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | PLAIN | AT_ONCE)
    except OSError as error:
        return f"the marker lasts until you quit: can't write to {path}: {error.strerror}"
    try:
        size = os.fstat(handle).st_size
        tail = read_at(handle, 256, max(0, size - 256))
        last = tail[:-1].rpartition(b"\n")[2]
        if not tail.endswith(b"\n") or not last.startswith(END_PREFIX):
            return f"the marker lasts until you quit: {path} is compressed, or was changed"
        data = line + b"\n" + end_line(end_decoder.decode(last).end.index) + b"\n"
        if os.write(handle, data) != len(data):
            os.ftruncate(handle, size)
            return f"the marker lasts until you quit: {path} could not be written whole"
    except (OSError, ValueError) as error:
        return f"the marker lasts until you quit: {getattr(error, 'strerror', None) or error}"
    finally:
        os.close(handle)
    return None
