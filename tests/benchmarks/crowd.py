"""What a wait costs in a crowd, and what a picture of it does: `crowd`, recorded now.

    python -m tests.benchmarks.crowd

prints, for each lane and each number of watched descriptors, the median of its measured waits and their ratio to the
fewest; and what a picture of ten thousand connections takes of the processor.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from muxviz.draw import View, draw
from muxviz.recording import load
from muxviz.trace import Trace
from muxviz.trace.costs import costs

PICTURES = 10


def waits(trace: Trace) -> None:
    """The measured waits."""
    found: dict[tuple[str, int], list[float]] = {}
    for cost in costs(trace):
        found.setdefault((cost.lane, cost.watched), []).append(cost.took)
    for lane in trace.lanes:
        stages = {watched: median(took) for (of, watched), took in found.items() if of == lane}
        fewest = stages[min(stages)]
        for watched, took in sorted(stages.items()):
            print(f"{lane:7} {watched:6,} fds {took / 1e3:9.1f} µs {took / fewest:7.1f} ×")


def pictures(trace: Trace) -> None:
    """The last ones, with the ticks before them folded."""
    view = View(focus="epoll")
    draw(trace, len(trace) - 1, (120, 36), view)
    began = time.process_time()
    for tick in range(trace.ticks - PICTURES, trace.ticks):
        draw(trace, trace.tick_end(tick), (120, 36), view)
    print(f"a picture: {(time.process_time() - began) / PICTURES * 1e3:.0f} ms of the processor")


def main() -> None:
    """Record, measure, print."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "crowd.muxviz")
        subprocess.run([sys.executable, "-m", "muxviz", "lab", "crowd", "--headless", "-o", str(file)], check=True)
        trace = load(file)
        waits(trace)
        pictures(trace)
        trace.close()


if __name__ == "__main__":
    main()
