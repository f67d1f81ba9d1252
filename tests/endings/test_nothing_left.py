"""Every ending of every command without a screen leaves no process, no name in shared memory and no open port, and a
recording that opens. (Endings of the screen: `test_screen`.)"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from muxviz.recording import recover
from tests.needs import need
from tests.processes import descendants
from tests.waiting import LIMIT_SECONDS, until

PROGRAM = """
import os, select, signal, socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
select.select([listener], [], [], 0)
how = sys.argv[1]
if how == "fork":
    child = os.fork()
    if not child:
        os.execvp("sleep", ["sleep", "1000"])
    print("up", child, flush=True)
else:
    print("up", flush=True)
sys.stdin.readline()
if how == "exit":
    sys.exit(3)
if how == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
while how == "closed":
    print("x" * 1000, flush=True)
if how != "fork":
    select.select([listener], [], [])
"""
LIBRARY = """
import sys, muxviz
sys.argv = ["program.py", *sys.argv[1:]]
with muxviz.record("a.muxviz"):
    exec(compile(open("program.py").read(), "program.py", "exec"))
"""
MUXVIZ = [sys.executable, "-m", "muxviz"]
RECORD = ["--headless", "-o", "a.muxviz"]
SOURCES: Final = {
    "run": [*MUXVIZ, "run", *RECORD, "program.py"],
    "clients": [*MUXVIZ, "run", *RECORD, "--clients", "echo", "program.py"],
    "trace": [*MUXVIZ, "trace", *RECORD, "--", sys.executable, "program.py"],
    "library": [sys.executable, "-c", LIBRARY],
    "lab": [*MUXVIZ, "crowd", *RECORD],
}


class Under(NamedTuple):
    """One that runs, and what it has."""

    process: subprocess.Popen[str]
    below: set[int]
    names: set[str]
    sockets: set[str]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _sockets(pids: set[int]) -> set[str]:
    found = set()
    for pid in pids:
        for path in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                found |= set(re.findall(r"socket:\[(\d+)\]", str(path.readlink())))
            except OSError:
                continue  # closed meanwhile
    return found


def _listening() -> set[str]:
    return {line.split()[9] for line in _read("/proc/net/tcp").splitlines()[1:] if line.split()[3] == "0A"}


def _left(names: set[str]) -> list[str]:
    return [path.name for path in Path("/dev/shm").iterdir() if any(name in path.name for name in names)]


def _start(source: str, how: str, directory: Path) -> Under:
    if source == "trace":
        need("strace")
    (directory / "program.py").write_text(PROGRAM)
    pipe = subprocess.PIPE
    words = [*SOURCES[source], *([how] if source != "lab" else [])]
    process = subprocess.Popen(words, cwd=directory, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    file = directory / "a.muxviz"
    if source == "lab":
        until(lambda: file.exists() and file.read_bytes().count(b"\n") > 3, "it is under way")
    else:
        up, *child = process.stdout.readline().split() or [""]
        assert up == "up", process.communicate()
        if child:  # by its name it is told from the processes that have to end
            until(lambda: _read(f"/proc/{child[0]}/comm") == "sleep\n", "the fork has become what it is to be")
    below = descendants(process.pid)
    names = {
        name for pid in {process.pid, *below} for name in re.findall("muxviz-[0-9a-f]{12}", _read(f"/proc/{pid}/maps"))
    }
    assert names or source == "trace"
    until(lambda: not _left(names), "the names are forgotten once they were used")
    sockets = _sockets(below | {process.pid}) & _listening()
    assert sockets or source == "lab"
    return Under(process, below, names, sockets)


@pytest.fixture
def under(source: str, how: str, tmp_path: Path) -> Iterator[Under]:
    found = _start(source, how, tmp_path)
    yield found
    _end_children(found)
    found.process.kill()
    found.process.communicate()


def _end_children(found: Under) -> None:
    """What the program has forked: it runs on, as it would without muxviz."""
    for pid in found.below:
        if _read(f"/proc/{pid}/comm") == "sleep\n":
            os.kill(pid, signal.SIGKILL)


SIGNALS = {
    number.name: number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL)
}
OWN_ENDS = {"exit": 3, "crash": 128 + signal.SIGSEGV, "closed": 1, "fork": 0}
"""Ends of the program itself, with its exit status."""


@pytest.mark.parametrize(
    ("source", "how"),
    [(source, how) for source in SOURCES for how in (*SIGNALS, *OWN_ENDS) if source != "lab" or how in SIGNALS],
)
def test_nothing_is_left(source: str, how: str, under: Under, tmp_path: Path) -> None:
    process = under.process
    assert process.stdin is not None and process.stdout is not None
    if how in SIGNALS:
        process.send_signal(SIGNALS[how])
    else:
        if how == "closed":
            process.stdout.close()
        process.stdin.write("\n")
        process.stdin.flush()
        if (source, how) == ("trace", "fork"):  # strace has the child too, and muxviz ends with the last of them
            _end_children(under)
    process.wait(LIMIT_SECONDS)
    stays = {pid for pid in under.below if how == "fork" and _read(f"/proc/{pid}/comm") == "sleep\n"}
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in under.below - stays), "its processes have ended")
    assert not _left(under.names)
    assert stays or not under.sockets & _listening()
    found = recover(tmp_path / "a.muxviz")
    assert found.damage is None and (found.cut is None or how == "SIGKILL")
    found.trace.close()
    assert process.returncode == _status(source, how)


def _status(source: str, how: str) -> int:
    """A shell's for a command, that of the process itself for one whose own code it is."""
    if how == "SIGKILL":
        return -signal.SIGKILL
    if (source, how) == ("clients", "fork"):  # it ended by itself, and without a complaint, before they were done
        return 2
    number = SIGNALS.get(how) or (signal.SIGSEGV if how == "crash" else None)
    if number is None:
        return OWN_ENDS[how]
    return -number if source == "library" else 128 + number
