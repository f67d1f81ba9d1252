"""A recording under way, from inside the process that is recorded: its reader, its ring, its drop-ins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import muxviz
from muxviz.payload import PAYLOAD_BYTES
from muxviz.probe import blocked_threads, ring_format
from muxviz.probe.calls import Calls
from muxviz.probe.gate import Gate, open_semaphore
from muxviz.probe.ring import Ring
from muxviz.probe.shared import Shared
from muxviz.sources.library.dropins import Dropins

_START: Final = (
    "import sys; sys.path += sys.argv.pop(1).split('\\n'); from muxviz.sources.library.reader import main; main()"
)

_mapped: Shared | None = None
"""Of the recording under way: what a forked child lets go of."""


def _let_go() -> None:
    if _mapped is not None:
        _mapped.let_go()


os.register_at_fork(after_in_child=_let_go)  # can't be taken back: once, for every recording


class Observer:
    """From its making on, what this process does is recorded."""

    def __init__(self, path: Path, title: str, *, payload: bool, queues: str) -> None:
        """Raises RecordingError where the file can't be recorded to."""
        self._path = path
        moved = PAYLOAD_BYTES if payload else 0
        self._reader, names = _start_reader(path, title, moved)
        try:
            self._map(names, queues, moved)
            self._dropins = Dropins(self._calls)
        except BaseException:
            self._reader.kill()
            self._reader.wait()
            path.unlink(missing_ok=True)  # nothing is in it but its first line
            raise

    def _map(self, names: dict[str, str], queues: str, payload: int) -> None:
        global _mapped
        main = threading.main_thread().ident
        self._shared = _mapped = Shared(names["ring"])
        token, bell = open_semaphore(names["token"]), open_semaphore(names["bell"])
        gate = Gate(self._shared, token, bell, self._read_on, main)
        ring = Ring(self._shared, self._read_on, main)
        self._shared.control[ring_format.OPENED] = 1
        self._calls = Calls(self._shared, ring, gate, queues, payload)
        self._calls.define(ring_format.HELLO, os.getpid(), os.getcwd())  # noqa: PTH109
        gate.start()

    def _read_on(self) -> None:
        """Asked while a full ring waits: where nobody reads it any more, the program goes on and the recording does
        not."""
        if self._reader.poll() is not None:
            self._shared.control[ring_format.CONTROL] = ring_format.FREE

    def stop(self) -> None:
        """Take the drop-ins out, and wait until everything is in the file. Raises RecordingError."""
        global _mapped
        blocked_threads.tell(self._calls, _threads())
        self._shared.control[ring_format.CONTROL] = ring_format.FREE
        self._dropins.take_out()
        try:
            status = self._reader.wait()
        finally:
            _mapped = None
            self._shared.let_go()  # and its memory; a call that is still under way finds private zeros
        if status:
            from muxviz.recording import RecordingError

            raise RecordingError(f"{self._path} was not finished: its reader ended with status {status}")

    def leave_to_the_parent(self) -> None:
        """In a forked child that comes out of the block: the recording is the parent's."""
        self._dropins.take_out()
        self._reader.returncode = 0  # nor is the reader a child of this process


def _threads() -> dict[int, int]:
    """The kernel's number of each thread by Python's, 0 for the main one, as the records have them."""
    found = {thread.ident: thread.native_id or 0 for thread in threading.enumerate() if thread.ident is not None}
    return found | {ident: 0 for ident in [threading.main_thread().ident] if ident is not None}


def _start_reader(path: Path, title: str, payload: int) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """The reader's process, and the names of what it has made for us."""
    from muxviz.recording import RecordingError

    where = [*sys.path, str(Path(muxviz.__file__).parents[1])]
    ours = [str(path), title, str(os.getpid()), str(payload)]
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _START, "\n".join(entry for entry in where if entry), *ours],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
    try:
        said: dict[str, str] = json.loads(line)
    except ValueError:
        said = {"error": f"{path}: the process that would write it did not start"}
    if "error" in said:
        process.wait()
        raise RecordingError(said["error"])
    return process, said
