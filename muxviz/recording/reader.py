"""Reads a recording. A file is untrusted: what is wrong with it is one line of text with the place.

A whole file has an index and is opened without being read (`opened`). One that was cut short, changed, or written by
something else is read line by line, and what stands before the damage can be had.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from muxviz.events import Event, FormatError, Header, decode_event, decode_header
from muxviz.recording.bytes import open_recording
from muxviz.recording.ending import ANNOTATION, END_PREFIX, INDEX_PREFIX
from muxviz.recording.opened import by_index
from muxviz.recording.problem import LANES_LIMIT, LINE_LIMIT, RecordingError
from muxviz.trace import Trace

Progress = Callable[[float], None]
"""Told now and then which part is done, 0 to 1."""


class Recording(NamedTuple):
    """A recording that was opened."""

    trace: Trace
    damage: str | None = None
    """Why it is not whole, where it isn't; the trace is what stands before that."""
    whole: bool = True
    """It has its end, so that markers can be appended."""


def read(path: Path) -> tuple[Header, Iterator[tuple[Event, bytes]]]:
    """A recording's header, and its events and markers with the lines they stand on. Raises RecordingError, the
    iterator too."""
    file, damage = open_recording(path)
    try:
        lines = _lines(path, file)
        header = _header(path, next(lines, b""))
    except BaseException:
        file.close()
        raise
    return header, _closing(file, _events(path, lines, damage))


def _closing(file: IO[bytes], events: Iterator[tuple[Event, bytes]]) -> Iterator[tuple[Event, bytes]]:
    with file:
        yield from events


def load(path: Path, progress: Progress | None = None) -> Trace:
    """A whole recording as a trace. Raises RecordingError, also where something in it is damaged."""
    found = recover(path, progress)
    if found.damage is not None:
        count = len(found.trace)
        found.trace.close()
        raise RecordingError(found.damage, count)
    return found.trace


def recover(path: Path, progress: Progress | None = None) -> Recording:
    """What can be read of a recording. Raises RecordingError where nothing can."""
    file, damage = open_recording(path)
    with file:
        header = _header(path, next(_lines(path, file), b""))
        opened = by_index(file) if damage is None else None
        if opened is not None:
            return Recording(Trace(header, opened))
        file.seek(0)
        return _read_through(path, file, header, damage, progress)


def _read_through(
    path: Path, file: IO[bytes], header: Header, damage: str | None, progress: Progress | None
) -> Recording:
    trace = Trace(header)
    size = max(1, os.fstat(file.fileno()).st_size)
    lines = _lines(path, file)
    next(lines)
    try:
        for event, line in _events(path, lines, damage):
            if event.mark is not None:
                trace.mark(event.n, event.mark)
                continue
            trace.append(event, line)
            if len(trace.lanes) > LANES_LIMIT:
                raise RecordingError(f"{path}: event {event.n}: more than {LANES_LIMIT} lanes")
            if progress is not None and event.n % 4096 == 0:
                progress(file.tell() / size)
    except RecordingError as error:
        return Recording(trace, str(error), whole=False)
    except OSError as error:
        trace.close()
        raise RecordingError(f"can't read {path}: {error.strerror}") from None
    return Recording(trace, whole=False)


def _header(path: Path, line: bytes) -> Header:
    try:
        header = decode_header(line)
    except FormatError as error:
        raise RecordingError(f"{path}: line 1: {error}") from None
    if len(header.lanes) > LANES_LIMIT:
        raise RecordingError(f"{path}: line 1: more than {LANES_LIMIT} lanes")
    return header


def _events(path: Path, lines: Iterator[bytes], damage: str | None) -> Iterator[tuple[Event, bytes]]:
    """Events in their order, markers where they stand."""
    n = 0
    for number, line in enumerate(lines, 2):
        if line.startswith((INDEX_PREFIX, END_PREFIX)):
            continue
        known = ANNOTATION.match(line)
        if known is not None and known[1] == b"keyframe":
            continue
        try:
            event = decode_event(line)
        except FormatError as error:
            raise RecordingError(f"{path}: line {number}: {error}", n) from None
        if event.keyframe is not None:
            continue
        if event.mark is None:
            if event.n != n:
                raise RecordingError(f"{path}: line {number}: event {event.n} stands where event {n} belongs", n)
            n += 1
        yield event, line
    if damage is not None:
        raise RecordingError(f"{path}: {damage}", n)


def _lines(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """Lines without their ends. A last line without an end was being written when the session died: it is left out."""
    number = 0
    try:
        while line := file.readline(LINE_LIMIT):
            number += 1
            if line.endswith(b"\n"):
                yield line[:-1]
            elif len(line) < LINE_LIMIT:
                return
            elif line.startswith(INDEX_PREFIX):
                while (more := file.readline(LINE_LIMIT)) and not more.endswith(b"\n"):
                    pass
            else:
                raise RecordingError(f"{path}: line {number} is longer than {LINE_LIMIT >> 20} MiB")
    except OSError as error:
        raise RecordingError(f"can't read {path}: {error.strerror}") from None
