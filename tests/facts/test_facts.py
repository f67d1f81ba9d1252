"""The facts of this kernel are the ones that were measured, the same each time, and compare with another machine's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from muxviz.facts import FACTS, Answers, FactsError, ask, differences, read
from muxviz.facts.answers import WIDTH, compared
from tests.conftest import run_muxviz

_GONE = "IN|OUT|ERR|HUP|RDHUP"
_HALF = "IN|OUT|RDHUP"

EXPECTED: dict[int, dict[str, str]] = {
    1: {"select": "R, R, R, R", "poll": "IN, IN, IN, IN", "level": "IN, IN, IN, IN", "edge": "IN, ∅, ∅, IN",
        "oneshot": "IN, ∅, ∅, ∅"},
    2: {"select": "R, R, R, ∅, R", "poll": "IN, IN, IN, ∅, IN", "level": "IN, IN, IN, ∅, IN",
        "edge": "IN, ∅, ∅, ∅, IN", "oneshot": "IN, ∅, ∅, ∅, ∅"},
    3: {"select": "R, R, R, R", "poll": "IN, IN, IN, IN", "level": "IN, IN, IN, IN", "edge": "IN, ∅, IN, ∅"},
    4: {"select": "∅", "poll": "∅", "level": "∅", "edge": "∅"},
    5: {"level": "IN, IN, IN, ∅", "edge": "IN, ∅, IN, ∅", "oneshot": "IN, ∅, IN, ∅"},
    6: {"oneshot": "IN, ∅, ∅, ∅, IN|ERR|HUP|RDHUP"},
    7: {"select": "W, R W, W", "poll": "OUT, IN|OUT, OUT", "level": "OUT, IN|OUT, OUT", "edge": "OUT, IN|OUT, ∅"},
    8: {"select": "∅, W, W", "poll": "∅, OUT, OUT", "level": "∅, OUT, OUT", "edge": "∅, OUT, ∅"},
    9: {"select": "R W, R W, R W", "poll": f"{_HALF}, {_HALF}, IN|OUT|HUP|RDHUP",
        "level": f"{_HALF}, {_HALF}, IN|OUT|HUP|RDHUP", "edge": f"{_HALF}, ∅, IN|OUT|HUP|RDHUP"},
    10: {"select": "R W, R W, EPIPE, R W", "poll": f"{_HALF}, {_GONE}, EPIPE, IN|OUT|HUP|RDHUP",
         "level": f"{_HALF}, {_GONE}, EPIPE, IN|OUT|HUP|RDHUP", "edge": f"{_HALF}, {_GONE}, EPIPE, ∅"},
    11: {"select": "R W, ECONNRESET, R W, 0 bytes", "poll": f"{_GONE}, ECONNRESET, IN|OUT|HUP|RDHUP, 0 bytes",
         "level": f"{_GONE}, ECONNRESET, IN|OUT|HUP|RDHUP, 0 bytes", "edge": f"{_GONE}, ECONNRESET, ∅, 0 bytes"},
    12: {"poll": "∅, ∅, ERR|HUP", "level": "∅, ∅, ERR|HUP", "edge": "∅, ∅, ERR|HUP"},
    13: {"select": "R W X, 2 bytes", "poll": "IN|PRI|OUT, 2 bytes", "level": "IN|PRI|OUT, 2 bytes",
         "edge": "IN|PRI|OUT, 2 bytes"},
    14: {"select": "EINPROGRESS, R W", "poll": f"EINPROGRESS, {_GONE}", "level": f"EINPROGRESS, {_GONE}",
         "edge": f"EINPROGRESS, {_GONE}"},
    15: {"select": "EBADF", "poll": "NVAL", "level": "∅", "edge": "∅"},
    16: {"level": "old number:IN, EBADF, listed", "edge": "old number:IN, EBADF, listed"},
    17: {"select": "a b c", "poll": "a b c", "level": "c a b", "edge": "c a b"},
    18: {"level": "0, 1, 2, 0, 1, 2, 0", "edge": "0, 1, 2, ∅, ∅, ∅, ∅"},
    19: {"epoll each": "4 of 4", "EXCLUSIVE each": "1 of 4", "shared level": "4 of 4", "shared edge": "1 of 4",
         "shared oneshot": "1 of 4"},
    20: {"select": "ValueError", "poll": "IN", "level": "IN", "edge": "IN"},
    21: {"select": "R W", "poll": "IN|OUT", "level": "EPERM", "edge": "EPERM"},
    22: {"select": "2 bytes, ∅, R", "poll": "2 bytes, ∅, IN", "level": "2 bytes, ∅, IN", "edge": "2 bytes, ∅, IN"},
    23: {"select": "R, R, W, W", "poll": "IN|HUP, HUP, OUT, OUT|ERR", "level": "IN|HUP, HUP, OUT, OUT|ERR",
         "edge": "IN|HUP, ∅, OUT, OUT|ERR"},
}  # fmt: skip
"""As measured on Linux 6.18: by row and multiplexer, what each wait returned."""


@pytest.fixture(scope="module")
def here() -> Answers:
    return ask()


def written(answers: Answers) -> dict[int, dict[str, str]]:
    return {number: {name: ", ".join(waits) for name, waits in told.items()} for number, told in answers.facts.items()}


def open_now() -> list[str]:
    """The descriptors of this process, the one that lists them aside."""
    return sorted(path.name for path in Path("/proc/self/fd").iterdir() if path.exists())


def test_this_kernel_answers_as_was_measured(here: Answers) -> None:
    told = written(here)
    release = os.uname().release
    if told != EXPECTED and not release.startswith("6.18."):
        others = [number for number in EXPECTED if told.get(number) != EXPECTED[number]]
        pytest.skip(f"measured on Linux 6.18; Linux {release} answers otherwise in rows {others}")
    assert told == EXPECTED


def test_it_answers_the_same_again_and_leaves_nothing_open(here: Answers) -> None:
    before = open_now()
    for _ in range(5):
        assert ask() == here
    assert open_now() == before


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact.number))
def test_every_row_has_an_answer_for_each_step_and_fits(fact: object, here: Answers) -> None:
    assert isinstance(fact, type(FACTS[0]))
    for name, answers in here.facts[fact.number].items():
        assert len(answers) == len(fact.steps), name
    assert len(fact.title) <= 92 and fact.title.endswith((".", "?")) and fact.means.endswith(".")


def test_the_text_is_aligned_and_fits(here: Answers) -> None:
    lines = here.text().splitlines()
    assert all(len(line) <= WIDTH and "…" not in line for line in lines)
    head = next(n for n, line in enumerate(lines) if line.startswith(" 7  "))
    steps = lines[head + 1]
    for line, answer in ((lines[head + 2], "R W"), (lines[head + 3], "IN|OUT")):
        assert line.index(answer) == steps.index("1 arrives")
    assert lines[0].split()[0] == "Linux" and "glibc" in lines[0]


def test_progress_is_told(here: Answers) -> None:
    parts: list[float] = []
    ask(parts.append)
    assert len(parts) == len(FACTS) and parts == sorted(parts) and 0 <= parts[0] <= parts[-1] < 1


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_and_its_comparison(here: Answers, tmp_path: Path) -> None:
    done = run_muxviz("facts", "--format", "json")
    assert done.returncode == 0 and done.stderr == ""
    other = tmp_path / "other.json"
    other.write_text(done.stdout)
    assert read(other) == here
    same = run_muxviz("facts", "--against", other)
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "every answer is the same")

    changed = json.loads(done.stdout)
    changed["kernel"] = "Linux 9\x1b[2J"
    changed["facts"][1]["answers"]["edge"][1] = "IN\x1b[31m"
    del changed["facts"][5]["answers"]["oneshot"]
    other.write_text(json.dumps(changed))
    found = run_muxviz("facts", "--against", other)
    assert found.returncode == 1
    assert "IN, ∅".replace(", ", "   ") in found.stdout and "not asked" in found.stdout
    assert all(char.isprintable() or char == "\n" for char in found.stdout)
    assert all(len(line) <= WIDTH for line in found.stdout.splitlines())
    listed = run_muxviz("facts", "--against", other, "--format", "json")
    assert listed.returncode == 1
    assert [(one["number"], one["name"]) for one in json.loads(listed.stdout)] == [(2, "edge"), (6, "oneshot")]


def test_a_row_that_only_one_knows_is_a_difference(here: Answers) -> None:
    there = Answers(here.machine, {**here.facts, 99: {"level": ["IN"]}})
    assert [(one.number, one.here, one.there) for one in differences(here, there)] == [(99, None, ["IN"])]
    assert "does not know" in compared(here, there)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "null", '{"muxviz_facts":2}', "[" * 100_000, "\xff"])
def test_a_file_with_no_answers_is_one_line(content: str, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(content)
    with pytest.raises(FactsError):
        read(other)


@pytest.mark.parametrize("name", ["missing", ".", "empty"])
def test_the_command_says_it_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    done = run_muxviz("facts", "--against", tmp_path / name)
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1
