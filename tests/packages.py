"""The programs that tests run beside Python, each with the Debian package that has it.

    python3 tests/packages.py            # the packages that are missing on this machine, one a line

It needs nothing but Python: `.ci/run` asks it before anything is installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Final

PACKAGES: Final = {
    "asciinema": "asciinema",
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "curl": "curl",
    "memcached": "memcached",
    "nginx": "nginx-light",
    "node": "nodejs",
    "openssl": "openssl",
    "redis-benchmark": "redis-tools",
    "redis-server": "redis-server",
    "strace": "strace",
    "tmux": "tmux",
}
ADMINISTRATION: Final = ("/usr/sbin", "/sbin")
"""Where Debian has servers; not on the PATH of everybody."""


def lookup(path: str) -> str:
    """`path`, with the directories of servers."""
    return os.pathsep.join([path, *(one for one in ADMINISTRATION if one not in path.split(os.pathsep))])


def missing(programs: Iterable[str], path: str) -> list[str]:
    """Those of the programs that are not on `path`."""
    return [one for one in programs if shutil.which(one, path=lookup(path)) is None]


def install(programs: Iterable[str]) -> str:
    """The command that installs them."""
    return "apt-get install " + " ".join(sorted({PACKAGES[one] for one in programs}))


if __name__ == "__main__":
    for package in sorted({PACKAGES[one] for one in missing(PACKAGES, os.environ.get("PATH", os.defpath))}):
        print(package)
