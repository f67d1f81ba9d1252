"""SIGKILL at any moment: the file opens, what is in it happened, and no more is missing than what the ring holds and
what waits to be written; of a program that rests, nothing.

MUXVIZ_KILLS says how many times; the suite does a few.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from muxviz.probe.ring_format import HEADER_BYTES
from muxviz.recording import recover
from tests.processes import descendants

KILLS = int(os.environ.get("MUXVIZ_KILLS", "3"))

BUSY = """
import mmap, select, socket, struct, sys
file = open(sys.argv[1], "r+b")
counter = mmap.mmap(file.fileno(), 8)
a, b = socket.socketpair()
a.setblocking(False); b.setblocking(False)
wait = select.epoll()
wait.register(b, select.EPOLLIN)
rounds = 0
while True:
    size = rounds % 50 + 1
    a.send(b"x" * size)
    for fd, flags in wait.poll():
        assert len(b.recv(100)) == size
    rounds += 1
    counter[:8] = struct.pack("q", rounds)
"""


MOST_MISSING = ((1 << 20) // HEADER_BYTES + (1 << 18) // 60 + 2 * 2_000) // 3 + 2
"""Rounds of three calls: a ring of the smallest records, a buffer of the shortest lines, two batches on their way."""


def killed(directory: Path, seed: int) -> tuple[int, int]:
    """Record, and kill muxviz. Returns the rounds that were over then, and those in the file."""
    chance = random.Random(seed)
    script, counter, file = directory / "busy.py", directory / f"{seed}.counter", directory / f"{seed}.muxviz"
    counter.write_bytes(bytes(8))
    command = [sys.executable, "-m", "muxviz", "run", "--headless", "-o", str(file), str(script), str(counter)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    goal = chance.randrange(1, 2 * MOST_MISSING)
    with counter.open("r+b") as handle, mmap.mmap(handle.fileno(), 8) as rounds:
        limit = time.monotonic() + 100
        while struct.unpack("q", rounds[:8])[0] < goal:
            assert time.monotonic() < limit and process.poll() is None
            time.sleep(0.002)
        lane = descendants(process.pid)
        over = struct.unpack("q", rounds[:8])[0]
        process.send_signal(signal.SIGKILL)
        process.wait()
        for pid in lane:  # it loses its muxviz, and ends by itself
            while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < limit:
                time.sleep(0.005)
    return over, _rounds(file)


def _rounds(file: Path) -> int:
    """The rounds in a file, each of which has to be what the program did."""
    found = recover(file)
    assert found.damage is None
    trace, rounds, within = found.trace, 0, 0
    for n in range(len(trace)):
        event = trace[n]
        if event.call not in ("send", "epoll_wait", "recv") or event.phase:
            continue
        assert event.call == ("send", "epoll_wait", "recv")[within], (n, event)
        if event.call == "epoll_wait":
            assert event.ret == 1
        else:
            assert event.ret == rounds % 50 + 1, (n, event)
        within = (within + 1) % 3
        rounds += within == 0
    trace.close()
    return rounds


def test_what_a_killed_recording_leaves_behind(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(BUSY)
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda seed: killed(tmp_path, seed), range(KILLS)))
    for over, recorded in ends:
        assert recorded >= over - MOST_MISSING, ends


def test_what_a_program_did_before_it_rested_is_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        BUSY.replace("while True:", "while rounds < 500:") + "import time\ntime.sleep(1000)\n"
    )
    (tmp_path / "counter").write_bytes(bytes(8))
    file = tmp_path / "a.muxviz"
    command = [sys.executable, "-m", "muxviz", "run", "--headless", "-o", str(file), "busy.py", "counter"]
    process = subprocess.Popen(command, cwd=tmp_path)
    try:
        limit = time.monotonic() + 100
        while not file.exists() or file.read_bytes().count(b'"call":"recv"') < 500:
            assert time.monotonic() < limit and process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert _rounds(file) == 500
