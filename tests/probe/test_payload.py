"""Payload: nowhere unless asked for; then the first bytes of each call, and nothing that the program could notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxviz.payload import PAYLOAD_BYTES, escape, unescape
from muxviz.recording import load
from tests.conftest import run_muxviz

PROGRAM = """
import array, os, select, socket
a, b = socket.socketpair()
a.setblocking(False); b.setblocking(False)
print(a.send(b"secret\\n\\x00\\xff\\\\"), b.recv(100))
print(a.sendall(memoryview(array.array("H", [0x4141, 0x4242]))), b.recv(3), b.recv(3))
print(a.sendmsg([b"one", bytearray(b"two"), b"three"]), b.recvmsg(4)[0], b.recv(100))
buffer = bytearray(8)
a.send(b"x" * 6)
print(b.recv_into(buffer), bytes(buffer), b.__class__.__name__)
a.send(b"named")
print(b.recv_into(buffer=buffer, nbytes=5), bytes(buffer))
print(a.sendmsg(iter([b"it", b"er"])), b.recv(100))
a.send(b"y" * 1000)
print(len(b.recv(2000)))
r, w = os.pipe()
p = select.poll(); p.register(r, select.POLLIN); p.register(w, select.POLLOUT); p.poll(0)
print(os.write(w, b"through a pipe"), os.read(r, 7), os.read(r, 100))
try:
    b.recv(10)
except BlockingIOError as error:
    print(error)
try:
    a.send("text")
except TypeError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("payload") / "moves.py"
    path.write_text(PROGRAM)
    return path


def test_a_program_is_told_what_it_is_told_alone(script: Path, tmp_path: Path) -> None:
    alone = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    seen = run_muxviz("run", "--headless", "--payload", "-o", tmp_path / "a.muxviz", script)
    assert (seen.stdout, seen.stderr, seen.returncode) == (alone.stdout, alone.stderr, 0)


def test_each_call_carries_what_it_moved(script: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    run_muxviz("run", "--headless", "--payload", "-o", file, script)
    trace = load(file)
    assert trace.header.source.payload == PAYLOAD_BYTES
    moved = [(event.call, unescape(event.data)) for n in range(len(trace)) if (event := trace[n]).data is not None]
    trace.close()
    odd = b"secret\n\x00\xff\\"
    assert moved == [
        ("send", odd), ("recv", odd),
        ("send", b"AABB"), ("recv", b"AAB"), ("recv", b"B"),
        ("sendmsg", b"onetwothree"), ("recvmsg", b"onet"), ("recv", b"wothree"),
        ("send", b"xxxxxx"), ("recv", b"xxxxxx"),
        ("send", b"named"), ("recv", b"named"),
        ("recv", b"iter"),
        ("send", b"y" * PAYLOAD_BYTES), ("recv", b"y" * PAYLOAD_BYTES),
        ("write", b"through a pipe"), ("read", b"through"), ("read", b" a pipe"),
    ]  # fmt: skip


def test_without_it_no_byte_is_recorded(script: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    run_muxviz("run", "--headless", "-o", file, script)
    assert b"secret" not in b"".join(line for line in file.read_bytes().splitlines(True) if b'"source"' not in line)
    lab = tmp_path / "lab.muxviz"
    run_muxviz("lab", "partial-read", "--headless", "-o", lab)
    assert b"hello" not in lab.read_bytes()


def test_the_lab_s_servers_and_clients(tmp_path: Path) -> None:
    file = tmp_path / "lab.muxviz"
    assert run_muxviz("lab", "partial-read", "--headless", "--payload", "-o", file).returncode == 0
    trace = load(file)
    events = [trace[n] for n in range(len(trace))]
    trace.close()
    for lane in trace.lanes:
        sent = [unescape(e.data or "") for e in events if e.lane == lane and e.role == "client" and e.call == "send"]
        read = [unescape(e.data or "") for e in events if e.lane == lane and e.role == "server" and e.call == "recv"]
        assert b"".join(sent).startswith(b"".join(read)) and read[0] == b"hell"


@given(st.binary(max_size=64))
def test_the_text_leads_back_to_the_bytes(data: bytes) -> None:
    assert unescape(escape(data)) == data
    assert escape(data).isprintable() and escape(data).isascii()


@pytest.mark.parametrize("text", ["\\", "\\x1", "\\xGG", "\n", "é", "\\n"])
def test_what_is_no_payload_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="character"):
        unescape(text)
