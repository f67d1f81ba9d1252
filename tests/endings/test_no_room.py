"""No room for the session, on disk or in memory: a person's program goes on unrecorded, and that is said.

The suite makes the room small and the disk refuse; one test has a real file system with no room.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

import muxviz
from muxviz.recording import Recorder, recover
from muxviz.scenarios import CATALOGUE
from muxviz.sources.lab.build import Lab, lab_programs, lab_source
from muxviz.sources.lab.session import LabSession
from muxviz.trace import Trace, spool
from muxviz.trace.spool import Spool
from tests.conftest import run_muxviz
from tests.needs import need

SMALL = "import muxviz.trace.spool as spool; spool._KEPT, spool._MOST_KEPT = 2000, 4000\n"
REFUSED = """
def _refused(self):
    raise OSError(28, "No space left on device")
spool.Spool._write_out = _refused
"""
COMMAND = "from muxviz.__main__ import main; main()"
TALKS = """
import select, socket, sys
a, b = socket.socketpair()
for n in range(300):
    a.send(b"x")
    select.select([b], [], [])
    b.recv(10)
print("done", n, flush=True)
sys.exit(7)
"""
BLOCK = f"""
import muxviz.sources.library.observer as observer, muxviz
observer._START = observer._START.replace("from muxviz.sources.library.reader", "exec(" + repr({SMALL + REFUSED!r}) + "); from muxviz.sources.library.reader")
"""  # noqa: E501
WATCHED = """
try:
    with muxviz.record("a.muxviz"):
        import talks
except muxviz.RecordingError:
    print("not finished", flush=True)
"""
ECHO = Path(muxviz.__file__).parent / "servers" / "epoll_echo.py"
NO_ROOM = "no room for more: No space left on device"


def _muxviz(directory: Path, *words: str | Path, small: str = SMALL + REFUSED) -> subprocess.CompletedProcess[str]:
    (directory / "talks.py").write_text(TALKS)
    command = [sys.executable, "-c", small + COMMAND, *map(str, words)]
    return subprocess.run(
        command, cwd=directory, check=False, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL
    )


def _is_cut(file: Path) -> None:
    """It opens, and `check` says that it is not all."""
    found = recover(file)
    assert found.cut is not None and found.damage is None and len(found.trace)
    found.trace.close()
    assert run_muxviz("check", file).returncode in (1, 3)


TRACE = ["trace", "--headless", "-o", "a.muxviz", "--", sys.executable, "talks.py"]


@pytest.mark.parametrize(
    "words", [["run", "--headless", "-o", "a.muxviz", "talks.py"], TRACE], ids=["run", "trace"]
)  # fmt: skip
def test_the_program_goes_on_to_its_own_end(words: list[str], tmp_path: Path) -> None:
    if words is TRACE:
        need("strace")
    done = _muxviz(tmp_path, *words)
    assert (done.returncode, done.stdout) == (7, "done 299\n"), done.stderr
    assert re.fullmatch(f"muxviz: recording to a.muxviz stopped: .*{NO_ROOM}\n", done.stderr)
    _is_cut(tmp_path / "a.muxviz")


def test_a_summary_says_what_it_is_of(tmp_path: Path) -> None:
    need("strace")
    done = _muxviz(tmp_path, "trace", "--headless", "--", sys.executable, "talks.py")
    assert (done.returncode, done.stdout) == (7, "done 299\n"), done.stderr
    assert re.search(rf"muxviz: findings of the first \d+ events alone: {NO_ROOM}\n", done.stderr)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(("clients", "status"), [("echo", 0), ("all", 2)])
def test_the_clients_go_on_too_and_nothing_is_judged_unseen(
    clients: str, status: int, recorded: bool, tmp_path: Path
) -> None:
    out = ["-o", "a.muxviz"] if recorded else []
    done = _muxviz(tmp_path, "run", "--headless", *out, "--clients", clients, ECHO)
    assert done.returncode == status, done.stderr
    assert NO_ROOM in done.stderr and "Traceback" not in done.stderr
    if recorded:
        assert "recording to a.muxviz stopped: " in done.stderr
        _is_cut(tmp_path / "a.muxviz")


def test_a_block_of_ones_own_code_runs_on(tmp_path: Path) -> None:
    (tmp_path / "talks.py").write_text(TALKS.replace("sys.exit(7)", ""))
    command = [sys.executable, "-c", BLOCK + WATCHED]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "done 299\nnot finished\n"), done.stderr
    assert re.fullmatch(f"muxviz: recording to .*a.muxviz stopped: {NO_ROOM}\n", done.stderr)
    _is_cut(tmp_path / "a.muxviz")


def test_a_test_that_is_watched_runs_on(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(BLOCK)
    body = TALKS.replace("sys.exit(7)", "").replace("\n", "\n    ")
    (tmp_path / "test_it.py").write_text(f"def test_it():{body}\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--muxviz",
        "-rA",
        "test_it.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=100)
    assert "done 299" in done.stdout and "INTERNALERROR" not in done.stdout
    assert NO_ROOM in done.stdout + done.stderr, done.stdout


@pytest.mark.parametrize("recorded", [True, False])
def test_a_screen_says_it_and_its_programs_go_on(
    recorded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Spool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool, "_KEPT", 2000)
    monkeypatch.setattr(spool, "_MOST_KEPT", 4000)
    monkeypatch.setattr(Spool, "_write_out", refused)
    scenario, file = CATALOGUE["echo"], tmp_path / "a.muxviz"
    lab = Lab(lab_programs(scenario, ("level", "edge")), lab_source(scenario), scenario)
    session = LabSession(lab, recorder=Recorder(file, lab.trace) if recorded else None)
    session.start()
    try:
        for _ in range(1000):
            session.step()
            while session.pending:
                time.sleep(0.001)
            if session.status.exhausted or session.status.phase == "failed":
                break
        status = session.status
        assert status.phase == "held", status
        assert status.beats_done == len(scenario.beats), "the clients have gone on"
        assert status.trouble is not None and NO_ROOM in status.trouble
    finally:
        session.close()
        lab.trace.close()
    if recorded:
        assert session.status.lost is not None and NO_ROOM in session.status.lost
        _is_cut(file)


def test_a_file_system_with_no_room(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"', str(small)]
    if shutil.which("unshare") is None or subprocess.run([*mount, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespace may be made here")
    (tmp_path / "talks.py").write_text(TALKS)
    words = [sys.executable, "-c", SMALL + COMMAND, "run", "--headless", "-o", "a.muxviz", "talks.py"]
    env = os.environ | {"TMPDIR": str(small)}
    done = subprocess.run(
        [*mount, *words], cwd=tmp_path, env=env, check=False, capture_output=True, text=True, timeout=100
    )
    assert (done.returncode, done.stdout) == (7, "done 299\n"), done.stderr
    assert f"recording to a.muxviz stopped: {NO_ROOM}" in done.stderr.replace("not recorded from here on: ", "")
    _is_cut(tmp_path / "a.muxviz")


def test_a_keyframe_without_room_leaves_its_event(monkeypatch: pytest.MonkeyPatch, partial_read: Trace) -> None:
    trace = Trace(partial_read.header)
    monkeypatch.setattr(trace._frames, "append", lambda line: (_ for _ in ()).throw(MemoryError()))
    taken = 0
    while trace.append(msgspec.structs.replace(partial_read[taken % len(partial_read)])) is not None:
        taken += 1
    assert taken == len(trace) and trace.full == "no room for more: out of memory"
    assert trace.state(len(trace) - 1).n == len(trace) - 1
    assert trace.now.n == len(trace), "who watches goes on"
    trace.close()
