"""Starts strace on a command or on processes that run, behind a guardian, with its lines coming through a pipe.

strace opens the pipe by the path of our own read end, /proc/PID/fd/N (proc_pid_fd(5)): an inherited fd would stand in
the program's table too, and a program has to see the numbers that it would see alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from termios import FIONREAD
from typing import IO, Any, Final, NamedTuple

from muxviz.calls import ROWS, WAITS, syscalls
from muxviz.sources.strace import guardian

WAIT_SYSCALLS: Final = tuple(name for row in ROWS if row.name in WAITS for name in row.syscalls.split())
"""The waits by their system calls' names; which of them there are depends on the architecture."""

_HARMLESS: Final = "CHLD,URG,WINCH,CONT"
"""Signals that never end a program (signal(7)) and may come by the thousand. strace tells of a program's death by a
signal only where it tells of the signal itself."""

_PIPE_BYTES: Final = 1 << 20
"""The most that a pipe holds unprivileged (pipe(7), pipe-max-size): a burst does not have to wait for us."""


class Plan(NamedTuple):
    """What is watched, and how."""

    command: tuple[str, ...] = ()
    """The command that is started; else `pids`."""
    pids: tuple[int, ...] = ()
    """Processes that run, each with all its threads."""
    waits_only: bool = False
    """Nothing that reads or writes: a loaded server goes at more than half of its speed."""
    slow_ms: int = 0
    """Each wait returns so many milliseconds later than it would."""

    @property
    def launched(self) -> bool:
        """strace starts it."""
        return bool(self.command)

    def argv(self, output: str) -> list[str]:
        """strace's command line, writing to `output`."""
        traced = syscalls("always") if self.waits_only else syscalls("always", "not waits only")
        calls = ",".join(f"?{name}" for name in traced)
        words = ["strace", "-f", "-ttt", "-T", "-y", "-v", "-q", "-s", "0", "-e", f"signal=!{_HARMLESS}"]
        words += ["-e", "abbrev=execve", "-e", f"trace={calls}", "-o", output]
        if self.slow_ms:
            delayed = ",".join(f"?{name}" for name in WAIT_SYSCALLS)
            words += ["-e", f"inject={delayed}:delay_exit={self.slow_ms * 1000}"]
        if self.launched:
            return [*words, "--seccomp-bpf", "--", *self.command]
        return [*words, "-I", "2", *(word for pid in self.pids for word in ("-p", str(pid)))]


class Report(NamedTuple):
    """What the guardian tells; a field is None where this report is not about it."""

    strace: int | None = None
    """strace's process, once it is started."""
    stopped: bool | None = None
    """strace stands (or goes on), and its programs with it at their next call."""
    ended: int | None = None
    """strace's wait status, which is the program's where strace started one (strace(1), "Exit status")."""
    broken: int = 0
    """With `ended`: programs that had lost their strace and were ended for it."""


class Tracer:
    """One strace behind its guardian. Nothing here waits, `close` aside."""

    def __init__(self, plan: Plan, *, inherit: bool, held: Collection[int] = ()) -> None:
        """Start it. A launched program gets our standard streams and process group where it is to `inherit` them, else
        a session of its own, with `output` to print to. Signals that are `held` are blocked here and not in it. Raises
        OSError."""
        self.plan = plan
        self.strace: int | None = None
        self.ended: int | None = None
        self.broken = 0
        """Programs that had lost their strace and were ended for it."""
        self._rest = b""
        self.lines, self._writer = os.pipe()
        self.reports, told = os.pipe()
        commands, self._commands = os.pipe()
        with contextlib.suppress(OSError):  # where an administrator allows less, less has to do
            fcntl.fcntl(self.lines, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(self.lines, False)
        os.set_blocking(self.reports, False)
        argv = plan.argv(f"/proc/{os.getpid()}/fd/{self.lines}")
        how = "launch" if plan.launched else "attach"
        kept = signal.pthread_sigmask(signal.SIG_BLOCK, guardian.KEPT_FROM_US)  # a Ctrl-C while it starts would end it
        held_back = ",".join(str(int(number)) for number in guardian.KEPT_FROM_US if number not in kept - set(held))
        script = [
            sys.executable,
            "-I",
            "-S",
            guardian.__file__,
            how,
            *map(str, (commands, self.lines, told)),
            held_back,
        ]
        try:
            self._process = subprocess.Popen(
                [*script, *argv],
                pass_fds=(commands, self.lines, told),
                **({} if inherit and plan.launched else _APART),
            )
        except OSError:
            for handle in (self.lines, self._writer, self.reports, self._commands):
                os.close(handle)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, kept)
            os.close(commands)
            os.close(told)

    @property
    def output(self) -> IO[bytes] | None:
        """What a launched program prints, and what strace complains of."""
        return self._process.stdout

    def read(self, size: int = 1 << 18) -> bytes | None:
        """What strace has written; nothing at its end, None where nothing has come."""
        try:
            return os.read(self.lines, size)
        except BlockingIOError:
            return None

    @property
    def waiting(self) -> int:
        """Bytes that strace has written and nobody has read."""
        count = bytearray(4)
        fcntl.ioctl(self.lines, FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    @property
    def full(self) -> bool:
        """strace may stand before a full pipe: so much is there."""
        return self.waiting > fcntl.fcntl(self.lines, fcntl.F_GETPIPE_SZ) - _ROOM

    def news(self) -> list[Report]:
        """What the guardian has told since."""
        try:
            data = os.read(self.reports, 65536)
        except BlockingIOError:
            return []
        if not data:
            return self._unguarded() if self.ended is None else []
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = [Report(**json.loads(line)) for line in lines]
        for report in found:
            self.strace = report.strace or self.strace
            if report.ended is not None:
                self.broken = report.broken
                self._ends(report.ended)
        return found

    def _unguarded(self) -> list[Report]:
        """The guardian was killed. Nobody would notice our end, so strace and what it started end now."""
        if self.strace is not None:
            with contextlib.suppress(ProcessLookupError):
                for pid in guardian.descendants(self.strace) if self.plan.launched else ():
                    os.kill(pid, signal.SIGKILL)
                os.kill(self.strace, signal.SIGTERM)
                os.kill(self.strace, signal.SIGCONT)
        self._ends(signal.SIGKILL)
        return [Report(ended=signal.SIGKILL)]

    def _ends(self, status: int) -> None:
        """From here on the pipe ends where its last line ends."""
        self.ended = status
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    # --- what is asked of it -----------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Let the programs stand at their next traced call. They don't notice: no call of theirs is interrupted."""
        self._say("stop")

    def resume(self) -> None:
        """Let them go on."""
        self._say("go")

    def end(self) -> None:
        """Ask a launched program to end, and make it after a grace; detach from one that was attached to."""
        self._say("end")

    def kill(self) -> None:
        """The same at once."""
        self._say("kill")

    def signal(self, number: int) -> None:
        """Pass a signal on to the program that was launched."""
        self._say(f"signal {number}")

    def _say(self, words: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has ended, and told so
            os.write(self._commands, f"{words}\n".encode())

    def close(self) -> None:
        """Give everything back. What still runs is ended by the guardian, as if we had been killed."""
        os.close(self._commands)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        for handle in (self.lines, self.reports, *([self._writer] if self._writer >= 0 else [])):
            os.close(handle)


_APART: Final[dict[str, Any]] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.STDOUT,
    "start_new_session": True,
}
_ROOM: Final = 1 << 16
"""Lines take pages of their own where they are written one by one, so a pipe is full long before its last byte."""


def name_of(pid: int) -> str:
    """A process's short name (proc_pid_comm(5)); untrusted text."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").rstrip("\n")
    except OSError:
        return str(pid)


def title_of(plan: Plan) -> str:
    """What is watched, in the header's words; untrusted text."""
    if plan.launched:
        return shlex.join(plan.command)
    return ", ".join(f"{name_of(pid)} ({pid})" for pid in plan.pids)


def with_children(pids: Sequence[int]) -> tuple[int, ...]:
    """Those processes and everything below them, for strace follows only what is forked from now on. Left out is what
    this process itself belongs to, with all of its children."""
    ours = {os.getpid(), *guardian.descendants(os.getpid())}
    above = os.getppid()
    found: dict[int, None] = dict.fromkeys(pids)
    for pid in pids:
        found |= dict.fromkeys(below for below in guardian.descendants(pid) if below not in ours and below != above)
    return tuple(found)
