"""The same scenario gives the same events, but for times, ports and pids.

MUXVIZ_RUNS says how many times as often each is run; the suite does so a few times.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from muxviz.events import encode
from muxviz.recording import read
from muxviz.scenarios import CATALOGUE
from tests.conftest import run_muxviz

TIMES = int(os.environ.get("MUXVIZ_RUNS", "1"))
RUNS = {"partial-read": 10, "echo": 4, "reset": 6, "slow-reader": 5, "herd": 5, "crowd": 2}
"""What chance has most ways into is run most often; a crowd's fifty thousand events take seconds each time. One of them
is the recording that other tests use."""
_OTHERS = 3


def without_chance(line: bytes) -> Any:
    """A line less its times, ports and pids."""
    event = msgspec.json.decode(line)
    for field in ("t", "took", "pid", "tid", "began", "kernel"):
        event.pop(field, None)
    for field in ("address", "peer", "local"):
        event.get("args", {}).pop(field, None)
    return event


@pytest.mark.parametrize("name", CATALOGUE)
def test_recordings_are_identical(name: str, recordings: dict[str, Path], tmp_path: Path) -> None:
    def told(file: Path) -> list[Any]:
        header, events = read(file)
        return [without_chance(encode(header)), *(without_chance(line) for _, line in events)]

    def record(n: int) -> Path:
        file = tmp_path / f"{n}.muxviz"
        done = run_muxviz("lab", name, "--headless", "-o", file)
        assert done.returncode == 0, done.stderr
        return file

    with ThreadPoolExecutor(4) as pool:  # more than the machine has processors: the order must not depend on luck
        files = list(pool.map(record, range(1, RUNS.get(name, _OTHERS) * TIMES)))
    first = told(recordings[name])
    assert len(first) > 20 and files
    for file in files:
        assert told(file) == first, f"run {file.stem} differs from the first"
