"""The README is true: its picture is what the command makes, its keys are the keys, its commands are the commands."""

from __future__ import annotations

import re
from pathlib import Path

from muxviz.cli import commands
from muxviz.scenarios import CATALOGUE
from tests.conftest import run_muxviz
from tests.packages import PACKAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_picture_is_a_real_session(recordings: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    done = run_muxviz("export", recordings["partial-read"], out, "--step", "20")
    assert done.returncode == 0, done.stderr
    assert out.read_text() == (ROOT / "docs" / "partial-read.svg").read_text(), (
        "make it anew: muxviz export RECORDING-OF-PARTIAL-READ docs/partial-read.svg --step 20"
    )


def test_the_keys_are_the_keys() -> None:
    from muxviz.tui.lab_actions import ACTIONS

    keys = {key for action in ACTIONS for key in action.keys}
    table = README[README.index("| key |") : README.index("## Without a screen")]
    named = [
        key for line in table.splitlines()[2:] for cell in line.split("|")[1::2] for key in re.findall(r"`(.+?)`", cell)
    ]
    assert len(named) > 20
    for key in named:
        assert key in keys, key


def test_the_commands_are_the_commands() -> None:
    named = set(re.findall(r"^muxviz ([\w.-]+)", README, re.MULTILINE))
    assert named <= {*commands.commands, *CATALOGUE, "my_scenario.py"}


def test_what_the_tests_want_is_what_is_installed_for_them() -> None:
    assert "python3 tests/packages.py" in (ROOT / ".ci" / "run").read_text()
    named = README[README.index("Some of them run real programs: ") :].partition(".")[0]
    assert set(re.findall(r"`([\w-]+)`", named)) <= PACKAGES.keys()
    for file in re.findall(r"`python3 (tests/\w+\.py)`", README):
        assert (ROOT / file).is_file()
