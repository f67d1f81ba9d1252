"""SIGKILL at any moment: the file opens, what is in it happened, and no more than the last second is missing.

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

from muxviz.recording import recover
from tests.conftest import descendants

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


def killed(directory: Path, seed: int) -> tuple[int, int]:
    """Record, and kill muxviz. Returns the rounds that were over a second before, and those in the file."""
    chance = random.Random(seed)
    script, counter, file = directory / "busy.py", directory / f"{seed}.counter", directory / f"{seed}.muxviz"
    counter.write_bytes(bytes(8))
    command = [sys.executable, "-m", "muxviz", "run", "--headless", "-o", str(file), str(script), str(counter)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with counter.open("r+b") as handle, mmap.mmap(handle.fileno(), 8) as rounds:
        samples: list[tuple[float, int]] = []
        limit = time.monotonic() + 30
        while not rounds[:8].strip(b"\0"):
            assert time.monotonic() < limit and process.poll() is None
            time.sleep(0.002)
        end = time.monotonic() + chance.uniform(0, 1.6)
        while (now := time.monotonic()) < end:
            samples.append((now, struct.unpack("q", rounds[:8])[0]))
            time.sleep(0.01)
        lane = descendants(process.pid)
        process.send_signal(signal.SIGKILL)
        over = time.monotonic()
        process.wait()
        for pid in lane:  # it loses its muxviz, and ends by itself
            while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < limit:
                time.sleep(0.005)
    sure = max((count for moment, count in samples if moment < over - 1), default=0)
    return sure, _rounds(file)


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
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda seed: killed(tmp_path, seed), range(KILLS)))
    for sure, recorded in ends:
        assert recorded >= sure, ends
    assert any(sure for sure, _ in ends), "none ran for longer than the second that may be missing"
