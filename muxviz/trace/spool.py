"""Lines on disk: a session may be longer than memory, and every line of it can be had again.

A spool holds encoded lines with their offsets (8 bytes a line); past its first megabyte, the lines lie in an unnamed
temporary file. It belongs to one writer and any number of readers in the same process; a reader may ask for any line
that `append` has returned for.
"""

from __future__ import annotations

import tempfile
from array import array
from typing import IO, Final

from muxviz.portable import read_at, write_at

_KEPT: Final = 1 << 20
"""Bytes that stay in memory before they are written out."""
_MOST_KEPT: Final = 256 << 20
"""Bytes that stay in memory where the disk is full: a session goes on for as long as it can."""


class Spool:
    """An append-only list of byte strings."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._ends = array("Q", [0])
        self._written = 0
        self._tail = bytearray()
        self._due = _KEPT

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, line: bytes) -> None:
        """Add a line. Raises OSError where the disk is full and memory has taken what it may; the lines before it
        stay."""
        if len(self._tail) >= self._due:
            self._make_room()
        self._tail += line
        self._ends.append(self._ends[-1] + len(line))

    def _make_room(self) -> None:
        try:
            self._write_out()
            self._due = _KEPT
        except OSError:
            if len(self._tail) >= _MOST_KEPT:
                raise
            self._due = min(2 * len(self._tail), _MOST_KEPT)  # what was written of it is written again

    def _write_out(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="muxviz-", buffering=0)  # noqa: SIM115 (lives as long as we)
        tail = bytes(self._tail)
        done = 0
        while done < len(tail):
            done += write_at(self._file.fileno(), tail[done:], self._written + done)
        # A reader in another thread sees either the old pair or the new one: both lead to the same bytes.
        self._written, self._tail = self._written + len(tail), bytearray()

    def __getitem__(self, n: int) -> bytes:
        start, end = self._ends[n], self._ends[n + 1]
        while True:
            written, tail = self._written, self._tail
            if end <= written and self._file is not None:
                return read_at(self._file.fileno(), end - start, start)
            line = bytes(tail[start - written : end - written])
            if written == self._written:
                return line

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
