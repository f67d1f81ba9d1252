"""What a screen asks of a session that another thread runs: a queue of commands, the recording, markers.

The screen never waits: what it wants is put on the queue, and `status` is replaced whole when it is done.
"""

from __future__ import annotations

import queue
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from muxviz.recording import Recorder
from muxviz.scenarios import Beat
from muxviz.trace import Trace

if TYPE_CHECKING:
    from muxviz.sources.lane_status import LaneStatus  # loads what watches programs; a recording has no need of that

Command = Callable[[], None]
Goal = Literal["wakeup", "action"]
Phase = Literal["starting", "held", "stepping", "running", "ended", "failed", "closed"]


class SessionStatus(NamedTuple):
    """Where the session stands; replaced whole, so that a reader sees one moment."""

    phase: Phase = "starting"
    lanes: Mapping[str, LaneStatus] = MappingProxyType({})
    beats_done: int = 0
    beats_total: int = 0
    busy: bool = False
    """The servers are held before their wait while the clients act."""
    reachable: bool = False
    """A lane lives and has a port, so that a client can reach it."""
    exhausted: bool = False
    """The last step found nothing that could move."""
    patient: bool = False
    """The scenario is over by its patience: its servers may go on for ever."""
    recording: Path | None = None
    trouble: str | None = None
    """Why it failed, or why recording stopped; one line."""
    note: str | None = None
    """What a person should know of the programs; untrusted text."""
    lost: str | None = None
    """Why recording stopped, where the file is not whole."""
    unread_lines: int = 0
    """Of a traced program, how many lines of strace's could not be read so far."""


class Session(ABC):
    """A trace that may grow, and what a screen asks of whoever makes it grow. Nothing here may block, `close` aside.

    What is asked of a session that can't do it does nothing: nothing newer ever comes to a recording.
    """

    live = False
    """Programs run behind it."""
    status: SessionStatus

    @property
    @abstractmethod
    def trace(self) -> Trace:
        """What has happened so far."""

    @property
    def pending(self) -> int:
        """How many commands were asked for and are not done yet; at 0, `status` is what the last of them led to."""
        return 0

    def output(self, lane: str) -> list[str]:
        """The last lines that a lane printed; untrusted text."""
        return []

    def start(self) -> None:  # noqa: B027 - what can't be done does nothing: see above
        """Begin."""

    def step(self, lane: str | None = None) -> None:  # noqa: B027
        """One step of every lane, or of one."""

    def seek(self, goal: Goal) -> None:  # noqa: B027
        """Steps until a wait has returned, or a client action has begun."""

    def drive(self, beat: Beat) -> None:  # noqa: B027
        """A client action that a person asks for, now."""

    def run(self) -> None:  # noqa: B027
        """Let the lanes run free."""

    def hold(self) -> None:  # noqa: B027
        """Hold them again, or end a search."""

    def record(self, path: Path) -> None:  # noqa: B027
        """Record from the start of the session into a new file; trouble is told in `status`."""

    @abstractmethod
    def mark(self, n: int, text: str) -> str | None:
        """Put a marker at an event, or take it away with no text. Returns why it can't be kept, where it can't."""

    @abstractmethod
    def close(self) -> None:
        """End everything and wait for that."""


class LiveSession(Session):
    """A session that a thread of its own serves. The thread takes `_commands` and counts `_done`."""

    live = True

    def __init__(self, status: SessionStatus, recorder: Recorder | None) -> None:
        self.status = status
        self._recorder = recorder
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._asked = self._done = 0

    @abstractmethod
    def _watch(self, recorder: Recorder) -> None:
        """Give it every line from now on."""

    @property
    def pending(self) -> int:
        return self._asked - self._done

    def record(self, path: Path) -> None:
        self._ask(lambda: self._record(path))

    def mark(self, n: int, text: str) -> str | None:
        self._ask(lambda: self._mark(n, text))
        return None

    def _ask(self, command: Command) -> None:
        self._asked += 1
        self._commands.put(command)

    # --- the thread ------------------------------------------------------------------------------------------------

    def _record(self, path: Path) -> None:
        if self._recorder is not None:
            return
        try:
            recorder = Recorder(path, self.trace)
        except Exception as error:
            self.status = self.status._replace(trouble=str(error))
            return
        recorder.catch_up()
        self._recorder = recorder
        self._watch(recorder)

    def _mark(self, n: int, text: str) -> None:
        line = self.trace.mark(n, text)
        if self._recorder is not None:
            self._recorder.annotate(line)
