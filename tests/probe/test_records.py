"""What the records say of calls, where it takes a look at the arguments or at the end to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from muxviz.events import Event
from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import alone, observed

BOTH = pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD])


def recorded(tmp_path: Path, mode: Mode, body: str) -> list[Event]:
    """The events of a program that ends and prints as it does alone."""
    file = tmp_path / "program.py"
    file.write_text("import os, select, socket, struct\n" + body)
    bare, done = alone([str(file)]), observed([str(file)], mode)
    assert bare.status == 0, bare.err
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)
    return done.events


@BOTH
def test_select_returns_what_the_kernel_counted(mode: Mode, tmp_path: Path) -> None:
    body = """
a, b = socket.socketpair()
b.send(b'x')
print(len(select.select([a, a], [], [], 0)[0]), len(select.select([a, a], [a, b, b], [a], 0)[1]))
"""
    waits = [event for event in recorded(tmp_path, mode, body) if event.call == "select"]
    assert [(event.ret, event.ready) for event in waits] == [(1, [(3, "R")]), (3, [(3, "R|W"), (4, "W")])]


@BOTH
@pytest.mark.parametrize(
    "gone",
    [
        "s = socket.socket()\nos.close(s.fileno())",
        "s = socket.socket()\nos.closerange(s.fileno(), s.fileno() + 1)",
        "t = socket.socket()\ns = socket.socket(fileno=t.fileno())\nt.close()",
        "t = socket.socket()\ns = t.dup()\nos.close(s.fileno())",
        "s = select.epoll()\nos.close(s.fileno())",
    ],
)
def test_the_collector_closes_what_is_closed_already(mode: Mode, gone: str, tmp_path: Path) -> None:
    events = recorded(tmp_path, mode, gone + "\ndel s\nprint('on')\n")
    closes = [(event.ret, event.error) for event in events if event.call == "close" and event.args.get("gc")]
    assert closes[0] == (-1, "EBADF")


OPTIONS: list[tuple[str, str, str, str, Any]] = [
    ("SOL_SOCKET", "SO_REUSEADDR", "True", "SO_REUSEADDR", 1),
    ("SOL_SOCKET", "SO_LINGER", "struct.pack('ii', 1, 5)", "SO_LINGER", [1, 5]),
    ("SOL_SOCKET", "SO_SNDBUF", "4096", "SO_SNDBUF", 4096),
    ("SOL_SOCKET", "SO_RCVLOWAT", "7", "SO_RCVLOWAT", 7),
    ("SOL_SOCKET", "SO_RCVTIMEO", "bytearray(16)", "SO_RCVTIMEO", "00" * 16),
    ("IPPROTO_TCP", "TCP_NODELAY", "1", "TCP_NODELAY", 1),
    ("IPPROTO_TCP", "TCP_CONGESTION", "b'reno'", "TCP_CONGESTION", b"reno".hex()),
    ("IPPROTO_IP", "IP_TOS", "16", "IP_TOS", 16),
    ("IPPROTO_IP", "IP_TTL", "9", "IP_TTL", 9),
    ("IPPROTO_IP", "20", "b'?'", "20", "3f"),
    ("IPPROTO_IPV6", "IPV6_V6ONLY", "0", "IPV6_V6ONLY", 0),
    ("IPPROTO_IPV6", "0", "0", "0", 0),
]


def test_options_have_their_names_and_values(tmp_path: Path) -> None:
    body = "import contextlib\ns = socket.socket(socket.AF_INET6)\n"
    for level, option, value, _, _ in OPTIONS:
        name = option if option.isdigit() else f"socket.{option}"
        body += f"with contextlib.suppress(OSError): s.setsockopt(socket.{level}, {name}, {value})\n"
    events = recorded(tmp_path, Mode.RECORD, body)
    found = [(e.args["level"], str(e.args["option"]), e.args["value"]) for e in events if e.call == "setsockopt"]
    assert found == [(level, name, value) for level, _, _, name, value in OPTIONS]


@BOTH
def test_sizes_given_by_name(mode: Mode, tmp_path: Path) -> None:
    body = """
a, b = socket.socketpair()
b.send(b'0123456789')
buffer = bytearray(6)
print(a.recv_into(buf := bytearray(8), nbytes=4), a.recv_into(buffer=buffer), a.recv_into(buffer, flags=0, nbytes=0)
      if False else buf)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0))
u.sendto(b'abc', u.getsockname())
print(u.recvfrom_into(buffer, nbytes=2, flags=socket.MSG_PEEK)[0])
"""
    events = recorded(tmp_path, mode, body)
    reads = [event for event in events if event.call in ("recv", "recvfrom")]
    assert {event.args.pop("blocking", False) for event in reads} == {mode is Mode.HELD}
    found = [(event.ret, event.args) for event in reads]
    assert found == [(4, {"size": 4}), (6, {"size": 6}), (2, {"size": 2, "flags": "MSG_PEEK"})]
