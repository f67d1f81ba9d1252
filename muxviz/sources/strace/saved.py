"""A trace from output that strace has written before: a file, or whatever comes from a pipe."""

from __future__ import annotations

import errno
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, Final

from muxviz import __version__
from muxviz.events import FORMAT, Event, Header, LaneInfo, Source
from muxviz.recording import Recorder
from muxviz.sources.strace.fd_effects import By
from muxviz.sources.strace.line_accounting import LineAccounting
from muxviz.sources.strace.translate import TraceError, Translator
from muxviz.trace import Trace

_CHUNK: Final = 1 << 18
_PATIENCE: Final = 100_000
"""Lines that are read before there is an event."""


class Saved:
    """Lines that are read into a trace."""

    def __init__(self, source: IO[bytes], name: str, *, by: By = "process") -> None:
        """Read as far as the first event; `name` is what the lines come from. Raises TraceError where there is none,
        and OSError."""
        self._source = source
        self._translator = Translator(by=by)
        self._first: list[Event] = []
        self.size = 0
        """Bytes that were read."""
        self._ended = False
        while not self._first and not self._ended and self.counted.lines < _PATIENCE:
            self._first = self._more()
        if not self._first or all(event.call is None and event.exit is None for event in self._first):
            raise TraceError(_nothing(name, self.counted))
        self.trace: Final = Trace(_header(self._first, name, by, self._translator.began))

    @property
    def counted(self) -> LineAccounting:
        """What became of the lines."""
        return self._translator.counted

    def _more(self) -> list[Event]:
        data = self._source.read(_CHUNK)
        self.size += len(data)
        if data:
            return self._translator.lines(data)
        self._ended = True
        return self._translator.end()

    def read(self, recorder: Recorder | None = None, told: Callable[[int], None] | None = None) -> None:
        """All the rest, into the trace and a recording; `told` hears how many bytes were read. Raises OSError."""
        events, self._first = self._first, []
        while True:
            for event in events:
                line = self.trace.append(event)
                if line is None:
                    raise OSError(errno.ENOSPC, self.trace.full)
                if recorder is not None:
                    recorder.write(line)
            if self._ended:
                return
            if told is not None:
                told(self.size)
            events = self._more()


def _nothing(name: str, counted: LineAccounting) -> str:
    if not counted.lines:
        return f"{name} is empty"
    said = f"{name} has no line of strace's output that muxviz can read"
    return f"{said}; its first: {counted.samples[0][:60]}" if counted.samples else said


def _header(first: list[Event], name: str, by: By, began: float | None) -> Header:
    lane = next((event.lane for event in first if event.lane is not None), name)
    started = next((event.args.get("file") for event in first[:1] if event.call == "execve"), None)
    return Header(
        muxviz=FORMAT, kernel="", machine="", python=platform.python_version(),
        source=Source(kind="trace", title=str(started or name), by=by, saved_as=name),
        lanes=[LaneInfo(lane, lane, [str(started)] if started else [])],
        began=datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds") if began else None,
        version=__version__,
    )  # fmt: skip
