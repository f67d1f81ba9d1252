"""One lane as the lab holds it: a process under the probe, and where it stands."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from muxviz.events import Event, Exit, LaneInfo
from muxviz.sources.lab.addresses import Addresses
from muxviz.sources.lab.inherited_fds import handing
from muxviz.sources.outside import proc
from muxviz.sources.ring.lane_reader import Link, Mode, Where


class Lane:
    """A program under observation. `pending` are events that happened already and belong to its next step."""

    def __init__(
        self, info: LaneInfo, link: Link, program: Sequence[str], *, own: bool = False, port: int | None = None
    ) -> None:
        """`own`: a person's program, which may read its standard input. `port`: where clients go, where it listens on
        several."""
        self.info = info
        self.link = link
        self.program = list(program)
        self._own = own
        self.pending: list[Event] = []
        self.reach = Addresses(port)
        """Where it listens, from its own listen."""
        self.entered_serial = -1
        """The stay in a call whose `enter` event was published."""
        self.entered: dict[int | None, int] = {}
        """By thread, the call whose `enter` event was published last."""
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
    def raised_in(self) -> str | None:
        """The program's own script, as events name it, where the traceback that ends it goes through it."""
        script = os.path.normpath(Path.cwd() / self.program[0])
        if not self._own or self.program[0] == "-m" or f'File "{script}"' not in (self.traceback or ""):
            return None
        return script.removeprefix(str(Path.cwd()).rstrip(os.sep) + os.sep)

    @property
    def port(self) -> int | None:
        """Where clients reach it."""
        address = self.reach.address()
        return address.port if address is not None else None

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start_inheriting(self, held: Iterable[int] = ()) -> None:
        """Start the program with our own standard streams and in our process group, as a shell would have; the signals
        that are `held` are blocked here and not in it."""
        self._process = subprocess.Popen(self.link.argv(self.program, held=held))

    def start(self, handed: Sequence[int] = ()) -> IO[bytes]:
        """Start the program in a session of its own, with what it is handed (`handed`); returns the pipe that it prints
        to, both streams."""
        argv = self.link.argv(self.program, unbuffered=self._own)
        self._process = subprocess.Popen(
            handing(argv, handed) if handed else argv,
            pass_fds=handed,
            stdin=subprocess.PIPE if self._own else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)
        return self._process.stdout

    def type(self, data: bytes) -> bool:
        """Write into its standard input; with nothing, end it. False where the program has ended it, or reads none of
        what is there already and the pipe is full."""
        pipe = self._process.stdin if self._process is not None else None
        if pipe is None or pipe.closed:
            return False
        try:
            if data:
                return os.write(pipe.fileno(), data) == len(data)
            pipe.close()
        except (BrokenPipeError, BlockingIOError):
            return False
        return True

    def terminate(self, seconds: float) -> None:
        """Let it go, unrecorded, and ask it to end as a shell would (SIGTERM); what does not end in time is killed."""
        process = self._process
        if process is not None and process.poll() is None:
            self.link.mode = Mode.FREE
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        self.kill()

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
        return proc.asleep(self.pid, tid) and self.link.where is Where.CALL and self.link.serial == serial

    def sleepers(self) -> list[Event]:
        """The calls that its threads sleep in, as `enter` events, by the time of their begin."""
        inside = self.link.inside()
        top = self.link.entered()  # of a lane that runs free there is but this one
        if top is not None and (top.tid, top.t) not in [(event.tid, event.t) for event in inside]:
            inside.append(top)
        return [event for event in inside if self.alive and proc.asleep(self.pid, event.tid)]

    @property
    def settled(self) -> bool:
        """It stands or sleeps, and none of its threads is on its way to somewhere else."""
        return (self.at_gate or self.asleep) and self._threads_rest

    @property
    def unseen(self) -> bool:
        """It sleeps, and not in a call that it announced: in time.sleep, on a lock, in a read of its input."""
        if self.link.where is not Where.RUNNING:
            return False
        return self._threads_rest if proc.has_threads(self.pid) else proc.asleep(self.pid)

    @property
    def _threads_rest(self) -> bool:
        if not proc.has_threads(self.pid):
            return True
        before = proc.rest(self.pid)
        return before is not None and before == proc.rest(self.pid)

    @property
    def queued(self) -> float:
        """Seconds in which it was ready to run, and the machine was busy with others."""
        return proc.queued(self.pid)

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
        for pipe in (self._process.stdin, self._process.stdout) if self._process is not None else ():
            if pipe is not None:
                pipe.close()
        self.link.close()
