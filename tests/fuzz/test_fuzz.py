"""A few seconds of each fuzzer. What it finds is made again by the command that the failure names."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.fuzz.__main__ import KINDS
from tests.fuzz.running import findings, numbers

INPUTS = {"recordings": 15, "strace": 100}
SEED = int(os.environ.get("MUXVIZ_FUZZ_SEED") or random.SystemRandom().randrange(1 << 32))


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_breaks_it(kind: str, tmp_path: Path) -> None:
    print(f"{kind}, seed {SEED}")
    for one in findings(KINDS[kind], numbers(0, count=INPUTS[kind]), SEED, tmp_path, None):
        pytest.fail(f"python -m tests.fuzz {kind} --seed {SEED} --only {one.number}\n{one.text}")
