"""The same scenario gives the same events, but for times, ports and pids."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from muxviz.events import encode
from muxviz.recording import read
from muxviz.scenarios import CATALOGUE
from tests.conftest import run_muxviz

RUNS = {"partial-read": 20, "echo": 8, "reset": 12, "slow-reader": 10, "herd": 10, "timeout": 4, "crowd": 2}
"""What chance has most ways into is run most often; a crowd's fifty thousand events take seconds each time."""
_OTHERS = 4


def without_chance(line: bytes) -> Any:
    """A line less its times, ports and pids."""
    event = json.loads(line)
    for field in ("t", "took", "pid", "tid", "began", "kernel"):
        event.pop(field, None)
    for field in ("address", "peer", "local"):
        event.get("args", {}).pop(field, None)
    return event


@pytest.mark.parametrize("name", CATALOGUE)
def test_recordings_are_identical(name: str, tmp_path: Path) -> None:
    def record(n: int) -> list[Any]:
        file = tmp_path / f"{n}.muxviz"
        done = run_muxviz("lab", name, "--headless", "-o", file, timeout=200)
        assert done.returncode == 0, done.stderr
        header, events = read(file)
        return [without_chance(encode(header)), *(without_chance(line) for _, line in events)]

    with ThreadPoolExecutor(4) as pool:  # more than the machine has processors: the order must not depend on luck
        runs = list(pool.map(record, range(RUNS.get(name, _OTHERS))))
    for n, run in enumerate(runs[1:], 1):
        assert run == runs[0], f"run {n} differs from run 0"
