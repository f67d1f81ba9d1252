"""A file written whole or not at all: what it held stays until everything new is on the disk.

The new content goes into a draft beside the file, which then takes its place (rename(2)). The draft's name can't be
guessed and must not exist: who may write in the same directory, as in /tmp, can neither read it nor lead it elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from muxviz.portable import NOT_OUR_TERMINAL, NOT_THROUGH_LINKS, PLAIN

DRAFT_PREFIX: Final = ".muxviz-"
_DRAFT_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN
"""Together O_CREAT and O_EXCL follow no symbolic link (open(2))."""
_STREAM_FLAGS: Final = os.O_WRONLY | NOT_THROUGH_LINKS | NOT_OUR_TERMINAL | PLAIN
_MOST_LINKS: Final = 40
"""Symbolic links on the way to a file (path_resolution(7))."""


def write_whole(path: Path, parts: Iterable[str]) -> None:
    """Write a text file in UTF-8. Raises OSError, and then a file that was there is as it was.

    A symbolic link is followed, as `cp` and a shell do, and what it leads to is replaced; not one that the kernel would
    not follow in a shared directory (`fs.protected_symlinks`, proc_sys_fs(5)). What can't be replaced is written into:
    a pipe, a terminal, a device, an open descriptor such as /dev/stdout. A file that may not be written is left alone,
    and one that is replaced keeps its permissions.
    """
    handle = _descriptor(path)
    if handle is None:
        target = _followed(path)
        found = _status(target)
        if found is None or stat.S_ISREG(found.st_mode):
            _replace(target, found, parts)
            return
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        handle = os.open(target, _STREAM_FLAGS)
    with _text(handle) as out:
        out.writelines(parts)


def _replace(target: Path, found: os.stat_result | None, parts: Iterable[str]) -> None:
    if found is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(target))
    with _draft(target.parent) as (draft, handle):
        with _text(handle) as out:
            out.writelines(parts)
            out.flush()
            os.fsync(handle)  # where a disk is found to be full only when it is written to, that is told here
            _permit(handle, found)
        draft.replace(target)


def _permit(handle: int, before: os.stat_result | None) -> None:
    """Owner, group and permissions as they were; of a new file, as any program makes one."""
    if not hasattr(os, "fchmod"):
        return
    if before is None:
        os.fchmod(handle, 0o666 & ~_umask())
        return
    mode = before.st_mode & 0o777
    try:
        os.fchown(handle, before.st_uid, before.st_gid)
    except OSError:
        mode &= ~0o070  # those of another group would be let in
    os.fchmod(handle, mode)


@contextlib.contextmanager
def _draft(directory: Path) -> Iterator[tuple[Path, int]]:
    """A new file of a name that nobody guesses, its owner's alone; gone at the end, unless it was moved away."""
    draft = directory / f"{DRAFT_PREFIX}{os.urandom(12).hex()}"
    ours = True
    try:
        try:
            handle = os.open(draft, _DRAFT_FLAGS, 0o600)
        except OSError:
            ours = False  # what lies there, if anything does
            raise
        yield draft, handle  # a signal may raise an exception as soon as the file is there
    finally:
        if ours:
            draft.unlink(missing_ok=True)


def _text(handle: int) -> IO[str]:
    return os.fdopen(handle, "w", encoding="utf-8", newline="\n")


def _status(path: Path) -> os.stat_result | None:
    """What lies there; None where nothing does."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


# --- links -----------------------------------------------------------------------------------------------------------


def _followed(path: Path) -> Path:
    """Where a path's last name leads. Raises OSError for a circle, and for a link that another user left in a directory
    where everybody may."""
    for _ in range(_MOST_LINKS + 1):
        found = _status(path)
        if found is None or not stat.S_ISLNK(found.st_mode):
            return path
        if _is_planted(path, found):
            raise PermissionError(errno.EACCES, "another user's symbolic link lies there", os.fspath(path))
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))


def _is_planted(link: Path, found: os.stat_result) -> bool:
    """The kernel's rule (fs/namei.c, may_follow_link), also where it is switched off."""
    if not hasattr(os, "geteuid"):
        return False
    around = link.parent.stat()
    shared = bool(around.st_mode & stat.S_ISVTX and around.st_mode & stat.S_IWOTH)
    return shared and found.st_uid not in (os.geteuid(), around.st_uid)


def _descriptor(path: Path) -> int | None:
    """A duplicate of the descriptor of ours that a path such as /dev/stdout or /dev/fd/3 names; None for any other.
    Opened by that name a regular file would be written from its beginning, whatever stands in it."""
    for _ in range(_MOST_LINKS + 1):
        found = _status(path)
        if found is None or not stat.S_ISLNK(found.st_mode):
            return None
        if path.name.isdecimal() and path.parent.resolve() == Path(f"/proc/{os.getpid()}/fd"):
            return os.dup(int(path.name))
        path = path.parent / path.readlink()
    return None
