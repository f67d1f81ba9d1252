"""Where the lane stands: before a call, inside one that may sleep, or running; and the wait for a token.

One word says where, with a serial number that grows at each change. Several threads, and a signal handler that makes a
call while its thread stands here, share one announcement: whoever stands last is announced, and when it is through,
the one below is announced again.

A slot is filled while the word says something else, so that a reader who finds the same word before and after has read
a whole one. A program of one thread has said that it runs by then; of several, another may be inside a call: from the
first call of a second thread on they take turns at the word under a lock. In a free run a thread that comes out of its
call leaves the slot to the newest one that is still inside, so that a server's thread is seen asleep though its client
is a thread of the same program. (Held, a thread that runs is what is waited for.)
"""

from __future__ import annotations

import os
from _multiprocessing import SemLock  # type: ignore[import-not-found]
from _thread import RLock, get_ident, get_native_id
from collections.abc import Callable
from struct import error as StructError
from time import monotonic_ns
from typing import Final

from . import layout
from .layout import CALL, ENDED, GATE, HEADER, HEADER_BYTES, HELD, RECORD, RUNNING
from .ring import clamped, dumps
from .shared import Shared

_TOKEN_SECONDS: Final = 0.25
"""How long a wait for a token lasts before it looks whether muxviz still lives. A token ends it at once."""
_SEMAPHORE: Final = 1
"""`kind` of _multiprocessing.SemLock: recursive mutex 0, semaphore 1."""
_pack = HEADER.pack_into
_Inside = tuple[tuple[int, ...], bytes, "_Inside | None"]
"""A call that a thread is inside of: its slot's values and tail, and the call around it."""


def open_semaphore(name: str) -> SemLock:
    """The named POSIX semaphore; no descriptor remains. Raises FileNotFoundError."""
    return SemLock._rebuild(0, _SEMAPHORE, SemLock.SEM_VALUE_MAX, name)


class Gate:
    """`enter` and `leave` around a call that may sleep, `stand` before each call while held."""

    def __init__(
        self, shared: Shared, token: SemLock, bell: SemLock, alive: Callable[[], None], main: int | None = None
    ) -> None:
        """`main` is the identifier of the program's main thread, where it is not the one that calls this."""
        self._memory, self._words, self._control = shared.memory, shared.words, shared.control
        self._token, self._bell, self._alive = token, bell, alive
        self._main = get_ident() if main is None else main
        self._lock = RLock()
        self._turn = RLock()
        self._standing: list[tuple[tuple[int, ...], bytes]] = []
        self._serial = 0
        self._several = False
        """A second thread has made a call."""
        self._inside: dict[int, _Inside] = {}
        """Of several threads, those inside a call, by get_ident; with the call that a signal handler's stands on."""
        self.ending = False
        """The interpreter is going: nothing is held any more."""

    def stand(self, code: int, flags: int, fd: int, ret: int, site: int, number: int, told: int, tail: object) -> None:
        """Announce a call and wait for a token, or for the end of being held. `told`: -1 unknown, 0 nothing, 1 yes.

        A muxviz that is gone ends this process.
        """
        if self.ending:
            return
        with self._lock:
            tid = 0 if get_ident() == self._main else get_native_id()
            announced = (
                (code, flags | layout.TAILED, told, tid, monotonic_ns(), 0, ret, fd, site, number),
                dumps(tail),
            )
            self._standing.append(announced)
            try:
                self._announce(announced)
                while not self._token.acquire(True, _TOKEN_SECONDS):
                    if self._control[0] != HELD:
                        break
                    self._alive()
            finally:
                self._standing.pop()
                self._go_on()

    def enter_wait(self, code: int, fd: int, ms: int, site: int, number: int, began: int) -> None:
        """This thread is about to make a wait: `enter` without a tail, as nothing is left to say."""
        tid = 0 if get_ident() == self._main else get_native_id()
        if tid or self._several:
            self._take_turns((code, 0, 0, tid, began, 0, ms, fd, site, number), b"")
            return
        try:
            _pack(self._memory, layout.ENTERED_AT, code, 0, 0, tid, began, 0, ms, fd, site, number, HEADER_BYTES)
        except StructError:
            self._fill(layout.ENTERED_AT, (code, 0, 0, tid, began, 0, ms, fd, site, number), b"")
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | CALL
        if self._control[0] == HELD:
            self._bell.release()

    def enter(self, code: int, flags: int, fd: int, ret: int, site: int, number: int, tail: object) -> None:
        """This thread is about to make a call that may sleep."""
        tid = 0 if get_ident() == self._main else get_native_id()
        values = (code, flags | layout.TAILED, 0, tid, monotonic_ns(), 0, ret, fd, site, number)
        if tid or self._several:
            self._take_turns(values, dumps(tail))
            return
        self._fill(layout.ENTERED_AT, values, dumps(tail))
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | CALL
        if self._control[0] == HELD:
            self._bell.release()

    def _take_turns(self, values: tuple[int, ...], tail: bytes) -> None:
        me = get_ident()
        with self._turn:
            if not self._several:
                self._several = True
                self._take_over()
            self._inside[me] = values, tail, self._inside.pop(me, None)
            self._show(values, tail)
        if self._control[0] == HELD:
            self._bell.release()

    def _take_over(self) -> None:
        """The first thread may be inside a call that it has told without a turn."""
        if self._words[layout.WHERE] & 7 == CALL:
            *values, length = HEADER.unpack_from(self._memory, layout.ENTERED_AT)
            tail = bytes(self._memory[layout.ENTERED_AT + HEADER_BYTES : layout.ENTERED_AT + length])
            self._inside[self._main] = tuple(values), tail, None

    def _show(self, values: tuple[int, ...], tail: bytes) -> None:
        self._runs()
        self._fill(layout.ENTERED_AT, values, tail)
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | CALL

    def end(self) -> None:
        """The program has ended: what is still closed is recorded and not held."""
        self.ending = True
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | ENDED
        self._bell.release()

    def start(self) -> None:
        """The lane is ready to run its program."""
        self._words[layout.PID] = os.getpid()
        self.leave()

    def _announce(self, announced: tuple[tuple[int, ...], bytes]) -> None:
        self._fill(layout.ANNOUNCED_AT, *announced)
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | GATE
        self._bell.release()

    def leave(self) -> None:
        """That call is over."""
        if self._several:
            me = get_ident()
            left = self._inside.pop(me, None)
            if left is not None and left[2] is not None:
                self._inside[me] = left[2]
        self._go_on()

    def _go_on(self) -> None:
        """The lane runs, or stands on where another call stood before this one, or is inside where others are."""
        if self._standing:
            self._announce(self._standing[-1])
            return
        if not self._several:
            self._runs()
            return
        with self._turn:
            others = list(self._inside.values()) if self._control[0] == RECORD and not self.ending else []
            if others:
                self._show(*others[-1][:2])
            else:
                self._runs()

    def _runs(self) -> None:
        self._serial = serial = self._serial + 1
        self._words[layout.WHERE] = serial << 3 | (ENDED if self.ending else RUNNING)

    def _fill(self, at: int, values: tuple[int, ...], tail: bytes) -> None:
        """Write a slot. What does not fit is left out: it is in the finished record."""
        if len(tail) > layout.SLOT_BYTES - HEADER_BYTES:
            tail = dumps(None)
        length = HEADER_BYTES + len(tail)
        self._memory[at + HEADER_BYTES : at + length] = tail
        HEADER.pack_into(self._memory, at, *clamped(values), length)
