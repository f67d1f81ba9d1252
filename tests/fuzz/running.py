"""Runs inputs, each within a time and memory, and keeps what each new finding rests on."""

from __future__ import annotations

import contextlib
import faulthandler
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, Protocol

SECONDS: Final = 8.0
"""Of the processor's time, for one input: a loaded machine changes nothing."""
BYTES: Final = 500 << 20
"""Of memory, beyond what the process had before."""
_HANGS: Final = 300
"""Seconds after which the process is ended where it is: in a call that no signal interrupts."""


class TooLong(Exception):
    """An input took more than its time."""


class Fuzz(Protocol):
    """What is fuzzed."""

    def __call__(self, number: int, seed: int, path: Path) -> str:
        """Make an input, put it into the file, look at it. Returns what became of it; raises what is a finding."""


class Finding(NamedTuple):
    """Something that is wrong, at a place where nothing was before."""

    number: int
    place: str
    """Exception, file and line."""
    text: str
    """The traceback."""


def findings(fuzz: Fuzz, numbers: Iterator[int], seed: int, work: Path, kept: Path | None) -> Iterator[Finding]:
    """What is found, each place once."""
    known: set[str] = set()
    path = work / "input"
    for number in numbers:
        try:
            with _limits():
                fuzz(number, seed, path)
        except Exception as error:
            for one in error.exceptions if isinstance(error, ExceptionGroup) else (error,):
                place = _place(one)
                if place in known:
                    continue
                known.add(place)
                text = "".join(traceback.format_exception(one)[-30:])
                if kept is not None:
                    kept.mkdir(parents=True, exist_ok=True)
                    name = f"{seed}-{number}"
                    (kept / f"{name}.input").write_bytes(path.read_bytes() if path.exists() else b"")
                    (kept / f"{name}.txt").write_text(f"{place}\n{text}", encoding="utf-8", errors="backslashreplace")
                yield Finding(number, place, text)


def _place(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "muxviz/" in frame.filename]
    ours = [frame for frame in frames if "/tests/" not in frame.filename] or frames
    if isinstance(error, TooLong | MemoryError):  # wherever it was just then
        ours = ours[:3]
    where = ours[-1] if ours else None
    at = f"{where.filename.rpartition('muxviz/')[2]}:{where.lineno} {where.name}" if where is not None else "?"
    return f"{type(error).__name__} at {at}"


@contextlib.contextmanager
def _limits() -> Iterator[None]:
    def too_long(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, too_long)
    room = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + BYTES, room[1]))
    faulthandler.dump_traceback_later(_HANGS, exit=True, file=sys.__stderr__)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        faulthandler.cancel_dump_traceback_later()
        resource.setrlimit(resource.RLIMIT_AS, room)
        signal.signal(signal.SIGVTALRM, before)


def _address_space() -> int:
    """Bytes: the first field of proc_pid_statm(5)."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def numbers(first: int, *, count: int | None = None, seconds: float | None = None) -> Iterator[int]:
    """Input numbers, so many or for so long."""
    end = time.monotonic() + seconds if seconds is not None else None
    n = first
    while (count is None or n < first + count) and (end is None or time.monotonic() < end):
        yield n
        n += 1
