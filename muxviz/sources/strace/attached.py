"""What a process has open that strace has just attached to: from /proc, since the calls that made it were not seen.

The kernel tells also what each epoll watches, with the data that it will report (proc_pid_fdinfo(5), fs/eventpoll.c,
ep_show_fdinfo).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from muxviz.events import flag_bits, flag_names
from muxviz.kernel import FdKind
from muxviz.sources.outside import proc
from muxviz.sources.strace.process import KnownFd

_CLOEXEC: Final = 0o2000000
"""O_CLOEXEC, asm-generic/fcntl.h; the same on x86 and ARM."""
_ALWAYS: Final = flag_bits("ERR|HUP")
"""What an epoll adds to each interest (fs/eventpoll.c, do_epoll_ctl); whether it was asked for can't be told."""
_WATCH: Final = re.compile(r"^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+)", re.MULTILINE)
_ANONYMOUS: Final = "anon_inode:"


def known_fds(pid: int) -> dict[int, KnownFd]:
    """Every open fd of a process; none where it has ended or is not ours to look at."""
    links: dict[int, str] = {}
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                links[int(entry.name)] = str(entry.readlink())
            except OSError:
                continue  # closed meanwhile
    except OSError:
        return {}
    kinds = _kinds_of_sockets(pid, {int(link[8:-1]) for link in links.values() if link.startswith("socket:[")})
    return {fd: _known(pid, fd, links[fd], kinds.get) for fd in sorted(links)}


def _known(pid: int, fd: int, link: str, kind_of: Callable[[int], FdKind | None]) -> KnownFd:
    try:
        info = Path(f"/proc/{pid}/fdinfo/{fd}").read_text()
    except OSError:
        info = ""
    flags = re.search(r"^flags:\s*([0-7]+)", info, re.MULTILINE)
    cloexec = bool(flags and int(flags[1], 8) & _CLOEXEC)
    if link.startswith("socket:["):
        inode = int(link[8:-1])
        return KnownFd(kind_of(inode) or "socket", None, inode, cloexec, ())
    if link == f"{_ANONYMOUS}[eventpoll]":
        watches = tuple(
            (int(fd), flag_names(int(events, 16) & ~_ALWAYS), int(data, 16))
            for fd, events, data in _WATCH.findall(info)
        )
        return KnownFd("epoll", None, None, cloexec, watches)
    return KnownFd("other", _file(link), None, cloexec, ())


def _file(link: str) -> str:
    """What an fd is that is no socket, in the words of a look."""
    if link.startswith(_ANONYMOUS):
        return link.removeprefix(_ANONYMOUS).strip("[]")
    return "pipe" if link.startswith("pipe:") else "device" if link.startswith("/dev/") else "file"


def _kinds_of_sockets(pid: int, inodes: set[int]) -> dict[int, FdKind]:
    kinds: dict[int, FdKind] = {}
    for inode, row in proc.tcp_table(pid, inodes).items():
        kinds[inode] = "listener" if row.state == "LISTEN" else "connection"
    kinds |= dict.fromkeys(proc.udp_queues(pid, inodes), "datagram")
    for inode, one in proc.unix_table(pid, inodes).items():
        kinds[inode] = "listener" if one.listens else "datagram" if one.datagram else "connection"
    return kinds
