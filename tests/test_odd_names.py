"""Names that are no UTF-8 (a byte of Latin-1 in a file name): recorded, read, judged and exported as any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from muxviz.export import FORMATS
from tests.conftest import MUXVIZ, run_muxviz
from tests.needs import need

ODD = os.fsdecode(b"caf\xe9")
SERVER = r"""
import os, select, socket, sys
ours, theirs = socket.socketpair()
ours.setblocking(False)
poller = select.epoll()
poller.register(ours, select.EPOLLIN | select.EPOLLET)
theirs.send(b"caf\xe9 hello, world")
poller.poll()
ours.recv(4)
poller.poll(0.3)
os.write(1, b"out caf\xe9\xff\n")
os.write(2, b"err caf\xe9\xff\n")
with socket.socket(socket.AF_UNIX) as one:
    one.bind(os.fsencode(sys.argv[1]))
    one.listen()
os.rename(sys.argv[1], sys.argv[1] + "2")
"""


@pytest.fixture(scope="module", params=["run", "run --payload", "trace"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording, of an odd name, of a script of an odd name, in a directory of an odd name."""
    directory = tmp_path_factory.mktemp("names") / ODD
    directory.mkdir()
    (directory / f"{ODD}.py").write_text(SERVER)
    (directory / f"{ODD}.muxviz").unlink(missing_ok=True)
    words = [*MUXVIZ, *request.param.split(), "--headless", "-o", f"{ODD}.muxviz"]
    if request.param == "trace":
        need("strace")
        words += ["--", sys.executable]
    done = subprocess.run([*words, f"{ODD}.py", f"{ODD}.sock"], cwd=directory, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"out caf\xe9\xff\n" in done.stdout and b"err caf\xe9\xff\n" in done.stderr, "the program's own output"
    assert b"Traceback" not in done.stderr and b"stopped" not in done.stderr
    return directory / f"{ODD}.muxviz"


@pytest.mark.parametrize(
    "words", ["show", "show --format jsonl", "check", "check --format json", "check --format sarif", "replay"]
)
def test_it_is_read(words: str, recorded: Path) -> None:
    done = run_muxviz(*words.split(), recorded)
    assert (done.returncode, done.stderr) == (1 if "check" in words else 0, "")
    assert "caf" in done.stdout or words == "check", "strace tells no place of a script"
    for line in done.stdout.splitlines() if "jsonl" in words else [done.stdout] if "json" in words else []:
        json.loads(line)


@pytest.mark.parametrize("form", FORMATS)
def test_it_is_exported(form: str, recorded: Path) -> None:
    out = recorded.with_suffix(form)
    done = run_muxviz("export", recorded, out)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    text = out.read_text(encoding="utf-8")
    assert "caf" in text
    if form == ".svg":
        ET.fromstring(text)


def test_the_script_is_told_by_its_name_and_shown(recorded: Path) -> None:
    """But for its odd byte, which no JSON can have."""
    told = json.loads(run_muxviz("check", "--format", "json", recorded).stdout)
    assert "caf?.py" in told["source"]["title"]
    if told["source"]["kind"] == "run":
        (finding,) = told["findings"]
        assert (finding["at"]["file"], finding["at"]["text"]) == ("caf?.py", "ours.recv(4)")
