"""A recording of a million events beside an empty one: to the first frame, from any moment to any other, and memory.

    python -m tests.benchmarks.long_recording [EVENTS]

The events are those of a real session of partial-read, again and again, renumbered: what is measured is how a long file
is opened, not where it came from.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

import msgspec

from muxviz.draw import View, draw
from muxviz.recording import Recorder, load
from muxviz.trace import Trace
from tests.benchmarks.first_frame import seconds_until

MILLION = 1_000_000


def make(path: Path, events: int, of: Path) -> None:
    """Write a recording of so many events."""
    source = load(of)
    trace = Trace(source.header)
    recorder = Recorder(path, trace)
    script = [source[n] for n in range(len(source) - 4)] if events else []
    steps = source.tick_step(source.ticks - 1) or 0
    for n in range(events):
        round_, at = divmod(n, len(script))
        event = msgspec.structs.replace(script[at], t=n * 10_000)
        event.step = None if event.step is None else event.step + round_ * steps
        recorder.write(trace.append(event))
    recorder.close()
    assert recorder.failed is None
    source.close()
    trace.close()


def memory(command: list[str]) -> int:
    """The most bytes that a command had in memory."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024


def resident(command: list[str], words: bytes, keys: str) -> int:
    """The most bytes that a screen had in memory, once these keys were pressed."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    env = os.environ | {"TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=env)
    os.close(theirs)
    try:
        seen = b""
        while words not in seen:
            seen += os.read(ours, 65536)
        for key in keys:
            os.write(ours, key.encode())
            while select.select([ours], [], [], 0.3)[0]:
                os.read(ours, 65536)
        peak = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
        return int(peak.split()[1]) * 1024
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def jumps(path: Path, count: int = 60) -> list[float]:
    """Seconds that the picture takes at moments picked at random, each far from the one before."""
    trace, chance = load(path), random.Random(1)
    taken = []
    for _ in range(count):
        n = chance.randrange(len(trace))
        began = time.perf_counter()
        draw(trace, n, (120, 36), View(focus="edge", panel=True, replay=path.name))
        taken.append(time.perf_counter() - began)
    trace.close()
    return taken


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    muxviz = [sys.executable, "-m", "muxviz"]
    with tempfile.TemporaryDirectory() as directory:
        real, empty, long = (Path(directory, f"{name}.muxviz") for name in ("real", "empty", "long"))
        subprocess.run([*muxviz, "lab", "partial-read", "--headless", "-o", real], check=True)
        make(empty, 0, real)
        began = time.perf_counter()
        make(long, events, real)
        print(f"{events} events, {long.stat().st_size >> 20} MiB, written in {time.perf_counter() - began:.1f} s")
        pairs = [
            (
                seconds_until([*muxviz, "replay", str(empty)], b"select"),
                seconds_until([*muxviz, "replay", str(long)], b"select"),
            )
            for _ in range(5)
        ]
        none, much = median(one for one, _ in pairs), median(other for _, other in pairs)
        print(f"to the first frame: empty {none:.2f} s, long {much:.2f} s, {much - none:+.2f} s")
        taken = sorted(jumps(long))
        print(f"a jump: median {median(taken) * 1000:.0f} ms, slowest of {len(taken)} {taken[-1] * 1000:.0f} ms")
        screen = resident([*muxviz, "replay", str(long)], b"select", "GgVVVWWWBBB/")
        peak = memory([*muxviz, "export", str(long), str(Path(directory, "out.txt")), "--step", str(events // 50)])
        print(f"the most memory: of the screen {screen >> 20} MiB, of an export of one moment {peak >> 20} MiB")


if __name__ == "__main__":
    main()
