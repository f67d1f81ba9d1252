"""What observing costs: one epoll echo server, bare, under the probe, under the probe with recording, under strace.

    python -m tests.benchmarks.echo_rate [ROUNDS]

The variants run one after another in each round, so that a slow moment of the machine meets all of them; the medians
are of the rounds. Rates swing with the machine, the server's processor time for each echo much less: both are printed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from muxviz import servers
from muxviz.sources.lab.conductor import BATCH
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, Where

SERVER: Final = str(Path(servers.__file__).parent / "epoll_echo.py")
CONNECTIONS: Final = 10
MESSAGE: Final = b"x" * 64
SECONDS: Final = 0.6
WARM_UP: Final = 200
VARIANTS: Final = ("bare", "free", "record", "strace")
_CALLS: Final = (
    "select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 accept "
    "accept4 socket socketpair listen bind connect shutdown read readv recvfrom recvmsg recvmmsg write writev sendto "
    "sendmsg sendmmsg sendfile splice close close_range dup dup2 dup3 fcntl ioctl pipe pipe2 eventfd2 clone clone3 "
    "fork vfork execve"
)
_OPTIONS: Final = "-f -ttt -T -y -s 0 -v -qq -e signal=none -e abbrev=execve --seccomp-bpf"
STRACE: Final = ("strace", *_OPTIONS.split(), "-e", "trace=" + ",".join(f"?{call}" for call in _CALLS.split()))
"""strace as one would use it to see what muxviz sees, at its fastest."""


class Measure(NamedTuple):
    """One variant in one round."""

    rate: float
    """Echoes in a second."""
    cpu_us: float
    """Microseconds of the server's processor time for each echo."""


class Server:
    """The server of one variant. Under the probe, muxviz's part is a process of its own, as in life."""

    def __init__(self, variant: str) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="muxviz-", dir="/dev/shm"))
        command = [sys.executable, SERVER]
        if variant in ("free", "record"):
            command = [sys.executable, "-m", __spec__.name, "--drain", variant, str(self._directory)]
        elif variant == "strace":
            command = [*STRACE, "-o", str(self._directory / "log"), "--", *command]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[-1])
        self.pid = self._process.pid if variant == "bare" else _child_of(self._process.pid)

    def close(self) -> None:
        """End it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        shutil.rmtree(self._directory)


def drain(variant: str, directory: Path) -> None:
    """muxviz's part, in a process of its own: start the lane, and drain it until the lane ends."""
    bell = Bell()
    mode = Mode.RECORD if variant == "record" else Mode.FREE
    link = Link.create("echo", directory, bell, mode=mode, epoch_ns=time.monotonic_ns())
    lane = subprocess.Popen(link.argv([SERVER]))
    while link.where is not Where.RUNNING and lane.poll() is None:
        bell.wait(0.01)
    bell.close()
    while lane.poll() is None:
        if len(link.drain()) < BATCH:
            time.sleep(0.002)


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(fields[0]) / 1e9


def measure(variant: str) -> Measure:
    """Echo for a while."""
    server = Server(variant)
    try:
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(CONNECTIONS)]
        for _ in range(WARM_UP):
            _round(clients)
        cpu, began, echoes = _cpu_seconds(server.pid), time.perf_counter(), 0
        while (now := time.perf_counter()) - began < SECONDS:
            _round(clients)
            echoes += CONNECTIONS
        cpu = _cpu_seconds(server.pid) - cpu
        for client in clients:
            client.close()
        return Measure(echoes / (now - began), cpu / echoes * 1e6)
    finally:
        server.close()


def _round(clients: list[socket.socket]) -> None:
    for client in clients:
        client.send(MESSAGE)
    for client in clients:
        client.recv(len(MESSAGE))


def compare(rounds: int, variants: tuple[str, ...] = VARIANTS) -> dict[str, Measure]:
    """Medians of each variant over interleaved rounds."""
    found: dict[str, list[Measure]] = {variant: [] for variant in variants}
    for _ in range(rounds):
        for variant in variants:
            found[variant].append(measure(variant))
    return {
        variant: Measure(statistics.median(m.rate for m in each), statistics.median(m.cpu_us for m in each))
        for variant, each in found.items()
    }


def table(found: dict[str, Measure]) -> str:
    """The medians in words, with ratios to bare."""
    bare = found["bare"]
    lines = [f"{'variant':8} {'echoes/s':>9} {'of bare':>8} {'server CPU µs/echo':>19}"]
    for variant, each in found.items():
        lines.append(f"{variant:8} {each.rate:9.0f} {each.rate / bare.rate:8.2f} {each.cpu_us:19.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--drain"]:
        drain(sys.argv[2], Path(sys.argv[3]))
    else:
        print(table(compare(int(sys.argv[1]) if len(sys.argv) > 1 else 7)))
