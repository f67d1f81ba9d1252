"""Reads a recording. A file is untrusted: what is wrong with it is one line of text with the place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from muxviz.events import Event, FormatError, Header, decode_event, decode_header
from muxviz.trace import Trace

LINE_LIMIT: Final = 16 << 20
"""Bytes; a longer line is not read into memory."""


class RecordingError(Exception):
    """A recording that can't be written or read; one line says why."""


def read(path: Path) -> tuple[Header, Iterator[tuple[Event, bytes]]]:
    """A recording's header, and its events with the lines they stand on. Raises RecordingError, the iterator too."""
    lines = _lines(path)
    try:
        header = decode_header(next(lines, b""))
    except FormatError as error:
        raise RecordingError(f"{path}: line 1: {error}") from None
    return header, _events(path, lines)


def load(path: Path) -> Trace:
    """A whole recording as a trace. Raises RecordingError."""
    header, events = read(path)
    trace = Trace(header)
    for event, _ in events:
        trace.append(event)
    return trace


def _events(path: Path, lines: Iterator[bytes]) -> Iterator[tuple[Event, bytes]]:
    for n, line in enumerate(lines):
        try:
            event = decode_event(line)
        except FormatError as error:
            raise RecordingError(f"{path}: line {n + 2}: {error}") from None
        if event.n != n:
            raise RecordingError(f"{path}: line {n + 2}: event {event.n} stands where event {n} belongs")
        yield event, line


def _lines(path: Path) -> Iterator[bytes]:
    """Lines without their ends. A last line without an end was being written when the session died: it is left out."""
    number = 0
    try:
        with path.open("rb") as file:
            while line := file.readline(LINE_LIMIT):
                number += 1
                if not line.endswith(b"\n"):
                    if len(line) == LINE_LIMIT:
                        raise RecordingError(f"{path}: line {number} is longer than {LINE_LIMIT >> 20} MiB")
                    return
                yield line[:-1]
    except OSError as error:
        raise RecordingError(f"can't read {path}: {error.strerror}") from None
