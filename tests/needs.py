"""What a test needs of its machine: `@pytest.mark.needs("strace", "nginx")`, on a test, a parameter or a module; in a
fixture, `need("curl")`.

Where a program is missing the test is skipped by its name, and the run's last lines say how many were and what
installs the programs; under CI=true it fails. A capability is a thing that the kernel may refuse (`CAPABILITIES`): a
test that needs one is skipped by that name.

A test that has not said what it runs fails on every machine: it finds the programs of the table shadowed on its PATH
by one that says what to write.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.packages import PACKAGES, install, missing

PATH: Final = os.environ.get("PATH", os.defpath)
"""As the run was started with it."""
SHADOW: Final = """#!/bin/sh
echo "this test runs ${0##*/} and does not say so: @pytest.mark.needs(\\"${0##*/}\\"), see tests/needs.py" >&2
exit 127
"""
REASON: Final = "needs "
"""With which a skipped test's reason begins; names follow."""
IMPLIED: Final = {"strace": ("ptrace",), "chromedriver": ("chromium",)}
"""What a program is of no use without."""


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


_TRACEME = "import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)"


def _sock_diag() -> bool:
    """sock_diag(7) over netlink."""
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4).close()
    except (AttributeError, OSError):
        return False
    return True


CAPABILITIES: Final[dict[str, tuple[Callable[[], bool], str]]] = {
    "another user": (lambda: os.geteuid() != 0 or _runs("setpriv", "--reuid", "65534", "--clear-groups", "true"),
                     "root may not become another user here (setpriv)"),
    "ptrace": (lambda: _runs(sys.executable, "-S", "-c", _TRACEME), "ptrace(2) is refused"),
    "sock_diag": (_sock_diag, "sock_diag(7) is refused"),
    "x86_64": (lambda: os.uname().machine == "x86_64", "the machine is no x86_64"),
    "unshare": (lambda: _runs("unshare", "-rm", "mount", "--bind", "/dev/null", "/etc/hostname"),
                "a mount namespace of its own is refused (unshare -rm)"),
}  # fmt: skip
"""What the kernel may refuse: whether it is there, and what to say where it is not."""


@cache
def _lacking(name: str) -> bool:
    if name in CAPABILITIES:
        return not CAPABILITIES[name][0]()
    if name not in PACKAGES:
        raise pytest.UsageError(f"needs({name!r}): neither in tests/packages.py nor a capability of tests/needs.py")
    return bool(missing([name], PATH))


def _with_implied(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(each for name in names for each in (name, *IMPLIED.get(name, ()))))


class _Current:
    """What the test that runs has said it needs, and where the shadows are."""

    said: frozenset[str] = frozenset()
    directory: Path


def need(*names: str) -> None:
    """The test that runs needs these programs or capabilities."""
    wanted = _with_implied(names)
    lacking = [name for name in wanted if _lacking(name)]
    programs = [name for name in lacking if name in PACKAGES]
    if programs and os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"under CI everything is installed; missing: {install(programs)}", pytrace=False)
    if lacking:
        pytest.skip(REASON + ", ".join(lacking))
    _Current.said |= set(wanted)
    os.environ["PATH"] = _path(frozenset(_Current.said & PACKAGES.keys()))


@cache
def _path(said: frozenset[str]) -> str:
    """A PATH on which the table's other programs are shadowed."""
    directory = _Current.directory / ("+".join(sorted(said)) or "none")
    directory.mkdir(exist_ok=True)
    shadow = _Current.directory / "shadow"
    for program in PACKAGES.keys() - said:
        (directory / program).symlink_to(shadow)
    return os.pathsep.join([str(directory), PATH])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*names): programs of tests/packages.py, capabilities of tests/needs.py")


def pytest_sessionstart(session: pytest.Session) -> None:
    factory: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined]
    _Current.directory = factory.mktemp("shadows")
    shadow = _Current.directory / "shadow"
    shadow.write_text(SHADOW)
    shadow.chmod(0o755)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _Current.said = frozenset()
    os.environ["PATH"] = _path(frozenset())
    try:
        return (yield)
    finally:
        os.environ["PATH"] = PATH


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    need(*(name for mark in item.iter_markers("needs") for name in mark.args))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """How many were skipped, for want of what, and what installs it. The outermost, so that these lines stand last."""
    yield
    reasons = (report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", []))
    lacking = [reason.removeprefix(REASON).split(", ") for reason in reasons if reason.startswith(REASON)]
    if not lacking:
        return
    counted = Counter(name for names in lacking for name in names)
    programs = sorted(name for name in counted if name in PACKAGES)
    terminalreporter.write_line("")
    for name in sorted(name for name in counted if name in CAPABILITIES):
        terminalreporter.write_line(f"{counted[name]} tests skipped: {CAPABILITIES[name][1]}")
    if programs:
        without = sum(any(name in PACKAGES for name in names) for names in lacking)
        terminalreporter.write_line(
            f"{without} tests skipped for want of " + ", ".join(f"{name} ({counted[name]})" for name in programs)
        )
        terminalreporter.write_line(f"to run them too: {install(programs)}")
