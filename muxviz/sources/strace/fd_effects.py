"""What calls do to the tables of their process: fds that are made, closed, watched, and where they are drawn.

An fd that no call of this lane was seen to make (inherited, opened before the trace, seen by another lane) is
introduced by the first event that speaks of it: `args["seen"]`, its kind by number; `args["watches"]`, an epoll's
registrations; `args["moved"]`, the lane that it was drawn in so far. What closes an fd says which other lanes drew it,
too: `args["also"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from muxviz.events import Event
from muxviz.sources.strace import arguments
from muxviz.sources.strace.calls import Described
from muxviz.sources.strace.line_accounting import LineAccounting
from muxviz.sources.strace.lines import Line
from muxviz.sources.strace.process import Descriptor, Lane, Process
from muxviz.sources.strace.tasks import Task, Tasks

By = Literal["process", "epoll"]
"""What a lane is: a process, or an epoll instance of one."""

UNTOLD: Final = frozenset({"", "file", "device"})
"""Kinds of fds that are not introduced: an event loop's configuration is none of its concern."""


class FdEffects:
    """The tables of all processes, and what is told of them in an event's arguments."""

    def __init__(self, by: By, tasks: Tasks, counted: LineAccounting) -> None:
        self.by: Final = by
        self._tasks, self._counted = tasks, counted
        self.first = False
        """The event under way is the first of all."""

    def apply(self, task: Task, line: Line, described: Described, event: Event) -> None:
        """What a finished call has done, and what its result says."""
        applied = _APPLY.get(described.call)
        if applied is not None:
            applied(self, task, line, described, event)

    # --- fds that no call was seen to make ---------------------------------------------------------------------------

    def meet(
        self, process: Process, lane: Lane, number: int, text: str, args: dict[str, Any], *, watched: bool = False
    ) -> None:
        """An event of this lane speaks of an fd, which strace has annotated with a text. `watched`: it is asked about,
        so that a file is introduced as well."""
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
        if one.file.kind not in UNTOLD or (watched and one.file.kind):
            self.introduce(args, process, lane, number, one)
            for fd, _ in one.file.registered:
                other = process.fds.get(fd)
                if other is not None and fd not in lane.told and other.file.kind:
                    self.introduce(args, process, lane, fd, other)

    def asked(self, process: Process, lane: Lane, described: Described, args: dict[str, Any]) -> None:
        """A select(2) or poll(2) asks about fds."""
        for (number, _), file in zip(args["interest"], described.files, strict=False):
            if number not in lane.told:
                self.meet(process, lane, number, file, args, watched=True)

    def introduce(self, args: dict[str, Any], process: Process, lane: Lane, number: int, one: Descriptor) -> None:
        """Say in an event's arguments what an fd is."""
        self._told(process, lane, number, one.text)
        args.setdefault("seen", {})[str(number)] = one.file.kind
        if one.file.registered:
            args.setdefault("watches", {})[str(number)] = [
                [fd, interest, key] for (fd, _), (key, interest) in one.file.registered.items()
            ]

    def _made(self, process: Process, number: int, kind: str, text: str, flags: str, event: Event) -> None:
        """A call made this fd, in the event's lane."""
        if number in process.fds:
            self._gone(process, number, event)
        process.open(number, kind, text, "CLOEXEC" in flags)
        self._told(process, self._lane_named(process, event), number, text)

    def _told(self, process: Process, lane: Lane, number: int, text: str) -> None:
        lane.told[number] = text
        if self.by == "epoll":
            process.homes[number] = lane

    def _gone(self, process: Process, number: int, event: Event) -> None:
        """The number is free again. Lanes that draw it beside the event's own are named."""
        process.drop(number)
        for lane in process.lanes:
            if lane.told.pop(number, None) is not None and lane.name != event.lane:
                event.args.setdefault("also", {}).setdefault(lane.name, []).append(number)
        process.homes.pop(number, None)
        process.epolls.pop(number, None)

    def lane_of(self, task: Task, described: Described) -> Lane:
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
        if not watching:  # no epoll watches it any more, or yet: it stays where it is drawn
            return process.homes.get(number, process.lane)
        chosen = task.epoll if task.epoll in watching else watching[0]
        return process.of_epoll.get(chosen, process.lane) if chosen is not None else process.lane

    def _lane_named(self, process: Process, event: Event) -> Lane:
        if self.by == "process":
            return process.lane
        return next((lane for lane in process.lanes if lane.name == event.lane), process.lane)

    # --- what calls do ------------------------------------------------------------------------------------------------

    def control(self, task: Task, described: Described) -> None:
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
        lane = self._lane_named(process, event)
        text = described.files[0] if described.files else ""
        if lane.told.get(number) != text and line.error != "EBADF":
            self.meet(process, lane, number, text, event.args, watched=True)
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
        self.control(task, described)
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
            self._counted.unnamed += len(unknown)
        if event.args.pop("cut", None) and line.ret > len(described.events):
            event.args["cut"] = line.ret - len(described.events)

    def _poll(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0:
            return
        event.ready = arguments.poll_ready(line.tail) if line.ret else []
        if len(event.ready) < line.ret:
            event.args["cut"] = line.ret - len(event.ready)

    def _select(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0:
            return
        event.ready = arguments.select_ready(line.tail) if line.ret else []

    def _accept(self, task: Task, line: Line, described: Described, event: Event) -> None:
        process = task.process
        if described.fd is not None and (listener := process.fds.get(described.fd)) is not None:
            listener.file.kind = "listener"
        self._makes("connection", task, line, described, event)

    def _makes(self, kind: str, task: Task, line: Line, described: Described, event: Event) -> None:
        """The result is a new fd."""
        if line.ret is None or line.ret < 0:
            return
        if event.socket_type == "SOCK_DGRAM":
            kind = "datagram"
        self._made(task.process, line.ret, kind, _result_file(line), str(described.args.get("flags", "")), event)

    def _pair(self, task: Task, line: Line, described: Described, event: Event) -> None:
        fds = described.args.get("fds")
        if line.ret != 0 or not isinstance(fds, list):
            return
        kind = "pipe" if described.call == "pipe" else "connection"
        if event.socket_type == "SOCK_DGRAM":
            kind = "datagram"
        for number, text in zip(fds, described.files, strict=False):
            self._made(task.process, number, kind, text, str(described.args.get("flags", "")), event)

    def _becomes(self, kind: str, task: Task, line: Line, described: Described, event: Event) -> None:
        one = task.process.fds.get(described.fd) if described.fd is not None else None
        if one is not None and line.ret == 0 and one.file.kind != "datagram":
            one.file.kind = kind

    def _close(self, task: Task, line: Line, described: Described, event: Event) -> None:
        # Linux frees the number in any case but EBADF: close(2), "Dealing with error returns from close()".
        task.closing = None
        if described.fd is not None and line.error != "EBADF" and "former" not in event.args:
            self._gone(task.process, described.fd, event)

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
            self._gone(process, number, event)

    def _dup(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret is None or line.ret < 0 or line.ret == described.fd or described.fd is None:
            return
        process = task.process
        lane = self._lane_named(process, event)
        of, _ = process.meet(described.fd, described.file)
        if line.ret in process.fds:
            self._gone(process, line.ret, event)
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
        known = self._tasks.by_id
        if tid not in known:
            known[tid] = self._tasks.child(task.process, tid, described)
        child = known[tid].process
        if described.call == "fork" and child is not task.process:
            event.args["lane"] = child.lane.name

    def _execve(self, task: Task, line: Line, described: Described, event: Event) -> None:
        if line.ret != 0:
            return
        process = task.process
        if self.first and self._tasks.name_after(process, str(described.args.get("file", ""))):
            event.lane = process.lane.name
        closed = process.closing()
        process.unshare()
        if closed:
            event.args["closed"] = closed
        for number in closed:
            self._gone(process, number, event)

    def _ring(self, task: Task, line: Line, described: Described, event: Event) -> None:
        self._makes("io_uring", task, line, described, event)
        event.note = "what is submitted to an io_uring is no system call: strace does not see it"


def _result_file(line: Line) -> str:
    """The annotation behind a result: `<socket:[1]>`."""
    return arguments.fd(f"0{line.tail}")[1] if line.tail[:1] == "<" else ""


_Apply = Callable[[FdEffects, Task, Line, Described, Event], None]


def _making(kind: str) -> _Apply:
    return lambda self, task, line, described, event: self._makes(kind, task, line, described, event)


def _becoming(kind: str) -> _Apply:
    return lambda self, task, line, described, event: self._becomes(kind, task, line, described, event)


_APPLY: Final[dict[str, _Apply]] = {
    "epoll_wait": FdEffects._epoll_wait,
    "poll": FdEffects._poll,
    "select": FdEffects._select,
    "epoll_ctl": FdEffects._epoll_ctl,
    "accept": FdEffects._accept,
    "socket": _making("socket"),
    "epoll_create": _making("epoll"),
    "eventfd": _making("eventfd"),
    "timerfd_create": _making("timerfd"),
    "signalfd": _making("signalfd"),
    "inotify_init": _making("inotify"),
    "io_uring_setup": FdEffects._ring,
    "socketpair": FdEffects._pair,
    "pipe": FdEffects._pair,
    "listen": _becoming("listener"),
    "connect": _becoming("connection"),
    "close": FdEffects._close,
    "close_range": FdEffects._close_range,
    "dup": FdEffects._dup,
    "fcntl": FdEffects._fcntl,
    "ioctl": FdEffects._ioctl,
    "fork": FdEffects._fork,
    "clone": FdEffects._fork,
    "execve": FdEffects._execve,
}
"""What a call does to the tables of its process."""
