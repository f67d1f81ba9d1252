"""The same programs, now, under strace, with real clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.strace.programs import PROGRAMS, TRACED
from tests.sources.strace.traced import traced
from tests.sources.strace.verdict import judge, read


@pytest.mark.parametrize("name", TRACED)
def test_what_is_found_in_a_program_that_runs(name: str, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    trace, counted = read([traced(program, tmp_path)])
    judge(program, trace, counted)
