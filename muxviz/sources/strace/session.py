"""A traced program beside a screen: one thread reads what strace writes, the screen asks and looks.

As in the lab's session the screen never waits: what it wants is put on a queue, what has happened is in the trace,
which only grows, and in `status`, which is replaced whole. A traced program can't be stepped: it is paused, and let go
on.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from pathlib import Path
from typing import Final, Literal

from muxviz.kernel import LaneState
from muxviz.recording import Recorder
from muxviz.scenarios import Beat
from muxviz.sources.lane_status import LaneStatus, Place
from muxviz.sources.outside import proc
from muxviz.sources.session import Command, LiveSession, Phase, SessionStatus
from muxviz.sources.strace.fd_effects import By
from muxviz.sources.strace.launch import Plan
from muxviz.sources.strace.live import Live
from muxviz.trace import Trace

_TELL_SECONDS: Final = 0.02
"""The screen looks no more often."""
_PAUSE_SECONDS: Final = 20.0
"""For strace to stand, or to go on: no more than a limit."""


class TraceSession(LiveSession):
    """Runs strace in a thread of its own."""

    def __init__(self, plan: Plan, *, by: By = "process", record: Path | None = None) -> None:
        """Raises RecordingError."""
        self._live = Live(plan, by=by, record=record)
        super().__init__(SessionStatus(), self._live.recorder)
        self._told = 0.0
        self._behind = False
        """`status` is not the newest: it was told too short a time before."""
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="trace", daemon=True)

    @property
    def trace(self) -> Trace:
        """What has happened so far."""
        return self._live.trace

    @property
    def runs_on(self) -> bool:
        """It is no longer watched, and some of what was attached to lives."""
        return self._live.over and not self._live.plan.launched and any(map(proc.lives, self._live.plan.pids))

    def output(self, lane: str) -> list[str]:
        """The last lines that the launched program printed, all of its processes together; untrusted text."""
        return self._live.printed() if self.trace.lanes[:1] == [lane] else []

    # --- what the screen asks: all return at once ------------------------------------------------------------------

    def start(self) -> None:
        """Start strace; `status.phase` becomes `running` when it has begun."""
        self._thread.start()

    def step(self, lane: str | None = None) -> None:
        """A traced program makes no steps."""

    def seek(self, goal: Literal["wakeup", "action"]) -> None:
        """A traced program makes no steps."""

    def drive(self, beat: Beat) -> None:
        """Its clients are not ours."""

    def run(self) -> None:
        """Let the program go on."""
        self._ask(lambda: self._hold(False))

    def hold(self) -> None:
        """Let it stand at its next traced call."""
        self._ask(lambda: self._hold(True))

    def _ask(self, command: Command) -> None:
        super()._ask(command)
        os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """End a launched program, detach from one that was attached to, and wait for that."""
        if self._ending:
            return
        self._ending = True
        if self._thread.is_alive():
            self._commands.put(None)
            os.eventfd_write(self._wake, 1)
            self._thread.join()
        elif self.status.phase == "starting":
            self._finish()
        os.close(self._wake)

    # --- the thread ------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            self._live.watch(self._wake)
            self._live.start()
            self._tell(always=True)
            while (command := self._next()) is not None:
                command()
                self._tell(always=True)
                self._done += 1
        except Exception as error:  # the screen has to live on and say it
            self.status = self.status._replace(phase="failed", trouble=f"{type(error).__name__}: {error}")
        finally:
            self._finish()

    def _finish(self) -> None:
        self._live.close()
        recorder = self._recorder
        trouble = self._live.trouble or self.status.trouble
        self.status = self.status._replace(lost=recorder.failed if recorder is not None else None, trouble=trouble)
        if self.status.phase != "failed":
            self.status = self.status._replace(phase="closed")

    def _next(self) -> Command | None:
        """The next command; meanwhile, what strace writes goes into the trace."""
        while True:
            try:
                return self._commands.get_nowait()
            except queue.Empty:
                self._pump()

    def _pump(self) -> None:
        self._live.pump(_TELL_SECONDS if self._behind else 3600.0)
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            pass
        self._tell(always=False)

    def _hold(self, hold: bool) -> None:
        if self._live.over or self._live.stopped == hold:
            return
        (self._live.pause if hold else self._live.resume)()
        deadline = time.monotonic() + _PAUSE_SECONDS
        while self._live.stopped != hold and not self._live.over and time.monotonic() < deadline:
            self._live.pump(0.01)

    def _watch(self, recorder: Recorder) -> None:
        self._live.recorder = recorder

    def _tell(self, *, always: bool) -> None:
        """What the screen sees of it. Many lanes are many words, so not after each event."""
        now = time.monotonic()
        self._behind = not always and now - self._told < _TELL_SECONDS
        if self._behind:
            return
        self._told = now
        live, recorder = self._live, self._recorder
        phase: Phase = "ended" if live.over else "held" if live.stopped else "running"
        lanes = {name: LaneStatus(_place(lane), live.stalls) for name, lane in self.trace.now.lanes.items()}
        self.status = self.status._replace(
            phase=phase,
            lanes=lanes,
            exhausted=True,
            unread_lines=live.unread_lines,
            recording=recorder.path if recorder is not None and recorder.failed is None else None,
            trouble=(recorder and recorder.failed) or live.trouble or live.trace.full or self.status.trouble,
        )


def _place(lane: LaneState) -> Place:
    return "ended" if lane.status == "ended" else "asleep" if lane.status == "asleep" else "running"
