"""One program under the probe without a screen: its own standard streams, arguments, signals and exit status."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from muxviz.events import LaneInfo
from muxviz.lab.build import Lab, Program
from muxviz.lab.lane import Lane
from muxviz.printable import text
from muxviz.probe.link import Mode
from muxviz.recording import Recorder

_POLL_MS: Final = 5


def program(argv: Sequence[str]) -> Program:
    """The lane of a user's program: `[script, *args]` or `["-m", module, *args]`."""
    name = argv[1] if argv[0] == "-m" else Path(argv[0]).name
    return Program(LaneInfo("program", name, [name, *argv[2 if argv[0] == "-m" else 1 :]]), list(argv))


def source(argv: Sequence[str]) -> dict[str, Any]:
    """The header's `source` of a run."""
    return {"kind": "run", "title": " ".join(argv)}


def run_headless(argv: Sequence[str], *, record: Path | None, queue_name: str, payload: int = 0) -> int:
    """Run the program to its end. Returns its exit status, 128 + N where signal N ended it, as a shell says it."""
    mode = Mode.FREE if record is None else Mode.RECORD
    lab = Lab([program(argv)], source(argv), queue_name=queue_name, mode=mode, payload=payload)
    recorder = None
    try:
        if record is not None:
            recorder = Recorder(record, lab.trace, told=tell)
            lab.watch(recorder.write)
        return _run(lab)
    finally:
        lab.close()
        if recorder is not None:
            recorder.close()


def tell(trouble: str) -> None:
    """At once, in one write: standard error is the program's too, which goes on."""
    with contextlib.suppress(OSError):
        os.write(2, f"muxviz: {text(trouble)}\n".encode())


def _run(lab: Lab) -> int:
    lane, conductor = lab.lanes[0], lab.conductor
    with _Forwarding(lane):
        lane.start_inheriting()
        handle = os.pidfd_open(lane.pid)
        try:
            ended = select.poll()
            ended.register(handle, select.POLLIN)
            conductor.free = True
            recording = lane.link.mode is not Mode.FREE
            nameless = False
            while not ended.poll(_POLL_MS if recording or not nameless else None):
                nameless = nameless or lab.forget_names()
                while recording and conductor.pump():
                    pass
        finally:
            os.close(handle)
        code = lane.returncode
        while conductor.pump():
            pass
    assert code is not None
    return code if code >= 0 else 128 - code


class _Forwarding:
    """While the program runs: the terminal's Ctrl-C and Ctrl-\\ are its own (it is in our process group and gets them
    itself); a signal that is sent to us alone is passed on."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGQUIT):
            self._before[number] = signal.signal(number, _nothing)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._pass_on)

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if self._lane.returncode is None:
            os.kill(self._lane.pid, number)


def _nothing(number: int, frame: FrameType | None) -> None:
    """A handler and not SIG_IGN: an ignored signal would stay ignored in the program (execve(2))."""
