"""What several tests need: recorded sessions, and proof that nothing was left running."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from muxviz.recording import load
from muxviz.trace import Trace
from tests.processes import descendants, kill
from tests.waiting import LIMIT_SECONDS

pytest_plugins = ["tests.needs", "tests.quick", "tests.timeouts"]

MUXVIZ = [sys.executable, "-m", "muxviz"]

# Whatever started the tests may ignore them (nohup(1), a shell's background jobs), and what they start inherits that.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number is signal.SIGINT else signal.SIG_DFL)

# How long an example takes is no failure of it: the machine may be busy.
settings.register_profile(
    "patient", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def run_muxviz(*args: str | Path, timeout: float = LIMIT_SECONDS, **kwargs: object) -> subprocess.CompletedProcess[str]:
    """`muxviz ARGS` without a terminal."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*MUXVIZ, *map(str, args)],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        **kwargs,
    )


def moments(count: int, most: int = 3_000, about: int = 12) -> list[int]:
    """Numbers from 0 to `count` - 1 to look at: all of them, or of very many `about` so many. A crowd's session
    has fifty thousand events, and a state of its own size at each."""
    step = 1 if count <= most else max(1, count // about)
    return sorted({*range(0, count, step), count - 1}) if count else []


class Recordings(dict[str, Path]):
    """Each scenario, recorded by a real headless run when it is first asked for: name -> file. The processes that share
    the tests share them."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory

    def __missing__(self, name: str) -> Path:
        file = self[name] = self._directory / f"{name}.muxviz"
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                draft = file.with_suffix(".draft.muxviz")
                done = run_muxviz("lab", name, "--headless", "-o", draft)
                assert done.returncode == 0, done.stderr
                draft.rename(file)
        return file


def shared(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A directory that the processes which share the tests share."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where bytecode may not be written beside the source it goes elsewhere: the tests start thousands of processes,
    and each would compile muxviz anew."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(shared(tmp_path_factory, "bytecode"))


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    """The scenarios' recordings, shared by all tests."""
    return Recordings(shared(tmp_path_factory, "recordings"))


@pytest.fixture(scope="session")
def partial_read(recordings: Recordings) -> Iterator[Trace]:
    """The session that the first minute shows."""
    trace = load(recordings["partial-read"])
    yield trace
    trace.close()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves a process of its own."""
    before = descendants(os.getpid())
    yield
    left = descendants(os.getpid()) - before
    running = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left if Path(f"/proc/{pid}").exists()]
    kill(left)
    assert not left, running
