"""A program under strace without a screen: its own standard streams, signals and exit status, as without strace."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from muxviz.sources.foreground import FROM_THE_TERMINAL, SENT, Handling, Listening, each, nothing, tell
from muxviz.sources.strace.fd_effects import By
from muxviz.sources.strace.launch import Plan
from muxviz.sources.strace.live import Live
from muxviz.trace import Trace


def trace_headless(plan: Plan, *, by: By, record: Path | None) -> tuple[int, str, str | None]:
    """Watch to the end: the program's, or, of one that was attached to, ours by a signal. Returns the exit status (the
    program's, 128 + N where signal N ended it; 0 where we have detached), what there was, and what could not be used of
    it, each in one line. Raises RecordingError, OSError."""
    live = Live(plan, by=by, record=record, inherit=True, told=tell)
    try:
        with _started(live):
            while not live.over:
                live.pump()
    finally:
        live.close()
        summary = counts(live.trace)
        live.trace.close()
    if live.recorder is None and live.trace.full is not None:
        tell(f"findings of the first {len(live.trace):,} events alone: {live.trace.full}")
    if live.trouble is not None:
        tell(live.trouble)
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


@contextmanager
def _started(live: Live) -> Iterator[None]:
    """A launched program has the terminal's signals itself, and what is sent to us alone is passed on to it. From one
    that was attached to, any of these signals detaches."""
    if live.plan.launched:
        with Listening(live.signal) as listening:
            live.start(listening.held)
            listening.begin()
            yield
        return
    detaching = each((*FROM_THE_TERMINAL, *SENT), lambda number, frame: live.end())
    # Stopped by the terminal nobody would read what strace writes, and the programs would stand.
    with Handling(detaching | {signal.SIGTSTP: nothing}):
        live.start()
        yield
