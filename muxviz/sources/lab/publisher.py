"""What lanes and clients did, on its way into the trace: numbered, with its step, and with the program's text."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from muxviz.events import Announced, Event
from muxviz.sources.lab.lane import Lane
from muxviz.sources.ring.lane_reader import Where
from muxviz.trace import Trace

_SOURCE_LIMIT: Final = 1 << 20


class Publisher:
    """Appends to one trace; `on_line` gets each line as a recording has it."""

    def __init__(self, trace: Trace, epoch_ns: int, on_line: Callable[[bytes], None]) -> None:
        self.trace = trace
        self._epoch_ns = epoch_ns
        self._on_line = on_line
        self._read: set[str] = set()
        """Files of programs that are in the trace, or can't be."""

    def now(self) -> int:
        """Nanoseconds since the session began."""
        return time.monotonic_ns() - self._epoch_ns

    def event(self, event: Event) -> None:
        """One event, behind the text of its program where that is new."""
        self.source(event.at, event.t)
        self._append(event)

    def _append(self, event: Event) -> None:
        line = self.trace.append(event)
        if line is not None:
            self._on_line(line)

    def pending(self, lane: Lane, step: int | None) -> None:
        """What a lane has done and nobody was told of yet."""
        for event in lane.pending:
            if event.exit is not None:  # the program's last words; its end is told when the kernel has told it
                lane.traceback = event.exit.traceback
                continue
            event.step = step
            lane.reach.take(event, lane.pid)
            self.event(event)
        lane.pending = []

    def sleep(self, lane: Lane, step: int | None) -> None:
        """The calls that a lane sleeps in, each once; the newest once more (`still`) where other threads have moved."""
        serial = lane.link.serial
        if lane.entered_serial == serial or lane.link.where is Where.RUNNING:
            return
        entered = lane.sleepers()
        if lane.link.serial != serial:
            return
        for event in entered:
            if lane.entered.get(event.tid) != event.t:
                lane.entered[event.tid] = event.t
                event.step = step
                self.event(event)
        if lane.asleep and lane.link.serial == serial:
            lane.entered_serial = serial
            if entered and self.trace.now.lanes[lane.name].status != "asleep":
                again = entered[-1]
                again.args["still"], again.step, again.t = True, step, self.now()
                self.event(again)

    def end(self, lane: Lane, step: int | None) -> None:
        """A lane's end, behind everything that it did."""
        if lane.alive or lane.exited or lane.link.pending_bytes():
            return
        lane.exited = True
        if (script := lane.raised_in) is not None:  # nothing of it may have been at work before
            self.source((script, 0))
        self.event(Event(n=-1, t=self.now(), step=step, lane=lane.name, pid=lane.pid, exit=lane.exit()))

    def ended_by_us(self, lane: Lane, stood: Announced | None) -> None:
        """The end of a lane that muxviz has ended, and the call that it stood before."""
        if not lane.exited:
            lane.exited = True
            ended = lane.exit()
            ended.by, ended.next = "muxviz", stood
            self.event(Event(n=-1, t=self.now(), lane=lane.name, pid=lane.pid, exit=ended))

    def source(self, at: tuple[str, int] | None, t: int | None = None) -> None:
        """The program's text goes into the trace the first time that a line of it is at work."""
        if at is None or at[0] in self.trace.sources or at[0] in self._read:
            return
        self._read.add(at[0])
        try:
            with Path(at[0]).open(encoding="utf-8", errors="replace") as file:
                text = file.read(_SOURCE_LIMIT)
        except OSError:
            return
        self._append(Event(n=-1, t=self.now() if t is None else t, file=at[0], source=text))
