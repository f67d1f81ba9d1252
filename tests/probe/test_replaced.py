"""Libraries that put classes of their own in the place of socket.socket and select.*, before the probe or after it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from muxviz.probe.link import Mode
from tests.probe.lanes import alone, observed
from tests.waiting import LIMIT_SECONDS

STAND_IN: Final = """
import select, selectors, socket, _socket
plain, asked = socket.socket, select.select
class Green:
    def __init__(self, of): self.of = of
    def fileno(self): return self.of.fileno()
    def __getattr__(self, name): return getattr(self.of, name)
def pair():
    return [Green(plain(fileno=one.detach())) for one in _socket.socketpair()]
socket.socket = Green
select.select = lambda *args: asked(*args)
for module, name in ((select, "epoll"), (select, "poll"), (selectors, "EpollSelector"), (selectors, "PollSelector")):
    delattr(module, name)
def run():
    a, b = pair()
    a.send(b"x")
    print(select.select([b], [a], [], 1) == ([b], [a], []), b.recv(4), plain.__name__)
    a.close(); b.close()
"""
AFTER: Final = STAND_IN + "run()\n"
BEFORE: Final = STAND_IN + "import muxviz\nwith muxviz.record('out.muxviz'):\n    run()\nrun()\n"


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.FREE])
def test_classes_put_in_place_after_the_probe(mode: Mode, tmp_path: Path) -> None:
    (tmp_path / "patched.py").write_text(AFTER)
    bare, done = alone([str(tmp_path / "patched.py")]), observed([str(tmp_path / "patched.py")], mode)
    assert bare.out == "True b'x' socket\n"
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)


def test_classes_put_in_place_before_the_probe(tmp_path: Path) -> None:
    (tmp_path / "patched.py").write_text(BEFORE)
    program = [sys.executable, "patched.py"]
    done = subprocess.run(program, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    assert (done.stdout, done.returncode) == ("True b'x' socket\n" * 2, 0), done.stderr
    assert (tmp_path / "out.muxviz").stat().st_size


GEVENT: Final = """
from gevent import monkey; monkey.patch_all()
import select, socket
a, b = socket.socketpair(); a.send(b"x")
print(select.select([b], [], [], 1)[0] == [b])
"""


@pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="gevent is not installed")
def test_gevent(tmp_path: Path) -> None:
    (tmp_path / "patched.py").write_text(GEVENT)
    done = observed([str(tmp_path / "patched.py")], Mode.RECORD)
    assert (done.out, done.status) == ("True\n", 0), done.err
