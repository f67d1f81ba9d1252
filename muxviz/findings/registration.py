"""What the rules remember of one process: its descriptors, each registration of one with an epoll, and the sets around
them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, Literal, NamedTuple

from muxviz.events import Event, split
from muxviz.findings.shapes import Finding, Rule

_DEAD_KEPT: Final = 4096
"""Registrations of closed fds that are remembered: a ghost is reported soon, or never."""

Form = Literal["stream", "unix", "pipe", "counter", "semaphore", "epoll", "other"]
"""What an fd is, as far as it says what a short read proves. `counter`: a read takes all of it (eventfd(2),
timerfd_create(2)); `semaphore`: one at a time (EFD_SEMAPHORE)."""


Habit = tuple[Rule, int | None, int]
"""What a program does about a report: the rule, how much it asks for, in how many calls."""


class Read(Enum):
    """What the program has done about the newest report of an fd."""

    NONE = auto()
    """No read since."""
    OPEN = auto()
    """The last read does not prove that the queue is empty: it returned all that was asked for."""
    SHORT = auto()
    """The last read of a stream returned less than was asked for: the queue was empty then."""
    DRAINED = auto()
    """EAGAIN, an end, an error, or a look that found nothing."""


@dataclass(slots=True)
class Mode:
    """What the copies of an fd have in common, in this process and in others (open(2), "Open file descriptions")."""

    blocking: bool | None = None
    """Without O_NONBLOCK; None where nothing told."""


@dataclass(slots=True)
class Descriptor:
    """An fd whose making was seen, or of which something else is known."""

    form: Form = "other"
    mode: Mode = field(default_factory=Mode)
    made: bool = False
    """Its making was seen."""
    eventfd: bool = False
    inherited: bool = False
    """Another process had it before: the rules are off for it."""
    children: set[int] = field(default_factory=set)
    """Processes that were forked with it and have not closed it: the rules are off meanwhile."""

    @property
    def blocking(self) -> bool | None:
        return self.mode.blocking

    @property
    def shared(self) -> bool:
        """Whether another process may read it, or wait for it."""
        return self.inherited or bool(self.children)


@dataclass(slots=True)
class Registration:
    """One registration: the kernel's epitem, from ADD to DEL or close."""

    epfd: int
    key: int
    """The user data, by which a report belongs to it: the fd's number where nothing else was said."""
    fd: int
    client: str | None
    asks: frozenset[str]
    armed: bool = True
    """A ONESHOT registration is not, from its report to the next MOD (epoll_ctl(2))."""
    reported: frozenset[str] = frozenset()
    """Flags of the newest report to read; none since ADD or MOD."""
    report_n: int = -1
    read: Read = Read.DRAINED
    read_n: int = -1
    reads: int = 0
    """Reads or accepts that took something since that report."""
    size: int | None = None
    """How many bytes the last read asked for."""
    before: tuple[Habit, Finding] | None = None
    """What the calls left open last, where nothing has shown since that the queue was empty."""
    accepts: int | None = None
    """Of a listener: connections left, from the newest look and what was accepted since; None where nobody looked."""
    last_t: int = 0
    """`t` of the newest report or call on it."""
    closed: int | None = None
    """n of the close, or None."""
    finding: Finding | None = None

    @property
    def edge(self) -> bool:
        return "ET" in self.asks

    @property
    def oneshot(self) -> bool:
        return "ONESHOT" in self.asks

    @property
    def place(self) -> tuple[int, int]:
        """The key under which a lane keeps it."""
        return self.epfd, self.key

    def arm(self, events: str) -> None:
        """ADD or MOD: the kernel looks at the level anew, and reports what is there."""
        self.asks = frozenset(split(events))
        self.armed, self.reported, self.read, self.report_n = True, frozenset(), Read.DRAINED, -1
        self.reads, self.before = 0, None


class Under(NamedTuple):
    """A call that has begun and not returned."""

    n: int
    t: int
    call: str
    fd: int | None
    asks_only: bool
    """A wait with a timeout of 0."""
    lane: str
    event: Event | None = None
    """Its begin, where it is one that may block a loop."""
    dry: bool = False
    """Nothing was to be had then."""


class Loop(NamedTuple):
    """The newest wait of a thread on one epoll, or by select or poll."""

    epfd: int | None
    asked: list[Any]
    """What select or poll was asked about: pairs of fd and flags."""
    ready: frozenset[int] | None
    """What it reported; None where it has not returned, or there was no room for all."""


Pending = dict[tuple[int, int], Registration]
"""Registrations with an open obligation, by epoll and user data; the one that was touched longest ago is first."""
Streak = dict[int, tuple[str, int, int]]
"""By fd: flags, how many short waits in a row gave them, n of the first."""


@dataclass(slots=True)
class Lane:
    """One process. Threads share its fds."""

    name: str
    names: list[str] = field(default_factory=list)
    """Every lane of the picture that shows calls of this process."""
    owner: bool = True
    """What it has and was not seen to make is its own, listeners and epolls aside."""
    family: dict[int, Lane] = field(default_factory=dict, repr=False)
    """Every process of the trace, by pid; the same for all."""
    traced: bool = False
    """strace tells of it."""
    attached: bool = False
    """muxviz came to it when it ran already."""
    parent: Lane | None = field(default=None, repr=False)
    fds: dict[int, Descriptor] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    """Numbers that it had from its parent and has closed."""
    watches: dict[int, dict[int, Registration]] = field(default_factory=dict)
    """By epoll and user data, with those of closed fds."""
    by_fd: dict[int, list[Registration]] = field(default_factory=dict)
    """Of open fds."""
    dead: dict[tuple[int, int], None] = field(default_factory=dict)
    unread: Pending = field(default_factory=dict)
    disarmed: Pending = field(default_factory=dict)
    dups: dict[int, int] = field(default_factory=dict)
    """The newest dup of an fd."""
    fresh: dict[int, int] = field(default_factory=dict)
    """fds that the newest wait on an epoll (-1: select and poll) reported to read, and on which nothing was called
    since; with that epoll."""
    full: dict[int, None] = field(default_factory=dict)
    """fds whose last write met a full buffer."""
    failing: dict[int, list[int]] = field(default_factory=dict)
    """By listener, n of the accepts that failed for want of an fd, since one worked."""
    exhausted: dict[int, Finding] = field(default_factory=dict)
    ghosts: dict[tuple[int, int], Finding] = field(default_factory=dict)
    under: dict[int | None, Under] = field(default_factory=dict)
    """By thread, the call that it is in, where its begin is known."""
    loops: dict[int | None, dict[int | None, Loop]] = field(default_factory=dict)
    """By thread and epoll (None: select and poll)."""
    dry: dict[int, None] = field(default_factory=dict)
    """fds whose last read found or left nothing, and of which nothing was reported since."""
    blocked: dict[int | None, Finding] = field(default_factory=dict)
    """By thread, the call that it is blocked in, or the last one of those that were."""
    speculative: bool = False
    """It has read without being told."""
    suspected: list[Finding] = field(default_factory=list)
    """What was found of it that the calls leave open, while that is not so."""
    streaks: dict[tuple[int | None, int], Streak] = field(default_factory=dict)
    """By thread and epoll (-1: select and poll): several threads may be told of one level, each once."""
    spins: dict[tuple[int | None, int, int], Finding] = field(default_factory=dict)
    """By thread, epoll and fd."""

    def of(self, fd: int | None) -> list[Registration]:
        """The registrations of an open fd."""
        return self.by_fd.get(fd, []) if fd is not None else []

    def descriptor(self, fd: int) -> Descriptor:
        """An fd's; of one whose making was not seen, a new one."""
        found = self.fds.get(fd)
        if found is None:
            found = self.fds[fd] = Descriptor()
        return found

    def shares(self, fd: int) -> bool:
        """Whether the rules are off for an fd."""
        found = self.fds.get(fd)
        return found is not None and found.shared

    def rings(self, fd: int) -> bool:
        """Whether an fd is an eventfd: each write of it is a new edge, read or not, and some programs never read it."""
        found = self.fds.get(fd)
        return found is not None and found.eventfd

    def form(self, fd: int) -> Form | None:
        """What an fd is; None where its making was not seen."""
        found = self.fds.get(fd)
        return found.form if found is not None else None

    def watch(self, epfd: int | None, key: int) -> Registration | None:
        """The registration that a report is of."""
        return self.watches[epfd].get(key) if epfd is not None and epfd in self.watches else None

    def add(self, watch: Registration) -> None:
        """ADD: takes the place of a dead registration that had the same user data."""
        self.watches.setdefault(watch.epfd, {})[watch.key] = watch
        self.dead.pop(watch.place, None)
        self.by_fd.setdefault(watch.fd, []).append(watch)

    def remove(self, watch: Registration) -> None:
        """DEL, or the epoll is closed."""
        self.forget(watch)
        self.dead.pop(watch.place, None)
        self.watches.get(watch.epfd, {}).pop(watch.key, None)
        of = self.by_fd.get(watch.fd, [])
        if watch in of:
            of.remove(watch)

    def forget(self, watch: Registration) -> None:
        """It owes nothing any more."""
        self.unread.pop(watch.place, None)
        self.disarmed.pop(watch.place, None)

    def owes(self, pending: Pending, watch: Registration) -> None:
        """It has an obligation, touched now."""
        pending.pop(watch.place, None)
        pending[watch.place] = watch

    def touch(self, fd: int, t: int) -> None:
        """A call on an fd: what is owed there was not left lying yet."""
        for watch in self.of(fd):
            watch.last_t = t
            for pending in (self.unread, self.disarmed):
                if pending.pop(watch.place, None) is not None:
                    pending[watch.place] = watch

    def bury(self, watch: Registration, n: int) -> None:
        """Its fd was closed: reports for it are a ghost's from now on."""
        watch.closed = n
        self.forget(watch)
        self.dead[watch.place] = None
        while len(self.dead) > _DEAD_KEPT:
            epfd, key = oldest = next(iter(self.dead))
            del self.dead[oldest]
            self.watches.get(epfd, {}).pop(key, None)
