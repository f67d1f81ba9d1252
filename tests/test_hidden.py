"""Without the programs, what needs one is skipped by its name, or fails where everything has to be there; and what has
not said that it needs one finds none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hidden import REFUSED
from tests.packages import PACKAGES

ROOT = Path(__file__).parents[1]
TESTS = """
import subprocess
import pytest

@pytest.mark.needs("{program}")
def test_that_says_so():
    subprocess.run(["{program}"], capture_output=True, timeout=60)

def test_that_does_not_say_so():
    done = subprocess.run(["{program}"], capture_output=True, text=True)
    assert done.returncode == 127 and 'pytest.mark.needs("{program}")' in done.stderr, done
"""
PYTEST = ["-p", "tests.needs", "-p", "no:cacheprovider", "-n", "0", "-c", os.devnull, "--rootdir", str(ROOT)]


def ran(command: list[str], directory: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """An inner run of the two tests above."""
    file = directory / "test_inner.py"
    file.write_text(TESTS.format(program=program))
    words = [*command, *PYTEST, f"--basetemp={directory / 'inner'}", str(file)]
    env = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT, env=env | environment)


def test_a_test_whose_program_is_hidden_is_skipped_by_its_name(tmp_path: Path) -> None:
    done = ran([sys.executable, "tests/hidden.py"], tmp_path, "strace")
    if done.returncode == REFUSED:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    *_, skipped, command, closing = done.stdout.splitlines()
    assert skipped == "1 tests skipped for want of strace (1)", done.stdout
    assert command == f"to run them too: apt-get install {PACKAGES['strace']}"
    assert closing.replace("=", "").strip().startswith("1 passed, 1 skipped in ")


@pytest.mark.needs("unshare")
def test_under_ci_it_fails(tmp_path: Path) -> None:
    hidden = ["unshare", "-rm", "--", sys.executable, "tests/hidden.py", "--inside", "env", "CI=true"]
    done = ran([*hidden, sys.executable, "-m", "pytest"], tmp_path, "strace")
    assert done.returncode == 1 and "missing: apt-get install strace" in done.stdout, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout or "1 failed, 1 passed" in done.stdout, done.stdout
