"""Stands between muxviz and a strace, so that no way in which muxviz can end breaks the program that is traced.

Theory of operation
-------------------
strace filters with seccomp where it starts the command: if it dies, each traced call of the program fails with ENOSYS
from then on (seccomp(2), SECCOMP_RET_TRACE), and nothing can take the filter off again. So such a program must not
outlive its strace. A program that strace has attached to has no filter: it must outlive it, and must not be left
stopped. Both hold even when muxviz is killed, because this process sees that (the pipe of its commands ends) and does
what is left to do:

    launched    the programs are asked to end (SIGTERM), and made to after a grace; so too where strace was killed
    attached    strace is let go on where it was paused, and told to detach (SIGTERM), which leaves the program running

It is the subreaper of everything below it (prctl(2), PR_SET_CHILD_SUBREAPER), so that a program that goes into the
background is still found. It runs as a script of its own: a copy of muxviz would cost its memory twice.

    guardian.py launch|attach COMMANDS OUTPUT REPORTS SIGNALS strace …

SIGNALS are numbers with commas between, blocked until there is a handler here for them. Three inherited fds. COMMANDS
brings a line each: `stop`, `go`, `signal N`, `end`, `kill`. OUTPUT is the read end of the pipe that strace writes to;
it is read here only when muxviz has gone, so that strace does not stand before a full pipe. REPORTS takes a JSON object
a line. The standard streams are the program's.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Any, Final

GRACE_SECONDS: Final = 3.0
"""Between asking a program to end and making it."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_RESTORED: Final = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores them, and an ignored signal stays ignored in a new program (execve(2))."""
KEPT_FROM_US: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_STARTS_MS: Final = 5
"""Between two looks for a program that strace is about to start."""
_PASS_ON_SECONDS: Final = 0.1
"""For a strace that goes on to give its programs the signals that came while it stood."""
_LAST_SECONDS: Final = 5.0
"""For what is left of a program to go after SIGKILL; one that is stuck in the kernel may never."""


class Guardian:
    """One strace and what it traces."""

    def __init__(
        self, *, launched: bool, commands: int, output: int, reports: int, held_back: set[int], argv: list[str]
    ) -> None:
        """`held_back`: signals that whoever started us has blocked until there is a handler for them."""
        self._held_back = held_back
        self._launched, self._commands, self._output, self._reports = launched, commands, output, reports
        self._deadline: float | None = None
        self._detach_at: float | None = None
        self._waiting_signals: list[int] = []
        """For a program that strace has not started yet."""
        self._stopped = self._killed = False
        self._rest = b""
        self._ended: int | None = None
        """The wait status of strace."""
        self._poll = select.poll()
        self._wake = self._watch_children()
        for handle in (commands, self._wake):
            self._poll.register(handle, select.POLLIN)
        self._strace = _start(argv)
        self._report(strace=self._strace)

    def _watch_children(self) -> int:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        out, into = os.pipe()
        os.set_blocking(into, False)
        signal.set_wakeup_fd(into, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        for number in KEPT_FROM_US:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _nothing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._held_back)
        return out

    def serve(self) -> None:
        """Until strace has ended and nothing that it started is left broken."""
        while self._ended is None:
            for handle, _ in self._poll.poll(self._patience()):
                if handle == self._commands:
                    self._take_commands()
                elif handle == self._wake:
                    os.read(self._wake, 4096)
                else:
                    self._drain()
            self._reap()
            self._signal_program()
            now = time.monotonic()
            if self._detach_at is not None and now >= self._detach_at:
                self._detach_at = None
                self._signal_strace(signal.SIGTERM)
            if self._deadline is not None and now > self._deadline:
                self._kill()
        broken = self._end_what_is_left() if self._launched else 0
        self._report(ended=self._ended, broken=broken)

    def _patience(self) -> int | None:
        """Milliseconds; without end where nothing is due."""
        if self._waiting_signals:
            return _STARTS_MS
        due = min((at for at in (self._detach_at, self._deadline) if at is not None), default=None)
        return None if due is None else max(0, int((due - time.monotonic()) * 1000)) + 1

    # --- muxviz ------------------------------------------------------------------------------------------------------

    def _report(self, **news: Any) -> None:
        with contextlib.suppress(OSError):  # nobody is left to hear it
            os.write(self._reports, json.dumps(news).encode() + b"\n")

    def _take_commands(self) -> None:
        data = os.read(self._commands, 4096)
        if not data:
            return self._is_abandoned()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            word, *numbers = line.split()
            if word == b"stop":
                self._signal_strace(signal.SIGSTOP)
            elif word == b"go":
                self._signal_strace(signal.SIGCONT)
            elif word == b"signal":
                self._waiting_signals.append(int(numbers[0]))
            elif word == b"end":
                self._end()
            elif word == b"kill":
                self._kill()
        return None

    def _is_abandoned(self) -> None:
        """muxviz has gone."""
        self._poll.unregister(self._commands)
        self._poll.register(self._output, select.POLLIN)
        self._end()

    def _drain(self) -> None:
        if not os.read(self._output, 1 << 20):
            self._poll.unregister(self._output)

    # --- strace and its programs -------------------------------------------------------------------------------------

    def _signal_strace(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # not reaped yet, so the number is still its own
            os.kill(self._strace, number)

    def _signal_program(self) -> None:
        """The program that was started, as soon as it is there; all of them, where that one has gone."""
        if not self._waiting_signals:
            return
        children = descendants(self._strace, deep=False) or self._programs()
        if programs := [pid for pid in children if has_begun(pid, self._strace)]:
            for number in self._waiting_signals:
                _signal(programs, number)
            self._waiting_signals.clear()

    def _programs(self) -> list[int]:
        return [pid for pid in descendants(os.getpid()) if pid != self._strace]

    def _end(self) -> None:
        """Ask the program to end, or strace to detach from it: either needs a strace that goes on."""
        now = time.monotonic()
        self._signal_strace(signal.SIGCONT)
        if self._launched:
            _signal(self._programs(), signal.SIGTERM)
        else:  # strace takes no signal along that its program has just stopped for: let it pass on what came meanwhile
            self._detach_at = now + (_PASS_ON_SECONDS if self._stopped else 0)
        self._deadline = now + GRACE_SECONDS

    def _kill(self) -> None:
        """A killed strace lets the programs that it has attached to go on; those that it started have to end first."""
        if self._launched:
            _signal(self._programs(), signal.SIGKILL)
            self._signal_strace(signal.SIGCONT)
        if self._killed or not self._launched:
            self._signal_strace(signal.SIGKILL)
        self._killed, self._deadline = True, time.monotonic() + GRACE_SECONDS  # for what was forked meanwhile

    def _reap(self) -> None:
        """What has become of the children: strace, and whatever has no other parent any more."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid != self._strace:
                continue
            if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
                self._stopped = os.WIFSTOPPED(status)
                self._report(stopped=self._stopped)
            else:
                self._ended = status

    def _end_what_is_left(self) -> int:
        """Programs that have lost their strace, and with it their system calls. Returns how many there were."""
        broken: set[int] = set()
        end = time.monotonic() + _LAST_SECONDS
        while (left := descendants(os.getpid())) and time.monotonic() < end:
            broken.update(left)
            _signal(left, signal.SIGKILL)
            self._reap()
            time.sleep(0.001)
        return len(broken)


def _start(argv: list[str]) -> int:
    """strace, with the signals that a shell would have given it."""
    pid = os.fork()
    if pid:
        return pid
    try:
        for number in _RESTORED:
            signal.signal(number, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"strace: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def descendants(top: int, *, deep: bool = True) -> list[int]:
    """Every process below `top` that has not ended, or its children alone (proc_pid_stat(5))."""
    children: dict[int, list[int]] = {}
    ended = set()
    for entry in os.listdir("/proc"):  # noqa: PTH208  # to import pathlib takes longer than all that is done here
        if entry.isdecimal():
            try:
                with open(f"/proc/{entry}/stat", errors="replace") as stat:  # noqa: PTH123
                    words = stat.read().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(words[1]), []).append(int(entry))
            if words[0] in "ZX":
                ended.add(int(entry))
    found: list[int] = []
    waiting = [top]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below if deep else []
    return [pid for pid in found if pid not in ended]


def has_begun(pid: int, strace: int) -> bool:
    """Whether a child of strace's is a program that was started. Until execve(2) it has strace's own command line, as
    have the children with which strace tries what this kernel can do: a signal that went to one of those is lost."""
    words = _command_line(pid)
    return bool(words) and words != _command_line(strace)


def _command_line(pid: int) -> bytes:
    """Empty for a process that has gone, or has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _nothing(number: int, frame: Any) -> None:
    """A handler and not SIG_IGN: an ignored signal would stay ignored in the program (execve(2))."""


def main() -> None:
    """The command line that the module's text gives."""
    how, *handles = sys.argv[1:5]
    commands, output, reports = map(int, handles)
    for handle in (commands, output, reports):
        os.set_inheritable(handle, False)
    launched = how == "launch"
    held_back = {int(number) for number in sys.argv[5].split(",") if number}
    Guardian(
        launched=launched, commands=commands, output=output, reports=reports, held_back=held_back, argv=sys.argv[6:]
    ).serve()


if __name__ == "__main__":
    main()
