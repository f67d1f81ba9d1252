"""What the rules remember of one lane: each registration of an fd with an epoll, and the sets around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from muxviz.events import split
from muxviz.findings.shapes import Finding

_DEAD_KEPT: Final = 4096
"""Registrations of closed fds that are remembered: a ghost is reported soon, or never."""


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
class Watch:
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

    def arm(self, events: str) -> None:
        """ADD or MOD: the kernel looks at the level anew, and reports what is there."""
        self.asks = frozenset(split(events))
        self.armed, self.reported, self.read, self.report_n = True, frozenset(), Read.DRAINED, -1


Pending = dict[tuple[int, int], Watch]
"""Registrations with an open obligation, by epoll and user data; the one that was touched longest ago is first."""


@dataclass(slots=True)
class Lane:
    """One process. Threads share its fds."""

    name: str
    watches: dict[tuple[int, int], Watch] = field(default_factory=dict)
    """By epoll and user data, with those of closed fds."""
    by_fd: dict[int, list[Watch]] = field(default_factory=dict)
    """Of open fds."""
    dead: dict[tuple[int, int], None] = field(default_factory=dict)
    unread: Pending = field(default_factory=dict)
    disarmed: Pending = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    """fds whose making was seen: what was inherited may be somebody else's to read."""
    streams: set[int] = field(default_factory=set)
    unix: set[int] = field(default_factory=set)
    epolls: set[int] = field(default_factory=set)
    shared: set[int] = field(default_factory=set)
    """fds that a child or a sister process has too: the rules are off for them."""
    dups: dict[int, int] = field(default_factory=dict)
    """The newest dup of an fd."""
    fresh: set[int] = field(default_factory=set)
    """fds that the newest wait reported to read, and on which nothing was called since."""
    full: dict[int, None] = field(default_factory=dict)
    """fds whose last write met a full buffer."""
    failing: dict[int, list[int]] = field(default_factory=dict)
    """By listener, n of the accepts that failed for want of an fd, since one worked."""
    exhausted: dict[int, Finding] = field(default_factory=dict)
    ghosts: dict[tuple[int, int], Finding] = field(default_factory=dict)
    blocked: Finding | None = None
    began: int | None = None
    """n of the wait that it sleeps in."""
    speculative: bool = False
    """It has read without being told."""
    streaks: dict[int, dict[int, tuple[str, int, int]]] = field(default_factory=dict)
    """By epoll (-1: select and poll) and fd: flags, how many short waits in a row gave them, n of the first."""
    spins: dict[tuple[int, int], Finding] = field(default_factory=dict)

    def of(self, fd: int | None) -> list[Watch]:
        """The registrations of an open fd."""
        return self.by_fd.get(fd, []) if fd is not None else []

    def add(self, watch: Watch) -> None:
        """ADD: takes the place of a dead registration that had the same user data."""
        key = (watch.epfd, watch.key)
        self.watches[key] = watch
        self.dead.pop(key, None)
        self.by_fd.setdefault(watch.fd, []).append(watch)

    def forget(self, watch: Watch) -> None:
        """It owes nothing any more."""
        key = (watch.epfd, watch.key)
        self.unread.pop(key, None)
        self.disarmed.pop(key, None)

    def owes(self, pending: Pending, watch: Watch) -> None:
        """It has an obligation, touched now."""
        key = (watch.epfd, watch.key)
        pending.pop(key, None)
        pending[key] = watch

    def bury(self, watch: Watch, n: int) -> None:
        """Its fd was closed: reports for it are a ghost's from now on."""
        watch.closed = n
        self.forget(watch)
        self.dead[(watch.epfd, watch.key)] = None
        while len(self.dead) > _DEAD_KEPT:
            oldest = next(iter(self.dead))
            del self.dead[oldest]
            self.watches.pop(oldest, None)
