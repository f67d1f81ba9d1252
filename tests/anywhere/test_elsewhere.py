"""Recordings on systems that are not Linux, simulated: what they lack is hidden from muxviz in a process of its own."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import MUXVIZ, Recordings, run_muxviz

SHIM = Path(__file__).with_name("elsewhere.py")
SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
SHOWN = ("partial-read", "ghost")
LOG = """\
7 1700000000.000000 epoll_create1(0) = 3<anon_inode:[eventpoll]> <0.000010>
7 1700000000.001000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4<socket:[40]> <0.000010>
7 1700000000.002000 epoll_wait(3<anon_inode:[eventpoll]>, [], 8, 0) = 0 <0.000010>
7 1700000000.003000 getsockopt(4<socket:[40]>, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0 <0.000010>
"""


def elsewhere(system: str, *args: str | Path, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(SHIM), system, *map(str, args)],
        check=False, capture_output=True, timeout=100, stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip


@cache
def on_linux(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """What muxviz does on the real system: the same, whichever it is compared with."""
    return run_muxviz(*args)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the real system's files are."""
    return tmp_path_factory.mktemp("here")


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("command", ["show", "check", "replay"])
def test_a_recording_is_told_as_on_linux(system: str, command: str, name: str, recordings: Recordings) -> None:
    here, there = on_linux(command, recordings[name]), elsewhere(system, command, recordings[name])
    assert (there.returncode, there.stderr.decode()) == (here.returncode, here.stderr)
    assert there.stdout.decode() == here.stdout


@pytest.mark.parametrize("ending", [".svg", ".html", ".cast", ".txt", ".jsonl"])
def test_a_recording_is_exported_as_on_linux(
    system: str, ending: str, recordings: Recordings, here: Path, tmp_path: Path
) -> None:
    made, there = here / f"here{ending}", tmp_path / f"there{ending}"
    assert on_linux("export", recordings["partial-read"], made).returncode == 0
    done = elsewhere(system, "export", recordings["partial-read"], there)
    assert (done.returncode, done.stderr) == (0, b"")
    assert there.read_bytes() == made.read_bytes()


@pytest.mark.parametrize("name", SHOWN)
def test_the_screen_shows_a_recording_and_takes_keys(system: str, name: str, recordings: Recordings) -> None:
    done = elsewhere(system, "screen", recordings[name])
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert "recorded" in done.stdout.decode()


def test_what_strace_has_printed_becomes_a_recording(system: str, tmp_path: Path) -> None:
    log, made = tmp_path / "log", tmp_path / "made.muxviz.gz"
    log.write_text(LOG, encoding="utf-8")
    done = elsewhere(system, "trace", "--from", log, "-o", made)
    assert done.returncode == 0, done.stderr
    shown = elsewhere(system, "show", made, "--format", "jsonl")
    assert b'"proto":6' in shown.stdout and b'"value":111' in shown.stdout, shown.stdout


@pytest.mark.parametrize("args", [["scenarios"], ["--help"], ["--version"], ["lab", "--help"], ["scenarios", "echo"]])
def test_what_needs_no_recording_works_too(system: str, args: list[str]) -> None:
    done = elsewhere(system, *args)
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout == on_linux(*args).stdout.encode()


@pytest.mark.parametrize("args", [["echo"], [], ["run", "x.py"], ["trace", "true"], ["trace", "-p", "1"], ["facts"]])
def test_what_watches_programs_says_in_one_line_that_it_needs_linux(system: str, args: list[str]) -> None:
    done = elsewhere(system, *args)
    said = done.stderr.decode()
    assert done.returncode == 2 and not done.stdout
    assert said.startswith("muxviz: ") and said.count("\n") == 1 and f"this is {SYSTEMS[system]}; show, check" in said


def test_the_doctor_says_what_works_there(system: str) -> None:
    done = elsewhere(system, "doctor")
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"this is {SYSTEMS[system]}; show" in done.stdout.decode()


def test_the_menu_opens_recordings_and_starts_nothing(system: str) -> None:
    done = elsewhere(system, "menu")
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert "the lab needs Linux; here o opens a recording" in done.stdout.decode()


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_characters_that_the_output_lacks_are_replaced(encoding: str) -> None:
    done = elsewhere("win32", "scenarios", "--lang", "zh", encoding=encoding)
    assert (done.returncode, done.stderr) == (0, b"") and b"?" in done.stdout


@pytest.mark.parametrize("limit", [6, 8])  # below these Python itself may not start
@pytest.mark.parametrize("args", [["lab", "echo", "--headless"], ["scenarios"], ["show", "/nowhere"], ["doctor"]])
def test_too_few_descriptors_are_one_line(args: list[str], limit: int) -> None:
    _one_line(args, f"ulimit -n {limit}")


@pytest.mark.parametrize(
    ("args", "limit"),
    [
        *itertools.product([["scenarios"], ["show", "/nowhere"]], [20_000, 25_000, 45_000, 60_000]),
        *itertools.product([["facts"], ["lab", "echo", "--headless"]], [45_000, 60_000, 75_000]),
    ],
)
def test_too_little_memory_is_one_line(args: list[str], limit: int) -> None:
    _one_line(args, f"ulimit -v {limit}")


def _one_line(args: list[str], limit: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'{limit}; exec "$@"', "sh", *MUXVIZ, *args],
        check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and done.stderr.count("\n") <= 1, done.stderr
    assert done.returncode in ((0, 1, 2) if args == ["doctor"] else (0, 2)), (done.returncode, done.stderr)
