"""What a build lives with: it is counted, who says so is told, and nothing else of it fails a build."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from muxviz.check import BaselineError, Known, Report, as_json, as_sarif, as_text, baseline_of, count_line, report
from tests.check.test_formats import SOURCE, stranded
from tests.conftest import run_muxviz
from tests.findings.told import Told


def commented(comment: str, line: int = 4) -> Report:
    """Of a server that strands data at line 4, with a comment behind one of its lines."""
    lines = SOURCE.splitlines()
    lines[line - 1] += f"  {comment}"
    told = Told()
    told.event(file="server.py", source="\n".join(lines))
    told.client().wait((5, "IN"), fd5=12)
    return report(told.call("recv", fd=5, ret=4, args={"size": 4}, at=("server.py", 4)).sleep().wait().trace)


def baseline(tmp_path: Path, judged: Report) -> Known:
    file = tmp_path / "known.json"
    file.write_text(as_json(judged))
    return Known(baseline=baseline_of(file))


def judged(told: Told, known: Known) -> tuple[int, dict[str, int]]:
    """How many findings are news, and by whom the others are known."""
    found = report(told.trace, None, known)
    return len(found.found), dict(found.known_by)


@pytest.mark.parametrize(
    ("comment", "line", "known"),
    [
        ("# muxviz: ignore[stranded-data]", 4, True),
        ("// muxviz:ignore[ ghost-fd , stranded-data ] because", 4, True),
        ("# noqa  # muxviz: ignore[ghost-fd]  # muxviz: ignore[stranded-data]", 4, True),
        ("# muxviz: ignore[stranded-data]", 3, False),
        ("# muxviz: ignore[ghost-fd]", 4, False),
        ("# muxviz: ignore[stranded]", 4, False),
        ("# muxviz: ignore", 4, False),
        ("# muxviz: ignore[]", 4, False),
        ("# x" * 300 + "# muxviz: ignore[stranded-data]", 4, True),
    ],
)
def test_the_line_itself_says_that_it_is_known(comment: str, line: int, known: bool) -> None:
    found = commented(comment, line)
    assert len(found.found) == (not known) and found.known_by == ({"comment": 1} if known else {})


def test_a_rule_that_is_ignored_is_no_other() -> None:
    told = stranded()
    assert judged(told, Known(frozenset({"stranded-data"}))) == (0, {"option": 1})
    assert judged(told, Known(frozenset({"ghost-fd"}))) == (1, {})


def test_what_a_baseline_has_is_no_news_wherever_its_line_has_gone(tmp_path: Path) -> None:
    known = baseline(tmp_path, report(stranded().trace))
    assert judged(stranded(3), known) == (0, {"baseline": 3}), "another client is the same thing to mend"
    moved = Told()
    moved.event(file="server.py", source="# a new line\n" + SOURCE).client().wait((5, "IN"), fd5=12)
    moved.call("recv", fd=5, ret=4, args={"size": 4}, at=("server.py", 5)).sleep().wait()
    assert judged(moved, known) == (0, {"baseline": 1})
    other = Told()
    other.event(file="server.py", source=SOURCE).client().wait((5, "IN"), fd5=12)
    other.call("recv", fd=5, ret=4, args={"size": 4}, at=("server.py", 3)).sleep().wait()
    assert judged(other, known) == (1, {}), "another line"
    spin = Told().client("IN")
    spin.event(file="server.py", source=SOURCE)
    for _ in range(6):
        spin.wait((5, "IN"), took=1000)
    assert judged(spin, known)[1] == {}, "another rule"


def test_without_source_it_is_known_by_its_program_and_call(tmp_path: Path) -> None:
    (one,) = report(stranded(at=False).trace).found
    known = baseline(tmp_path, report(stranded(at=False).trace))
    assert known.by(one, "") == "baseline"
    first, second = (replace(one, lane=f"server:{pid}", pid=pid).fingerprint for pid in (411, 97))
    assert first == second != one.fingerprint, "a child's number is another each time"
    assert replace(one, call="accept").fingerprint != one.fingerprint
    assert judged(stranded(), known) == (1, {})


def test_a_baseline_that_is_written_with_a_baseline_keeps_what_is_known(tmp_path: Path) -> None:
    first = baseline(tmp_path, report(stranded().trace))
    second = baseline(tmp_path, report(stranded().trace, None, first))
    assert first.baseline == second.baseline != frozenset()


def test_each_form_counts_them(tmp_path: Path) -> None:
    known = Known(frozenset({"stranded-data"}))
    found = report(stranded(2).trace, None, known)
    assert count_line(found) == "no findings · 2 ignored by --ignore" and as_text(found) == count_line(found) + "\n"
    told = json.loads(as_json(found))
    assert told["findings"] == [] and told["counts"]["known"] == 2 and told["counts"]["certain"] == 0
    assert [(one["rule"], one["by"]) for one in told["known"]] == [("stranded-data", "option")] * 2
    assert count_line(commented("# muxviz: ignore[stranded-data]")).endswith("1 ignored by a comment at the line")
    again = report(stranded(2).trace, None, baseline(tmp_path, report(stranded().trace)))
    assert count_line(again) == "no findings · 2 known from the baseline"


def test_sarif_shows_them_suppressed() -> None:
    def suppressed(found: Report) -> list[Any]:
        written = as_sarif(found)
        Sarif.model_validate_json(written)
        return [result.get("suppressions") for result in json.loads(written)["runs"][0]["results"]]

    assert suppressed(report(stranded(2).trace)) == [None]
    assert suppressed(report(stranded(2).trace, None, Known(frozenset({"stranded-data"})))) == [[{"kind": "external"}]]
    assert suppressed(commented("# muxviz: ignore[stranded-data]")) == [[{"kind": "inSource"}]]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"nonsense", b"\xff\xfe", b'{"muxviz_check": 2, "findings": []}', b'{"muxviz_check": 1}',
        b'{"muxviz_check": 1, "findings": [{"rule": "ghost-fd"}]}', b'{"muxviz_check": 1, "findings": {}}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_bytes(content)
    with pytest.raises(BaselineError) as refused:
        baseline_of(file)
    assert "\n" not in str(refused.value) and "known.json" in str(refused.value)


def test_the_command(recordings: dict[str, Path], tmp_path: Path) -> None:
    file, known = recordings["partial-read"], tmp_path / "known.json"
    done = run_muxviz("check", file, "--ignore", "ghost-fd,stranded_data")
    assert (done.returncode, done.stdout) == (0, "no findings · 2 ignored by --ignore\n")
    assert run_muxviz("check", file, "--format", "json", "-o", known).returncode == 1
    done = run_muxviz("check", file, "--baseline", known)
    assert (done.returncode, done.stdout) == (0, "no findings · 2 known from the baseline\n")
    assert run_muxviz("check", recordings["rearm"], "--baseline", known).returncode == 0, "the same line of its server"
    assert run_muxviz("check", recordings["always-writable"], "--baseline", known).returncode == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--ignore", "straned-data"], "did you mean stranded-data?"),
        (["--baseline", "/nonexistent"], "No such file"),
        (["--baseline", "/"], "Is a directory"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], told: str, recordings: dict[str, Path]) -> None:
    done = run_muxviz("check", recordings["partial-read"], *args)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert told in done.stderr
