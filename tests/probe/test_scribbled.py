"""A program writes over the memory that it shares with muxviz: its record ends there, and nothing else does.

The seed of the bytes is printed; MUXVIZ_SCRIBBLES says how many rings are written over.
"""

from __future__ import annotations

import marshal
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.events import encode
from muxviz.probe import ring_format
from muxviz.probe.ring import Ring
from muxviz.probe.shared import Shared
from muxviz.sources.ring.decode import ScribbledError, loads
from muxviz.sources.ring.lane_reader import Bell, Link, Mode

ROUNDS = int(os.environ.get("MUXVIZ_SCRIBBLES", "400"))
_EXTREMES = (
    b"\0" * 8,
    b"\xff" * 8,
    b"\x7f" + b"\xff" * 7,
    b"\xff" * 7 + b"\x7f",
    b"\x80" + b"\0" * 7,
    b"(\xff\xff\xff\x7f",
)


def _written(ring: Ring) -> None:
    """Some of every form that the probe writes."""
    look = (3, 5, 0, 0, 1, 5, None, None, None, None)
    ring.put_tail(ring_format.HELLO, 0, 0, 1, 0, 0, -1, 0, 41, "/somewhere")
    ring.put_tail(ring_format.SITE, 0, 0, 1, 0, 0, -1, 0, 1, ("/somewhere/a.py", 3, None, 0))
    ring.put_tail(ring_format.INTEREST, 0, 0, 1, 0, 0, -1, 0, 1, ((3, 1), (4, 5)))
    ring.put_tail(ring_format.SOCKET, 0, 0, 2, 1, 3, 3, 1, 0, ((2, 1, 0), (look,)))
    ring.put_tail(ring_format.POLL, 0, 0, 3, 1, 1, -1, 1, 1, (-1, ((3, 1),), (look,)))
    ring.put_tail(ring_format.EPOLL_CTL, 0, 0, 4, 1, 0, 5, 1, 0, ((1, 3, 1), None))
    ring.put_tail(ring_format.SETSOCKOPT, 0, 0, 4, 1, 0, 5, 1, 0, ((1, 2, b"\1\0\0\0"), None))
    ring.put_tail(ring_format.NOTE, 0, 0, 5, 0, 0, -1, 0, 0, "x" * 2000)
    for n in range(20):
        ring.put(ring_format.RECV, 0, 6 + n, 1, n, 3, 1, 9)
    ring.put_tail(ring_format.EXIT, 0, 0, 50, 0, 0, -1, 0, 1, "Traceback")


def test_any_bytes_of_it_are_read_without_an_exception_and_without_end(tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print("seed", seed)
    chance = random.Random(seed)
    broken = 0
    for _ in range(ROUNDS):
        bell = Bell()
        link = Link.create("lane", tmp_path, bell, mode=Mode.RECORD, ring_bytes=8192, epoch_ns=0)
        try:
            shared = Shared(link.names["ring"])
            shared.control[ring_format.OPENED] = 1
            _written(Ring(shared, lambda: None))
            words = range(8, 48)
            places = (
                words,
                range(ring_format.RING_AT, ring_format.RING_AT + 4096),
                range(ring_format.ENTERED_AT, ring_format.ENTERED_AT + 64),
            )
            for _ in range(chance.choice((1, 1, 2, 5, 50))):
                at = chance.choice(chance.choice(places))
                data = chance.choice((*_EXTREMES, chance.randbytes(1), chance.randbytes(8)))
                shared.memory[at : at + len(data)] = data
            if chance.random() < 0.3:
                shared.words[ring_format.WHERE] = 8 | chance.randrange(8)
            events = []
            for _ in range(10):
                _ = link.where, link.mode, link.announced(), link.pending_bytes()
                entered = link.entered()
                events += [*link.drain(7), *link.inside(), *([entered] if entered is not None else [])]
            for event in events:
                encode(event)
            if link.broken is not None:
                broken += 1
                assert shared.control[0] == Mode.FREE
                assert [event.note for event in events].count(link.broken) == 1
        finally:
            link.close()
            bell.close()
    assert broken > ROUNDS // 4


@pytest.mark.parametrize(
    "data",
    [
        b"(\xff\xff\xff\x7f",
        b"[\0\0\0\x10N",
        b"(\2\0\0\0(\xff\xff\xff\x7fNN",
        b"s\xff\xff\xff\x7f(\xff\xff\xff\x7f",
        b"(\0\0\0\xff",
        b"<\xff\xff\xff\x7f",
        b">\xff\xff\xff\x7f",
        b"\xa8\xff\xff\xff\x7f",
        b"\xdb\xff\xff\xff\x7f",
        b"\xbc\xff\xff\xff\x7f",
        b"\xbe\xff\xff\xff\x7f",
    ],
)
def test_a_count_larger_than_its_tail_is_given_no_room(data: bytes) -> None:
    with pytest.raises(ScribbledError):
        loads(data)


def test_payload_may_look_like_one() -> None:
    for tail in (
        b"(\xff\xff\xff\x7f" * 3,
        ("c" * 20, b"[\0\0\0\x10", 1 << 60, -(1 << 40), 1.5, True, None),
        [1, (2, "é(\xff")],
    ):
        assert loads(marshal.dumps(tail, 2)) == tail


PROGRAM = """
import ctypes, select, socket, sys
a, b = socket.socketpair()
def ping():
    b.send(b"x"); assert select.select([a], [], [], 60)[0]; assert a.recv(100) == b"x"
ping()
for line in open("/proc/self/maps"):
    if "/muxviz-" in line and "ring" in line:
        first, last = (int(word, 16) for word in line.split()[0].split("-"))
        ctypes.memset(first + int(sys.argv[1]), 0xff, int(sys.argv[2]))
for _ in range(5): ping()
print("done"); sys.exit(7)
"""


@pytest.mark.parametrize(("at", "size"), [(24576, 200_000), (ring_format.RING_AT, 900_000), (0, 1), (16, 8), (8, 8)])
def test_the_program_goes_on_and_its_status_is_its_own(at: int, size: int, tmp_path: Path) -> None:
    (tmp_path / "scribbles.py").write_text(PROGRAM)
    words = ["run", "--headless", "-o", "a.muxviz", "scribbles.py", str(at), str(size)]
    done = subprocess.run(
        [sys.executable, "-m", "muxviz", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, "done\n"), done.stderr
    assert "Traceback" not in done.stderr
    if at != 8:  # where it stands, it says again with its next call
        assert "wrote over" in done.stderr and len(done.stderr.splitlines()) == 1
        checked = subprocess.run(
            [sys.executable, "-m", "muxviz", "check", "a.muxviz"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 3 and "cut short" in checked.stdout
