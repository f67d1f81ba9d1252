"""muxviz around one's own code, in one's own process.

    import muxviz

    with muxviz.record("x.muxviz") as recorded:
        …
    assert not recorded.findings

Theory of operation
-------------------
The probe's drop-ins are put into this process for as long as the block lasts (`dropins`), and write into a mapped ring
as they do under `muxviz run`. Who reads it is a process of its own (`reader`): it holds no descriptor of this one, does
not take this interpreter's lock, and finishes the recording also where this process is killed. This process gets no
descriptor at all from it, so that every socket has the number that it would have had.

A process is recorded once at a time. A child that is forked inside goes on unobserved, as it does under `muxviz run`.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from muxviz.portable import only_linux

if TYPE_CHECKING:
    from muxviz.check import Found, Report
    from muxviz.events import Event
    from muxviz.sources.library.observer import Observer

_one_at_a_time = threading.Lock()
_under_way: Recorded | None = None


class Recorded:
    """A recording of a block: under way inside of it, and to be asked behind it. Made by `record`."""

    def __init__(self, path: Path, title: str, *, payload: bool, queues: str) -> None:
        """Use `record`."""
        self.path = path
        """The file, absolute."""
        self._title, self._payload, self._queues = title, payload, queues
        self._observer: Observer | None = None
        self._pid = 0
        self._report: Report | None = None

    def __enter__(self) -> Recorded:
        global _under_way
        if _under_way is not None and _under_way._pid != os.getpid():
            _under_way.stop()  # our parent's, in whose block we were forked
        with _one_at_a_time:
            if _under_way is not None:
                raise _error(f"{_under_way.path} is being recorded: a process is recorded once at a time")
            if self._pid:
                raise _error(f"{self.path} was recorded already: make another one for another block")
            if _is_observed():
                raise _error("this process is observed already, by muxviz run")
            from muxviz.sources.library.observer import Observer

            self._observer = Observer(self.path, self._title, payload=self._payload, queues=self._queues)
            self._pid, _under_way = os.getpid(), self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            from muxviz.probe.tracebacks import without_us

            without_us(error)
        try:
            self.stop()
        except Exception as trouble:
            if error is None:
                raise
            error.add_note(f"muxviz: {trouble}")  # what the block raised goes on, unchanged but for this

    def stop(self) -> None:
        """End the recording, also before the block does; from then on it can be asked. Safe to call twice. Raises
        RecordingError where it could not be finished (a full disk); what the file has then can be read all the same."""
        global _under_way
        with _one_at_a_time:
            observer, self._observer = self._observer, None
            if observer is None:
                return
            if _under_way is self:
                _under_way = None
        if self._pid != os.getpid():
            observer.leave_to_the_parent()
            return
        observer.stop()

    @property
    def under_way(self) -> bool:
        """Whether it still records."""
        return self._observer is not None

    @property
    def report(self) -> Report:
        """Everything that `muxviz check` says of it. Raises RecordingError while it is under way."""
        if self.under_way:
            raise _error(f"{self.path} is still being recorded: ask behind the block, or after stop()")
        if self._report is None:
            from muxviz.check import report
            from muxviz.recording import recover

            found = recover(self.path)
            try:
                self._report = report(found.trace, found.cut or found.damage)
            finally:
                found.trace.close()
        return self._report

    @property
    def findings(self) -> list[Found]:
        """What the rules found, in its order: certain, likely and possible. `str()` of one is what `muxviz check`
        prints."""
        return self.report.at_least("possible")

    @property
    def events(self) -> list[Event]:
        """Every event, read from the file each time."""
        if self.under_way:
            raise _error(f"{self.path} is still being recorded: ask behind the block, or after stop()")
        from muxviz.recording import read

        _, events = read(self.path)
        return [event for event, _ in events if event.mark is None]


def record(
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    payload: bool = False,
    queues: str = "message_queues",
) -> Recorded:
    """A context manager that records what this process does inside of it, all threads included, into a new file.

    `title` is what the screen calls the program. `payload` records the first bytes of what each call moves. `queues` is
    the name of the program's own mapping of outgoing messages. Entering it raises RecordingError where the file exists
    or can't be made, or where this process is being recorded already. What the block raises passes through unchanged,
    and the recording is whole.
    """
    trouble = only_linux("muxviz.record")
    if trouble is not None:
        raise _error(trouble)
    named = title if title is not None else Path(sys.argv[0] if sys.argv else "").name or "python"
    return Recorded(Path(path).absolute(), named, payload=payload, queues=queues)


def _error(message: str) -> Exception:
    from muxviz.recording import RecordingError

    return RecordingError(message)


def _is_observed() -> bool:
    """Whether the probe of another muxviz is in this process already."""
    from muxviz.probe.fd_registry import SOCKET

    code: Any = getattr(SOCKET.recv, "__code__", None)
    return code is not None and Path(code.co_filename).parts[-3:] == ("muxviz", "probe", "sockets.py")
