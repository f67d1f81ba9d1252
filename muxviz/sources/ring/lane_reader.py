"""muxviz's end of a lane: its mapped file, its semaphores, its records as Events.

The program can write into the mapped file as into any memory of its own. So nothing in it is believed: each word is
checked where it is read, and one that the probe can't have written breaks the lane's record off (`broken`). The events
before it stay, a note says so, and the program goes on unrecorded.
"""

from __future__ import annotations

import errno
import gc
import mmap
import os
import secrets
import sys
import threading
from _multiprocessing import SemLock, sem_unlink  # type: ignore[import-not-found]
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from muxviz import probe
from muxviz.calls import WAITS
from muxviz.events import Event, Role
from muxviz.probe import ring_format
from muxviz.probe.ring_format import HEADER, HEADER_BYTES, LENGTH_OFFSET, RING_AT
from muxviz.sources.ring.decode import Decoder, Header, ScribbledError

_BOOT: Final = str(Path(probe.__file__).with_name("boot.py"))
_SEMAPHORE: Final = 1
_NO_ROOM: Final = (
    "no room in {} for the {} KiB that each lane needs: free some there, or make it larger (docker: --shm-size)"
)
_NO_MEMORY: Final = "no memory is left: the program is not recorded from here on"
_SCRIBBLED: Final = "the program wrote over muxviz's memory in it ({}): it is not recorded from here on"
_TRIES: Final = 100
"""Readings of a slot that is being written before it counts as not there."""


class Mode(IntEnum):
    """What a lane does before and after its calls."""

    FREE = ring_format.FREE
    RECORD = ring_format.RECORD
    HELD = ring_format.HELD


class Where(IntEnum):
    """Where a lane stands."""

    NEW = ring_format.NEW
    RUNNING = ring_format.RUNNING
    GATE = ring_format.GATE
    CALL = ring_format.CALL
    ENDED = ring_format.ENDED


class Bell:
    """A named POSIX semaphore that the held lanes of a session release when they have come to stand or to sleep."""

    def __init__(self, owner: str | None = None) -> None:
        """`owner`: what the names of a session's semaphores begin with, its directory's name."""
        self.owner: Final = owner or f"muxviz-{os.getpid()}"
        self.name: Final = f"/{self.owner}-{secrets.token_hex(6)}"
        self._semaphore = SemLock(_SEMAPHORE, 0, SemLock.SEM_VALUE_MAX, self.name, False)
        self._closed = False

    def wait(self, timeout: float) -> bool:
        """Sleep until a lane rings, at most `timeout` seconds. True where one did; what had rung before is used up."""
        rung = self._semaphore.acquire(True, timeout)
        while rung and self._semaphore.acquire(False):
            pass
        return bool(rung)

    def close(self) -> None:
        """Take the name away. Safe to call twice."""
        if not self._closed:
            self._closed = True
            _unlink(self.name)


@dataclass(frozen=True)
class NextCall:
    """What a lane at the gate is about to do."""

    call: str
    fd: int | None
    args: dict[str, Any]
    at: tuple[str, int] | None
    is_wait: bool
    told: bool | None
    """For a wait: would it report something now, or not sleep? None where that is not known, or no wait."""
    tid: int | None = None
    """The thread, where it is not the first."""


class Link:
    """One lane's shared memory, from muxviz's side."""

    def __init__(
        self,
        lane: str,
        path: Path,
        bell: Bell,
        mode: Mode,
        size: int,
        queue_name: str,
        watch: Sequence[str],
        payload: int,
        decoder: Decoder,
    ) -> None:
        """Use `create`."""
        self.lane: Final = lane
        self._path, self._bell, self._queue_name, self._payload = path, bell, queue_name, payload
        self._watch = ",".join(watch)
        self._decoder = decoder
        self._token_name = f"/{bell.owner}-{secrets.token_hex(6)}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, size)  # a full disk is an error here and not a SIGBUS later
            self._memory = mmap.mmap(handle, size, mmap.MAP_SHARED | mmap.MAP_POPULATE)
            self._token = SemLock(_SEMAPHORE, 0, SemLock.SEM_VALUE_MAX, self._token_name, False)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise OSError(errno.ENOSPC, _NO_ROOM.format(path.parent.parent, -(-size >> 10))) from None
            raise
        finally:
            os.close(handle)
        self._view = memoryview(self._memory)
        self._words = self._view[: ring_format.ANNOUNCED_AT].cast("Q")
        self._fence = threading.Lock()
        self._lengths = self._view.cast("I")
        self._size = size - RING_AT
        self._read = 0
        self._events: deque[Event] = deque()
        self._named = True
        self._closed = False
        self.broken: str | None = None
        """Why the lane is recorded no more, where the program has written over its ring."""
        self._memory[ring_format.CONTROL] = int(mode)

    @classmethod
    def create(
        cls,
        lane: str,
        directory: Path,
        bell: Bell,
        *,
        mode: Mode,
        ring_bytes: int = 1 << 20,
        queue_name: str = "message_queues",
        watch: Sequence[str] = (),
        payload: int = 0,
        role: Role = "server",
        epoch_ns: int,
    ) -> Link:
        """A new lane's file in `directory`, which must be private, and its token semaphore. `ring_bytes` are rounded
        up to whole pages, `epoch_ns` is the session's begin in time.monotonic_ns. Raises OSError."""
        size = RING_AT + -(-max(ring_bytes, mmap.PAGESIZE) // mmap.PAGESIZE) * mmap.PAGESIZE
        path = directory / f"ring-{secrets.token_hex(6)}"
        return cls(lane, path, bell, mode, size, queue_name, watch, payload, Decoder(lane, role, epoch_ns))

    def argv(self, program: list[str], *, unbuffered: bool = False, held: Iterable[int] = ()) -> list[str]:
        """The command line that runs `[script, *args]` or `["-m", module, *args]` as this lane, from this process.
        `unbuffered`: what it prints comes at once (`python -u`). `held`: signals that it inherits as blocked, and that
        are not to be in the program."""
        blocked = ",".join(str(int(number)) for number in held)
        names = [str(self._path), self._token_name, self._bell.name]
        ours = [*names, str(os.getpid()), self._queue_name, self._watch, str(self._payload), blocked]
        return [sys.executable, *(["-u"] if unbuffered else []), _BOOT, *ours, "--", *program]

    @property
    def names(self) -> dict[str, str]:
        """What the lane's side opens, where it is not started by `argv`: the file, and both semaphores."""
        return {"ring": str(self._path), "token": self._token_name, "bell": self._bell.name}

    @property
    def opened(self) -> bool:
        """The lane's side has opened them."""
        return bool(self._memory[ring_format.OPENED])

    # --- the mode and the gate ----------------------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """What the lane was told last."""
        mode = self._memory[ring_format.CONTROL]
        if mode > Mode.HELD:
            self._break_off(f"its mode is {mode}")
            return Mode.FREE
        return Mode(mode)

    @mode.setter
    def mode(self, mode: Mode) -> None:
        before = self.mode
        if mode is before or self.broken is not None:
            return
        if before is Mode.FREE:
            self._words[ring_format.GENERATION] += 1
        if mode is Mode.HELD:
            while self._token.acquire(False):
                pass
        self._memory[ring_format.CONTROL] = int(mode)
        if before is Mode.HELD:
            self._token.release()

    @property
    def where(self) -> Where:
        """Where the lane stands."""
        self.forget_names()
        where = self._words[ring_format.WHERE] & 7
        if where > Where.ENDED:
            self._break_off(f"it stands at {where}")
        return Where(where) if self.broken is None else Where.RUNNING

    @property
    def serial(self) -> int:
        """Grows at each change of `where`."""
        return self._words[ring_format.WHERE] >> 3

    @property
    def pid(self) -> int:
        """The lane's process id, as it says; 0 before it has checked in."""
        return self._words[ring_format.PID]

    @property
    def full_waits(self) -> int:
        """How often the lane waited because its ring was full."""
        return self._words[ring_format.FULL_WAITS]

    def grant(self) -> None:
        """One token: the lane at the gate makes its call."""
        self._token.release()

    def announced(self) -> NextCall | None:
        """What the lane at the gate is about to do; None where it does not stand there."""
        slot = self._slot(Where.GATE, ring_format.ANNOUNCED_AT)
        if slot is None:
            return None
        header, tail = slot
        event = self._begun(header, tail)
        if event is None or event.call is None:
            return None
        is_wait = event.call in WAITS
        told = bool(header[2]) if is_wait and header[2] >= 0 else None
        return NextCall(event.call, event.fd, event.args, event.at, is_wait, told, event.tid)

    def entered(self) -> Event | None:
        """The call that the lane is in, as an event with phase `enter`; None where it is in none that may sleep."""
        slot = self._slot(Where.CALL, ring_format.ENTERED_AT)
        return None if slot is None else self._begun(*slot)

    def _begun(self, header: Header, tail: bytes) -> Event | None:
        """A slot's event; None where it holds none, which breaks the record off."""
        try:
            return self._decoder.begun(header, tail)
        except Exception as error:
            self._break_off(f"a call that has begun: {error}")
            return None

    def inside(self) -> list[Event]:
        """The calls that threads of a held lane are in, as events with phase `enter`, by the time of their begin."""
        found: list[Event] = []
        for number in range(ring_format.INSIDE_SLOTS if self.broken is None else 0):
            at = ring_format.INSIDE_AT + number * ring_format.INSIDE_BYTES
            before: Header = HEADER.unpack_from(self._view, at)
            if not before[10]:
                continue
            self._pull(1 << 30)
            end = at + min(max(before[10], HEADER_BYTES), ring_format.INSIDE_BYTES)
            tail = bytes(self._view[at + HEADER_BYTES : end])
            if HEADER.unpack_from(self._view, at) == before and (event := self._begun(before, tail)) is not None:
                found.append(event)
        return sorted(found, key=lambda event: event.t)

    def _slot(self, where: Where, at: int) -> tuple[Header, bytes] | None:
        for _ in range(_TRIES):
            word = self._words[ring_format.WHERE]
            if word & 7 != where or self.broken is not None:
                return None
            self._pull(1 << 30)  # the numbers in the slot were defined before it was written
            header: Header = HEADER.unpack_from(self._view, at)
            end = at + min(max(header[10], HEADER_BYTES), ring_format.SLOT_BYTES)
            tail = bytes(self._view[at + HEADER_BYTES : end])
            if self._words[ring_format.WHERE] == word:
                return header, tail
        return None

    # --- the ring -----------------------------------------------------------------------------------------------------

    def drain(self, limit: int = 10_000) -> list[Event]:
        """Up to `limit` finished events, in order."""
        self.forget_names()
        self._pull(limit)
        events = self._events
        if len(events) <= limit:
            self._events = deque()
            return list(events)
        return [events.popleft() for _ in range(limit)]

    def pending_bytes(self) -> int:
        """Bytes of records that were not drained yet; more than 0 also for events that are decoded and not drained."""
        found, at = len(self._events), self._read
        while self.broken is None:
            place = at % self._size
            if self._size - place < HEADER_BYTES:
                at += self._size - place
                continue
            length = self._lengths[(RING_AT + LENGTH_OFFSET + place) >> 2]
            if not length or at - self._read >= self._size:
                return found + max(0, at - self._read)
            at += length if length >= HEADER_BYTES and not length & 7 else self._size  # the next look breaks it off
        return found

    def _pull(self, limit: int) -> None:
        """Decode what is in the ring, up to `limit` events, and give its room back.

        The cyclic collector rests meanwhile: all that is made here is kept, and to go through it again and again would
        take more time than the decoding.
        """
        if self.broken is not None:
            return
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._decode(limit)
        except MemoryError:
            self._break_off(_NO_MEMORY)
        except Exception as error:  # whatever a decoder can meet in bytes that no probe wrote
            self._break_off(str(error) or type(error).__name__)
        finally:
            if collecting:
                gc.enable()

    def _decode(self, limit: int) -> None:
        view, size, decode, events = self._view, self._size, self._decoder.event, self._events
        unpack, lengths = HEADER.unpack_from, self._lengths
        start = at = self._read % size
        if self._words[ring_format.TAIL] != self._read:
            raise ScribbledError("its place in the ring is not ours")
        if self._memory[ring_format.CONTROL] > Mode.HELD:
            raise ScribbledError(f"its mode is {self._memory[ring_format.CONTROL]}")
        while len(events) < limit:
            if size - at < HEADER_BYTES:
                self._give_back(start, size)
                start = at = 0
                continue
            length = lengths[(RING_AT + LENGTH_OFFSET + at) >> 2]
            if not length:
                break
            if length < HEADER_BYTES or length & 7 or at + length > size:
                raise ScribbledError(f"a record of {length} bytes")
            if not ring_format.IN_ORDER:
                with self._fence:
                    pass
            header: Header = unpack(view, RING_AT + at)  # after its length was seen: before that it is half a record
            if length == HEADER_BYTES:
                event = decode(header, b"")
            else:
                event = decode(header, bytes(view[RING_AT + at + HEADER_BYTES : RING_AT + at + length]))
            at += length
            if event is not None:
                events.append(event)
            if at - start > size >> 3:
                self._give_back(start, at)
                start = at
        self._give_back(start, at)

    def _give_back(self, start: int, end: int) -> None:
        if end > start:
            self._view[RING_AT + start : RING_AT + end] = bytes(end - start)
            self._read += end - start
            self._words[ring_format.TAIL] = self._read

    def _break_off(self, why: str) -> None:
        """Believe nothing from here on: say so, and let the lane go, which then neither waits for us nor writes."""
        if self.broken is None:
            self.broken = why if why is _NO_MEMORY else _SCRIBBLED.format(why)
            self._events.append(self._decoder.note(self.broken))
            self._memory[ring_format.CONTROL] = int(Mode.FREE)
            self._token.release()

    # --- the end ------------------------------------------------------------------------------------------------------

    def forget_names(self) -> None:
        """Both sides have everything open: nothing needs a name any more."""
        if self._named and self._memory[ring_format.OPENED]:
            self._named = False
            self._path.unlink(missing_ok=True)
            _unlink(self._token_name)

    def close(self) -> None:
        """Give everything back. Safe to call twice; the properties keep their last values until then."""
        if self._closed:
            return
        self._closed = True
        if self._named:
            self._named = False
            self._path.unlink(missing_ok=True)
            _unlink(self._token_name)


def _unlink(name: str) -> None:
    try:
        sem_unlink(name)
    except FileNotFoundError:
        pass  # somebody cleaned up /dev/shm
