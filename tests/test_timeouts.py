"""Tests that hang, in a run of their own with a limit of half a second: each fails, alone, and leaves no process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.test_hidden import ROOT

HANGS = """
import asyncio, os, subprocess, sys, threading, time
import pytest
from hypothesis import given, strategies

pytestmark = pytest.mark.timeout(0.5)
SLEEPER = [sys.executable, "-c", "import time\\nwhile True: time.sleep(1)", "{mark}"]

def forever():
    while True:
        time.sleep(0.05)

def test_sleeps():
    forever()

def test_waits_for_a_process():
    subprocess.run(SLEEPER)

def test_waits_for_a_process_again_on_its_way_out():
    with subprocess.Popen(SLEEPER):
        forever()

def test_leaves_one_that_nobody_waits_for():
    test_leaves_one_that_nobody_waits_for.process = subprocess.Popen(SLEEPER)
    forever()

def test_waits_for_the_child_of_a_shell():
    subprocess.run(["sh", "-c", '"$@" & wait', "sh", *SLEEPER])

def test_hangs_in_a_callback_of_asyncio():
    async def main():
        asyncio.get_running_loop().call_soon(forever)
        await asyncio.sleep(3600)
    asyncio.run(main())

def test_hangs_in_a_task_that_catches_exceptions():
    async def main():
        while True:
            try:
                await asyncio.sleep(3600)
            except Exception:
                pass
    asyncio.run(main())

def test_waits_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_waits_for_a_thread():
    thread = threading.Thread(target=forever, daemon=True)
    thread.start()
    thread.join()

@given(strategies.integers())
def test_hangs_in_an_example(number):
    forever()

def test_catches_it_once():
    try:
        forever()
    except BaseException:
        forever()

def test_catches_it_for_ever():
    while True:
        try:
            forever()
        except BaseException:
            pass

def test_dies():
    os._exit(3)

@pytest.fixture
def hangs_at_first():
    forever()

def test_with_a_fixture_that_hangs_at_first(hangs_at_first):
    pass

@pytest.fixture
def hangs_at_last(cleared):
    yield
    forever()

@pytest.fixture
def cleared():
    yield
    print("cleared")

def test_with_a_fixture_that_hangs_at_last(hangs_at_last):
    pass

def test_fails_and_then_hangs_at_last(hangs_at_last):
    assert False

@pytest.fixture(scope="module")
def shared():
    with subprocess.Popen(["sleep", "3600"]) as process:
        yield process
        process.kill()

@pytest.mark.timeout(3)  # the fixture is within it
def test_hangs_beside_a_shared_process(shared):
    forever()

@pytest.mark.timeout(60)
def test_the_shared_process_runs(shared):
    assert shared.poll() is None
"""
PASSING = "\n".join(f"def test_that_passes_{number}(): pass" for number in range(40))
STATUS = re.compile(r"^(PASSED|FAILED|ERROR) \S*::(\w+)", re.MULTILINE)


@pytest.mark.parametrize("workers", ["2", "0"])
def test_a_test_that_hangs_fails_alone(workers: str, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    hangs = HANGS.replace("{mark}", mark)
    if workers == "0":  # nobody replaces the one process that there is
        hangs = hangs.replace("def test_catches_it_for_ever", "def catches_it_for_ever").replace(
            "def test_dies", "def dies"
        )
    file = tmp_path / "test_hangs.py"
    file.write_text(hangs)
    (tmp_path / "test_passing.py").write_text(PASSING)
    command = [
        *(sys.executable, "-m", "pytest", "-p", "tests.timeouts", "-p", "no:cacheprovider", "-c", os.devnull),
        *("--rootdir", str(ROOT), f"--basetemp={tmp_path / 'inner'}", "--timeout=60", "-q", "-rA"),
        *("-n", workers, "--dist", "worksteal", "--max-worker-restart", "1000", str(tmp_path)),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)
    print(done.stdout, done.stderr)
    ended: dict[str, set[str]] = {}
    for status, name in STATUS.findall(done.stdout):
        ended.setdefault(name, set()).add(status)
    names = re.findall(r"^def (test_\w+)", hangs + PASSING, re.MULTILINE)
    assert ended.keys() == set(names)
    passing = {name for name in names if "passes" in name} | {"test_the_shared_process_runs"}
    at_last = "test_with_a_fixture_that_hangs_at_last"
    assert {name for name in names if ended[name] == {"PASSED"}} == passing
    assert ended[at_last] == {"PASSED", "ERROR"}
    assert all(ended[name] & {"FAILED", "ERROR"} for name in set(names) - passing)
    assert "not done within 0.5 s" in done.stdout
    assert not [pid for pid in pids() if mark in words(pid)]


def pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def words(pid: int) -> str:
    """How a process was called; nothing for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
