"""Does the reader of strace's lines keep up with strace at its fastest? Run it: python -m tests.benchmarks.trace_parser

A program that does nothing but make traced calls is run under strace with the flags of `muxviz trace`; the lines that
strace writes in that time are its fastest rate here. The same lines go through the translator and into a trace, on one
processor. A ratio of 1 is just keeping up; the screen needs something, too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from muxviz.events import FORMAT, Header, Source
from muxviz.sources.strace import Translator
from muxviz.trace import Trace

SECONDS = 2.0
CALLS = "epoll_wait,epoll_ctl,epoll_create1,sendto,recvfrom,socketpair,close,read,write,execve,clone"
PROGRAM = f"""
import select, socket, time
ep = select.epoll()
end = time.monotonic() + {SECONDS}
while time.monotonic() < end:
    a, b = socket.socketpair()
    ep.register(b, select.EPOLLIN)
    for _ in range(20):
        a.send(b"12345678")
        ep.poll(1)
        b.recv(4096)
    b.close()
    a.close()
"""
_CHUNK = 1 << 16


class Rates(NamedTuple):
    """Lines a second."""

    strace: float
    translator: float
    """Lines into Events."""
    trace: float
    """Lines into a trace: what a recording or the screen is fed from."""
    lines: int

    @property
    def ratio(self) -> float:
        return self.trace / self.strace


def strace_lines(directory: Path) -> tuple[bytes, float]:
    """What strace writes of the program, and in how many seconds."""
    log = directory / "log"
    command = ["strace", "-f", "-ttt", "-T", "-y", "-s", "0", "-v", "-q", "--seccomp-bpf", "-e", f"trace={CALLS}"]
    subprocess.run(
        [*command, "-e", "signal=none", "-o", str(log), sys.executable, "-c", PROGRAM], check=True, timeout=60
    )
    return log.read_bytes(), SECONDS


def measure() -> Rates:
    """All three rates, from one run of strace."""
    with tempfile.TemporaryDirectory() as directory:
        data, seconds = strace_lines(Path(directory))
    lines = data.count(b"\n")
    return Rates(lines / seconds, lines / _read(data, keep=False), lines / _read(data, keep=True), lines)


def _read(data: bytes, *, keep: bool) -> float:
    """Processor seconds that it takes to read the lines, as they would come from a pipe."""
    translator = Translator()
    header = Header(muxviz=FORMAT, kernel="", machine="", python="", source=Source(kind="trace"), lanes=[])
    trace = Trace(header)
    began = time.process_time()
    for at in range(0, len(data), _CHUNK):
        events = translator.lines(data[at : at + _CHUNK])
        if keep:
            for event in events:
                trace.append(event)
    took = time.process_time() - began
    trace.close()
    assert translator.counted.unknown == 0, translator.counted
    return took


def main() -> None:
    if shutil.which("strace") is None:
        sys.exit("strace is not installed")
    rates = measure()
    print(f"{rates.lines} lines of strace's")
    print(f"strace      {rates.strace:>9,.0f} lines a second, at its fastest here")
    print(f"translator  {rates.translator:>9,.0f} lines a second into events")
    print(f"trace       {rates.trace:>9,.0f} lines a second into a trace, {rates.ratio:.1f} times strace")


if __name__ == "__main__":
    main()
