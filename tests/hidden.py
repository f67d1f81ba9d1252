"""The tests as on a machine that has nothing but Python and git:

    python3 tests/hidden.py [PYTEST'S ARGUMENTS]

In a mount namespace of its own (`unshare -rm`, unshare(1)) /dev/null, which can't be executed, lies over every program
of `tests/packages.py`, and over the compilers. The run's last lines say which tests were skipped for want of what.
Where such a namespace is refused that is said, and the exit status is 77, as automake has it for a test not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.packages import PACKAGES, lookup  # noqa: E402  (this file is run by its path, from any directory)

COMPILERS: Final = ("cc", "clang", "gcc", "rustc")
UNSHARE: Final = ("unshare", "-rm", "--")
REFUSED: Final = 77


def places(programs: Iterable[str], path: str) -> list[str]:
    """Every file that one of the programs is found as on `path`, and those that these are links to."""
    named = {str(Path(directory, one)) for directory in lookup(path).split(os.pathsep) for one in programs}
    found = {one for one in named if Path(one).is_file()}
    return sorted(found | {os.path.realpath(one) for one in found})


def inside(command: list[str]) -> None:
    """In the namespace: hide them, make sure of it, and become the command."""
    programs = [*PACKAGES, *COMPILERS]
    path = os.environ.get("PATH", os.defpath)
    for place in places(programs, path):
        subprocess.run(["mount", "--bind", os.devnull, place], check=True)
    left = [one for one in programs if shutil.which(one, path=lookup(path))]
    assert not left, left
    os.execvp(command[0], command)


def main() -> int:
    """Run pytest with them hidden."""
    if subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode:
        print("tests/hidden.py: a mount namespace of its own is refused here (unshare -rm): not run", file=sys.stderr)
        return REFUSED
    own = ROOT / ".venv" / "bin" / "pytest"
    pytest = [str(own)] if own.exists() else [sys.executable, "-m", "pytest"]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}  # there a missing one fails
    command = [*UNSHARE, sys.executable, __file__, "--inside", *pytest, *sys.argv[1:]]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2:])
    sys.exit(main())
