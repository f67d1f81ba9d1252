"""`muxviz trace --from`: saved output as a story, as a recording, on the screen; and what is refused, in one line."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from muxviz.events import Source
from muxviz.recording import load
from muxviz.sources.strace.saved import Saved
from tests.conftest import MUXVIZ, run_muxviz
from tests.sources.strace.told import SAMPLES, stamped
from tests.waiting import LIMIT_SECONDS


def test_its_story_without_a_terminal() -> None:
    done = run_muxviz("trace", "--from", SAMPLES / "py_et_good.txt")
    assert done.returncode == 0 and done.stderr == ""
    assert "trace: py_et_good.txt" in done.stdout and "accept fd 3 → fd 5 :" in done.stdout


def test_a_recording_of_it(tmp_path: Path) -> None:
    file = tmp_path / "x.muxviz.zst"
    done = run_muxviz("trace", "--from", SAMPLES / "redis.txt", "--headless", "-o", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    trace = load(file)
    assert len(trace) == 180 and trace.header.source == Source(
        kind="trace", title="redis.txt", by="process", saved_as="redis.txt"
    )
    assert trace.header.began is not None and trace.header.began.startswith("2026-")
    trace.close()
    assert "exists" in run_muxviz("trace", "--from", SAMPLES / "redis.txt", "-o", file).stderr


def test_standard_input_and_lanes_by_epoll() -> None:
    with (SAMPLES / "nginx.txt").open() as lines:
        command = [*MUXVIZ, "trace", "--from", "-", "--by", "epoll"]
        done = subprocess.run(command, stdin=lines, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)
    assert done.returncode == 0 and "9566/ep7" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"root:x:0:0\n", "no line of strace's output"),
        (b"\0\xff\x1b[31m" * 100, "no line of strace's output"),
        (b"1 close(3) = 0\n", "no times: trace with strace -f -ttt -T -y -v"),
        (b"close(3) = 0\n" * 100, "no times"),
    ],
)
def test_what_is_no_trace_is_refused_in_one_line(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(content)
    done = run_muxviz("trace", "--from", file)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1 and "\x1b" not in done.stderr


class Drops(io.BytesIO):
    """A few bytes at a time: also a carriage return without its line feed."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


@pytest.mark.parametrize("name", ["py_et_good.txt", "redis.txt", "attach_detached.txt"])
def test_line_ends_of_windows(name: str, tmp_path: Path) -> None:
    lines = (SAMPLES / name).read_bytes()
    expected, file = run_muxviz("trace", "--from", SAMPLES / name), tmp_path / name
    file.write_bytes(lines.replace(b"\n", b"\r\n"))
    done = run_muxviz("trace", "--from", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected.stdout, expected.stderr)
    found = []
    for source in (io.BytesIO(lines), Drops(file.read_bytes())):
        saved = Saved(source, name)
        saved.read()
        found.append([saved.trace.line(n) for n in range(len(saved.trace))])
        saved.trace.close()
    assert found[0] == found[1]


def test_other_mistakes(tmp_path: Path) -> None:
    for args, words in (
        (["--from", str(tmp_path / "none")], "No such file"),
        (["--from", str(tmp_path)], "directory"),
        ([], "--from FILE"),
        (["--from", str(SAMPLES / "redis.txt"), "--by", "thread"], "thread"),
        (["--from", str(SAMPLES / "redis.txt"), "-o", "/none/x"], "can't record"),
    ):
        done = run_muxviz("trace", *args)
        assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_what_could_not_be_read_is_said(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text(f"{stamped('close(3) = 0', 0)}\n\x1b]0;title\x07\n{stamped('close(4) = 0', 1)[:30]}")
    done = run_muxviz("trace", "--from", file)
    assert done.returncode == 0
    assert "1 line could not be read; the first: " in done.stderr and "the last line has no end" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_long_files_are_read_in_pieces(tmp_path: Path) -> None:
    lines = b"".join(stamped("close(3) = -1 EBADF (Bad file descriptor)", n).encode() + b"\n" for n in range(20_000))
    file = tmp_path / "x.txt"
    file.write_bytes(lines)
    heard: list[int] = []
    with file.open("rb") as source:
        saved = Saved(source, "x.txt")
        saved.read(told=heard.append)
    assert len(saved.trace) == 20_000 and heard[-1] == len(lines) and len(heard) > 3
    saved.trace.close()
