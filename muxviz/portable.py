"""Where systems differ, for what works on every one of them: recordings are read, checked, exported and replayed
anywhere; what watches a program needs Linux.

Whether a system has a thing is asked of the thing, and not of the system's name: `os.pread` is on macOS and not on
Windows.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
import threading
from typing import Final

_NAMES: Final = {"darwin": "macOS", "win32": "Windows", "cygwin": "Cygwin", "linux": "Linux", "android": "Android"}


def is_linux() -> bool:
    """Whether programs can be watched here."""
    return sys.platform == "linux"


def system() -> str:
    """This system by the name that its people use: `macOS`."""
    return _NAMES.get(sys.platform, sys.platform)


def release() -> str:
    """This system's release, as its people count: `6.18.44` of Linux, `14.5` of macOS."""
    return (platform.mac_ver()[0] if sys.platform == "darwin" else "") or platform.release()


def only_linux(what: str) -> str | None:
    """One line where this is another system, on which `what` ("muxviz run") does not work."""
    if is_linux():
        return None
    return (
        f"{what} watches Linux system calls (epoll among them), and this is {system()}; "
        "show, check, export, replay, scenarios and trace --from work here"
    )


def terminal_kind() -> str:
    """TERM, or `dumb` where it is not set. A Windows console never sets it, and is none of the dumb ones."""
    return os.environ.get("TERM", "windows" if sys.platform == "win32" else "dumb")


def reader_gone(error: OSError) -> bool:
    """Whether a write failed because whoever read has closed the pipe. Windows says EINVAL, without a file's name."""
    return isinstance(error, BrokenPipeError) or (
        sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    )


# --- files -----------------------------------------------------------------------------------------------------------


def _flag(name: str) -> int:
    return int(getattr(os, name, 0))


PLAIN: Final = _flag("O_CLOEXEC") | _flag("O_BINARY") | _flag("O_NOINHERIT")
"""For every os.open: no child gets it (Python sees to that too), and Windows leaves line ends as they are."""
AT_ONCE: Final = _flag("O_NONBLOCK")
"""Opening a pipe does not wait for its other side."""
NOT_THROUGH_LINKS: Final = _flag("O_NOFOLLOW")
"""What a symbolic link leads to is not opened; Windows makes none without a right that few have."""
NOT_OUR_TERMINAL: Final = _flag("O_NOCTTY")
"""A terminal that is opened does not become the process's own."""

_seeking = threading.Lock()


def read_at(handle: int, count: int, place: int) -> bytes:
    """Up to `count` bytes of a file from a place on, as pread(2): the descriptor's position stays where it is."""
    if hasattr(os, "pread"):
        return os.pread(handle, count, place)
    with _seeking:
        before = os.lseek(handle, 0, os.SEEK_CUR)
        try:
            os.lseek(handle, place, os.SEEK_SET)
            return os.read(handle, count)
        finally:
            os.lseek(handle, before, os.SEEK_SET)


def read_into(handle: int, buffer: memoryview, place: int) -> int:
    """As many bytes as the file has of what the buffer holds, into it; returns how many."""
    if hasattr(os, "preadv"):
        return os.preadv(handle, [buffer], place)
    data = read_at(handle, len(buffer), place)
    buffer[: len(data)] = data
    return len(data)


def write_at(handle: int, data: bytes | memoryview, place: int) -> int:
    """Bytes into a file from a place on, as pwrite(2); returns how many were written."""
    if hasattr(os, "pwrite"):
        return os.pwrite(handle, data, place)
    with _seeking:
        before = os.lseek(handle, 0, os.SEEK_CUR)
        try:
            os.lseek(handle, place, os.SEEK_SET)
            return os.write(handle, data)
        finally:
            os.lseek(handle, before, os.SEEK_SET)
