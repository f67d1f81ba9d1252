"""Libraries that put classes of their own in the place of socket.socket and select.*, before the probe or after it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from muxviz.sources.ring.lane_reader import Mode
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


ECHO: Final = """
import select, socket, sys, threading
lock = threading.RLock()
def echo(client, address):
    with client:
        while data := client.recv(100):
            with lock:
                client.sendall(data.upper())
def ask(number):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"hello %d" % number)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(100), b""))
def tell(heard):
    a, b = socket.socketpair()
    a.send(b"x")
    print(heard, select.select([b], [], [], 1)[0] == [b])
"""
GREEN: Final = {
    "gevent": f"""
from gevent import monkey; monkey.patch_all()
{ECHO}
import gevent, gevent.server
server = gevent.server.StreamServer(("127.0.0.1", 0), echo)
server.start()
port = server.server_port
tell([one.get() for one in [gevent.spawn(ask, number) for number in range(3)]])
""",
    "eventlet": f"""
import eventlet; eventlet.monkey_patch()
{ECHO}
server = eventlet.listen(("127.0.0.1", 0))
port = server.getsockname()[1]
eventlet.spawn(eventlet.serve, server, echo)
tell([one.wait() for one in [eventlet.spawn(ask, number) for number in range(3)]])
""",
}
"""A server of echoes and its clients, each in a program of its own."""


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.FREE])
@pytest.mark.parametrize("library", GREEN)
def test_green_threads(library: str, mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing differs from the program alone; eventlet, which counts the locks that it could not make green, finds none
    of ours."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # eventlet counts none where it is set
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    (tmp_path / "patched.py").write_text(GREEN[library])
    bare, done = alone([str(tmp_path / "patched.py")]), observed([str(tmp_path / "patched.py")], mode)
    assert bare.out == "[b'HELLO 0', b'HELLO 1', b'HELLO 2'] True\n", bare.err
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)
