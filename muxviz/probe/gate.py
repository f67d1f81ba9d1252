"""Where the lane stands: before a call, inside one that may sleep, or running; and the wait for a token.

One word says where, with a serial number that grows at each change. A lane of several threads has one place: before a
call while any of its threads stands before one, else inside one while any is, else running.

Of several threads that stand, one is announced and takes the next token: the one that has moved least recently, and of
those that never have, the one that was made first. So which thread moves does not depend on which of them came to stand
first. A signal handler that makes a call while its thread stands comes before the call that it interrupts.
"""

from __future__ import annotations

import os
from _multiprocessing import SemLock  # type: ignore[import-not-found]
from _thread import allocate_lock, get_ident, get_native_id
from collections.abc import Callable
from struct import error as StructError
from time import monotonic_ns
from typing import Any, Final

from . import ring_format
from .ring import clamped, dumps, hidden_lock
from .ring_format import CALL, ENDED, GATE, HEADER, HEADER_BYTES, HELD, RUNNING
from .shared import Shared

_TOKEN_SECONDS: Final = 0.25
"""How long a wait for a token lasts before it looks whether muxviz still lives. A token ends it at once."""
_SEMAPHORE: Final = 1
"""`kind` of _multiprocessing.SemLock: recursive mutex 0, semaphore 1."""
_REMEMBERED: Final = 1024
"""Threads of which is known when they moved; a busy server makes one for each client."""
_pack = HEADER.pack_into

Record = tuple[tuple[int, ...], bytes]
"""A header without its length, and the tail."""


def open_semaphore(name: str) -> SemLock:
    """The named POSIX semaphore; no descriptor remains. Raises FileNotFoundError."""
    return SemLock._rebuild(0, _SEMAPHORE, SemLock.SEM_VALUE_MAX, name)


def _slot(number: int) -> int:
    return ring_format.INSIDE_AT + number * ring_format.INSIDE_BYTES


class _Thread:
    """A thread that stands, or is inside a call."""

    def __init__(self, tid: int, moved: int) -> None:
        self.tid = tid
        self.moved = moved
        """The gate's count of tokens when it had its last one."""
        self.turn: Any = allocate_lock()
        """Released where it has become the one to take the next token."""
        self.turn.acquire()
        self.stands: list[Record] = []
        """What it stands before: one call, and those of signal handlers in between, the newest last."""


class Gate:
    """`enter` and `leave` around a call that may sleep, `stand` before each call while held."""

    def __init__(
        self, shared: Shared, token: SemLock, bell: SemLock, alive: Callable[[], None], main: int | None = None
    ) -> None:
        """`main` is the identifier of the program's main thread, where it is not the one that calls this."""
        self._memory, self._words, self._control = shared.memory, shared.words, shared.control
        self._token, self._bell, self._alive = token, bell, alive
        self._main = get_ident() if main is None else main
        self._lock = hidden_lock()
        self._threads: dict[int, _Thread] = {}
        """By identity, those that stand."""
        self._moved: dict[int, int] = {}
        """By native id, what `_Thread.moved` was when the thread last stood."""
        self._moves = 0
        self._inside: list[tuple[int, Record, int]] = []
        """The calls that threads are in, with the thread's identity and its slot; the newest last."""
        self._free = list(reversed(range(ring_format.INSIDE_SLOTS)))
        self._serial = 0
        self._several = False
        """A second thread has made a call: a free run's waits take turns at the word then, too, so that a server's
        thread is seen asleep though its client is a thread of the same program."""
        self.ending = False
        """The interpreter is going: nothing is held any more."""

    def stand(self, code: int, flags: int, fd: int, ret: int, site: int, number: int, told: int, tail: object) -> None:
        """Announce a call and wait for a token, or for the end of being held. `told`: -1 unknown, 0 nothing, 1 yes.

        A muxviz that is gone ends this process.
        """
        if self.ending:
            return
        me, tid = get_ident(), self._tid()
        record = (code, flags | ring_format.TAILED, told, tid, monotonic_ns(), 0, ret, fd, site, number), dumps(tail)
        with self._lock:
            thread = self._threads.get(me) or _Thread(tid, self._moved.get(tid, 0))
            thread.stands.append(record)  # first: a signal handler that comes now must not find it without
            self._threads[me] = thread
            self._publish()
        try:
            self._wait_for_token(thread)
        finally:
            with self._lock:
                thread.stands.remove(record)
                if not thread.stands:
                    self._threads.pop(me, None)
                self._publish()

    def _wait_for_token(self, thread: _Thread) -> None:
        while self._control[0] == HELD:
            if self._next() is not thread:
                thread.turn.acquire(True, _TOKEN_SECONDS)
            elif self._token.acquire(True, _TOKEN_SECONDS):
                with self._lock:
                    if self._next() is thread:
                        self._moves += 1
                        thread.moved = self._moved[thread.tid] = self._moves
                        while len(self._moved) > _REMEMBERED:
                            del self._moved[next(iter(self._moved))]
                        return
                self._token.release()  # meanwhile it became another's
            self._alive()

    def _next(self) -> _Thread | None:
        """The thread that takes the next token."""
        threads = list(self._threads.values())
        if len(threads) < 2:
            return threads[0] if threads else None
        return min(threads, key=lambda thread: (thread.moved, thread.tid))

    def enter_wait(self, code: int, fd: int, ms: int, site: int, number: int, began: int) -> None:
        """This thread is about to make a wait: `enter` without a tail, as nothing is left to say."""
        tid = 0 if get_ident() == self._main else get_native_id()
        if self._control[0] == HELD or tid or self._several:
            self._enter(((code, 0, 0, tid, began, 0, ms, fd, site, number), b""))
            return
        try:
            _pack(self._memory, ring_format.ENTERED_AT, code, 0, 0, tid, began, 0, ms, fd, site, number, HEADER_BYTES)
        except StructError:
            self._fill(ring_format.ENTERED_AT, (code, 0, 0, tid, began, 0, ms, fd, site, number), b"")
        self._serial = serial = self._serial + 1
        self._words[ring_format.WHERE] = serial << 3 | CALL

    def enter(self, code: int, flags: int, fd: int, ret: int, site: int, number: int, tail: object) -> None:
        """This thread is about to make a call that may sleep."""
        values = (code, flags | ring_format.TAILED, 0, self._tid(), monotonic_ns(), 0, ret, fd, site, number)
        self._enter((values, dumps(tail)))

    def _enter(self, record: Record) -> None:
        with self._lock:
            if record[0][3] and not self._several:
                self._several = True
                self._take_over()
            slot = self._free.pop() if self._free else -1
            if slot >= 0:
                self._fill(_slot(slot), *record, room=ring_format.INSIDE_BYTES)
            self._inside.append((get_ident(), record, slot))
            self._publish()

    def _take_over(self) -> None:
        """The first thread may be inside a wait that it has told without a turn; the lock is held."""
        if self._words[ring_format.WHERE] & 7 == CALL and not self._inside:
            *values, _ = HEADER.unpack_from(self._memory, ring_format.ENTERED_AT)
            self._inside.append((self._main, (tuple(values), b""), -1))

    def leave(self) -> None:
        """That call is over."""
        if not self._inside and not self._threads:
            self._serial = serial = self._serial + 1
            self._words[ring_format.WHERE] = serial << 3 | (ENDED if self.ending else RUNNING)
            return
        with self._lock:
            mine = [at for at, (thread, _, _) in enumerate(self._inside) if thread == get_ident()]
            if mine:
                slot = self._inside.pop(mine[-1])[2]
                if slot >= 0:
                    ring_format.LENGTH.pack_into(self._memory, _slot(slot) + ring_format.LENGTH_OFFSET, 0)
                    self._free.append(slot)
            self._publish()

    def end(self) -> None:
        """The program has ended: what is still closed is recorded and not held."""
        self.ending = True
        self._serial = serial = self._serial + 1
        self._words[ring_format.WHERE] = serial << 3 | ENDED
        self._bell.release()

    def start(self) -> None:
        """The lane is ready to run its program."""
        self._words[ring_format.PID] = os.getpid()
        self.leave()

    def _tid(self) -> int:
        return 0 if get_ident() == self._main else get_native_id()

    def _publish(self) -> None:
        """Say where the lane is now; the lock is held. A slot is filled while the word says something else, so that a
        reader who finds the same word before and after has read a whole one."""
        upcoming = self._next()
        if self._words[ring_format.WHERE] & 7 in (CALL, GATE):
            self._say(RUNNING)
        if upcoming is not None:
            self._fill(ring_format.ANNOUNCED_AT, *upcoming.stands[-1])
            where = GATE
            if upcoming.turn.locked():
                try:
                    upcoming.turn.release()
                except RuntimeError:
                    pass  # a signal handler's call came in between, and has done so
        elif self.ending:
            where = ENDED
        elif inside := self._inside[-1:]:  # taken at once: a signal handler may come and go between any two lines
            self._fill(ring_format.ENTERED_AT, *inside[0][1])
            where = CALL
        else:
            where = RUNNING
        self._say(where)
        if where != RUNNING and self._control[0] == HELD:
            self._bell.release()

    def _say(self, where: int) -> None:
        self._serial = serial = self._serial + 1
        self._words[ring_format.WHERE] = serial << 3 | where

    def _fill(self, at: int, values: tuple[int, ...], tail: bytes, room: int = ring_format.SLOT_BYTES) -> None:
        """Write a slot. What does not fit is left out: it is in the finished record."""
        if len(tail) > room - HEADER_BYTES:
            tail = dumps(None)
        length = HEADER_BYTES + len(tail)
        self._memory[at + HEADER_BYTES : at + length] = tail
        HEADER.pack_into(self._memory, at, *clamped(values), length)
