"""`muxviz check`, as a build runs it: what it prints, and the status that it ends with."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from muxviz.recording import Recorder
from muxviz.trace import Trace
from tests.conftest import MUXVIZ, run_muxviz
from tests.findings.told import Told
from tests.waiting import LIMIT_SECONDS


def recorded(file: Path, trace: Trace) -> Path:
    recorder = Recorder(file, trace)
    recorder.catch_up()
    recorder.close()
    return file


@pytest.fixture
def possible(tmp_path: Path) -> Path:
    told = Told().client().wait((5, "IN")).read(4).sleep()
    assert told.rules == [("stranded-data", "possible")]
    return recorded(tmp_path / "possible.muxviz", told.trace)


@pytest.fixture
def likely(tmp_path: Path) -> Path:
    told = Told().client().wait((5, "IN")).read(4).sleep().wait((5, "IN")).read(4).sleep()
    assert told.rules == [("stranded-data", "likely")] * 2
    return recorded(tmp_path / "likely.muxviz", told.trace)


@pytest.mark.parametrize(
    ("level", "statuses"), [(None, (0, 1, 1)), ("certain", (0, 0, 1)), ("likely", (0, 1, 1)), ("possible", (1, 1, 1))]
)
def test_the_status_says_whether_a_build_fails(
    level: str | None, statuses: tuple[int, ...], possible: Path, likely: Path, recordings: dict[str, Path]
) -> None:
    options = ["--fail-on", level] if level else []
    for file, status in zip((possible, likely, recordings["partial-read"]), statuses, strict=True):
        done = run_muxviz("check", file, *options)
        assert (done.returncode, done.stderr) == (status, ""), file
        assert "stranded data" in done.stdout, "what does not fail the build is told all the same"


def test_a_right_session_is_right_and_a_broken_one_is_named(recordings: dict[str, Path]) -> None:
    done = run_muxviz("check", recordings["echo"])
    assert (done.returncode, done.stdout) == (0, "no findings\n")
    done = run_muxviz("check", recordings["partial-read"])
    first, line, *_ = done.stdout.splitlines()
    assert first.startswith("epoll_echo.py:") and first.endswith("certain: stranded data on fd 5 (client A), lane edge")
    assert ".recv(" in line


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["/nonexistent"], "can't read"),
        (["/"], "no regular file"),
        ([sys.executable], "not a muxviz recording"),
        ([], "missing argument"),
        (["FILE", "--format", "xml"], "'xml' is not one of"),
        (["FILE", "-o", "/nonexistent/out"], "can't write"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], complaint: str, possible: Path) -> None:
    done = run_muxviz("check", *(str(possible) if arg == "FILE" else arg for arg in args))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert complaint in done.stderr.lower()


def test_damage_is_no_judgement(possible: Path) -> None:
    lines = possible.read_bytes().splitlines(keepends=True)
    possible.write_bytes(b"".join([*lines[:5], b"garbage\n", *lines[6:]]))
    done = run_muxviz("check", possible)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "line 6" in done.stderr


def test_what_is_cut_short_is_judged_and_said_so(likely: Path) -> None:
    lines = likely.read_bytes().splitlines(keepends=True)
    likely.write_bytes(b"".join(lines[:-2]))  # without its index and its end
    done = run_muxviz("check", likely)
    assert done.returncode == 1
    assert done.stdout.endswith("2 findings: 2 likely · the recording is cut short: judged as far as it goes\n")
    assert "cut short after line" in done.stderr and len(done.stderr.splitlines()) == 1
    value = json.loads(run_muxviz("check", likely, "--format", "json").stdout)
    assert "cut short" in value["cut"]


def test_nothing_found_in_what_is_left_of_one_is_no_good_news(likely: Path) -> None:
    lines = likely.read_bytes().splitlines(keepends=True)
    likely.write_bytes(b"".join(lines[:-2]))
    assert run_muxviz("check", likely, "--fail-on", "certain").returncode == 3
    likely.write_bytes(b"".join(lines))
    assert run_muxviz("check", likely, "--fail-on", "certain").returncode == 0


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_compressed_one_is_as_good(ending: str, tmp_path: Path) -> None:
    told = Told().client().wait((5, "IN")).read(4).sleep().wait((5, "IN")).read(4).sleep()
    file = recorded(tmp_path / f"x.muxviz{ending}", told.trace)
    assert run_muxviz("check", file).returncode == 1
    if ending == ".gz":
        assert gzip.decompress(file.read_bytes()).startswith(b'{"muxviz"')


def test_a_long_recording_of_an_older_muxviz_is_read_through(tmp_path: Path) -> None:
    told = Told(held=False).client()
    while len(told.trace) < 21_000:
        told.wait((5, "IN"), fd5=12).read(4).sleep().wait()
    file = recorded(tmp_path / "old.muxviz", told.trace)
    lines = file.read_bytes().splitlines(keepends=True)
    index = msgspec.json.decode(lines[-2])
    del index["index"]["findings"]
    file.write_bytes(b"".join([*lines[:-2], msgspec.json.encode(index) + b"\n", lines[-1]]))
    counts = json.loads(run_muxviz("check", file, "--format", "json").stdout)["counts"]
    assert sum(counts.values()) == len(told.found) > 5_000
    told.trace.close()


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_into_a_file(form: str, likely: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("of the last build")
    done = run_muxviz("check", likely, "--format", form, "-o", out)
    assert (done.returncode, done.stdout) == (1, "2 findings: 2 likely\n")
    assert out.read_text() == run_muxviz("check", likely, "--format", form).stdout


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_is_for_terminals(environment: dict[str, str], coloured: bool, likely: Path) -> None:
    there, ours = pty.openpty()
    base = {name: value for name, value in os.environ.items() if name not in ("TERM", "NO_COLOR")}
    command = [*MUXVIZ, "check", str(likely)]
    done = subprocess.run(command, stdout=ours, stdin=subprocess.DEVNULL, env=base | environment, check=False)
    os.close(ours)
    seen = os.read(there, 65536).decode()
    os.close(there)
    assert done.returncode == 1
    assert ("\x1b[" in seen) is coloured
    assert "likely" in seen


def test_no_screen_and_no_textual(possible: Path) -> None:
    code = (
        "import sys; from muxviz.cli import _main; status = _main(sys.argv[1:]);"
        "sys.exit(status or any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, "check", str(possible)], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("size", "status"), [(4, 1), (65536, 0)], ids=["broken", "right"])
def test_one_line_checks_a_program(size: int, status: int, tmp_path: Path) -> None:
    """An edge server that reads once, or all; its client is a thread of the same program."""
    script = tmp_path / "server.py"
    script.write_text(SERVER.replace("SIZE", str(size)))
    muxviz = " ".join(MUXVIZ)
    command = f"{muxviz} run --headless -o r.muxviz server.py && {muxviz} check r.muxviz"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
    )
    assert (done.returncode, done.stderr) == (status, ""), done.stdout
    if status:
        assert done.stdout.startswith("server.py:20: certain: stranded data on fd "), done.stdout
        assert "    conn.recv(4)\n" in done.stdout
    else:
        assert done.stdout == "no findings\n"


SERVER = """\
import select, socket, threading

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
done = threading.Event()

def client():
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"hello, world")
        done.wait()

thread = threading.Thread(target=client)
thread.start()
conn, _ = listener.accept()
conn.setblocking(False)
epoll = select.epoll()
epoll.register(conn, select.EPOLLIN | select.EPOLLET)
for timeout in (-1, 0.1):
    for fd, event in epoll.poll(timeout):
        conn.recv(SIZE)
done.set()
thread.join()
"""
