"""A traced program that runs: strace's lines become events as they come, and what lies in its queues is looked at.

One thread has all of this; it waits in `pump`. Nothing is dropped: where it falls behind, strace waits before a full
pipe, and the programs with it.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from muxviz.events import Event, Exit, Header, Source
from muxviz.kernel import LaneState
from muxviz.recording import Recorder
from muxviz.recording.header import header_of
from muxviz.sources.lab.output import Output
from muxviz.sources.outside import proc
from muxviz.sources.strace.attached import known_fds
from muxviz.sources.strace.fd_effects import By
from muxviz.sources.strace.launch import Plan, Tracer, name_of, title_of, with_children
from muxviz.sources.strace.queues import LONG_SECONDS, Looks
from muxviz.sources.strace.translate import TraceError, Translator
from muxviz.trace import Trace

_QUIET_SECONDS: Final = 0.005
"""A call whose end has not come after so long sleeps."""
_ATTACH_SECONDS: Final = 20.0
"""strace attaches to ten thousand threads in two; a busy machine has it wait."""
_OUTPUT: Final = "strace"


class Live:
    """One strace, the trace that grows from it, and the recording."""

    def __init__(
        self,
        plan: Plan,
        *,
        by: By = "process",
        record: Path | None = None,
        inherit: bool = False,
        told: Callable[[str], None] | None = None,
    ) -> None:
        """Nothing is started yet. `inherit`: a launched program has our terminal. `told` hears of trouble with the
        recording when it happens. Raises RecordingError."""
        self.plan = plan if plan.launched else plan._replace(pids=with_children(plan.pids))
        self.name = Path(plan.command[0]).name if plan.launched else name_of(plan.pids[0])
        """Of the program; untrusted text."""
        self._by = by
        self._began = time.time_ns()
        self.trace = Trace(_header(plan, by, self._began))
        self.output = Output()
        self.recorder = Recorder(record, self.trace, told) if record is not None else None
        self.stopped = False
        """strace stands, and the programs with it."""
        self.over = False
        """strace has ended, and all that it wrote is in the trace."""
        self.trouble: str | None = None
        """Why it ended, where that was nobody's wish; one line."""
        self.stalls = 0
        """How often strace had to wait for us."""
        self._inherit = inherit
        self._tracer: Tracer | None = None
        self._translator: Translator | None = None
        self._looks = Looks()
        self._asked_to_end = False
        self._signals: list[int] = []
        """To be passed on, from before there was a strace."""
        self._silent_since = time.monotonic()
        self._quiet_told = True
        self._told_again = 0.0
        """The silence in which what was seen was told once more."""
        self._poll = select.poll()

    # --- the beginning and the end -----------------------------------------------------------------------------------

    def start(self, held: Collection[int] = ()) -> None:
        """Start strace; return when it has attached, where it is to. Signals that are `held` are blocked here and not
        in what it launches. Raises OSError."""
        name = self.name if not self.plan.launched else None
        self._translator = Translator(by=self._by, t0=self._began / 1e9, name=name)
        tracer = self._tracer = Tracer(self.plan, inherit=self._inherit, held=held)
        if self._asked_to_end:  # meanwhile, by a signal
            tracer.end()
        for number in self._signals:
            tracer.signal(number)
        if tracer.output is not None:
            self.output.add(_OUTPUT, tracer.output)
            self.output.start()
        for handle in (tracer.lines, tracer.reports):
            self._poll.register(handle, select.POLLIN)
        if not self.plan.launched:
            self._begin_attached(tracer, self._translator)

    def _begin_attached(self, tracer: Tracer, translator: Translator) -> None:
        """What the programs have open, read when strace has them: what is opened later it sees."""
        deadline = time.monotonic() + _ATTACH_SECONDS
        waiting = set(self.plan.pids)
        while waiting and time.monotonic() < deadline and tracer.ended is None:
            self._hear(tracer)
            waiting = {pid for pid in waiting if Path(f"/proc/{pid}").exists() and not _traced_by(pid, tracer.strace)}
            self._poll.poll(2 if waiting else 0)
        for pid in self.plan.pids:
            threads = [int(task.name) for task in _entries(f"/proc/{pid}/task")]
            self._take(translator.known(pid, known_fds(pid), threads=threads))

    def close(self) -> None:
        """Let go of everything. A launched program that still runs is ended, one that was attached to runs on."""
        try:
            self.end()
            while self._tracer is not None and not self.over:
                self.pump()
        finally:  # also where a mistake of ours stopped the reading: then the guardian ends what has to end
            self.output.close()  # before the pipe that it reads
            if self._tracer is not None:
                self._tracer.close()
            if self.recorder is not None:
                self.recorder.close()

    # --- what is asked of it -----------------------------------------------------------------------------------------

    def watch(self, handle: int) -> None:
        """`pump` returns when there is something to read from this fd as well."""
        self._poll.register(handle, select.POLLIN)

    def pause(self) -> None:
        """Let the programs stand at their next traced call; `stopped` when they do."""
        if self._tracer is not None:
            self._tracer.pause()

    def resume(self) -> None:
        """Let them go on."""
        if self._tracer is not None:
            self._tracer.resume()

    def printed(self) -> list[str]:
        """The last lines that a launched program printed, where it has not our terminal; untrusted text."""
        return self.output.tail(_OUTPUT)

    def signal(self, number: int) -> None:
        """Pass a signal on to a launched program, as soon as there is one."""
        if self._tracer is not None:
            self._tracer.signal(number)
        else:
            self._signals.append(number)

    def end(self) -> None:
        """Ask a launched program to end, and make it after a grace; detach from one that was attached to."""
        before, self._asked_to_end = self._asked_to_end, True
        if self._tracer is not None and not before:
            self._tracer.end()

    def kill(self) -> None:
        """The same at once."""
        if self._tracer is not None:
            self._asked_to_end = True
            self._tracer.kill()

    @property
    def unread(self) -> str | None:
        """Which lines could not be used, in one line; None where all could."""
        return self._translator.counted.words() if self._translator is not None else None

    @property
    def unread_lines(self) -> int:
        """How many lines could not be read so far."""
        return self._translator.counted.unknown if self._translator is not None else 0

    @property
    def exit_status(self) -> int:
        """The program's, 128 + N where signal N ended it, as a shell says it; 0 for one that was attached to."""
        status = self._tracer.ended if self._tracer is not None else None
        if status is None or not self.plan.launched:
            return 0
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)

    # --- reading -----------------------------------------------------------------------------------------------------

    def pump(self, patience: float | None = None) -> bool:
        """Wait until something happens, `patience` seconds at the most, and take it. True where the trace has grown."""
        tracer, translator, before = self._tracer, self._translator, len(self.trace)
        assert tracer is not None and translator is not None
        self._poll.poll(self._milliseconds(patience))
        if self.over:
            return False
        full, data = tracer.full, tracer.read()
        try:
            if data:
                self.stalls += full
                self._silent_since, self._quiet_told = time.monotonic(), False
                self._take(translator.lines(data))
            elif data is not None:
                self._is_over(tracer, translator)
            elif not self._quiet_told and self._silence >= _QUIET_SECONDS:
                self._quiet_told = True
                self._take(translator.quiet())
        except TraceError as error:
            self.trouble = str(error)
            self.end()
        if data is None and self._quiet_told and not self.over:
            self._look(tracer)
        if not self.over:
            self._hear(tracer)
        return len(self.trace) > before

    @property
    def _now(self) -> int:
        """`t`, now."""
        return max(0, time.time_ns() - self._began)

    @property
    def _silence(self) -> float:
        return time.monotonic() - self._silent_since

    def _milliseconds(self, patience: float | None) -> float:
        if self.over:
            return (patience or 0.0) * 1000
        clock = time.monotonic()
        due = self._looks.due(self.trace.now.n, clock - self._silent_since, clock)
        if not self._quiet_told:
            due = min(due, _QUIET_SECONDS - (clock - self._silent_since))
        return max(0.0, min(due, patience if patience is not None else due)) * 1000 + 1

    def _look(self, tracer: Tracer) -> None:
        clock = time.monotonic()
        if self._looks.due(self.trace.now.n, clock - self._silent_since, clock) > 0:
            return
        again = self._silence >= LONG_SECONDS and self._told_again < self._silent_since
        found = self._looks.take(self.trace.now, held=self.stopped, again=again)
        if found and not tracer.waiting:  # else the programs have gone on meanwhile
            for event in found:
                event.t = self._now
            self._take(found)
            self._looks.took(self.trace.now.n)
            self._told_again = self._silent_since if again else self._told_again

    def _hear(self, tracer: Tracer) -> None:
        for report in tracer.news():
            if report.stopped is not None and report.stopped != self.stopped:
                self.stopped = report.stopped
                note = "paused: it stands at its next call" if self.stopped else "it goes on"
                self._take([Event(n=-1, t=self._now, role="observer", note=note, args={"held": self.stopped})])

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            line = self.trace.append(event)
            if self.recorder is not None and line is not None:
                self.recorder.write(line)

    # --- strace's end ------------------------------------------------------------------------------------------------

    def _is_over(self, tracer: Tracer, translator: Translator) -> None:
        self._poll.unregister(tracer.lines)
        self._poll.unregister(tracer.reports)
        self._take(translator.end())
        lanes = self.trace.now.lanes.values()
        alive = [lane for lane in lanes if lane.status != "ended"]
        status = tracer.ended or 0
        signalled = os.WIFSIGNALED(status) and not self._asked_to_end
        if self.plan.launched:
            # strace ends by the signal that ended its program, which it has told of by then
            self._launched_is_over(alive, killed=signalled and (bool(alive) or not lanes), broken=tracer.broken)
        elif signalled or any(map(proc.lives, self.plan.pids)):
            self._let_go(alive, status, killed=signalled)
        self.over = True

    def _launched_is_over(self, alive: list[LaneState], *, killed: bool, broken: int) -> None:
        if killed:
            name = self.name
            self.trouble = f"strace was killed, and {name} ended with it: without it no call of {name} would succeed"
        if killed or broken:
            for lane in alive:
                end = Exit(signal="SIGKILL", by="muxviz")
                self._take([Event(n=-1, t=self._now, lane=lane.lane, role="server", pid=lane.pid, exit=end)])

    def _let_go(self, alive: list[LaneState], status: int, *, killed: bool) -> None:
        """Of what strace was attached to, or could not attach to."""
        if killed:
            self.trouble = f"strace was killed: {self.name} runs on, and nobody sees what it does"
        elif not self._asked_to_end:
            complaint = next((line for line in reversed(self._all_printed()) if line.startswith("strace:")), None)
            self.trouble = complaint or f"strace has ended, with exit status {os.waitstatus_to_exitcode(status)}"
        note = "muxviz has let it go; it runs on"
        self._take([Event(n=-1, t=self._now, lane=lane.lane, note=note) for lane in alive])

    def _all_printed(self) -> list[str]:
        """What strace had to say, once all of that was read: it has ended."""
        self.output.join()
        return self.printed()


def _header(plan: Plan, by: By, began: int) -> Header:
    pids = plan.pids[0] if len(plan.pids) == 1 else list(plan.pids)
    source = Source(
        kind="trace",
        title=title_of(plan),
        by=by,
        attached=None if plan.launched else pids,
        only="waits" if plan.waits_only else None,
        slow=plan.slow_ms or None,
    )
    return header_of(source, began=datetime.fromtimestamp(began / 1e9, UTC))


def _traced_by(pid: int, strace: int | None) -> bool:
    """Whether strace has every thread of a process."""
    tracers = set()
    for task in _entries(f"/proc/{pid}/task"):
        try:
            status = (task / "status").read_text(errors="replace")
        except OSError:
            continue
        tracers.add(int(status.partition("\nTracerPid:")[2].split(None, 1)[0]))  # its name may hold the same words
    return tracers == {strace}


def _entries(directory: str) -> list[Path]:
    try:
        return list(Path(directory).iterdir())
    except OSError:
        return []
