"""A signal sent to muxviz alone, without a screen: the program is told, the recording is whole, and the end is by that
signal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.recording import recover
from tests.waiting import LIMIT_SECONDS, until, within

SLEEPS = """
import select, socket
a, b = socket.socketpair()
print("up", flush=True)
select.select([a], [], [])
"""
SHRUGS = """
import signal, socket, select
got = []
signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
a, b = socket.socketpair()
print("up", flush=True)
while not got:
    select.select([a], [], [], 0.05)
print("told", len(got), flush=True)
"""
COMMANDS = ["run", pytest.param("trace", marks=pytest.mark.needs("strace"))]
SENT = [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP]


def _launched(command: str, directory: Path, program: str) -> subprocess.Popen[str]:
    (directory / "program.py").write_text(program)
    own = ["--", sys.executable] if command == "trace" else []
    words = [sys.executable, "-m", "muxviz", command, "--headless", "-o", "a.muxviz", *own, "program.py"]
    return subprocess.Popen(words, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _started(command: str, directory: Path, program: str) -> subprocess.Popen[str]:
    process = _launched(command, directory, program)
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    until(lambda: _listens(process.pid), "muxviz listens for signals")
    return process


def _listens(pid: int, number: int = signal.SIGINT) -> bool:
    """It holds back what is sent to it alone, to pass it on to its program."""
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(status.partition("SigBlk:")[2].split()[0], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", SENT)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_ends_as_the_program_does(command: str, number: int, tmp_path: Path) -> None:
    process = _started(command, tmp_path, SLEEPS)
    process.send_signal(number)
    _, said = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 128 + number, said
    assert "muxviz: stopped" not in said
    found = recover(tmp_path / "a.muxviz")
    assert found.cut is None and found.damage is None and len(found.trace)
    found.trace.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_program_that_goes_on_is_recorded_to_its_own_end(command: str, tmp_path: Path) -> None:
    process = _started(command, tmp_path, SHRUGS)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0 and printed.startswith("told 1\n")


HEARS = """
import signal, sys, time
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    print(signal.getsignal(number) is signal.SIG_IGN, flush=True)
    signal.signal(number, lambda number, frame: print("heard", number, flush=True))
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(3))
print("up", flush=True)
while True:
    time.sleep(1000)
"""
"""Has handlers of its own for what it was told to ignore."""


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_ignored_stays_ignored(command: str, tmp_path: Path) -> None:
    """nohup(1) ignores SIGHUP, a script SIGINT and SIGQUIT of what it starts in the background. The program inherits
    that, and what it makes of it is its own; we pass nothing on. SIGTERM comes last and is heard last: the kernel
    delivers what is pending by its number, and that of SIGTERM is the highest."""
    ignored = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        process = _launched(command, tmp_path, HEARS)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(4)] == ["True\n"] * 3 + ["up\n"]
    until(lambda: _listens(process.pid, signal.SIGTERM), "muxviz listens for signals")
    for number in (*ignored, signal.SIGTERM):
        process.send_signal(number)
    printed, said = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, printed) == (3, ""), said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_signal_before_the_program_is_there_is_passed_on(command: str, tmp_path: Path) -> None:
    """Sent to us alone, from when we hold it back for the program that we are about to start. The program's first line
    finds it as a program without us would: KeyboardInterrupt."""
    process = _launched(command, tmp_path, SLEEPS)
    for _ in within("it holds signals back"):
        if _listens(process.pid):
            process.send_signal(signal.SIGINT)
            break
    printed, said = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 130, (printed, said)
    assert "muxviz/" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_under_nohup_a_hangup_ends_nothing(command: str, tmp_path: Path) -> None:
    """The program ends by a SIGTERM that comes after, and has inherited what nohup(1) says."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = _started(command, tmp_path, SLEEPS)
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM, said


@pytest.mark.parametrize("number", SENT)
def test_a_lab_without_a_screen_closes_its_recording(number: int, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "muxviz", "--headless", "crowd", "-o", "a.muxviz"]
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = tmp_path / "a.muxviz"
    while process.poll() is None and not (file.exists() and file.read_bytes().count(b"\n") > 3):
        process.poll()
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(timeout=LIMIT_SECONDS) == 128 + number
    found = recover(file)
    assert found.cut is None
    found.trace.close()
