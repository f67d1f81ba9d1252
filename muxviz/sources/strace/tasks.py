"""Tasks: which process a thread belongs to, how it came to be, and what its lane is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from muxviz import printable
from muxviz.sources.strace.calls import Described, describe
from muxviz.sources.strace.lines import Line
from muxviz.sources.strace.process import Descriptor, Lane, OpenFile, Process

_NAME_CELLS: Final = 12


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


class Tasks:
    """Every thread that strace has told of, by its id."""

    def __init__(self, name: str | None) -> None:
        """`name`: the first process's, where no execve(2) says it."""
        self.by_id: dict[int, Task] = {}
        self.announced: set[int] = set()
        """Children of which strace has said that it is attached to them."""
        self._name = name
        self._names: set[str] = set()
        self._root: str | None = None

    def __iter__(self) -> Iterator[tuple[int, Task]]:
        return iter(self.by_id.items())

    def of(self, tid: int) -> Task:
        """The task with this id. One that was not seen before is a child or a thread whose clone(2) has not returned
        yet, or was there when strace came."""
        task = self.by_id.get(tid)
        if task is None:
            task = self._named_now(tid) or self._born(tid) or Task(Process(tid, self._lane(tid)))
            self.by_id[tid] = task
        return task

    def _named_now(self, tid: int) -> Task | None:
        """The first process, which strace had no need to name while it was alone."""
        if tid in self.announced or 0 not in self.by_id:
            return None
        task = self.by_id.pop(0)
        task.process.pid = tid
        task.process.tasks = {tid if one == 0 else one for one in task.process.tasks}
        return task

    def _born(self, tid: int) -> Task | None:
        for other in self.by_id.values():
            line = other.begun
            described = describe(line.name, line.args) if line is not None else None
            if described is not None and described.call in ("fork", "clone"):
                return self.child(other.process, tid, described)
        return None

    def child(self, parent: Process, tid: int, described: Described) -> Task:
        """What a clone(2), a fork(2) or a vfork(2) has made: a thread, or a process with a table of its own or not."""
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

    def name_after(self, process: Process, file: str) -> bool:
        """The first process is named after its program, where its execve(2) is the first thing that is seen."""
        name = printable.text(file.rsplit("/", 1)[-1], _NAME_CELLS)
        if self._root != "" or not name:
            return False
        self._root = process.lane.name = name
        self._names = {name}
        return True
