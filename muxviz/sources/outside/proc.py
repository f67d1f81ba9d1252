"""What the kernel says of a process from outside: whether it sleeps, and what lies in its sockets' queues.

Nothing here touches the process: all of it is read from /proc (proc(5), proc_pid_syscall(5), proc_net_tcp in
Documentation/networking/proc_net_tcp.rst).
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from muxviz.events import Queues, split

TCP_STATES: Final = (
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
)
"""include/net/tcp_states.h, by number."""

_FIN_RECEIVED: Final = frozenset({"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT"})
_FUTEX: Final = {"x86_64": "202", "aarch64": "98"}.get(platform.machine(), "202")


def asleep(pid: int, tid: int | None = None) -> bool:
    """True while the thread sleeps in a system call that is not a lock of its own process.

    A thread that was just woken counts as awake from the moment of the wake, before it has run: the kernel takes it out
    of its sleeping state then (kernel/sched/core.c, try_to_wake_up).
    """
    task = f"/proc/{pid}/task/{tid or pid}"
    try:
        words = Path(task, "syscall").read_text().split()
    except PermissionError:
        return state(pid, tid) == "S"
    except (OSError, ValueError):
        return False
    return bool(words) and words[0] not in ("running", "-1", _FUTEX) and state(pid, tid) == "S"


def has_threads(pid: int) -> bool:
    """Whether a process has more threads than one: its task directory's links are two and one for each (proc(5))."""
    try:
        return Path(f"/proc/{pid}/task").stat().st_nlink > _ONE_THREAD
    except OSError:
        return False


_ONE_THREAD: Final = 3


def rest(pid: int) -> tuple[tuple[str, str], ...] | None:
    """None while any thread of a process runs, or may; else how often each has gone to sleep: where that is the same
    twice, none of them has run in between (proc_pid_status(5), voluntary_ctxt_switches)."""
    found = []
    try:
        for task in sorted(Path(f"/proc/{pid}/task").iterdir()):
            words = dict(line.split(":", 1) for line in Path(task, "status").read_text().splitlines() if ":" in line)
            if words["State"].split()[0] not in "SDTtZX":
                return None
            found.append((task.name, words["voluntary_ctxt_switches"]))
    except (OSError, KeyError, IndexError):
        return None
    return tuple(found)


def queued(pid: int) -> float:
    """Seconds that the threads of a process have been ready to run and had no processor (proc(5), /proc/PID/schedstat,
    the second number); 0 where the kernel does not count them."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int(Path(task, "schedstat").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return total / 1e9


def reads_input(pid: int) -> bool:
    """Whether a thread of a process sleeps in a read(2) of its standard input."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return False
    for task in tasks:
        try:
            words = Path(task, "syscall").read_text().split()
        except OSError:
            continue
        if words[:2] == [_READ, "0x0"]:
            return True
    return False


_READ: Final = {"x86_64": "0", "aarch64": "63"}.get(platform.machine(), "0")


def state(pid: int, tid: int | None = None) -> str:
    """A thread's state in a letter, `S` asleep, `t` held by its tracer; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/task/{tid or pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def lives(pid: int) -> bool:
    """A process that has not ended, nor only waits to be reaped."""
    return state(pid) not in ("", "Z", "X")


class TcpRow(NamedTuple):
    """One socket of /proc/net/tcp."""

    state: str
    rx: int
    """Bytes unread, a received FIN counted as one until it was read; for a listener, connections to accept."""
    tx: int


def network(pid: int) -> int:
    """The network namespace of a process, by its inode; 0 where it has ended."""
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return 0


def tcp_table(pid: int, wanted: Collection[int]) -> dict[int, TcpRow]:
    """Those TCP sockets of the lane's network namespace that have one of these inodes, by inode. Takes milliseconds: a
    walk of the whole hash."""
    rows = {}
    for words in _lines(pid, ("tcp", "tcp6"), wanted):
        tx, rx = words[4].split(":")
        rows[int(words[9])] = TcpRow(TCP_STATES[int(words[3], 16)], int(rx, 16), int(tx, 16))
    return rows


def _lines(pid: int, names: Iterable[str], wanted: Collection[int]) -> Iterator[list[str]]:
    """The words of the lines of /proc/net/tcp and its like that have one of these inodes, which is the tenth word. Few
    are found by their digits: in a table of ten thousands of sockets most lines need not be taken apart."""
    for name in names:
        try:
            text = Path(f"/proc/{pid}/net/{name}").read_text()
        except OSError:
            continue
        for line in _lines_with(text, wanted) if len(wanted) <= _FEW else text.splitlines()[1:]:
            words = line.split()
            if int(words[9]) in wanted:
                yield words


_FEW: Final = 64


def _lines_with(text: str, wanted: Iterable[int]) -> Iterator[str]:
    found = set()
    for inode in wanted:
        at = text.find(f" {inode} ")
        while at >= 0:
            begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            if begin:  # the first line has the names
                found.add(text[begin : end if end >= 0 else len(text)])
            at = text.find(f" {inode} ", at + 1)
    return iter(sorted(found))


def udp_port(pid: int, fd: int) -> int | None:
    """The local port of an fd that is a UDP socket with an address; None for any other."""
    for words in _lines(pid, ("udp", "udp6"), inodes(pid, [fd]).values()):
        return int(words[1].rpartition(":")[2], 16) or None
    return None


def udp_queues(pid: int, wanted: Collection[int]) -> dict[int, int]:
    """Memory that the datagrams take which wait in UDP sockets, in bytes, by inode: more than 0 also for an empty one,
    and no count of the datagrams or their bytes."""
    return {int(words[9]): int(words[4].split(":")[1], 16) for words in _lines(pid, ("udp", "udp6"), wanted)}


class UnixRow(NamedTuple):
    """One socket of /proc/net/unix (net/unix/af_unix.c, unix_seq_show)."""

    datagram: bool
    listens: bool


def unix_table(pid: int, wanted: Collection[int]) -> dict[int, UnixRow]:
    """Those UNIX sockets that have one of these inodes, by inode: what they are, and nothing of their queues."""
    try:
        lines = Path(f"/proc/{pid}/net/unix").read_text(errors="replace").splitlines()[1:]
    except OSError:
        return {}
    rows = {}
    for words in map(str.split, lines):
        if len(words) > 6 and int(words[6]) in wanted:
            rows[int(words[6])] = UnixRow(int(words[4], 16) == _SOCK_DGRAM, bool(int(words[3], 16) & _ACCEPTS))
    return rows


_SOCK_DGRAM: Final = 2
_ACCEPTS: Final = 0x10000
"""include/linux/net.h, __SO_ACCEPTCON"""


def seen_datagrams(memory: int | None, before: Queues) -> Queues:
    """What an outside look found of a UDP socket: whether a datagram waits, and not how long it is."""
    if memory is None or before.level is None:
        return Queues()
    others = [name for name in before.level.split("|") if name and name != "IN"]
    return Queues(level="|".join([*(["IN"] if memory else []), *others]))


def inodes(pid: int, fds: Iterable[int]) -> dict[int, int]:
    """fd -> socket inode, for those of `fds` that are sockets now."""
    found = {}
    for fd in fds:
        try:
            link = str(Path(f"/proc/{pid}/fd/{fd}").readlink())
        except OSError:
            continue
        if link.startswith("socket:["):
            found[fd] = int(link[8:-1])
    return found


def seen(row: TcpRow | None, before: Queues, writable: bool = False) -> Queues:
    """What an outside look found, in the words of an inside one. A socket without a row was reset: the kernel takes it
    out of the table when it becomes CLOSE. An empty send queue has room; where it isn't empty the table does not tell
    OUT, which is carried over, or told by who asked for it (`writable`)."""
    if row is None:
        return Queues(recv=before.recv, tcp="CLOSE", level="IN|OUT|HUP|RDHUP")
    if row.state == "LISTEN":
        return Queues(tcp="LISTEN", accepts=row.rx, backlog=before.backlog, level="IN" if row.rx else "")
    ended = row.state in _FIN_RECEIVED
    unread = max(0, row.rx - 1) if ended else row.rx
    level = [
        *(["IN"] if unread or ended else []),
        *(["OUT"] if writable or not row.tx or "OUT" in (before.level or "").split("|") else []),
        *(["RDHUP"] if ended else []),
    ]
    return Queues(recv=unread, tcp=row.state, level="|".join(level))


def arrived(before: Queues, after: Queues) -> bool:
    """Whether something has come since: bytes, connections, room to send, another TCP state, a first datagram."""
    return (
        (after.recv is not None and after.recv != (before.recv or 0))
        or (after.accepts is not None and after.accepts != (before.accepts or 0))
        or (after.tcp is not None and before.tcp is not None and after.tcp != before.tcp)
        or ("OUT" in split(after.level or "") and before.level is not None and "OUT" not in split(before.level))
        or (after.tcp is None and after.accepts is None and after.level != before.level)
    )
