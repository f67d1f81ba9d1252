"""Reads a recording. A file is untrusted: what is wrong with it is one line of text with the place.

A whole file has an index and is opened without being read (`opened`). One that was cut short, changed, or written by
something else is read line by line, and what stands before the damage can be had.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple

from muxviz.events import Event, FormatError, Header, decode_event, decode_header
from muxviz.recording.compression import open_recording
from muxviz.recording.errors import (
    ALL_FDS_LIMIT,
    FDS_LIMIT,
    LANES_LIMIT,
    LINE_LIMIT,
    NAME_LIMIT,
    NAMES_LIMIT,
    RecordingError,
)
from muxviz.recording.index_format import ANNOTATION, END_PREFIX, INDEX_PREFIX
from muxviz.recording.indexed import by_index, has_end
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
    cut: str | None = None
    """Where it stops, in one line, if that is before its end; nothing of what it has is damaged."""


def read(path: Path, told: Callable[[str], None] | None = None) -> tuple[Header, Iterator[tuple[Event, bytes]]]:
    """A recording's header, and its events and markers with the lines they stand on. Raises RecordingError, the
    iterator too; `told` hears at last where it was cut short, if it was."""
    file, damage = open_recording(path)
    try:
        lines = _Lines(path, file)
        header = _header(path, next(lines, b""))
    except BaseException:
        file.close()
        raise
    return header, _closing(path, file, lines, damage, told)


def _closing(
    path: Path, file: IO[bytes], lines: _Lines, damage: str | None, told: Callable[[str], None] | None
) -> Iterator[tuple[Event, bytes]]:
    with file:
        yield from _events(path, lines, damage)
        if told is not None and not has_end(file):
            told(_cut(path, lines))


def _cut(path: Path, lines: _Lines) -> str:
    return f"{path}: cut short after line {lines.number}: it was killed, or is still being written"


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
        header = _header(path, next(_Lines(path, file), b""))
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
    lines = _Lines(path, file)
    next(lines)
    most = _Most(trace)
    try:
        for event, line in _events(path, lines, damage):
            if event.mark is not None:
                if 0 <= event.n < len(trace):
                    trace.mark(event.n, event.mark[:NAME_LIMIT])
                continue
            asked = event.args.get("interest")
            if isinstance(asked, list) and len(asked) > FDS_LIMIT:
                raise RecordingError(f"{path}: line {lines.number}: {_TOO_MANY_FDS}")
            if trace.append(event, line) is None:
                raise OSError(errno.ENOSPC, trace.full)
            if (excess := most.excess(event)) is not None:
                raise RecordingError(f"{path}: line {lines.number}: {excess}")
            if progress is not None and event.n % 4096 == 0:
                progress(file.tell() / size)
    except RecordingError as error:
        return Recording(trace, str(error), whole=False)
    except OSError as error:
        trace.close()
        raise RecordingError(f"can't read {path}: {error.strerror}") from None
    return Recording(trace, whole=False, cut=None if has_end(file) else _cut(path, lines))


_TOO_MANY_FDS: Final = f"more than {FDS_LIMIT} descriptors"


class _Most:
    """What no session has so much of that it could be shown, or kept in memory. One line can open many descriptors, and
    what a client does is told to every lane."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._fds: dict[str, int] = {}
        self._all_fds = 0

    def excess(self, event: Event) -> str | None:
        """What there is too much of after the newest event."""
        trace = self._trace
        if event.role == "client" and event.call == "connect":
            names = sum(len(lane.ports) for lane in trace.now.lanes.values())
            if names > NAMES_LIMIT:
                return f"more than {NAMES_LIMIT} connections, counted in each lane"
        lane = trace.now.lanes.get(event.lane) if event.lane is not None else None
        if lane is None:
            return None
        if len(trace.lanes) > LANES_LIMIT:
            return f"more than {LANES_LIMIT} lanes"
        if len(lane.lane) > NAME_LIMIT:
            return f"a lane's name is longer than {NAME_LIMIT} characters"
        count = len(lane.fds)
        self._all_fds += count - self._fds.get(lane.lane, 0)
        self._fds[lane.lane] = count
        if self._all_fds > ALL_FDS_LIMIT:
            return f"more than {ALL_FDS_LIMIT} descriptors in all lanes"
        return _TOO_MANY_FDS if count > FDS_LIMIT else None


def _header(path: Path, line: bytes) -> Header:
    try:
        header = decode_header(line)
    except FormatError as error:
        raise RecordingError(f"{path}: line 1: {error}") from None
    if len(header.lanes) > LANES_LIMIT:
        raise RecordingError(f"{path}: line 1: more than {LANES_LIMIT} lanes")
    if any(len(info.lane) > NAME_LIMIT for info in header.lanes):
        raise RecordingError(f"{path}: line 1: a lane's name is longer than {NAME_LIMIT} characters")
    return header


def _events(path: Path, lines: _Lines, damage: str | None) -> Iterator[tuple[Event, bytes]]:
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


class _Lines(Iterator[bytes]):
    """Lines without their ends. A last line without an end was being written when the session died: it is left out."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.number = 0
        """Of the last line that was handed out, from 1."""
        self._path, self._file = path, file

    def __next__(self) -> bytes:
        try:
            return self._next()
        except OSError as error:
            raise RecordingError(f"can't read {self._path}: {error.strerror}") from None

    def _next(self) -> bytes:
        line = self._file.readline(LINE_LIMIT)
        if line.endswith(b"\n"):
            self.number += 1
            return line[:-1].removesuffix(b"\r")  # it went through Windows
        if len(line) < LINE_LIMIT:
            raise StopIteration
        if not line.startswith(INDEX_PREFIX):
            raise RecordingError(f"{self._path}: line {self.number + 1} is longer than {LINE_LIMIT >> 20} MiB")
        limit = 2 * self._file.tell()  # an index is never larger than its recording
        while (more := self._file.readline(LINE_LIMIT)) and not more.endswith(b"\n"):
            if self._file.tell() > limit:
                raise RecordingError(f"{self._path}: line {self.number + 1}: an index larger than its recording")
        self.number += 1
        return line
