"""A file system without room: what is recorded so far stays and can be read, the program goes on; an export is whole or
not made."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from muxviz.export import FORMATS
from muxviz.recording import recover
from tests.limits import no_small_disk, on_a_small_disk
from tests.needs import need

TALKS = """
import select, socket, sys
a, b = socket.socketpair()
for _ in range(400):
    a.send(b"x")
    select.select([b], [], [])
    b.recv(1)
print("done", flush=True)
"""
RECORDS = f"""
import muxviz
try:
    with muxviz.record("disk/a.muxviz"):
        exec({TALKS!r})
except muxviz.RecordingError as error:
    print("not finished", flush=True)
"""
PYTHON = shlex.quote(sys.executable)
MUXVIZ = f"{PYTHON} -m muxviz"
OWN = 5
"""The program's own exit status."""
RECORDERS = {
    "run": (f"{MUXVIZ} run --headless -o disk/a.muxviz talks.py", "done\n", OWN),
    "trace": (f"{MUXVIZ} trace --headless -o disk/a.muxviz -- {PYTHON} talks.py", "done\n", OWN),
    "lab": (f"{MUXVIZ} lab echo --headless -o disk/a.muxviz", None, 2),
    "record": (f"{PYTHON} records.py", "done\nnot finished\n", 0),
}
"""Command, what it prints (None: not told here), exit status."""


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the small file system will be, in the current directory."""
    if (why := no_small_disk()) is not None:
        pytest.skip(why)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.mark.parametrize("name", RECORDERS)
def test_what_was_recorded_stays_and_the_program_goes_on(name: str, disk: Path) -> None:
    if name == "trace":
        need("strace")
    Path("talks.py").write_text(f"{TALKS}sys.exit({OWN})\n")
    Path("records.py").write_text(RECORDS)
    command, printed, status = RECORDERS[name]
    done = on_a_small_disk(f"{command}; status=$?; cp disk/a.muxviz kept.muxviz; exit $status", disk)
    assert done.returncode == status, done.stderr
    assert printed in (None, done.stdout)
    assert re.fullmatch(r"muxviz: recording to (/.*/)?disk/a.muxviz stopped: No space left on device\n", done.stderr)
    found = recover(Path("kept.muxviz"))
    assert found.cut is not None and found.damage is None and len(found.trace) > 50
    found.trace.close()


WRITERS = [f"export {{file}} disk/out{form}" for form in FORMATS] + [
    f"check {{file}} --format {form} -o disk/out" for form in ("text", "json", "sarif")
]


@pytest.mark.parametrize("command", WRITERS)
def test_a_file_is_written_whole_or_is_as_it_was(command: str, recordings: dict[str, Path], disk: Path) -> None:
    words = command.format(file=shlex.quote(str(recordings["reset"])))
    out = command.split()[-1]
    script = f"""
        printf old > {out}; head -c 1G /dev/zero > disk/rest 2> /dev/null
        {MUXVIZ} {words}; status=$?
        ls -A disk > left; cp {out} kept; exit $status"""
    done = on_a_small_disk(script, disk)
    assert (done.returncode, done.stderr) == (2, f"muxviz: can't write {out}: No space left on device\n")
    assert Path("kept").read_text() == "old"
    assert sorted(Path("left").read_text().split()) == sorted([Path(out).name, "rest"])
