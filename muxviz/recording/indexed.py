"""A recording as a trace without reading it: by the index at its end."""

from __future__ import annotations

import os
import zlib
from array import array
from collections import OrderedDict
from itertools import pairwise
from typing import IO, Final

import msgspec

from muxviz.events import FormatError, decode_event
from muxviz.findings import RULES_OF, Findings
from muxviz.portable import read_at, read_into
from muxviz.recording.errors import LANES_LIMIT, LINE_LIMIT, RecordingError
from muxviz.recording.index_format import ANNOTATION, BLOCK, END_PREFIX, Ending, IndexLine, end_decoder, index_decoder
from muxviz.trace import Maxima, Opened
from muxviz.trace.array_codec import PackError, positions, shared, unpack
from muxviz.trace.index import Index

_TAIL: Final = 256
"""Bytes in which the end line lies."""
_CHUNK: Final = 1 << 22
_KEPT: Final = 1 << 24
"""Bytes of blocks that stay in memory; a usual one has 60 kB."""
_LONGEST: Final = 2 * LINE_LIMIT
_SHORTEST: Final = len(b'{"n":0,"t":0}\n')
"""An event's line is never shorter: what an index counts is bounded by the bytes before it."""
_INDEX_SHARE: Final = 1 << 20
"""An index is never larger than its recording, but for a little."""
_INDEX_LIMIT: Final = 1 << 29
"""Bytes: that of a million events has some five megabytes."""


_CHANGED: Final = "the file was changed while it was open, or its index does not fit it"
_ANNOTATION_BYTES: Final = 64
"""In which a line says what it is, if it is no event."""


def by_index(file: IO[bytes]) -> Opened | None:
    """What the file's index says, where it has one that is of this file; None where the file has to be read."""
    try:
        return _opened(file)
    except (FormatError, PackError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        return None


def _opened(file: IO[bytes]) -> Opened | None:
    handle = file.fileno()
    size = os.fstat(handle).st_size
    place = _index_place(handle, size)
    if place is None:
        return None
    most = min(place + _INDEX_SHARE, _INDEX_LIMIT)
    line, line_end, rest = _read_all_at(handle, place, min(size - place, most + LINE_LIMIT)).partition(b"\n")
    if not line_end or len(line) > most or size - place - len(line) > LINE_LIMIT:
        return None
    found = index_decoder.decode(line).index
    if found.count > place // _SHORTEST or len(found.lanes) > LANES_LIMIT or found.crc != _crc(handle, place):
        return None
    kept = found.findings if found.findings is not None and found.findings.rules == RULES_OF else None
    lines, frames, framed = _places(handle, found, place)
    marks = _marks(found, rest)
    if marks is None:
        return None
    return Opened(
        count=found.count,
        lines=lines,
        frames=frames,
        framed=framed,
        index=Index.of(found.index, found.count),
        extent=Maxima.of(found.extent),
        now=found.now,
        lanes=found.lanes,
        marks=marks,
        findings=Findings.of(kept, found.count, shared) if kept is not None else None,
    )


def _read_all_at(handle: int, place: int, count: int) -> bytes:
    """Bytes of a file, by pread alone: a copy of a descriptor has the same position (dup(2)), and whoever reads on
    behind us relies on his."""
    found = bytearray()
    while len(found) < count and (more := read_at(handle, min(count - len(found), _CHUNK), place + len(found))):
        found += more
        if 0 in more:  # a hole: no JSON has a NUL
            break
    return bytes(found)


def has_end(file: IO[bytes]) -> bool:
    """Whether its last line is one that only the end of a recording has."""
    return _last_line(file.fileno()).startswith(END_PREFIX)


def _last_line(handle: int) -> bytes:
    """A short one; nothing where it is long or has no end."""
    size = os.fstat(handle).st_size
    tail = read_at(handle, _TAIL, max(0, size - _TAIL))
    return tail[:-1].rpartition(b"\n")[2] if tail.endswith(b"\n") else b""


def _index_place(handle: int, size: int) -> int | None:
    """Where the last line says that the index begins."""
    last = _last_line(handle)
    if not last.startswith(END_PREFIX):
        return None
    place = end_decoder.decode(last).end.index
    return place if 0 < place < size else None


def _crc(handle: int, end: int) -> int | None:
    """The checksum of everything before a place; None where no recording is so long between two line ends, as a hole of
    any size would be."""
    value = at = 0
    line = 0
    chunk = bytearray(min(_CHUNK, end))
    buffer = memoryview(chunk)
    while at < end:
        count = read_into(handle, buffer[: min(len(buffer), end - at)], at)
        if not count:
            return None
        value = zlib.crc32(buffer[:count], value)
        at += count
        line = 0 if chunk.find(b"\n", 0, count) >= 0 else line + count
        if line > _LONGEST:
            return None
    return value


def _places(handle: int, found: Ending, end: int) -> tuple[FileLines, FileFrames, array[int]]:
    blocks = unpack(found.blocks, "Q", -(-found.count // BLOCK) + 1)
    framed = positions(found.framed, found.count)
    frames = unpack(found.frames, "Q", found.count)
    if len(blocks) != -(-found.count // BLOCK) + 1 or len(frames) != len(framed):
        raise PackError("places of another recording")
    for places in (blocks, frames):
        if any(one >= other for one, other in pairwise(places)) or (places and places[-1] > end):
            raise PackError("places that do not rise")
    return FileLines(handle, blocks, found.count), FileFrames(handle, frames, end), framed


def _marks(found: Ending, rest: bytes) -> dict[int, str] | None:
    """The markers, with those that were set after the recording had ended; None where something else stands there."""
    marks = dict(found.marks)
    for line in rest.splitlines():
        if line.startswith(END_PREFIX):
            continue
        event = decode_event(line)
        if event.mark is None:
            return None
        marks.pop(event.n, None)
        if event.mark:
            marks[event.n] = event.mark
    return {n: text for n, text in marks.items() if 0 <= n < found.count}


class FileLines:
    """The events' lines of a file, by number."""

    def __init__(self, handle: int, blocks: array[int], count: int) -> None:
        self._handle, self._blocks, self._count = os.dup(handle), blocks, count
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._begins: dict[int, array[int]] = {}
        """Where the lines of large blocks begin: 2 kB for each 16 MB."""

    def __getitem__(self, n: int) -> bytes:
        block, at = divmod(n, BLOCK)
        lines = self._kept.get(block)
        if lines is None:
            if self._size(block) > _KEPT:
                return self._in_large(block, at)
            lines = self._kept[block] = self._read(block)
            self._kept_bytes += self._size(block)
            while self._kept_bytes > _KEPT:
                self._kept_bytes -= self._size(self._kept.popitem(last=False)[0])
        return lines[at]

    def _size(self, block: int) -> int:
        return self._blocks[block + 1] - self._blocks[block]

    def _in_large(self, block: int, at: int) -> bytes:
        """One line of a block that is not read whole: its lines may have 8 MiB each."""
        begins = self._begins.get(block)
        if begins is None:
            begins = self._begins[block] = self._lines_of(block)
        begin, end = begins[at], begins[at + 1]
        line, line_end, _ = _read_all_at(self._handle, begin, min(end - begin, LINE_LIMIT)).partition(b"\n")
        if not line_end:
            raise RecordingError(_CHANGED)
        return line

    def _lines_of(self, block: int) -> array[int]:
        """Where the lines of its events begin, and the block's end; it is read through once for that."""
        begin, end = self._blocks[block], self._blocks[block + 1]
        found = array("Q")
        line = at = begin
        while at < end:
            data = read_at(self._handle, min(_CHUNK, end - at), at)
            if not data:
                break
            place = data.find(b"\n")
            while place >= 0:
                if not ANNOTATION.match(read_at(self._handle, _ANNOTATION_BYTES, line)):
                    found.append(line)
                line = at + place + 1
                place = data.find(b"\n", place + 1)
            if len(found) > BLOCK:
                break
            at += len(data)
        if line != end or len(found) != min(BLOCK, self._count - block * BLOCK):
            raise RecordingError(_CHANGED)
        found.append(end)
        return found

    def _read(self, block: int) -> list[bytes]:
        begin, end = self._blocks[block], self._blocks[block + 1]
        data = read_at(self._handle, end - begin, begin)
        lines = [line for line in data.split(b"\n")[:-1] if not ANNOTATION.match(line)]
        if len(data) != end - begin or len(lines) != min(BLOCK, self._count - block * BLOCK):
            raise RecordingError(_CHANGED)
        return lines

    def close(self) -> None:
        """Give the file back."""
        os.close(self._handle)


class FileFrames:
    """The keyframes of a file, by number: JSON of states."""

    def __init__(self, handle: int, places: array[int], end: int) -> None:
        self._handle, self._places, self._end = os.dup(handle), places, end

    def __getitem__(self, k: int) -> bytes:
        begin = self._places[k]
        size = _CHUNK >> 6
        while True:
            data = read_at(self._handle, min(size, self._end - begin), begin)
            at = data.find(b"\n")
            if at >= 0:
                break
            if size > LINE_LIMIT or len(data) < min(size, self._end - begin):
                raise RecordingError(_CHANGED)
            size *= 4
        found = ANNOTATION.match(data)
        if found is None or found[1] != b"keyframe":
            raise RecordingError("its index does not fit it")
        return data[found.end() : at - 1]

    def close(self) -> None:
        """Give the file back."""
        os.close(self._handle)


__all__ = ["FileFrames", "FileLines", "IndexLine", "by_index", "has_end"]
