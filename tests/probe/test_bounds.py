"""What the probe can tell is within the bounds that hold where a recording is read: numbers at the edges of what the
kernel says and of what a ring can hold."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from muxviz.events import LARGEST, Event
from muxviz.probe import ring_format
from muxviz.probe.ring import dumps
from muxviz.recording import read
from muxviz.scenarios import CATALOGUE
from muxviz.sources.ring.decode import Decoder, ScribbledError
from muxviz.sources.ring.lane_reader import Mode
from tests.conftest import Recordings
from tests.probe.lanes import assert_read_again, observed

C_INT = (1 << 31) - 1
WORD = (1 << 63) - 1
IOCTL = (1 << 32) - 1
"""The most that FIONREAD and SIOCOUTQ store: an int, read without a sign."""
LOOK = (5, IOCTL, IOCTL, IOCTL, 12, 0xFFFFFFFF, IOCTL, IOCTL, LARGEST, LARGEST)


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "crowd"])
def test_every_event_of_a_scenario_is_read_again(name: str, recordings: Recordings) -> None:
    for event, _ in read(recordings[name])[1]:
        assert_read_again(event)


def decoded(code: int, *, tail: Any = None, bits: int = 0, **fields: int) -> Event | None:
    """The event of a record."""
    lane = Decoder("lane", "server", fields.pop("epoch", 0))
    lane.pid = C_INT
    record = {"error": 0, "tid": 0, "t": 1, "took": 1, "ret": 0, "fd": 5, "site": 0, "size": 0} | fields
    flags = bits | (ring_format.TAILED if tail is not None else 0)
    return lane.event((code, flags, *record.values(), 0), b"" if tail is None else dumps(tail))  # type: ignore[arg-type]


EXTREMES: list[tuple[int, dict[str, Any]]] = [
    (ring_format.RECV, {"t": LARGEST, "took": LARGEST, "ret": WORD, "size": C_INT}),
    (ring_format.RECV, {"fd": -C_INT - 1, "size": -C_INT - 1, "site": C_INT}),
    (ring_format.RECV, {"ret": -1, "error": (1 << 15) - 1, "tid": C_INT}),
    (ring_format.SEND, {"tail": (None, (LOOK,)), "ret": C_INT}),
    (ring_format.SEND, {"tail": (None, ((*LOOK, "file", (("queue", LARGEST), ("none", None))),))}),
    (ring_format.EPOLL_WAIT, {"tail": (WORD, ((C_INT, 0xFFFFFFFF),), (LOOK,)), "size": C_INT, "ret": 1}),
    (ring_format.EPOLL_WAIT, {"tail": (-WORD - 1, ((C_INT, 1),), [b"\xff" * 4]), "ret": 1}),
    (ring_format.POLL, {"tail": (WORD, ((-C_INT - 1, -1),), None), "ret": 1}),
    (ring_format.CONNECT, {"tail": ((("::1", 65535, 0xFFFFFFFF, 0xFFFFFFFF),), None)}),
    (ring_format.SETSOCKOPT, {"tail": ((C_INT, -C_INT - 1, WORD), None)}),
    (ring_format.SETSOCKOPT, {"tail": ((socket.SOL_SOCKET, socket.SO_LINGER, b"\xff" * 8), None)}),
    (ring_format.SOCKET, {"tail": ((C_INT, C_INT, C_INT), None), "ret": C_INT}),
    (ring_format.SOCKETPAIR, {"tail": ((1, 1, 0, C_INT, C_INT), None)}),
    (ring_format.EPOLL_CTL, {"tail": ((1, C_INT, (1 << 64) - 1), None)}),
    (ring_format.LISTEN, {"size": -C_INT - 1}),
    (ring_format.EXIT, {"size": -C_INT - 1, "tail": "Traceback"}),
]


@pytest.mark.parametrize(("code", "record"), EXTREMES)
def test_the_edges_of_what_is_told_are_read_again(code: int, record: dict[str, Any]) -> None:
    event = decoded(code, **record)
    assert event is not None
    assert_read_again(event)


SCRIBBLED: list[tuple[int, dict[str, Any]]] = [
    (ring_format.RECV, {"t": LARGEST + 1}),
    (ring_format.RECV, {"took": LARGEST + 1}),
    (ring_format.RECV, {"t": 4, "epoch": 5}),
    (ring_format.POLL, {"t": WORD, "tail": (0, (), None)}),
    (ring_format.SEND, {"tail": (None, ((5, LARGEST + 1, *LOOK[2:]),))}),
    (ring_format.SEND, {"tail": (None, ((*LOOK, "file", (("queue", LARGEST + 1),)),))}),
    (ring_format.SEND, {"tail": (None, ((*LOOK, "file", (("queue", -1),)),))}),
    (ring_format.EPOLL_WAIT, {"tail": (WORD + 1, (), None)}),
    (ring_format.EPOLL_WAIT, {"tail": (0, ((C_INT + 1, 1),), None)}),
    (ring_format.SITE, {"tail": ("/a.py", C_INT + 1, None, 0)}),
    (ring_format.SITE, {"tail": ("/a.py", 1, "/b.py", -C_INT - 2)}),
    (ring_format.SETSOCKOPT, {"tail": ((1, 2, WORD + 1), None)}),
    (ring_format.CONNECT, {"tail": (((1e300,),), None)}),
    (ring_format.CONNECT, {"tail": (((((((1,),),),),),), None)}),
]


@pytest.mark.parametrize(("code", "record"), SCRIBBLED)
def test_what_would_not_be_read_again_is_no_record(code: int, record: dict[str, Any]) -> None:
    with pytest.raises(ScribbledError):
        decoded(code, **record)


ODD = """
import contextlib, os, select, socket, struct, tempfile
a, b = socket.socketpair()
s, e, p = socket.socket(), select.epoll(), select.poll()
p.register(a, 0xffff); e.register(a, 0x0fff)
p.register(2**30, 1)
odd = (2**31 - 1, -2**31, 2**31, 2**63 - 1, -2**63, 2**64, 10**30, -1, 1e15, 1e300, float("inf"), float("nan"), True)
b.send(b"x")
for one in odd:
    for call in (
        lambda: select.select([a], [], [], one), lambda: p.poll(one), lambda: e.poll(one, 1), lambda: e.poll(0, one),
        lambda: (a.settimeout(one), a.send(b""), a.settimeout(None)), lambda: s.connect(("127.0.0.1", one)),
        lambda: s.bind(("127.0.0.1", one)), lambda: s.setsockopt(1, 2, one), lambda: s.setsockopt(one, 2, 1),
        lambda: s.getsockopt(1, one), lambda: socket.socket(one), lambda: os.close(one) if one is not True else 0,
        lambda: a.recv_into(bytearray(9), one, 0x42), lambda: a.send(b"", one),
        lambda: e.register(one, 1) if one is not True else 0,  # 3.13 warns of a bool as a descriptor
        lambda: s.listen(one), lambda: s.shutdown(one), lambda: os.read(one, 1) if one is not True else 0,
        lambda: os.dup2(0, one) if one is not True else 0,
    ):
        with contextlib.suppress(OSError, OverflowError, ValueError, TypeError, MemoryError):
            call()
    a.setblocking(True)
with tempfile.TemporaryFile() as file:
    os.truncate(file.fileno(), 2**32 + 2**31 + 5)
    p.register(file, 1)
    print(len(p.poll(0)), os.read(file.fileno(), 1))
"""


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD])
def test_a_program_that_gives_odd_numbers_is_read_again(mode: Mode, tmp_path: Path) -> None:
    program = tmp_path / "odd.py"
    program.write_text(ODD)
    done = observed([str(program)], mode)
    assert (done.status, done.err) == (0, ""), done.err
    assert [event.note for event in done.events if event.note] == []
