"""muxviz doctor: one line for each thing, and the exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.sources.doctor import CHECKS
from tests.conftest import run_muxviz
from tests.sources.tracing.test_refusals import without_strace

ROOT = Path(__file__).parents[1]


def told(*prefix: str, **options: object) -> dict[str, tuple[str, str]]:
    """Grade and words by name, and the exit status that follows from them."""
    command = [*prefix, sys.executable, "-m", "muxviz", "doctor", "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, **options)  # type: ignore[call-overload]
    checks = json.loads(done.stdout)
    assert done.returncode == any(one["grade"] == "missing" for one in checks), done
    return {one["name"]: (one["grade"], one["words"]) for one in checks}


@pytest.mark.needs("strace")
def test_here_nothing_is_missing() -> None:
    found = told()
    assert list(found) == [name for name, _ in CHECKS]
    assert not [one for one in found.items() if one[1][0] == "missing"]
    assert found["strace"][0] == found["ptrace"][0] == "ok"
    assert found["terminal"] == ("note", "none here, so no screen: muxviz tells its stories as text")


@pytest.mark.needs("strace")
def test_a_line_for_each_thing() -> None:
    done = run_muxviz("doctor")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == len(CHECKS)
    for line, (name, _) in zip(lines, CHECKS, strict=True):
        assert line.split()[:2][1] == name and line.split()[0] in ("ok", "note", "missing")
        assert len(line) <= 160, line


def test_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    found = told(env=without_strace(tmp_path))
    assert found["strace"] == ("missing", "muxviz trace needs it: apt install strace (or dnf, pacman, apk)")
    assert found["ptrace"][0] == "missing"


@pytest.mark.needs("strace")
def test_a_container_that_forbids_what_tracing_needs() -> None:
    found = told(sys.executable, "-m", "tests.sources.tracing.denied", "ptrace,pidfd_getfd")
    assert found["ptrace"][0] == "missing" and "--cap-add=SYS_PTRACE" in found["ptrace"][1]
    assert found["pidfd_getfd"][0] == "note"
    assert found["strace"][0] == "ok"


def test_a_locale_that_is_no_utf_8() -> None:
    found = told(env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    grade, words = found["locale"]
    assert grade == "missing" and words.endswith("need UTF-8; export LC_ALL=C.UTF-8")
