"""Lines of strace in, Events out.

Theory of operation
-------------------
A chunk of bytes is cut into lines, each is parsed and described (`lines`, `calls`), joined with its other half where
another task's line came between them, applied to the tables of its process, and becomes one Event. Order is that of the
lines: nothing is held back and nothing is put before what was printed before it. A wait whose entry half stands there
alone is an `enter` event, so that what sleeps is seen to sleep.

What a registration with an epoll is good for is known from its entry half on, for the kernel may report it before the
line of the epoll_ctl has its end. `ready` names fds: user data is looked up among the registrations of that epoll.

An fd that no call of this lane was seen to make (inherited, opened before the trace, seen by another lane) is
introduced by the first event that speaks of it: `args["seen"]`, its kind by number; `args["watches"]`, an epoll's
registrations; `args["moved"]`, the lane that it was drawn in so far. A call on a file or a device has its path, each
time, as fds of files come and go by calls that are not traced: `args["path"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from muxviz.calls import MAY_SLEEP, WAITS
from muxviz.events import LARGEST, Event, Exit
from muxviz.sources.strace.calls import ON_FD, Described, describe
from muxviz.sources.strace.fd_effects import UNTOLD, By, FdEffects
from muxviz.sources.strace.line_accounting import LineAccounting
from muxviz.sources.strace.lines import Line, begun, parse
from muxviz.sources.strace.process import KnownFd, Process
from muxviz.sources.strace.tasks import Task, Tasks

_LONGEST: Final = 1 << 26
"""Bytes of a line that is kept while its end has not come."""
_PATIENCE: Final = 20
"""Lines without a time that are read before strace's output is refused."""


class TraceError(ValueError):
    """Lines that can't become a trace; the text says why and what to do."""


class Translator:
    """One run of strace."""

    def __init__(
        self,
        *,
        by: By = "process",
        first_pid: int | None = None,
        t0: float | None = None,
        name: str | None = None,
    ) -> None:
        """`first_pid`: the process of lines that name none. `t0`: what `t` counts from, seconds since 1970; the first
        line where not given. `name`: the first process's, where no execve(2) says it."""
        self.by: Final = by
        self.counted: Final = LineAccounting()
        self._t0 = round(t0 * 1e9) if t0 is not None else None
        self._first_pid = first_pid or 0
        self._tasks = Tasks(name)
        self._by_id = self._tasks.by_id
        self._effects = FdEffects(by, self._tasks, self.counted)
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._skipping = False
        self._kept_told = self._first_told = False
        """An `enter` event was made of the line that is kept, or was kept before this chunk."""
        self._untimed = 0
        self._t = 0
        self._broken = ""
        """The begin of a line that a message of strace's has cut in two."""
        self._clock = self._days = self._made_events = 0

    @property
    def began(self) -> float | None:
        """What `t` counts from, in seconds since 1970; None where no line has said it (`-tt` does not)."""
        return self._t0 / 1e9 if self._t0 is not None and self._t0 >= _DAY else None

    # --- in --------------------------------------------------------------------------------------------------------

    def lines(self, data: bytes) -> list[Event]:
        """A chunk of output, cut anywhere; what has no line end yet is kept. Raises TraceError where the lines have no
        times."""
        cut = data.rfind(b"\n")
        if cut < 0:
            self._keep(data)
            return []
        whole, rest = data[:cut], data[cut + 1 :]
        if self._kept:
            whole = b"".join([*self._kept, whole])
            self._kept, self._kept_size = [], 0
        lines = whole.decode("utf-8", "replace").split("\n")
        if b"\r" in whole:  # it went through Windows; strace itself writes `\\r` in its texts
            lines = [line.removesuffix("\r") for line in lines]
        if self._skipping:
            self._skipping = False
            del lines[0]
        out: list[Event] = []
        self._first_told, self._kept_told = self._kept_told, False
        for line in lines:
            self._line(line, out)
            self._first_told = False
        if rest:
            self._keep(rest)
        self.counted.events += len(out)
        return out

    def _keep(self, data: bytes) -> None:
        if self._skipping or not data:
            return
        self._kept.append(data)
        self._kept_size += len(data)
        if self._kept_size > _LONGEST:
            self.counted.lines += 1
            self.counted.unread(self._kept[0][:256].decode("utf-8", "replace"))
            self._kept, self._kept_size, self._skipping = [], 0, True

    def quiet(self) -> list[Event]:
        """Nothing came for a while: a call under way sleeps, and is an `enter` event, once."""
        out: list[Event] = []
        for tid, task in self._tasks:
            if task.begun is not None and not task.told:
                self._enter(tid, task, task.begun, out)
                task.told = True
        if self._kept and not self._kept_told:
            line = begun(b"".join(self._kept).decode("utf-8", "replace"))
            if line is not None and line.t >= 0:
                self._kept_told = True
                line = self._on_its_day(line) if line.t < _DAY else line
                tid = line.tid or self._only()
                self._enter(tid, self._tasks.of(tid), line, out)
        self.counted.events += len(out)
        return out

    def end(self) -> list[Event]:
        """strace is gone: what is left over is counted, and what sleeps sleeps on."""
        out: list[Event] = []
        if self._kept:
            self.counted.lines += 1
            if not self._kept_told:
                self._last(b"".join(self._kept).decode("utf-8", "replace"), out)
            self._kept = []
        if self._broken:
            self.counted.partial += 1
        if self._untimed and self._t0 is None:
            raise TraceError(_NO_TIMES)
        for tid, task in self._tasks:
            if task.begun is not None:
                if not task.told:
                    self._enter(tid, task, task.begun, out)
                task.begun = None
        words = self.counted.words()
        if words is not None:
            unread = self.counted.unknown
            out.append(Event(n=-1, t=self._t, note=words, args={"unread": unread} if unread else {}))
        self.counted.events += len(out)
        return out

    def _last(self, text: str, out: list[Event]) -> None:
        """The last line, which has no end."""
        whole = parse(text)
        if (whole is not None and whole.form in ("exit", "signal", "left", "begun")) or (
            whole and whole.took is not None
        ):
            self.counted.lines -= 1
            self._line(text, out)
            return
        half = begun(text)
        if half is not None and half.t >= 0 and self._t0 is not None and text.endswith(", "):  # cut behind an argument
            half = self._on_its_day(half) if half.t < _DAY else half
            tid = half.tid or self._only()
            self._enter(tid, self._tasks.of(tid), half, out)
            return
        self.counted.partial += 1

    def known(self, pid: int, fds: Mapping[int, KnownFd], *, threads: Iterable[int] = ()) -> list[Event]:
        """A process that is attached to: its descriptors as /proc/PID/fd and fdinfo have them, and its threads. What it
        has open becomes one look from outside."""
        task = self._tasks.of(pid)
        process = task.process
        for tid in threads:
            self._by_id.setdefault(tid, Task(process))
            process.tasks.add(tid)
        process.learn(fds)
        args: dict[str, Any] = {}
        for number, one in process.fds.items():
            if one.file.kind not in UNTOLD:
                self._effects.introduce(args, process, process.lane, number, one)
        if not args:
            return []
        self.counted.events += 1
        return [Event(n=-1, t=self._t, lane=process.lane.name, role="server", pid=pid, look="outside", args=args)]

    # --- lines -----------------------------------------------------------------------------------------------------

    def _line(self, text: str, out: list[Event]) -> None:
        counted = self.counted
        counted.lines += 1
        if text.endswith(" attached") and (message := _BROKEN.search(text)) is not None:
            self._tasks.announced.add(int(message[1]))
            self._broken = text[: message.start()]
            return
        if self._broken:
            text, self._broken = self._broken + text, ""
        line = parse(text)
        if line is None:
            if text.strip():
                counted.unread(text)
            return
        if line.t < 0 and line.form != "other":
            self._no_time(text)
            return
        form = line.form
        if form == "other":
            return
        if line.t < _DAY:
            line = self._on_its_day(line)
        if self._t0 is None:
            self._t0 = line.t
        tid = line.tid or self._only()
        task = self._by_id.get(tid) or self._tasks.of(tid)
        if form == "call":
            task.closing = None
            if task.begun is not None:
                self._lose(task)
            self._call(tid, task, line, out)
        elif form == "begun":
            if task.begun is not None:
                self._lose(task)
            self._begin(tid, task, line, out)
        elif form == "resumed":
            half = task.begun
            if half is None or half.name != line.name:
                counted.lost += 1
                return
            task.begun = None
            took = line.took if line.took is not None else max(0, line.t - half.t)
            whole = line._replace(t=half.t, args=half.args + line.args, form="call", took=took)
            self._call(tid, task, whole, out)
        elif form == "exit":
            self._exit(tid, task, line, out)
        elif form == "left":
            half, task.begun = task.begun, None
            if half is not None and half.name != line.name:
                counted.lost += 1
            elif half is not None:
                line = line._replace(t=half.t, args=half.args + line.args)
            if not (self._first_told or (half is not None and task.told)):
                self._enter(tid, task, line, out)

    def _only(self) -> int:
        """Whom a line is of that names nobody: strace without `-o` names processes while there are several."""
        return next(iter(self._by_id)) if len(self._by_id) == 1 else self._first_pid

    def _on_its_day(self, line: Line) -> Line:
        """`-tt` prints the time of day, which begins anew at midnight."""
        if line.t + self._days < self._clock - _DAY // 2:
            self._days += _DAY
        self._clock = line.t + self._days
        return line._replace(t=self._clock)

    def _lose(self, task: Task) -> None:
        self.counted.lost += 1
        task.begun = None

    def _no_time(self, text: str) -> None:
        if self._t0 is None:
            self._untimed += 1
            if self._untimed >= _PATIENCE:
                raise TraceError(_NO_TIMES)
        self.counted.unread(text)

    # --- halves ----------------------------------------------------------------------------------------------------

    def _begin(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        task.begun, task.told = line, self._first_told
        described = describe(line.name, line.args)
        if described is None:
            return
        if described.call == "epoll_ctl":
            self._effects.control(task, described)
        elif described.call == "close" and described.fd is not None:
            task.closing = task.process.fds.get(described.fd)
        elif described.call in WAITS and not task.told:
            self._enter(tid, task, line, out)
            task.told = True

    def _enter(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        described = describe(line.name, line.args)
        if described is None or not (described.call in WAITS or described.call in MAY_SLEEP):
            return
        if described.fd is None and described.call in ON_FD:
            return
        event = self._event(tid, task, line, described)
        event.t = self._when(task.process, line.t)
        event.phase, event.ret, event.took = "enter", None, None
        out.append(event)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _when(self, process: Process, t: int) -> int:
        """Nanoseconds since t0; within a process it never falls, whatever is done to the machine's clock."""
        if self._t0 is None:
            self._t0 = t
        process.t = self._t = min(max(process.t, t - self._t0), LARGEST)
        return self._t

    def _call(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        described = describe(line.name, line.args)
        if described is None:
            self._unshown(task, line, out)
            return
        if described.fd is None and described.call in ON_FD:
            self.counted.unread(f"{line.name}({line.args}")  # two lines that have become one
            return
        if line.ret is None:
            if line.error is None:
                self._enter(tid, task, line, out)
                return
            task.interrupted = line
        event = self._event(tid, task, line, described)
        event.t = self._when(task.process, line.t + (line.took or 0))
        event.took = line.took
        event.ret, event.error = line.ret, line.error
        if line.ret is None:  # the kernel's own ERESTART…: the call begins again, or the program sees EINTR (signal(7))
            event.ret, event.error = -1, "EINTR"
            event.args["restart"] = line.error
        if line.tail and "(INJECTED)" in line.tail:
            event.args["injected"] = True
        self._effects.first = self._made_events == 1
        self._effects.apply(task, line, described, event)
        out.append(event)

    def _event(self, tid: int, task: Task, line: Line, described: Described) -> Event:
        process = task.process
        self._made_events += 1
        args = dict(described.args)
        number = described.fd
        if described.file[:1] == "/":
            args["path"] = described.file
        if self.by == "process":
            lane = process.lane
        else:
            lane = self._effects.lane_of(task, described)
        if _is_former(task, described):
            args["former"] = True
        elif number is not None and lane.told.get(number) != described.file and line.error != "EBADF":
            self._effects.meet(process, lane, number, described.file, args)
        elif described.call in _ASKING and line.error is None:
            self._effects.asked(process, lane, described, args)
        return Event(
            n=-1, t=0, lane=lane.name, role="server", pid=process.pid or None,
            tid=tid if tid != process.pid else None,
            call=described.call, fd=number, args=args,
        )  # fmt: skip

    def _unshown(self, task: Task, line: Line, out: list[Event]) -> None:
        """A call that has no place in the table; restart_syscall(2) goes on with one that has."""
        half = task.interrupted
        if line.name == "restart_syscall" and half is not None and f"interrupted {half.name} " in f"{line.args} ":
            task.interrupted = None
            tid = line.tid or self._only()
            self._call(tid, task, line._replace(name=half.name, args=half.args, form="call"), out)
            return
        self.counted.passed(line.name)

    def _exit(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        if task.begun is not None and not task.told:
            self._enter(tid, task, task.begun, out)
        process = task.process
        process.tasks.discard(tid)
        self._by_id.pop(tid, None)
        if process.tasks:
            return
        process.end()
        t = self._when(process, line.t)
        end = Exit(status=int(line.args)) if line.name == "exited" else Exit(signal=line.args)
        for lane in process.lanes:
            out.append(Event(n=-1, t=t, lane=lane.name, role="server", pid=process.pid, exit=end))


_ASKING: Final = frozenset({"select", "poll"})
"""Waits that are told their interest at each call."""
_DAY: Final = 86_400_000_000_000
_BROKEN: Final = re.compile(r"strace: Process (\d{1,9}) attached$")
"""What strace says in the middle of a clone(2)'s line, where its output and its messages go to the same place."""


def _is_former(task: Task, described: Described) -> bool:
    """A close lets go of the number when it begins: another thread may have got it by the time its end is told."""
    before = task.closing
    return described.call == "close" and before is not None and task.process.fds.get(described.fd or 0) is not before


_NO_TIMES: Final = "these lines have no times: trace with strace -f -ttt -T -y -v"
