"""Processes, their threads and their tables of descriptors, as far as the calls tell.

A descriptor is a number in a process's table, with its close-on-exec flag; behind it is an open file, which dup(2) and
fork(2) share (open(2), "Open file descriptions"). An epoll's registrations belong to the open file of the epoll, each
to a number and an open file, and live as long as that file is open anywhere (epoll(7)). Threads share one table
(clone(2), CLONE_FILES); a fork copies it; execve(2) closes what is close-on-exec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from muxviz.kernel import FdKind

_DEAD_KEPT: Final = 4096
"""Registrations of closed fds that an epoll remembers: a ghost is reported soon, or never."""
_ANON: Final = "anon_inode:"
_KINDS: Final = {
    "[eventpoll]": "epoll", "[eventfd]": "eventfd", "[timerfd]": "timerfd", "[signalfd]": "signalfd",
    "inotify": "inotify", "[inotify]": "inotify", "[io_uring]": "io_uring", "[pidfd]": "pidfd",
}  # fmt: skip
NAMED_KINDS: Final = frozenset({"socket", "listener", "connection", "datagram", "epoll"})
"""Kinds of fds; every other one is a word for a file: `pipe`, `eventfd`, `device`, `file`."""


class KnownFd(NamedTuple):
    """What /proc says of a descriptor of a program that is attached to."""

    kind: FdKind
    file: str | None = None
    """`pipe`, `eventfd`, … of what is no socket and no epoll."""
    inode: int | None = None
    """Of a socket or a pipe."""
    cloexec: bool = False
    watches: tuple[tuple[int, str, int], ...] = ()
    """Of an epoll: fd, flags of interest, user data (`/proc/PID/fdinfo/FD`)."""


def kind_of(text: str) -> str:
    """What an fd is, from the annotation that `-y` gives it; `""` where there is none."""
    if text.startswith(("socket:[", "TCP", "UNIX", "NETLINK", "RAW", "PACKET")):
        return "datagram" if text.startswith("UNIX-DGRAM") else "socket"
    if text.startswith("UDP"):
        return "datagram"
    if text.startswith(_ANON):
        word = text[len(_ANON) :]
        return _KINDS.get(word, word.strip("[]"))
    if text.startswith("pipe:["):
        return "pipe"
    return "device" if text.startswith("/dev/") else "file" if text.startswith("/") else ""


def _identity(text: str) -> str | None:
    """What makes two annotations tell of different files: an inode. A path may change its name."""
    return text if text.startswith(("socket:[", "pipe:[")) else None


class OpenFile:
    """An open file description."""

    __slots__ = ("dead", "keys", "kind", "refs", "registered", "watchers")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.refs = 0
        """Descriptors that stand for it, in all processes."""
        self.watchers: set[tuple[OpenFile, int]] = set()
        """Epolls that it is registered with, and under which number."""
        self.keys: dict[int, int] = {}
        """Of an epoll: the fd that a report's user data stands for, also that of a closed one."""
        self.registered: dict[tuple[int, OpenFile], tuple[int, str]] = {}
        """Of an epoll, by fd and open file: user data and interest."""
        self.dead: dict[int, None] = {}
        """User data of registrations whose file was closed."""

    def add(self, number: int, file: OpenFile, key: int, interest: str) -> None:
        """EPOLL_CTL_ADD, EPOLL_CTL_MOD."""
        before = self.registered.get((number, file))
        if before is not None and before[0] != key and self.keys.get(before[0]) == number:
            del self.keys[before[0]]
        self.registered[number, file] = key, interest
        file.watchers.add((self, number))
        self.keys[key] = number
        self.dead.pop(key, None)

    def delete(self, number: int, file: OpenFile) -> None:
        """EPOLL_CTL_DEL: nothing more is reported of it."""
        before = self.registered.pop((number, file), None)
        file.watchers.discard((self, number))
        if before is not None and self.keys.get(before[0]) == number:
            del self.keys[before[0]]

    def released(self) -> None:
        """One descriptor fewer. With the last one its registrations end, as far as we know: somebody else may have it
        open, so what the user data stood for is remembered."""
        self.refs -= 1
        if self.refs > 0:
            return
        for epoll, number in self.watchers:
            epoll.forget(number, self)
        self.watchers.clear()
        for _, file in self.registered:  # an epoll is gone, and what it watched with it
            file.watchers = {one for one in file.watchers if one[0] is not self}
        self.registered.clear()

    def forget(self, number: int, file: OpenFile) -> None:
        """A registered file was closed."""
        self.dead[self.registered.pop((number, file))[0]] = None
        while len(self.dead) > _DEAD_KEPT:
            oldest = next(iter(self.dead))
            del self.dead[oldest]
            self.keys.pop(oldest, None)

    def watches(self, number: int) -> bool:
        """Whether an open fd of that number is registered."""
        return any(fd == number for fd, _ in self.registered)


class Descriptor:
    """A number in a table."""

    __slots__ = ("cloexec", "file", "text")

    def __init__(self, file: OpenFile, text: str = "", cloexec: bool | None = None) -> None:
        self.file = file
        self.text = text
        """The newest annotation."""
        self.cloexec = cloexec
        """None where it was open before we looked."""


class Lane:
    """What a lane has been told of: an fd's number with the annotation that it had."""

    __slots__ = ("name", "told")

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: dict[int, str] = {}


class Process:
    """One process: what its threads share."""

    def __init__(self, pid: int, lane: Lane) -> None:
        self.pid = pid
        self.lane = lane
        self.fds: dict[int, Descriptor] = {}
        self.shared = False
        """Another process has the same table."""
        self.tasks: set[int] = {pid}
        """Threads that have not ended."""
        self.t = 0
        """`t` of its newest event."""
        self.lanes: list[Lane] = [lane]
        self.of_epoll: dict[OpenFile, Lane] = {}
        """The lane of each epoll, where each has one; `homes` and `epolls` are for that, too."""
        self.homes: dict[int, Lane] = {}
        """By fd, the lane that it is drawn in."""
        self.epolls: dict[int, list[OpenFile]] = {}
        """By fd, the epolls that watch it."""

    def inherit(self, parent: Process, *, shared: bool) -> None:
        """fork(2) copies the table; CLONE_FILES shares it."""
        self.epolls = {number: list(epolls) for number, epolls in parent.epolls.items()}
        if shared:
            self.fds, self.shared, parent.shared = parent.fds, True, True
        else:
            self._copy(parent.fds)

    def unshare(self) -> None:
        """execve(2), CLOSE_RANGE_UNSHARE: the table is its own from now on."""
        if self.shared:
            self.shared = False
            self._copy(self.fds)

    def _copy(self, fds: dict[int, Descriptor]) -> None:
        self.fds = {}
        for number, one in fds.items():
            self.put(number, Descriptor(one.file, one.text, one.cloexec))

    def put(self, number: int, one: Descriptor) -> Descriptor:
        """The number is this from now on."""
        self.drop(number)
        one.file.refs += 1
        self.fds[number] = one
        return one

    def drop(self, number: int) -> Descriptor | None:
        """The number is closed."""
        one = self.fds.pop(number, None)
        if one is not None:
            one.file.released()
        return one

    def open(self, number: int, kind: str, text: str = "", cloexec: bool | None = False) -> Descriptor:
        """A call made it."""
        return self.put(number, Descriptor(OpenFile(kind), text, cloexec))

    def end(self) -> None:
        """The process has ended."""
        if not self.shared:
            for number in list(self.fds):
                self.drop(number)

    def meet(self, number: int, text: str) -> tuple[Descriptor, bool]:
        """An fd that a call is made on; True where it is another one than was known under that number."""
        known = self.fds.get(number)
        if known is not None:
            before, now = _identity(known.text), _identity(text)
            if before is None or now is None or before == now:
                known.text = text or known.text
                return known, False
        made = self.open(number, kind_of(text), text, None)
        return made, True

    def learn(self, fds: Mapping[int, KnownFd]) -> None:
        """What /proc says of a process that was attached to."""
        for number, known in fds.items():
            kind = known.file if known.kind == "other" and known.file else known.kind
            text = ""
            if known.inode is not None and (kind in NAMED_KINDS or kind == "pipe"):
                text = f"{'pipe' if kind == 'pipe' else 'socket'}:[{known.inode}]"
            self.open(number, kind, text, known.cloexec)
        for number, known in fds.items():
            for fd, interest, key in known.watches:
                watched = self.fds.get(fd) or self.open(fd, "", "", None)
                self.fds[number].file.add(fd, watched.file, key & ((1 << 64) - 1), interest)
                self.epolls.setdefault(fd, []).append(self.fds[number].file)

    def closing(self) -> list[int]:
        """The fds that execve(2) closes."""
        return sorted(number for number, one in self.fds.items() if one.cloexec)
