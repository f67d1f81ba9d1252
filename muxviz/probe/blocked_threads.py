"""What the other threads are inside of, at one moment: the calls that they have begun and sleep in.

Asked of their frames, once, when a recorded block ends: a server's thread sleeps on in its wait then, and that it does
may be what is wrong with it. While the block runs nothing is kept for it.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FrameType
from typing import Any, Final

from . import ring_format
from .calls import Calls

_NEAR: Final = 4
"""Frames of ours between a thread's newest one and that of `Calls`."""
_WAIT: Final = Calls.wait.__code__
_THROUGH: Final = Calls.through.__code__


def tell(calls: Calls, threads: dict[int, int]) -> None:
    """Record each such call as begun. `threads`: the kernel's number of each thread by Python's, 0 for the main one."""
    for ident, frame in sys._current_frames().items():
        if ident != get_ident() and ident in threads:
            found = _of_ours(frame, calls)
            if found is not None:
                _tell(calls, threads[ident], found)


def _of_ours(frame: FrameType | None, calls: Calls) -> dict[str, Any] | None:
    """The variables of the frame that is making a call for the program and has not seen it return."""
    for _ in range(_NEAR):
        if frame is None:
            return None
        if frame.f_code is _WAIT or frame.f_code is _THROUGH:
            found = dict(frame.f_locals)
            under_way = found.get("self") is calls and found.get("sleeps") and "began" in found and "ended" not in found
            return found if under_way else None
        frame = frame.f_back
    return None


def _tell(calls: Calls, thread: int, found: dict[str, Any]) -> None:
    flags, code, site, number = found.get("flags", 0) | ring_format.BEGUN, found["code"], found["site"], found["number"]
    fd, ms = (found["epfd"], found["ms"]) if "epfd" in found else (found["fd"], 0)
    tail = (found.get("detail"), None)
    calls.put_tail(code, flags, 0, found["began"], thread, ms, fd, site, number, tail)
