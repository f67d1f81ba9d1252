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
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from muxviz import printable
from muxviz.events import WAITS, Event, Exit
from muxviz.strace import values
from muxviz.strace.calls import MAY_SLEEP, ON_FD, Described, describe
from muxviz.strace.counted import Counted
from muxviz.strace.lines import Line, begun, parse
from muxviz.strace.process import Descriptor, Known, Lane, OpenFile, Process

By = Literal["process", "epoll"]
"""What a lane is: a process, or an epoll instance of one."""

_NAME_CELLS: Final = 12
_LONGEST: Final = 1 << 26
"""Bytes of a line that is kept while its end has not come."""
_PATIENCE: Final = 20
"""Lines without a time that are read before strace's output is refused."""
_UNTOLD: Final = frozenset({"", "file", "device"})
"""Kinds of fds that are not introduced: an event loop's configuration is none of its concern."""


class TraceError(ValueError):
    """Lines that can't become a trace; the text says why and what to do."""


class Task:
    """A thread."""

    __slots__ = ("begun", "closing", "epoll", "interrupted", "process", "told")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.begun: Line | None = None
        """The entry half that waits for its other half."""
        self.closing: Descriptor | None = None
        """What a close that has begun is about."""
        self.told = False
        """An `enter` event was made of it."""
        self.interrupted: Line | None = None
        """A call that a signal interrupted and that restart_syscall(2) may go on with."""
        self.epoll: OpenFile | None = None
        """The epoll of its newest wait."""


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
        self.counted: Final = Counted()
        self._t0 = round(t0 * 1e9) if t0 is not None else None
        self._name = name
        self._first_pid = first_pid or 0
        self._tasks: dict[int, Task] = {}
        self._names: set[str] = set()
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._skipping = False
        self._kept_told = self._first_told = False
        """An `enter` event was made of the line that is kept, or was kept before this chunk."""
        self._untimed = 0
        self._t = 0
        self._root: str | None = None
        self._broken = ""
        """The begin of a line that a message of strace's has cut in two."""
        self._announced: set[int] = set()
        """Children of which strace has said that it is attached to them."""
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
        for tid, task in self._tasks.items():
            if task.begun is not None and not task.told:
                self._enter(tid, task, task.begun, out)
                task.told = True
        if self._kept and not self._kept_told:
            line = begun(b"".join(self._kept).decode("utf-8", "replace"))
            if line is not None and line.t >= 0:
                self._kept_told = True
                line = self._on_its_day(line) if line.t < _DAY else line
                tid = line.tid or self._only()
                self._enter(tid, self._task(tid), line, out)
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
        for tid, task in self._tasks.items():
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
            self._enter(tid, self._task(tid), half, out)
            return
        self.counted.partial += 1

    def known(self, pid: int, fds: Mapping[int, Known], *, threads: Iterable[int] = ()) -> list[Event]:
        """A process that is attached to: its descriptors as /proc/PID/fd and fdinfo have them, and its threads. What it
        has open becomes one look from outside."""
        task = self._task(pid)
        process = task.process
        for tid in threads:
            self._tasks.setdefault(tid, Task(process))
            process.tasks.add(tid)
        process.learn(fds)
        args: dict[str, Any] = {}
        for number, one in process.fds.items():
            if one.file.kind not in _UNTOLD:
                self._introduce(args, process, process.lane, number, one)
        if not args:
            return []
        self.counted.events += 1
        return [Event(n=-1, t=self._t, lane=process.lane.name, role="server", pid=pid, look="outside", args=args)]

    # --- lines -----------------------------------------------------------------------------------------------------

    def _line(self, text: str, out: list[Event]) -> None:
        counted = self.counted
        counted.lines += 1
        if text.endswith(" attached") and (message := _BROKEN.search(text)) is not None:
            self._announced.add(int(message[1]))
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
        task = self._tasks.get(tid) or self._task(tid)
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
        return next(iter(self._tasks)) if len(self._tasks) == 1 else self._first_pid

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

    def _task(self, tid: int) -> Task:
        """A task that was not seen before: a child or a thread whose clone(2) has not returned yet, or one that was
        there when strace came."""
        task = self._tasks.get(tid)
        if task is None:
            task = self._named_now(tid) or self._born(tid) or Task(Process(tid, self._lane(tid)))
            self._tasks[tid] = task
        return task

    def _named_now(self, tid: int) -> Task | None:
        """The first process, which strace had no need to name while it was alone."""
        if tid in self._announced or 0 not in self._tasks:
            return None
        task = self._tasks.pop(0)
        task.process.pid = tid
        task.process.tasks = {tid if one == 0 else one for one in task.process.tasks}
        return task

    def _born(self, tid: int) -> Task | None:
        for other in self._tasks.values():
            line = other.begun
            described = describe(line.name, line.args) if line is not None else None
            if described is not None and described.call in ("fork", "clone"):
                return self._child(other.process, tid, described)
        return None

    def _child(self, parent: Process, tid: int, described: Described) -> Task:
        flags = str(described.args.get("flags", "")).split("|")
        if described.call == "clone":
            parent.tasks.add(tid)
            return Task(parent)
        child = Process(tid, self._lane(tid, parent))
        child.inherit(parent, shared="CLONE_FILES" in flags)
        return Task(child)

    def _lane(self, pid: int, parent: Process | None = None) -> Lane:
        first = not self._names
        if self._root is None:
            self._root = printable.text(self._name or "", _NAME_CELLS)
        name = (self._root or str(pid or "program")) if first else f"{self._root}:{pid}" if self._root else str(pid)
        self._names.add(name)
        return Lane(name)

    # --- halves ----------------------------------------------------------------------------------------------------

    def _begin(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        task.begun, task.told = line, self._first_told
        described = describe(line.name, line.args)
        if described is None:
            return
        if described.call == "epoll_ctl":
            self._control(task, described)
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
        process.t = self._t = max(process.t, t - self._t0)
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
        applied = _APPLY.get(described.call)
        if applied is not None:
            applied(self, task, line, described, event)
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
            lane = self._lane_of(task, described)
        if _is_former(task, described):
            args["former"] = True
        elif number is not None and lane.told.get(number) != described.file and line.error != "EBADF":
            self._meet(process, lane, number, described.file, args)
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

    # --- fds that no call was seen to make ---------------------------------------------------------------------------

    def _meet(self, process: Process, lane: Lane, number: int, text: str, args: dict[str, Any]) -> None:
        one, new = process.meet(number, text)
        if number in lane.told and not new:
            lane.told[number] = text
            return
        lane.told[number] = text
        if self.by == "epoll":
            home = process.homes.get(number)
            process.homes[number] = lane
            drawn = any(process.of_epoll.get(epoll) is home for epoll in process.epolls.get(number, ()))
            if home is not None and home is not lane and not new and not drawn:
                home.told.pop(number, None)
                args.setdefault("moved", {})[str(number)] = home.name
                return
        if one.file.kind not in _UNTOLD:
            self._introduce(args, process, lane, number, one)
            for fd, _ in one.file.registered:
                watched = process.fds.get(fd)
                if watched is not None and fd not in lane.told and watched.file.kind not in _UNTOLD:
                    self._introduce(args, process, lane, fd, watched)

    def _introduce(self, args: dict[str, Any], process: Process, lane: Lane, number: int, one: Descriptor) -> None:
        self._told(process, lane, number, one.text)
        args.setdefault("seen", {})[str(number)] = one.file.kind
        if one.file.registered:
            args.setdefault("watches", {})[str(number)] = [
                [fd, interest, key] for (fd, _), (key, interest) in one.file.registered.items()
            ]

    def _made(self, process: Process, lane: Lane, number: int, kind: str, text: str, flags: str) -> Descriptor:
        """A call made this fd, in this lane."""
        if number in process.fds:
            self._gone(process, number)
        one = process.open(number, kind, text, "CLOEXEC" in flags)
        self._told(process, lane, number, text)
        return one

    def _told(self, process: Process, lane: Lane, number: int, text: str) -> None:
        lane.told[number] = text
        if self.by == "epoll":
            process.homes[number] = lane

    def _gone(self, process: Process, number: int) -> None:
        """The number is free again."""
        process.drop(number)
        for lane in process.lanes:
            lane.told.pop(number, None)
        process.homes.pop(number, None)
        process.epolls.pop(number, None)

    def _lane_of(self, task: Task, described: Described) -> Lane:
        """Where each epoll has a lane: that of the epoll which the call is made on, or which watches its fd."""
        process, number = task.process, described.fd
        if number is None:
            return process.lane
        if described.call in ("epoll_wait", "epoll_ctl"):
            one = process.fds.get(number) or process.meet(number, described.file)[0]
            if described.call == "epoll_wait":
                task.epoll = one.file
            lane = process.of_epoll.get(one.file)
            if lane is None:
                lane = process.of_epoll[one.file] = Lane(f"{process.lane.name}/ep{number}")
                process.lanes.append(lane)
            return lane
        watching = process.epolls.get(number)
        if not watching:
            return process.lane
        chosen = task.epoll if task.epoll in watching else watching[0]
        return process.of_epoll.get(chosen, process.lane) if chosen is not None else process.lane

    def _lane_named(self, process: Process, event: Event) -> Lane:
        return next((lane for lane in process.lanes if lane.name == event.lane), process.lane)

    # --- what calls do ------------------------------------------------------------------------------------------------

    def _control(self, task: Task, described: Described) -> None:
        """Apply an ADD or a MOD to the epoll; at the call's entry, as its reports may come before its line ends."""
        number = described.args.get("fd")
        if described.fd is None or not isinstance(number, int) or not described.events:
            return
        process = task.process
        epoll, _ = process.meet(described.fd, described.file)
        target, _ = process.meet(number, described.files[0] if described.files else "")
        interest, key = described.events[0]
        epoll.file.add(number, target.file, key, interest)

    def _epoll_ctl(self, task: Task, line: Line, described: Described, event: Event) -> None:
        number = described.args.get("fd")
        if described.fd is None or not isinstance(number, int):
            return
        process = task.process
        lane = process.lane if self.by == "process" else self._lane_named(process, event)
        text = described.files[0] if described.files else ""
        if lane.told.get(number) != text and line.error != "EBADF":
            self._meet(process, lane, number, text, event.args)
        if line.ret != 0:
            return
        epoll, target = process.fds.get(described.fd), process.fds.get(number)
        if epoll is None or target is None:
            return
        if described.args.get("op") == "DEL":
            epoll.file.delete(number, target.file)
            if self.by == "epoll" and epoll.file in process.epolls.get(number, ()):
                process.epolls[number].remove(epoll.file)
            return
        self._control(task, described)
        if self.by == "epoll" and epoll.file not in process.epolls.setdefault(number, []):
            process.epolls[number].append(epoll.file)

    def _epoll_wait(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0:
            return
        one = task.process.fds.get(described.fd) if described.fd is not None else None
        keys = one.file.keys if one is not None else {}
        ready: list[tuple[int, str]] = []
        data: list[int] = []
        unknown: list[list[Any]] = []
        named = True
        for flags, key in described.events:
            number = keys.get(key)
            if number is None:
                low = key & 0xFFFFFFFF
                if one is None or not one.file.watches(low):
                    unknown.append([key, flags])
                    continue
                number = low
            ready.append((number, flags))
            own = key & 0xFFFFFFFF == number
            data.append(number if own else key)
            named = named and own
        event.ready = ready
        if not named:
            event.args["data"] = data
        if unknown:
            event.args["unknown"] = unknown
            self.counted.unnamed += len(unknown)
        if event.args.pop("cut", None) and line.ret > len(described.events):
            event.args["cut"] = line.ret - len(described.events)

    def _poll(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0:
            return
        event.ready = values.poll_ready(line.tail) if line.ret else []
        if len(event.ready) < line.ret:
            event.args["cut"] = line.ret - len(event.ready)

    def _select(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0:
            return
        event.ready = values.select_ready(line.tail) if line.ret else []

    def _accept(self, task: Task, line: Line, described: Described, event: Event) -> None:
        process = task.process
        if described.fd is not None and (listener := process.fds.get(described.fd)) is not None:
            listener.file.kind = "listener"
        self._makes("connection", task, line, described, event)

    def _makes(self, kind: str, task: Task, line: Line, described: Described, event: Event) -> None:
        """The result is a new fd."""
        if line.ret is None or line.ret < 0:
            return
        process = task.process
        lane = process.lane if self.by == "process" else self._lane_named(process, event)
        if event.args.get("type") == "SOCK_DGRAM":
            kind = "datagram"
        self._made(process, lane, line.ret, kind, _result_file(line), str(described.args.get("flags", "")))

    def _pair(self, task: Task, line: Line, described: Described, event: Event) -> None:
        fds = described.args.get("fds")
        if line.ret != 0 or not isinstance(fds, list):
            return
        kind = "pipe" if described.call == "pipe" else "connection"
        if event.args.get("type") == "SOCK_DGRAM":
            kind = "datagram"
        for number, text in zip(fds, described.files, strict=False):
            self._made(task.process, task.process.lane, number, kind, text, str(described.args.get("flags", "")))

    def _becomes(self, kind: str, task: Task, line: Line, described: Described, event: Event) -> None:
        one = task.process.fds.get(described.fd) if described.fd is not None else None
        if one is not None and line.ret == 0 and one.file.kind != "datagram":
            one.file.kind = kind

    def _close(self, task: Task, line: Line, described: Described, event: Event) -> None:
        # Linux frees the number in any case but EBADF: close(2), "Dealing with error returns from close()".
        task.closing = None
        if described.fd is not None and line.error != "EBADF" and "former" not in event.args:
            self._gone(task.process, described.fd)

    def _close_range(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret != 0:
            return
        process = task.process
        flags = str(described.args.get("flags", ""))
        if "UNSHARE" in flags:
            process.unshare()
        first, last = described.args["first"], described.args["last"]
        numbers = [number for number in process.fds if first <= number <= last]
        if "CLOEXEC" in flags:
            for number in numbers:
                process.fds[number].cloexec = True
            return
        event.args["closed"] = sorted(numbers)
        for number in numbers:
            self._gone(process, number)

    def _dup(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0 or line.ret == described.fd or described.fd is None:
            return
        process = task.process
        lane = process.lane if self.by == "process" else self._lane_named(process, event)
        of, _ = process.meet(described.fd, described.file)
        if line.ret in process.fds:
            self._gone(process, line.ret)
        text = _result_file(line)
        process.put(line.ret, Descriptor(of.file, text, "CLOEXEC" in str(described.args.get("flags", ""))))
        self._told(process, lane, line.ret, text)

    def _fcntl(self, task: Task, line: Line, described: Described, event: Event) -> None:
        one = task.process.fds.get(described.fd) if described.fd is not None else None
        if one is not None and line.ret == 0 and described.args.get("command") == "F_SETFD":
            one.cloexec = "FD_CLOEXEC" in str(described.args.get("value", ""))

    def _ioctl(self, task: Task, line: Line, described: Described, event: Event) -> None:
        one = task.process.fds.get(described.fd) if described.fd is not None else None
        request = described.args.get("request")
        if one is not None and line.ret == 0 and request in ("FIOCLEX", "FIONCLEX"):
            one.cloexec = request == "FIOCLEX"

    def _fork(self, task: Task, line: Line, described: Described, event: Event) -> None:
        tid = line.ret
        if tid is None or tid <= 0:
            return
        if tid not in self._tasks:
            self._tasks[tid] = self._child(task.process, tid, described)
        child = self._tasks[tid].process
        if described.call == "fork" and child is not task.process:
            event.args["lane"] = child.lane.name

    def _execve(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret != 0:
            return
        process = task.process
        if self._root == "" and self._made_events == 1:
            self._name_after(process, str(described.args.get("file", "")), event)
        closed = process.closing()
        process.unshare()
        if closed:
            event.args["closed"] = closed
        for number in closed:
            self._gone(process, number)

    def _name_after(self, process: Process, file: str, event: Event) -> None:
        """The first process is named after its program, where its execve(2) is the first thing that is seen."""
        name = printable.text(file.rsplit("/", 1)[-1], _NAME_CELLS)
        if name:
            self._root = event.lane = process.lane.name = name
            self._names = {name}

    def _ring(self, task: Task, line: Line, described: Described, event: Event) -> None:
        self._makes("io_uring", task, line, described, event)
        event.note = "what is submitted to an io_uring is no system call: strace does not see it"

    def _exit(self, tid: int, task: Task, line: Line, out: list[Event]) -> None:
        if task.begun is not None and not task.told:
            self._enter(tid, task, task.begun, out)
        process = task.process
        process.tasks.discard(tid)
        self._tasks.pop(tid, None)
        if process.tasks:
            return
        process.end()
        t = self._when(process, line.t)
        end = Exit(status=int(line.args)) if line.name == "exited" else Exit(signal=line.args)
        for lane in process.lanes:
            out.append(Event(n=-1, t=t, lane=lane.name, role="server", pid=process.pid, exit=end))


_DAY: Final = 86_400_000_000_000
_BROKEN: Final = re.compile(r"strace: Process (\d{1,10}) attached$")
"""What strace says in the middle of a clone(2)'s line, where its output and its messages go to the same place."""


def _is_former(task: Task, described: Described) -> bool:
    """A close lets go of the number when it begins: another thread may have got it by the time its end is told."""
    before = task.closing
    return described.call == "close" and before is not None and task.process.fds.get(described.fd or 0) is not before


_NO_TIMES: Final = "these lines have no times: trace with strace -f -ttt -T -y -v"


def _result_file(line: Line) -> str:
    """The annotation behind a result: `<socket:[1]>`."""
    return values.fd(f"0{line.tail}")[1] if line.tail[:1] == "<" else ""


_Apply = Callable[[Translator, Task, Line, Described, Event], None]


def _making(kind: str) -> _Apply:
    return lambda self, task, line, described, event: self._makes(kind, task, line, described, event)


def _becoming(kind: str) -> _Apply:
    return lambda self, task, line, described, event: self._becomes(kind, task, line, described, event)


_APPLY: Final[dict[str, _Apply]] = {
    "epoll_wait": Translator._epoll_wait,
    "poll": Translator._poll,
    "select": Translator._select,
    "epoll_ctl": Translator._epoll_ctl,
    "accept": Translator._accept,
    "socket": _making("socket"),
    "epoll_create": _making("epoll"),
    "eventfd": _making("eventfd"),
    "timerfd_create": _making("timerfd"),
    "signalfd": _making("signalfd"),
    "inotify_init": _making("inotify"),
    "io_uring_setup": Translator._ring,
    "socketpair": Translator._pair,
    "pipe": Translator._pair,
    "listen": _becoming("listener"),
    "connect": _becoming("connection"),
    "close": Translator._close,
    "close_range": Translator._close_range,
    "dup": Translator._dup,
    "fcntl": Translator._fcntl,
    "ioctl": Translator._ioctl,
    "fork": Translator._fork,
    "clone": Translator._fork,
    "execve": Translator._execve,
}
"""What a call does to the tables of its process."""
