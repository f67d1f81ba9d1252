"""What muxviz needs of this machine, asked of it: each thing with what is there, or what is missing and what to do.

What asks Linux itself is loaded where it is asked: elsewhere there is none of it.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, NamedTuple

from muxviz.portable import is_linux, only_linux, release, system, terminal_kind

Grade = Literal["ok", "note", "missing"]
"""`note`: something does with less, and it says with what. `missing`: a part of muxviz does not work."""

_WIDTH, _HEIGHT = 80, 24
_OLDEST_PYTHON: Final = (3, 11)
_IO_URING: Final = Path("/proc/sys/kernel/io_uring_disabled")
_SHARED_MEMORY: Final = Path("/dev/shm")


class Answer(NamedTuple):
    """What was found of one thing."""

    grade: Grade
    words: str
    """What is there; or what is not, what does not work without it, and what to do."""


class Check(NamedTuple):
    """One thing, with its answer."""

    name: str
    grade: Grade
    words: str


def _python() -> Answer:
    found = platform.python_version()
    if sys.version_info >= _OLDEST_PYTHON:
        return Answer("ok", found)
    return Answer("missing", f"{found}: install Python {'.'.join(map(str, _OLDEST_PYTHON))} or a later one")


def _kernel() -> Answer:
    words = f"{system()} {release()} on {platform.machine()}"
    trouble = only_linux("the rest of muxviz")
    return Answer("ok", words) if trouble is None else Answer("note", f"{words}: {trouble}")


def _strace() -> Answer:
    from muxviz.sources.strace import permissions

    found = permissions.version()
    if found is None:
        return Answer("missing", f"muxviz trace needs it: {permissions.INSTALL}")
    words = ".".join(map(str, found)) or "of an unknown version"
    if found and found < permissions.OLDEST:
        return Answer(
            "missing", f"{words} is too old: {'.'.join(map(str, permissions.OLDEST))} or a later one is needed"
        )
    return Answer("ok", words)


def _tracing() -> Answer:
    from muxviz.sources.strace import permissions

    found = permissions.trial()
    if found.trouble is not None:
        return Answer("missing", found.trouble)
    return Answer("ok", "`true` was traced")


def _seccomp() -> Answer:
    from muxviz.sources.strace import permissions

    found = permissions.trial()
    if found.trouble is not None:
        return Answer("note", "not known, as nothing can be traced")
    if found.filtered:
        return Answer("ok", "calls that nobody asked about go at full speed (--seccomp-bpf)")
    return Answer("note", "strace can't use it: each call of a traced program costs 20 µs, also one that is not shown")


def _attaching() -> Answer:
    from muxviz.sources.strace import permissions

    scope = permissions.yama_scope()
    if not scope:
        return Answer("ok", "to every process of this user (no Yama, or ptrace_scope 0)")
    if scope < 3 and permissions.may_trace_all():
        return Answer("ok", f"as this user has CAP_SYS_PTRACE (Yama, ptrace_scope {scope})")
    what = "muxviz trace -p does not work"
    if scope == 3:
        return Answer("note", f"{what} until the kernel is started anew (Yama, ptrace_scope 3); trace -- COMMAND does")
    return Answer(
        "note", f"{what} (Yama, ptrace_scope {scope}): sudo muxviz trace -p …, or sysctl kernel.yama.ptrace_scope=0"
    )


def _copies() -> Answer:
    from muxviz.sources.outside import pidfd

    trouble = pidfd.permitted()
    if trouble is None:
        return Answer("ok", "a traced program's queues are seen whole")
    return Answer("note", f"{trouble}: of a traced program's queues only those of TCP are seen")


def _sock_diag() -> Answer:
    from muxviz.sources.outside import sock_diag

    if sock_diag.answers():
        return Answer("ok", "the kernel tells of a socket by its addresses")
    return Answer("note", "the kernel does not answer: whether a sleeping lane's connection has room is not seen")


def _proc() -> Answer:
    own = Path("/proc/self")
    try:
        sockets = Path(own, "net/tcp").read_text()
        Path(own, "task", str(os.getpid()), "stat").read_text()
        Path(own, "fdinfo/0").read_text() if Path(own, "fd/0").exists() else ""
    except OSError as error:
        return Answer("missing", f"{error.strerror}: {error.filename}; mount proc on /proc, with its net directory")
    return Answer("ok", f"{sockets.count(chr(10)) - 1} TCP sockets in this network namespace")


def _io_uring() -> Answer:
    try:
        disabled = int(_IO_URING.read_text())
    except (OSError, ValueError):
        disabled = 0
    if disabled == 2:
        return Answer("ok", "switched off here, so no program does anything that strace can't see")
    return Answer(
        "note", "what a program does through it is no system call, and not seen; muxviz says so where it is used"
    )


def _memory() -> Answer:
    try:
        free = shutil.disk_usage(_SHARED_MEMORY).free
    except OSError:
        return Answer(
            "note", f"no {_SHARED_MEMORY}: the lanes' rings lie in the temporary directory, which may be a disk"
        )
    if free < _RING_ROOM:
        return Answer(
            "missing", f"only {free >> 20} MiB free: the lanes' rings need {_RING_ROOM >> 20}; --shm-size for docker"
        )
    return Answer("ok", f"{free >> 20} MiB free for the lanes' rings")


_RING_ROOM: Final = 16 << 20


def _loopback() -> Answer:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Answer("ok", "127.0.0.1 listens")
    except OSError as error:
        return Answer("missing", f"{error.strerror}: the lab needs 127.0.0.1; ip link set lo up")


def _terminal() -> Answer:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        return Answer("note", "none here, so no screen: muxviz tells its stories as text")
    if terminal_kind() == "dumb":
        return Answer("note", "TERM is not set, so no screen: export TERM=xterm-256color")
    width, height = os.get_terminal_size(sys.stdout.fileno())
    colours = {"truecolor": "16 million", "24bit": "16 million"}.get(os.environ.get("COLORTERM", ""))
    colours = colours or ("256" if "256color" in terminal_kind() else "16")
    words = f"{width}x{height}, {colours} colours"
    if width < _WIDTH or height < _HEIGHT:
        return Answer("note", f"{words}: make it {_WIDTH}x{_HEIGHT} or larger")
    return Answer("ok", words)


def _locale() -> Answer:
    encoding = (sys.stdout.encoding if sys.stdout is not None else "") or ""
    if encoding.lower().replace("-", "") == "utf8":
        return Answer("ok", "UTF-8")
    what = f"{encoding or 'none'}: the screen's lines and marks need UTF-8"
    if sys.platform == "win32":  # a console of its own is UTF-8; what goes into a file or a pipe is not
        return Answer("note", f"{what}; set PYTHONUTF8=1")
    return Answer("missing", f"{what}; export LC_ALL=C.UTF-8")


_ANYWHERE: Final[tuple[tuple[str, Callable[[], Answer]], ...]] = (
    ("python", _python),
    ("kernel", _kernel),
    ("terminal", _terminal),
    ("locale", _locale),
)
"""What recordings need, on every system."""

CHECKS: Final = (
    *_ANYWHERE,
    ("loopback", _loopback),
    ("/dev/shm", _memory),
    ("/proc", _proc),
    ("sock_diag", _sock_diag),
    ("strace", _strace),
    ("ptrace", _tracing),
    ("attach", _attaching),
    ("seccomp", _seccomp),
    ("pidfd_getfd", _copies),
    ("io_uring", _io_uring),
)
"""Everything, in the order in which it is told: what the screen and the lab need, then what `muxviz trace` does."""


def examine() -> list[Check]:
    """Ask all of it; takes some tenths of a second."""
    return [Check(name, *ask()) for name, ask in (CHECKS if is_linux() else _ANYWHERE)]
