"""A lab that runs beside a screen: one thread has the lanes, the screen asks and looks.

The screen never waits: what it wants (`step`, `run`, `hold` …) is put on a queue, what has happened is in the trace,
which only grows, and in `status`, which is replaced whole. Lanes slow down where this thread falls behind (a full
ring waits); nothing is left out.
"""

from __future__ import annotations

import queue
import threading
from typing import Final

from muxviz.recording import Recorder
from muxviz.scenarios import Beat
from muxviz.sources.lab.build import Lab
from muxviz.sources.session import Command, Goal, LiveSession, Phase, SessionStatus
from muxviz.trace import Trace

_IDLE_SECONDS: Final = 0.01
_SEEK_STEPS: Final = 100_000
"""Steps that a search for a wakeup or an action makes before it gives up."""

_CLOSE_SECONDS: Final = 0.3
"""How long a lane may take to come to rest when everything ends."""

_GRACE_SECONDS: Final = 0.25
"""What a person's program gets to end by itself, asked to."""


class LabSession(LiveSession):
    """Runs a lab in a thread of its own."""

    def __init__(self, lab: Lab, *, recorder: Recorder | None = None) -> None:
        super().__init__(SessionStatus(beats_total=len(lab.conductor.pace.beats)), recorder)
        self._lab = lab
        if recorder is not None:
            lab.watch(recorder.write)
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="lab", daemon=True)

    @property
    def trace(self) -> Trace:
        """What has happened so far."""
        return self._lab.trace

    def output(self, lane: str) -> list[str]:
        """The last lines that a lane printed; untrusted text."""
        return self._lab.output.tail(lane)

    # --- what the screen asks: all return at once ------------------------------------------------------------------

    def start(self) -> None:
        """Start the programs; `status.phase` becomes `held` when each stands before its first call."""
        self._thread.start()

    def step(self, lane: str | None = None) -> None:
        """One step of every lane, or of one."""
        self._ask(lambda: self._step(lane))

    def seek(self, goal: Goal) -> None:
        """Steps until a wait has returned, or until a client action has begun."""
        self._ask(lambda: self._seek(goal))

    def drive(self, beat: Beat) -> None:
        """A client action that a person asks for, now."""
        self._ask(lambda: self._drive(beat))

    def type(self, lane: str, data: bytes) -> None:
        """Bytes for a program's standard input; nothing ends it."""
        self._ask(lambda: self._type(lane, data))

    def run(self) -> None:
        """Let the lanes run free."""
        self._ask(self._lab.conductor.run_free)

    def hold(self) -> None:
        """Hold them again, or end a search."""
        self._hurry.set()
        self._ask(self._hold)

    def close(self) -> None:
        """End every process and wait for that."""
        if self._thread.is_alive():
            self._hurry.set()
            self._commands.put(None)
            self._thread.join(_CLOSE_SECONDS)
            while self._thread.is_alive():  # it waits for a lane that hangs, or has not started yet
                for lane in self._lab.lanes:
                    lane.kill()
                self._thread.join(_CLOSE_SECONDS)
        elif self.status.phase == "starting":
            self._finish()

    # --- the thread ------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            self._lab.start()
            self._tell("held")
            while (command := self._next()) is not None:
                command()
                self._tell("running" if self._lab.conductor.free else "held")
                self._done += 1
            self._lab.conductor.end(_GRACE_SECONDS if self._lab.own else 0)
        except Exception as error:  # the screen has to live on and say it
            self.status = self.status._replace(phase="failed", trouble=f"{type(error).__name__}: {error}")
        finally:
            self._finish()

    def _finish(self) -> None:
        self._lab.close()
        if self._recorder is not None:
            if self._lab.cut is not None:
                self._recorder.stop(self._lab.cut)
            self._recorder.close()
            self.status = self.status._replace(lost=self._recorder.failed)
        if self.status.phase != "failed":
            self.status = self.status._replace(phase="closed")

    def _next(self) -> Command | None:
        """The next command; meanwhile, what the lanes do without being asked goes into the trace."""
        while True:
            idle = not self._watch_lanes()
            try:
                return self._commands.get(timeout=_IDLE_SECONDS) if idle else self._commands.get_nowait()
            except queue.Empty:
                continue

    def _watch_lanes(self) -> bool:
        conductor = self._lab.conductor
        happened = conductor.pump() if conductor.free else conductor.notice()
        self._tell("running" if conductor.free else "held")
        return happened

    def _step(self, lane: str | None) -> None:
        self._tell("stepping")
        moved = self._lab.conductor.step(lane)
        self.status = self.status._replace(exhausted=not moved)

    def _drive(self, beat: Beat) -> None:
        if not self._lab.conductor.free:
            self._tell("stepping")
        reached = self._lab.conductor.drive(beat)
        self.status = self.status._replace(exhausted=not reached)

    def _type(self, lane: str, data: bytes) -> None:
        if not self._lab.conductor.free:
            self._tell("stepping")
        if not self._lab.conductor.type(lane, data):
            self.status = self.status._replace(trouble=f"{lane} takes no more input")

    def _seek(self, goal: Goal) -> None:
        self._tell("stepping")
        self._hurry.clear()
        trace, conductor = self.trace, self._lab.conductor
        start = len(trace)
        found = trace.wakeup_after if goal == "wakeup" else trace.action_after
        for _ in range(_SEEK_STEPS):
            moved = conductor.step()
            self.status = self.status._replace(exhausted=not moved)
            if not moved or found(start - 1) is not None or self._hurry.is_set() or conductor.done:
                return

    def _hold(self) -> None:
        self._hurry.clear()
        if self._lab.conductor.free:
            self._lab.conductor.hold()

    def _watch(self, recorder: Recorder) -> None:
        self._lab.watch(recorder.write)

    def _tell(self, phase: Phase) -> None:
        conductor, recorder = self._lab.conductor, self._recorder
        self.status = self.status._replace(
            phase=phase,
            lanes=conductor.status(),
            beats_done=conductor.pace.done,
            busy=conductor.busy,
            reachable=conductor.reachable,
            patient=conductor.done,
            note=conductor.notes[-1] if conductor.notes else None,
            recording=recorder.path if recorder is not None and recorder.failed is None else None,
            trouble=(recorder and recorder.failed) or self._lab.cut or self.status.trouble,
        )
