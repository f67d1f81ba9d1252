"""What the rules remember of one process: its descriptors, each registration of one with an epoll, and the sets around
them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Literal, NamedTuple

from muxviz.events import Event, split
from muxviz.findings.rule import Check, Fds
from muxviz.findings.shapes import Confidence, Finding, RuleName
from muxviz.kernel import FdState

_DEAD_KEPT: Final = 4096
"""Registrations of closed fds that are remembered: a ghost is reported soon, or never."""

Form = Literal["stream", "unix", "pipe", "counter", "semaphore", "epoll", "other"]
"""What an fd is, as far as it says what a short read proves. `counter`: a read takes all of it (eventfd(2),
timerfd_create(2)); `semaphore`: one at a time (EFD_SEMAPHORE)."""


Habit = tuple[RuleName, int | None, int]
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
    told: int | None = None
    """The thread that had the newest report."""
    helped: bool = False
    """Another thread than that has made a call on it since: a worker, which may arm it again when it is done."""
    last_t: int = 0
    """`t` of the newest report or call on it."""
    closed: int | None = None
    """n of the close, or None."""
    finding: Finding | None = None

    @property
    def edge(self) -> bool:
        return "ET" in self.asks

    @property
    def is_level(self) -> bool:
        """Whether a report of it says how things are, of an fd that is open."""
        return self.closed is None and "ET" not in self.asks

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
        self.reads, self.before, self.helped = 0, None, False


class Under(NamedTuple):
    """A call that has begun and not returned."""

    n: int
    t: int
    call: str
    fd: int | None
    asks_only: bool
    """A wait with a timeout of 0."""
    lane: str


class Checks:
    """The checks of one process, by what each wants to be told."""

    def __init__(self, checks: list[Check] | None = None) -> None:
        self.all = checks or []
        self.waited = [check.waited for check in self._with("waited")]
        self.begun = [check.begun for check in self._with("begun")]
        self.late = [check.late for check in self._with("late")]
        self.looked = [check.looked for check in self._with("looked")]
        self.closed = [check.closed for check in self._with("closed")]
        self.called: dict[str, list[Callable[[Event, Fds], None]]] = {}
        """By call, as far as it was asked for: `wanting`."""

    def _with(self, hook: str) -> list[Check]:
        return [check for check in self.all if getattr(type(check), hook) is not getattr(Check, hook)]

    def wanting(self, call: str) -> list[Callable[[Event, Fds], None]]:
        """Those that take a call's end."""
        wants = [check for check in self._with("called") if check.calls is None or call in check.calls]
        found = self.called[call] = [check.called for check in wants]
        return found


@dataclass(slots=True)
class Process:
    """One process. Threads share its fds."""

    name: str
    names: list[str] = field(default_factory=list)
    """Every lane of the picture that shows calls of this process."""
    owner: bool = True
    """What it has and was not seen to make is its own, listeners and epolls aside."""
    family: dict[int, Process] = field(default_factory=dict, repr=False)
    """Every process of the trace, by pid; the same for all."""
    traced: bool = False
    """strace tells of it."""
    whole: bool = True
    """Every call of it is seen: by strace, or as it is a program of the lab's."""
    attached: bool = False
    """muxviz came to it when it ran already."""
    resumed: int = 0
    """`t` at which strace let it go on: what lasted over that says nothing of the program."""
    parent: Process | None = field(default=None, repr=False)
    fds: dict[int, Descriptor] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    """Numbers that it had from its parent and has closed."""
    watches: dict[int, dict[int, Registration]] = field(default_factory=dict)
    """By epoll and user data, with those of closed fds."""
    by_fd: dict[int, list[Registration]] = field(default_factory=dict)
    """Of open fds."""
    dead: dict[tuple[int, int], None] = field(default_factory=dict)
    dups: dict[int, int] = field(default_factory=dict)
    """The newest dup of an fd."""
    under: dict[int | None, Under] = field(default_factory=dict)
    """By thread, the call that it is in, where its begin is known."""
    checks: Checks = field(default_factory=Checks)

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

    def surest(self, fd: int, known: FdState | None) -> Confidence:
        """How sure it can be that no call was made on an fd, where none was seen. Under `run` C code, a file object and
        another process make theirs past us; less likely so on a socket that the program made with Python's."""
        if self.whole or (known is not None and (known.received or known.sent or known.kind == "listener")):
            return "certain"
        made = self.fds.get(fd)
        return "likely" if made is not None and made.made and made.form in ("stream", "unix") else "possible"

    def add(self, watch: Registration) -> None:
        """ADD: takes the place of a dead registration that had the same user data."""
        self.watches.setdefault(watch.epfd, {})[watch.key] = watch
        self.dead.pop(watch.place, None)
        self.by_fd.setdefault(watch.fd, []).append(watch)

    def remove(self, watch: Registration) -> None:
        """DEL, or the epoll is closed."""
        self.dead.pop(watch.place, None)
        self.watches.get(watch.epfd, {}).pop(watch.key, None)
        of = self.by_fd.get(watch.fd, [])
        if watch in of:
            of.remove(watch)

    def bury(self, watch: Registration, n: int) -> None:
        """Its fd was closed: reports for it are a ghost's from now on."""
        watch.closed = n
        self.dead[watch.place] = None
        while len(self.dead) > _DEAD_KEPT:
            epfd, key = oldest = next(iter(self.dead))
            del self.dead[oldest]
            self.watches.get(epfd, {}).pop(key, None)
