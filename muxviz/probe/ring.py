"""The lane's end of the ring: one record for each finished call, written straight into the mapping.

Theory of operation
-------------------
A writer first takes its place (`head` moves on) and then fills it; the length, written last, commits it. CPython
changes threads and runs signal handlers only at calls and at backward jumps, and there is neither between reading
`head` and storing it, so places never overlap: threads need no lock, and a signal handler that makes calls while a
record is being written simply takes the next place. (A free-threaded interpreter gets a lock.)

A full ring waits for its reader; it gives up only where the reader said that it stopped recording. What is in the ring
stays there when the process is killed.
"""

from __future__ import annotations

import ctypes
import marshal
import sys
from _thread import RLock, get_ident, get_native_id
from collections.abc import Callable
from struct import error as StructError
from time import sleep
from typing import Any, Final

from . import ring_format
from .ring_format import HEADER, HEADER_BYTES, LENGTH, LENGTH_OFFSET
from .shared import Shared

_WAIT_SECONDS: Final = 0.0005
_FORMAT: Final = 2
"""Of marshal: without references, which cost more than they save here."""
_dumps = marshal.dumps
_LIMITS: Final = ((-(1 << 15), (1 << 15) - 1), (-(1 << 63), (1 << 63) - 1), (-(1 << 31), (1 << 31) - 1))

Put = Callable[[int, int, int, int, int, int, int, int], None]
"""put(code, error, t, took, ret, fd, site, size): a record without a tail."""
PutTail = Callable[[int, int, int, int, int, int, int, int, int, object], None]
"""put_tail(code, flags, error, t, took, ret, fd, site, size, tail)."""


class Ring:
    """Writes records. `put` and `put_tail` are plain functions, bound once by those who use them."""

    def __init__(self, shared: Shared, alive: Callable[[], None], main: int | None = None) -> None:
        """`alive` is called while a full ring waits; where nobody will ever read, it ends the process or the recording.
        `main` is the identifier of the program's main thread, where it is not the one that calls this."""
        self.put, self.put_tail = _writer(shared, alive, get_ident() if main is None else main)
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            lock = hidden_lock()
            self.put, self.put_tail = _locked(self.put, lock), _locked(self.put_tail, lock)


_untrack = ctypes.pythonapi.PyObject_GC_UnTrack
_untrack.argtypes, _untrack.restype = [ctypes.py_object], None


def hidden_lock() -> RLock:
    """An RLock that gc.get_objects() does not list: eventlet counts there those that it has not made green, and would
    complain of ours. It refers to nothing, so the collector does not miss it."""
    lock = RLock()
    _untrack(lock)
    return lock


_fence = hidden_lock()


def pack_fenced(memory: memoryview, at: int, *values: int) -> None:
    """HEADER.pack_into where stores may be seen out of order: all but the length, a fence, the length. A lock is a
    fence on both of its sides."""
    HEADER.pack_into(memory, at, *values[:-1], 0)
    try:
        with _fence:
            pass
    finally:
        LENGTH.pack_into(memory, at + LENGTH_OFFSET, values[-1])


def dumps(tail: object) -> bytes:
    """A tail in marshal's form; what marshal does not know becomes the name of its type."""
    try:
        return _dumps(tail, _FORMAT)  # type: ignore[arg-type]
    except ValueError:
        return marshal.dumps(_plain(tail), _FORMAT)  # type: ignore[arg-type]


def _plain(value: object) -> object:
    if value is None or type(value) in (int, float, bool, str, bytes):
        return value
    if isinstance(value, tuple | list):
        return tuple(_plain(part) for part in value)
    if isinstance(value, int):
        return int(value)
    return type(value).__name__


def clamped(values: tuple[int, ...]) -> tuple[int, ...]:
    """Values that a header's field can hold: a call with a nonsense argument is recorded with the nearest one."""
    code, flags, error, tid, t, took, ret, *rest = values
    short, long, word = _LIMITS
    return (
        code,
        flags,
        max(short[0], min(short[1], error)),
        tid,
        t,
        took,
        max(long[0], min(long[1], ret)),
        *(max(word[0], min(word[1], value)) for value in rest),
    )


def _writer(shared: Shared, alive: Callable[[], None], main: int) -> tuple[Put, PutTail]:
    memory, words, control = shared.memory, shared.words, shared.control
    base = ring_format.RING_AT
    size = shared.size - base
    pack = HEADER.pack_into if ring_format.IN_ORDER else pack_fenced
    piece_bytes = size // 8 & ~7
    head = 0  # next free byte of this lap
    limit = 0  # the bytes before it are free
    lap = 0  # bytes of all laps before this one
    pieces = 0

    def place(length: int) -> int:
        """Take a place when the ring was full or at its end; waits. -1 where recording was stopped meanwhile."""
        nonlocal head, limit, lap
        waited = False
        while True:
            read = words[ring_format.TAIL] - lap
            # From here to each `return` or to the pad there is no call: see the module's theory.
            limit = read + size if read < 0 else size
            if head + length <= limit:
                at, head = head, head + length
                return base + at
            if limit == size:
                at, head, limit, lap = head, 0, 0, lap + size
                if size - at >= HEADER_BYTES:  # a reader skips a shorter rest by itself
                    pack(memory, base + at, ring_format.PAD, 0, 0, 0, 0, 0, 0, 0, 0, 0, size - at)
                continue
            if not waited:
                waited = True
                words[ring_format.FULL_WAITS] += 1
            if not control[0]:
                return -1
            alive()
            sleep(_WAIT_SECONDS)

    def put(code: int, error: int, t: int, took: int, ret: int, fd: int, site: int, number: int) -> None:
        nonlocal head
        tid = 0 if get_ident() == main else get_native_id()
        if head + HEADER_BYTES <= limit:
            at, head = base + head, head + HEADER_BYTES
        elif (at := place(HEADER_BYTES)) < 0:
            return
        try:
            pack(memory, at, code, 0, error, tid, t, took, ret, fd, site, number, HEADER_BYTES)
        except StructError:
            pack(memory, at, *clamped((code, 0, error, tid, t, took, ret, fd, site, number)), HEADER_BYTES)

    def put_tail(
        code: int, flags: int, error: int, t: int, took: int, ret: int, fd: int, site: int, number: int, tail: object
    ) -> None:
        nonlocal head, pieces
        tid = 0 if get_ident() == main else get_native_id()
        data = dumps(tail)
        extent = len(data)
        if extent > piece_bytes:
            pieces = group = pieces + 1
            for start in range(0, extent, piece_bytes):
                piece = data[start : start + piece_bytes]
                put_bytes((ring_format.MORE, ring_format.PIECE, 0, tid, 0, 0, 0, -1, 0, group), piece)
            flags |= ring_format.PIECE
            data = group.to_bytes(4, sys.byteorder)
            extent = 4
        length = HEADER_BYTES + extent + 7 & ~7
        if head + length <= limit:
            at, head = base + head, head + length
        elif (at := place(length)) < 0:
            return
        memory[at + HEADER_BYTES : at + HEADER_BYTES + extent] = data
        flags |= ring_format.TAILED
        try:
            pack(memory, at, code, flags, error, tid, t, took, ret, fd, site, number, length)
        except StructError:
            pack(memory, at, *clamped((code, flags, error, tid, t, took, ret, fd, site, number)), length)

    def put_bytes(values: tuple[int, ...], data: bytes) -> None:
        length = HEADER_BYTES + len(data) + 7 & ~7
        at = place(length)
        if at >= 0:
            memory[at + HEADER_BYTES : at + HEADER_BYTES + len(data)] = data
            pack(memory, at, *values, length)

    return put, put_tail


def _locked(function: Callable[..., Any], lock: RLock) -> Callable[..., Any]:
    def locked(*args: Any) -> None:
        with lock:
            function(*args)

    return locked
