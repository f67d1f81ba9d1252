"""Disks with no room, for a test: files of a process that may not grow, and a real file system of some pages.

A Python 3.11 that may not write all of a byte code file leaves half of it, and fails to import the module from then on,
in whatever process: nobody here writes any.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

NO_BYTECODE = ("PYTHONDONTWRITEBYTECODE", "1")
UNCOMPILED = os.environ | dict([NO_BYTECODE])
"""The environment of a process that keeps no byte code."""


def no_larger(size: int) -> Callable[[], None]:
    """For a child, between fork and exec: files up to so many bytes. Python ignores SIGXFSZ, so that a write fails with
    EFBIG as it does with ENOSPC on a full disk. Give it `UNCOMPILED` too."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@contextmanager
def no_larger_here(size: int) -> Iterator[None]:
    """The same for the process that tests, and for those that it starts, while the block lasts."""
    before, compiles = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    os.environ.update([NO_BYTECODE])  # the tests have it unset: conftest's `bytecode`
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = compiles
        del os.environ[NO_BYTECODE[0]]


_MOUNTS = ["unshare", "--map-root-user", "--mount"]


@cache
def no_small_disk() -> str | None:
    """Why `on_a_small_disk` can't be used here, where it can't."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    done = subprocess.run(
        [*_MOUNTS, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else f"no mount namespace: {done.stderr.strip()}"


def on_a_small_disk(script: str, disk: os.PathLike[str], pages: int = 10) -> subprocess.CompletedProcess[str]:
    """Run a script of bash where the directory `disk` is a file system of so many pages. Nobody else sees it, and it is
    gone with the script, which copies what is to be kept."""
    mount = f"mount -t tmpfs -o size={pages * os.sysconf('SC_PAGE_SIZE')} none {os.fspath(disk)}"
    return subprocess.run(
        [*_MOUNTS, "bash", "-c", f"{mount} || exit 99\n{script}"],
        env=UNCOMPILED, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
