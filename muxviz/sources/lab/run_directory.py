"""The directory of a session's names in shared memory, and what becomes of those that a killed muxviz left.

A session's directory `muxviz-TOKEN` holds its rings; its semaphores, which can't lie in a directory (sem_overview(7)),
are named `sem.muxviz-TOKEN-…` beside it. The owner keeps the directory locked (flock(2)): the lock ends with the
process, whatever ends it, and holds across pid namespaces that share /dev/shm, where a pid would say nothing. The
directory is made before its first name and removed after its last, so a name without a locked directory has no owner.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

_DIRECTORY: Final = re.compile(r"muxviz-[0-9a-f]{12}")
_SEMAPHORE: Final = re.compile(r"sem\.(muxviz-[0-9a-f]{12})-[0-9a-f]{12}")
_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MEMORY: Final = Path("/dev/shm")


def shared_memory() -> Path:
    """The directory for rings: memory where there is one, else wherever temporary files go."""
    return _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())


class RunDirectory:
    """A private directory, locked for as long as this process keeps it."""

    def __init__(self) -> None:
        """Clear what dead sessions left, then make ours. Raises OSError."""
        where = shared_memory()
        sweep(where)
        while True:
            self.path: Path = where / f"muxviz-{secrets.token_hex(6)}"
            try:
                self.path.mkdir(0o700)
                self._handle = os.open(self.path, _OPEN)
            except FileNotFoundError as error:
                if where.is_dir():
                    continue  # another muxviz cleared it before it was locked
                raise error from None
            except OSError as error:
                with contextlib.suppress(OSError):
                    self.path.rmdir()
                if error.errno == errno.ENOSPC:
                    words = f"no room in {where} for a session's directory: free some there, or make it larger"
                    raise OSError(errno.ENOSPC, words) from None
                raise
            if _locked(self._handle) and _is_at(self.path, self._handle):
                return
            os.close(self._handle)

    @property
    def owner(self) -> str:
        """What the names of the session's semaphores begin with."""
        return self.path.name

    def close(self) -> None:
        """Remove it with what is in it. Safe to call twice."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(handle)


def sweep(where: Path) -> None:
    """Remove the names of sessions whose owner is dead: ours alone, of this user alone, no link followed. What can't be
    removed stays."""
    try:
        names = sorted(os.listdir(where))  # noqa: PTH208 - names, and no paths
    except OSError:
        return
    for name in names:
        if _DIRECTORY.fullmatch(name):
            with contextlib.suppress(OSError):
                _clear(where, name)
    for name in names:
        found = _SEMAPHORE.fullmatch(name)
        if found and not os.path.lexists(where / found[1]):
            _remove(where / name)


def _clear(where: Path, name: str) -> None:
    handle = os.open(where / name, _OPEN)
    try:
        if os.fstat(handle).st_uid != os.geteuid() or not _locked(handle) or not _is_at(where / name, handle):
            return
        for other in os.listdir(where):  # noqa: PTH208 - again: its owner may have made more, and died since
            found = _SEMAPHORE.fullmatch(other)
            if found and found[1] == name:
                _remove(where / other)
        for ring in os.listdir(handle):  # noqa: PTH208
            if ring.startswith("ring-"):
                os.unlink(ring, dir_fd=handle)
        (where / name).rmdir()
    finally:
        os.close(handle)


def _remove(file: Path) -> None:
    """A semaphore's file of this user: a plain one, and no link to another."""
    with contextlib.suppress(OSError):
        what = file.lstat()
        if stat.S_ISREG(what.st_mode) and what.st_uid == os.geteuid():
            file.unlink()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, handle: int) -> bool:
    """The directory still has its name."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False
