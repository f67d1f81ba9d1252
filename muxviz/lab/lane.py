"""One lane as the lab holds it: a process under the probe, and where it stands."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from typing import IO

from muxviz.events import Event, Exit, LaneInfo
from muxviz.lab import kernel
from muxviz.lab.handed import handing
from muxviz.probe.link import Link, Where


class Lane:
    """A program under observation. `pending` are events that happened already and belong to its next step."""

    def __init__(self, info: LaneInfo, link: Link, program: Sequence[str]) -> None:
        self.info = info
        self.link = link
        self.program = list(program)
        self.pending: list[Event] = []
        self.port: int | None = None
        """Where it listens, from its own listen."""
        self.entered_serial = -1
        """The stay in a call whose `enter` event was published."""
        self.entered: dict[int | None, int] = {}
        """By thread, when it entered the call of its newest `enter` event."""
        self.left_serial = -1
        """The stay at the gate that it has a token to leave."""
        self.exited = False
        """Its end was published."""
        self.traceback: str | None = None
        """Of the exception that ends it; untrusted text."""
        self.lost = False
        """It computes, or sleeps where the probe does not see it: neither at the gate nor in a call that we know."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The lane's name."""
        return self.info.lane

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start_inheriting(self) -> None:
        """Start the program with our own standard streams and in our process group, as a shell would have."""
        self._process = subprocess.Popen(self.link.argv(self.program))

    def start(self, handed: Sequence[int] = ()) -> IO[bytes]:
        """Start the program in a session of its own, with what it is handed (`handed`); returns the pipe that it prints
        to, both streams."""
        argv = self.link.argv(self.program)
        self._process = subprocess.Popen(
            handing(argv, handed) if handed else argv,
            pass_fds=handed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def alive(self) -> bool:
        """False once the process has ended and was reaped."""
        return self._process is not None and self._process.poll() is None

    @property
    def at_gate(self) -> bool:
        """It stands before a call and waits for a token."""
        serial = self.link.serial  # read first: a gate with a newer serial is a newer gate
        return self.alive and self.link.where is Where.GATE and serial != self.left_serial

    def grant(self) -> None:
        """Let it make the call before which it stands."""
        self.left_serial = self.link.serial
        self.link.grant()

    @property
    def asleep(self) -> bool:
        """It sleeps in the kernel, in a call that it announced."""
        serial = self.link.serial
        if self.link.where is not Where.CALL or not self.alive:
            return False
        entered = self.link.entered()
        tid = entered.tid if entered is not None else None
        return kernel.asleep(self.pid, tid) and self.link.where is Where.CALL and self.link.serial == serial

    @property
    def returncode(self) -> int | None:
        """As subprocess has it: the exit status, or the negative number of the signal that ended it."""
        return self._process.poll() if self._process is not None else None

    def exit(self) -> Exit:
        """How it ended, from its wait status."""
        assert self._process is not None
        code = self._process.returncode
        if code >= 0:
            return Exit(status=code, traceback=self.traceback)
        return Exit(signal=signal.Signals(-code).name, traceback=self.traceback)

    def kill(self) -> None:
        """End it and whatever it started in its session."""
        process = self._process
        if process is None:
            return
        if process.stdout is None:
            process.kill()
        else:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it and its children ended by themselves
        process.wait()

    def close(self) -> None:
        """End it and give back what it had."""
        self.kill()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self.link.close()
