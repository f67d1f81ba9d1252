"""The screen while strace writes as fast as it can: redis under redis-benchmark.

    python -m tests.benchmarks.screen_under_trace

prints calls a second, frames a second and key latencies. Real programs on loopback; it ends by itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from statistics import median
from typing import NamedTuple

from tests.benchmarks.screen_under_load import Terminal
from tests.sources.tracing.programs import connected, free_port

SECONDS = 4.0


class Result(NamedTuple):
    """One run."""

    calls_per_second: float
    frames_per_second: float
    key_seconds: list[float]


def measure(seconds: float = SECONDS) -> Result:
    """Trace the server, load it, and press keys meanwhile."""
    port = free_port()
    server = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    terminal = Terminal([sys.executable, "-m", "muxviz", "trace", "--", *server])
    try:
        connected(port).close()
        flood = ["redis-benchmark", "-p", str(port), "-t", "get", "-n", "100000000", "-c", "20", "-q"]
        with subprocess.Popen(flood, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
            try:
                first, keys, began = _calls(terminal), [], time.perf_counter()
                while time.perf_counter() - began < seconds:
                    terminal.press("?")
                    keys.append(terminal.wait_for("how to read the wire"))
                    terminal.press("\x1b")
                    time.sleep(0.25)
                ended = time.perf_counter()
                last = _calls(terminal)
            finally:
                load.kill()
        frames = sum(began <= moment <= ended for moment in terminal.frames)
        terminal.press("q")
        terminal.wait_for("y ends it")
        terminal.press("y")
        terminal.process.wait(60)
    finally:
        terminal.close()
    return Result((last - first) / (ended - began), frames / (ended - began), keys)


def _calls(terminal: Terminal) -> int:
    """How many calls the panel's lower border counts now."""
    terminal.press("\x0c")  # no key of muxviz: it forgets what was drawn before
    terminal.wait_for(" calls ━")
    with terminal._arrived:
        return int(re.findall(r"(\d+) calls ━", terminal._text)[-1])


def main() -> None:
    """Print the figures."""
    result = measure()
    keys = sorted(result.key_seconds)
    print(f"calls a second         {result.calls_per_second:8.0f}")
    print(f"frames a second        {result.frames_per_second:8.1f}")
    print(f"key to screen, median  {median(keys) * 1000:8.0f} ms, slowest of {len(keys)}: {keys[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
