"""Names in shared memory: a start that fails leaves none, and those of a killed muxviz are cleared by the next."""

from __future__ import annotations

import fcntl
import mmap
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muxviz.scenarios import CATALOGUE
from muxviz.sources.lab import build, run_directory
from muxviz.sources.lab.run_directory import RunDirectory, sweep
from muxviz.sources.ring import lane_reader
from muxviz.sources.ring.lane_reader import Bell

KILLS = int(os.environ.get("MUXVIZ_START_KILLS", "6"))
_TOKEN = "0123456789ab"


def _lab() -> build.Lab:
    scenario = CATALOGUE["partial-read"]
    return build.Lab(build.lab_programs(scenario), build.lab_source(scenario), scenario)


def _handles() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_directory, "_MEMORY", tmp_path)
    return tmp_path


@pytest.mark.parametrize("what", ["os.open", "os.posix_fallocate", "mmap", "SemLock", "os.pipe"])
def test_a_start_that_fails_at_any_step_leaves_nothing(
    what: str, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first, the second … call of each kind fails, until a start needs no more of them."""
    owner, name = (
        (os, what[3:]) if what.startswith("os.") else (mmap, "mmap") if what == "mmap" else (lane_reader, what)
    )
    real = getattr(owner, name)
    semaphores: list[str] = []
    monkeypatch.setattr(lane_reader, "_unlink", lambda name: semaphores.remove(name) if name in semaphores else None)
    refused = 0
    while True:
        left = refused

        def call(*args: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                left = -1
                raise OSError(28, "No space left on device")
            left -= left > 0
            if what == "SemLock":
                semaphores.append(args[3])
            return real(*args, **named)

        fake: Callable[..., Any] = call
        if what == "SemLock":
            fake = type("Fake", (), {"__new__": lambda kind, *args: call(*args), "SEM_VALUE_MAX": real.SEM_VALUE_MAX})
        before = _handles()
        monkeypatch.setattr(owner, name, fake)
        try:
            made = _lab()
        except (OSError, MemoryError):  # the latter where a mapping is refused: a lab asks for its memory first
            made = None
        finally:
            monkeypatch.setattr(owner, name, real)
        if made is not None:
            made.close()
            made.trace.close()
            made = None
            if left >= 0:
                break
        assert (os.listdir(memory), semaphores, _handles() - before) == ([], [], set())  # noqa: PTH208
        refused += 1
    assert refused


def test_no_room_says_where_and_what_to_do(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match=f"no room in {memory} for the .* KiB that each lane needs: free some"):
        _lab()


def test_the_next_one_clears_what_a_dead_one_left_and_that_alone(tmp_path: Path) -> None:
    dead, alive = tmp_path / f"muxviz-{_TOKEN}", tmp_path / "muxviz-aaaaaaaaaaaa"
    dead.mkdir()
    alive.mkdir()
    (dead / "ring-1").touch()
    mine = tmp_path / "mine"
    mine.write_text("kept")
    (tmp_path / "muxviz-cccccccccccc").symlink_to(tmp_path)
    (tmp_path / f"sem.muxviz-bbbbbbbbbbbb-{_TOKEN}").symlink_to(mine)
    for name in (f"sem.muxviz-{_TOKEN}-{_TOKEN}", f"sem.muxviz-dddddddddddd-{_TOKEN}"):
        (tmp_path / name).touch()
    kept = {f"sem.muxviz-aaaaaaaaaaaa-{_TOKEN}", "sem.other", "muxviz-0u8r2u3u", "sem.muxviz-123-0123456789ab"}
    for name in kept:
        (tmp_path / name).touch()
    handle = os.open(alive, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    sweep(tmp_path)
    os.close(handle)
    links = {"muxviz-cccccccccccc", f"sem.muxviz-bbbbbbbbbbbb-{_TOKEN}"}
    assert set(os.listdir(tmp_path)) == {alive.name, "mine", *kept, *links}  # noqa: PTH208
    assert mine.read_text() == "kept"


def test_a_living_one_keeps_its_names(memory: Path) -> None:
    one = RunDirectory()
    other = RunDirectory()
    assert one.path.is_dir() and other.path.is_dir()
    one.close()
    other.close()
    assert not any(memory.iterdir())


def test_killed_at_any_moment_of_the_start_the_next_run_leaves_nothing(tmp_path: Path) -> None:
    tokens: set[str] = set()
    command = [sys.executable, "-m", "muxviz", "partial-read", "--headless"]
    for kill in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
        mine: set[str] = set()
        seen = 0
        while process.poll() is None and seen <= kill * 2:
            mine |= {name for name in _open_names(process.pid) if run_directory._DIRECTORY.fullmatch(name)}
            seen += bool(mine)
        process.kill()
        process.wait()
        tokens |= mine
    bell_owner = RunDirectory()  # the next
    bell = Bell(bell_owner.owner)
    bell.close()
    bell_owner.close()
    left = [path.name for path in Path("/dev/shm").iterdir()]
    assert tokens and not [name for name in left if any(token in name for token in tokens)]


def _open_names(pid: int) -> set[str]:
    found = set()
    for path in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(path.readlink().name)
        except OSError:
            continue  # closed meanwhile
    return found
