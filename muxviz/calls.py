"""The calls: a row for each that muxviz knows, and what follows from the rows.

A call has its manual page's name. Which system calls it is, what it does to its fd, how it is written where room is
short, and which keys an event's `args` may have stand in its row; `docs/FORMAT.md` has the rows as a page. The probe,
which imports nothing of muxviz, has codes for its calls in `probe/ring_format.py`: a test holds them against the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Does = Literal["waits", "reads", "writes", "reads at", "writes at", "moves", "makes", "ends", "registers", "configures",
               "asks", "processes", "speaks TLS"]  # fmt: skip
"""What a call is for: to sleep until something is ready; to take bytes out of an fd's queue, or put them into one; the
same at a place in a file, which has no queue; to move bytes between two fds; to make descriptors, or end them; to
change an epoll's interest, a socket, a file; to ask and change nothing; to make a process or become another program.
What speaks TLS is no system call: OpenSSL makes as many on the fd as it needs, or none, and the bytes that it takes and
gives are decrypted, no measure of what lies in a queue."""

Traced = Literal["always", "not waits only", "log"]
"""Whether strace is asked for it: always; not where waits alone are traced; never, so that only saved logs have it."""


class Call(NamedTuple):
    """A row."""

    name: str
    """Its name in events: the manual page's, without what tells variants of one call apart (`accept4`, `ppoll`)."""
    does: Does
    syscalls: str
    """The system calls that it is, by strace's names."""
    traced: Traced
    args: str = ""
    """Its keys in `args`, as `ARGS` has them; any call may have those of `ANY_CALL` beside."""
    short: tuple[str, str] = ("", "")
    """Its name in four cells and in six, where that is not its beginning."""
    sleeps: bool = False
    """On an fd that is not O_NONBLOCK it may sleep. The waits sleep on many."""


ROWS: Final = (
    Call("select", "waits", "select _newselect pselect6 pselect6_time64", "always", "interest timeout",
         ("wait", "wait")),
    Call("poll", "waits", "poll ppoll ppoll_time64", "always", "interest timeout interest_cut cut", ("wait", "wait")),
    Call("epoll_wait", "waits", "epoll_wait epoll_pwait epoll_pwait2", "always", "timeout maxevents data unknown cut",
         ("wait", "wait")),
    Call("epoll_ctl", "registers", "epoll_ctl", "always", "op fd events data", ("ctl", "ctl")),

    Call("recv", "reads", "recv", "not waits only", "size flags as_sent", sleeps=True),
    Call("recvfrom", "reads", "recvfrom", "not waits only", "size flags peer", ("recv", "recvfr"), sleeps=True),
    Call("recvmsg", "reads", "recvmsg", "not waits only", "size flags", ("recv", "rcvmsg"), sleeps=True),
    Call("recvmmsg", "reads", "recvmmsg recvmmsg_time64", "not waits only", "messages size bytes flags",
         ("recv", "rcvmms"), sleeps=True),
    Call("read", "reads", "read", "not waits only", "size", sleeps=True),
    Call("readv", "reads", "readv", "not waits only", "size", sleeps=True),
    Call("pread", "reads at", "pread64", "log", "size"),
    Call("preadv", "reads at", "preadv preadv2", "log", "size"),

    Call("send", "writes", "send", "not waits only", "size flags all", sleeps=True),
    Call("sendto", "writes", "sendto", "not waits only", "size flags address", ("send", "sendto"), sleeps=True),
    Call("sendmsg", "writes", "sendmsg", "not waits only", "size flags", ("send", "sndmsg"), sleeps=True),
    Call("sendmmsg", "writes", "sendmmsg", "not waits only", "messages size bytes flags", ("send", "sndmms"),
         sleeps=True),
    Call("write", "writes", "write", "not waits only", "size", sleeps=True),
    Call("writev", "writes", "writev", "not waits only", "size", sleeps=True),
    Call("sendfile", "writes", "sendfile sendfile64", "not waits only", "size from", ("send", "sendfl"), sleeps=True),
    Call("pwrite", "writes at", "pwrite64", "log", "size"),
    Call("pwritev", "writes at", "pwritev pwritev2", "log", "size"),
    Call("splice", "moves", "splice", "not waits only", "to size flags", sleeps=True),

    Call("socket", "makes", "socket", "always", "family type proto flags", ("sock", "socket")),
    Call("socketpair", "makes", "socketpair", "always", "family type proto flags fds", ("pair", "pair")),
    Call("accept", "makes", "accept accept4", "always", "peer flags", ("acpt", "accept"), sleeps=True),
    Call("epoll_create", "makes", "epoll_create epoll_create1", "always", "flags", ("epol", "epoll")),
    Call("dup", "makes", "dup dup2 dup3", "always", "fd2 flags"),
    Call("pipe", "makes", "pipe pipe2", "not waits only", "fds flags"),
    Call("eventfd", "makes", "eventfd eventfd2", "not waits only", "flags"),
    Call("timerfd_create", "makes", "timerfd_create", "not waits only", "flags"),
    Call("signalfd", "makes", "signalfd signalfd4", "not waits only", "flags"),
    Call("inotify_init", "makes", "inotify_init inotify_init1", "not waits only", "flags"),
    Call("io_uring_setup", "makes", "io_uring_setup", "always"),
    Call("close", "ends", "close", "always", "gc range", ("clos", "close")),
    Call("close_range", "ends", "close_range", "always", "first last flags closed"),

    Call("bind", "configures", "bind", "always", "address"),
    Call("listen", "configures", "listen", "always", "backlog address", ("lstn", "listen")),
    Call("connect", "configures", "connect", "always", "address local", ("conn", "connct"), sleeps=True),
    Call("shutdown", "configures", "shutdown", "not waits only", "how", ("shut", "shutdn")),
    Call("setsockopt", "configures", "setsockopt", "log", "level option value", ("opt", "sockop")),
    Call("fcntl", "configures", "fcntl fcntl64", "not waits only", "command value"),
    Call("ioctl", "configures", "ioctl", "not waits only", "request value"),
    Call("timerfd_settime", "configures", "timerfd_settime", "log"),
    Call("io_uring_enter", "configures", "io_uring_enter", "not waits only"),
    Call("io_uring_register", "configures", "io_uring_register", "not waits only"),
    Call("getsockopt", "asks", "getsockopt", "log", "level option value", ("opt", "sockop")),
    Call("getsockname", "asks", "getsockname", "log"),
    Call("getpeername", "asks", "getpeername", "log"),

    Call("fork", "processes", "fork vfork", "always", "flags lane"),
    Call("clone", "processes", "clone clone3", "always", "flags"),
    Call("execve", "processes", "execve execveat", "always", "file closed"),

    Call("SSL_read", "speaks TLS", "", "log", "size pending reason", ("SSLr", "SSL_rd"), sleeps=True),
    Call("SSL_write", "speaks TLS", "", "log", "size reason", ("SSLw", "SSL_wr"), sleeps=True),
    Call("SSL_do_handshake", "speaks TLS", "", "log", "reason", ("SSLh", "SSL_hs"), sleeps=True),
    Call("SSL_shutdown", "speaks TLS", "", "log", "reason", ("SSLs", "SSL_sh"), sleeps=True),
)  # fmt: skip
"""strace's `recvfrom` and `sendto` without an address are `recv` and `send`, its `clone` of a process is `fork`, and
`fcntl(F_DUPFD)` is `dup`."""

ARGS: Final[Mapping[str, str]] = MappingProxyType({
    "address": "the name that it was given: [host, port, …] or a path",
    "all": "true for `sendall`, which sends until nothing is left",
    "as_sent": "of a client's read: whether the bytes are those that it had sent",
    "backlog": "how many connections may wait",
    "bytes": "bytes of the messages that were moved, together (`ret` counts messages)",
    "closed": "the fds that it has closed",
    "command": "fcntl's command",
    "cut": "how many reports strace left out",
    "data": "of epoll: the 64 bits that the program registered, where they are not the fd's number",
    "events": "the interest, `IN|ET`",
    "fd": "the fd that is registered",
    "fd2": "the number that dup was told to use",
    "fds": "the two fds that were made",
    "file": "the program's path",
    "first": "the first fd",
    "flags": "flags by their names, joined with `|`",
    "family": "`AF_INET` …",
    "from": "the fd that it was read from",
    "gc": "true where the interpreter closed it, as nobody referred to it any more",
    "how": "`RD`, `WR`, `RDWR`",
    "interest": "what the wait was asked for, as pairs like `ready`",
    "interest_cut": "how many fds of the interest strace left out",
    "lane": "the lane of the new process",
    "last": "the last fd",
    "level": "the option's level, `SOL_SOCKET` …",
    "local": "of a client: its own address",
    "maxevents": "how many reports it has room for",
    "messages": "how many messages it has room for, or was given",
    "op": "`ADD`, `MOD`, `DEL`",
    "option": "`SO_REUSEADDR` …",
    "peer": "the other end's address",
    "pending": "bytes that OpenSSL has decrypted and not given yet",
    "proto": "the protocol's number or name",
    "range": "true where `closerange` closed it",
    "reason": "why OpenSSL says that the connection has failed",
    "request": "ioctl's request",
    "size": "bytes that it has room for, or was given",
    "timeout": "milliseconds; -1 for ever, absent where it is not known",
    "to": "the fd that it was written to",
    "type": "`SOCK_STREAM` …",
    "unknown": "reports of fds that were registered before the trace began: pairs of data and flags",
    "value": "the value that was set or read; of linger [on, seconds], other bytes in hex",
})  # fmt: skip
"""What a key of `args` means."""

ANY_CALL: Final[Mapping[str, str]] = MappingProxyType({
    "also": "other lanes in which the closed fd was drawn",
    "blocking": "true where the fd is not O_NONBLOCK",
    "former": "true where the fd was closed by another thread while the call slept",
    "injected": "true where strace has changed it, as it was told to",
    "moved": "by fd, the lane in which it was drawn so far",
    "path": "the file of its fd",
    "restart": "the kernel's code where a signal interrupted it, and it begins again or ends with EINTR",
    "seen": "by fd, what kind it is that no call was seen to make",
    "still": "true where a call that has begun is told once more, as it sleeps on while other threads have moved",
    "syscall": "the system call, where its name is another",
    "timeout_s": "the socket's own timeout, in seconds",
    "watches": "by fd, the registrations of an epoll that no call was seen to make",
})  # fmt: skip
"""Keys that any call may have."""

BY_NAME: Final[Mapping[str, Call]] = MappingProxyType({row.name: row for row in ROWS})


def which(*does: Does) -> frozenset[str]:
    """The names of the calls that do one of these."""
    return frozenset(row.name for row in ROWS if row.does in does)


WAITS: Final = which("waits")
"""The calls that sleep until something is ready."""
READS: Final = which("reads")
"""Calls that take bytes out of an fd's queue."""
WRITES: Final = which("writes")
"""Calls that put bytes into one."""
ALL_READS: Final = READS | which("reads at")
"""The same with those of a file, which has no queue."""
ALL_WRITES: Final = WRITES | which("writes at")
TLS: Final = which("speaks TLS")
"""Calls of OpenSSL on an fd."""
MAY_SLEEP: Final = frozenset(row.name for row in ROWS if row.sleeps)
"""Calls, beside the waits, that sleep on a blocking fd."""


def syscalls(*traced: Traced) -> list[str]:
    """The system calls that are traced so, in the rows' order."""
    return [name for row in ROWS if row.traced in traced for name in row.syscalls.split()]
