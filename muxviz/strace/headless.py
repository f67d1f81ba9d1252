"""A program under strace without a screen: its own standard streams, signals and exit status, as without strace."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from muxviz.printable import text
from muxviz.strace.effects import By
from muxviz.strace.launch import Plan
from muxviz.strace.live import Live
from muxviz.trace import Trace


def trace_headless(plan: Plan, *, by: By, record: Path | None) -> tuple[int, str, str | None]:
    """Watch to the end: the program's, or, of one that was attached to, ours by a signal. Returns the exit status (the
    program's, 128 + N where signal N ended it; 0 where we have detached), what there was, and what could not be used of
    it, each in one line. Raises RecordingError, OSError."""
    live = Live(plan, by=by, record=record, inherit=True, told=_tell)
    try:
        with _Signals(live):
            live.start()
            while not live.over:
                live.pump()
    finally:
        live.close()
        summary = counts(live.trace)
        live.trace.close()
    if live.trouble is not None:
        _tell(live.trouble)
        return live.exit_status or 1, summary, live.unread
    return live.exit_status, summary, live.unread


def counts(trace: Trace) -> str:
    """Calls, wakeups and findings of a trace, in one line."""
    lanes = [lane for lane in trace.now.lanes.values() if lane.pid is not None]
    calls, wakeups = sum(lane.calls for lane in lanes), sum(lane.wakeups for lane in lanes)
    return ", ".join(
        _many(count, word) for count, word in ((calls, "call"), (wakeups, "wakeup"), (len(trace.findings), "finding"))
    ) + f" in {_many(len(lanes), 'lane')}"  # fmt: skip


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _tell(trouble: str) -> None:
    """At once, in one write: standard error is the program's too, which goes on."""
    with contextlib.suppress(OSError):
        os.write(2, f"muxviz: {text(trouble)}\n".encode())


class _Signals:
    """A launched program has the terminal's Ctrl-C and Ctrl-\\ itself, and what is sent to us alone is passed on to it.
    From one that was attached to, any of these signals detaches."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        launched = self._live.plan.launched
        handlers: dict[int, Callable[[int, FrameType | None], None]] = {
            signal.SIGINT: _nothing if launched else self._detach,
            signal.SIGQUIT: _nothing if launched else self._detach,
            signal.SIGTERM: self._pass_on if launched else self._detach,
            signal.SIGHUP: self._pass_on if launched else self._detach,
        }
        if not launched:
            handlers[signal.SIGTSTP] = _nothing  # nobody would read what strace writes, and the program would stand
        for number, handler in handlers.items():
            self._before[number] = signal.signal(number, handler)

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._live.signal(number)

    def _detach(self, number: int, frame: FrameType | None) -> None:
        self._live.end()


def _nothing(number: int, frame: FrameType | None) -> None:
    """A handler and not SIG_IGN: an ignored signal would stay ignored in the program (execve(2))."""
