"""From which line of the program a call came.

A line number costs up to 20 µs to find near the end of a long module, so a place is found once: the code object and the
instruction in it give a number, and one record says what that number means. The key is `id(code) + f_lasti`: a code
object's instructions lie inside it (CPython 3.11 and later), so no two places have the same sum while the code objects
live, and they are kept alive here.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_HERE: Final = str(Path(__file__).parent) + os.sep
_LIBRARY: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_PACKAGES: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib")})
_SOCKETS: Final = (os.sep + "socket.py", os.sep + "ssl.py")


class Sites:
    """Numbers places. A walk over standard-library frames is remembered by its inner and outer place."""

    def __init__(self, define: Callable[[int, object], None]) -> None:
        """`define(number, (file, line, via_file, via_line))` is called once for each new place."""
        self.known: dict[int, int] = {}
        """The number of a place whose own frame is the program's: the quick way, see `number`."""
        self._define = define
        self._walked: dict[tuple[int, int], int] = {}
        self._own: dict[int, int] = {}
        self._kept: list[CodeType] = []
        self._count = 0

    def number(self, frame: FrameType) -> int:
        """The place that `frame` is at."""
        code = frame.f_code
        key = id(code) + frame.f_lasti
        found = self.known.get(key)
        if found is not None:
            return found
        if self._rank(code) == _PROGRAM:
            number = self._new((code.co_filename, frame.f_lineno or 0, None, 0))
            self.known[key] = number
            return number
        return self._walk(frame)

    def program_frame(self, frame: FrameType) -> FrameType:
        """The nearest frame outside the standard library; `frame` where there is none."""
        at: FrameType | None = frame
        while at is not None and self._rank(at.f_code) != _PROGRAM:
            at = at.f_back
        return at or frame

    def _walk(self, frame: FrameType) -> int:
        at = self.program_frame(frame)
        via: FrameType | None = frame
        while via is not None and via is not at and self._rank(via.f_code) == _SKIPPED:
            via = via.f_back
        via = via or frame
        if self._rank(at.f_code) != _PROGRAM:
            at = via  # nothing of the program is on this stack: a thread of the library, or a module of it run by -m
        key = (id(at.f_code) + at.f_lasti, id(via.f_code) + via.f_lasti)
        found = self._walked.get(key)
        if found is None:
            inner = (via.f_code.co_filename, via.f_lineno or 0) if via is not at else (None, 0)
            found = self._walked[key] = self._new((at.f_code.co_filename, at.f_lineno or 0, *inner))
        return found

    def _rank(self, code: CodeType) -> int:
        found = self._own.get(id(code))
        if found is None:
            found = self._own[id(code)] = _rank_of(code.co_filename)
            self._kept.append(code)
        return found

    def _new(self, place: tuple[str, int, str | None, int]) -> int:
        self._count += 1
        number = self._count
        self._define(number, place)
        return number


_PROGRAM, _STDLIB, _SKIPPED = range(3)


def _rank_of(name: str) -> int:
    if name.startswith(_HERE) or (name.endswith(_SOCKETS) and name.startswith(_LIBRARY)):
        return _SKIPPED  # ours, and the methods of socket.socket and ssl.SSLSocket that stand on one C method
    if name.startswith("<frozen ") or (name.startswith(_LIBRARY) and not name.startswith(_PACKAGES)):
        return _STDLIB
    return _PROGRAM
