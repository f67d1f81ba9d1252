"""The process that reads a recorded block's ring and writes its recording.

Started by `observer` with the file, a title, the recorded process and how many bytes of payload; says in one line of
JSON on its standard output what it has made (`ring`, `token` and `bell`, or an `error`), and closes that. It ends when
the block has ended, or the process has, and everything is in the file.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from muxviz.events import Event, LaneInfo, Source
from muxviz.probe import originals
from muxviz.recording import Recorder, RecordingError
from muxviz.sources.foreground import tell
from muxviz.sources.lab.build import begin
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.publisher import Publisher
from muxviz.sources.lab.run_directory import RunDirectory
from muxviz.sources.outside import proc
from muxviz.sources.ring.lane_reader import Bell, Link, Mode

_LANE: Final = "program"
_POLL_MS: Final = 5
_BATCH: Final = 2_000


class _Guest(Lane):
    """A lane that we did not start: the process that has started us."""

    def __init__(self, info: LaneInfo, link: Link, pid: int) -> None:
        super().__init__(info, link, info.program)
        self._pid = pid
        self._handle = os.pidfd_open(pid)
        self._ended = originals.poll()
        self._ended.register(self._handle, select.POLLIN)

    @property
    def pid(self) -> int:
        """The recorded process."""
        return self._pid

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return not self.ends_within(0)

    def ends_within(self, ms: int) -> bool:
        """Sleep for so long at most; True where it has ended."""
        return bool(self._ended.poll(ms))


class Reader:
    """One recording."""

    def __init__(self, path: Path, title: str, pid: int, payload: int) -> None:
        """Raises RecordingError and OSError."""
        info = LaneInfo(_LANE, title, [title])
        source = Source(kind="run", title=title, by="library", payload=payload or None)
        self.trace, epoch_ns = begin([info], source, None)
        with ExitStack() as made:  # a start that fails leaves nothing of it
            made.callback(self.trace.close)
            self._directory = RunDirectory()
            made.callback(self._directory.close)
            self._bell = Bell(self._directory.owner)
            made.callback(self._bell.close)
            self._link = Link.create(
                _LANE, self._directory.path, self._bell, mode=Mode.RECORD, payload=payload, epoch_ns=epoch_ns
            )
            made.callback(self._link.close)
            self._lane = _Guest(info, self._link, pid)
            self._recorder = Recorder(path, self.trace, told=tell)
            made.pop_all()
        self._publish = Publisher(self.trace, epoch_ns, self._recorder.write)
        self._asleep: set[int | None] = set()
        """Threads that the trace has inside of a call."""
        self._seen = 0

    @property
    def names(self) -> dict[str, str]:
        """What the recorded process opens."""
        return self._link.names

    def run(self) -> int:
        """Read until the block has ended. Returns the exit status."""
        named = True
        while True:
            ended = self._link.mode is Mode.FREE or not self._lane.alive  # asked first: nothing comes behind it
            if named and self._link.opened:
                named = False
                self._forget_names()
            if not self._pump():
                if ended:
                    break
                self._lane.ends_within(_POLL_MS)
        if self._link.broken is not None:
            self._recorder.stop(self._link.broken)
        if self._link.mode is not Mode.FREE:
            note = "the process ended inside of the recorded block"
            self._publish.event(Event(n=-1, t=self._publish.now(), lane=_LANE, pid=self._lane.pid, note=note))
        self.close()
        return 0 if self._recorder.failed is None else 1

    def _pump(self) -> bool:
        """Put what has happened into the trace. True where there may be more."""
        lane, serial = self._lane, self._link.serial
        found = self._link.drain(_BATCH)
        lane.pending += [event for event in found if event.phase is None or self._sleeps_on(event)]
        if lane.pending:
            self._publish.pending(lane, None)
        elif self._link.serial == serial and not self._is_told(self._link.entered()):
            self._publish.sleep(lane, None)
        self._note_sleepers()
        return bool(found)

    def _sleeps_on(self, begun: Event) -> bool:
        """Whether a call that the block's end found under way is new, and its thread really asleep in the kernel."""
        self._note_sleepers()
        return not self._is_told(begun) and proc.asleep(self._lane.pid, begun.tid)

    def _is_told(self, begun: Event | None) -> bool:
        return begun is not None and begun.tid in self._asleep

    def _note_sleepers(self) -> None:
        for n in range(self._seen, len(self.trace)):
            event = self.trace[n]
            if event.phase is not None:
                self._asleep.add(event.tid)
            elif event.call is not None:
                self._asleep.discard(event.tid)
        self._seen = len(self.trace)

    def _forget_names(self) -> None:
        self._link.forget_names()
        self._bell.close()
        self._directory.close()

    def close(self) -> None:
        """Finish the file, and leave nothing else behind."""
        self._recorder.close()
        self._link.close()
        self._forget_names()


def main() -> None:
    """Read for the process whose command line we have."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the recorded process decides when it ends; we end with it
    path, title, pid, payload = sys.argv[1:]
    try:
        reader = Reader(Path(path), title, int(pid), int(payload))
    except RecordingError as error:
        _say({"error": str(error)})
        sys.exit(2)
    except OSError as error:
        _say({"error": f"can't record to {path}: {error.strerror}"})
        sys.exit(2)
    _say(reader.names)
    sys.exit(reader.run())


def _say(what: dict[str, str]) -> None:
    """The one line, and then nothing: the recorded process keeps no pipe to us."""
    os.write(1, json.dumps(what).encode() + b"\n")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)
