"""What a check says, in each of its forms, of small sessions made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from muxviz.check import FORMATS, Report, as_json, as_sarif, as_text, count_line, report
from muxviz.events import Event
from muxviz.findings import LEVELS, RULES
from muxviz.language import use
from tests.findings.told import MS, Told

SOURCE = "import select\n\ndef serve(c):\n    data = c.recv(4)\n    return data\n"


def stranded(clients: int = 1, told: Told | None = None, *, at: bool = True) -> Told:
    """An edge server that reads once, of so many clients, its recv in line 4 of server.py."""
    told = told or Told()
    told.event(file="server.py", source=SOURCE)
    for fd in range(5, 5 + clients):
        told.client(fd=fd).wait((fd, "IN"), **{f"fd{fd}": 12})
        told.call("recv", fd=fd, ret=4, args={"size": 4}, at=("server.py", 4) if at else None)
        told.sleep()
        told.wait()
    return told


def cancelled() -> Told:
    """A reader that did not wait to be told."""
    told = Told()
    return told.client().wait((5, "IN")).read(4).sleep().wait().read(8, size=64).again()


def test_a_block_says_where_what_why_and_what_helps() -> None:
    lines = as_text(report(stranded().trace)).splitlines()
    assert lines[0] == "server.py:4: certain: stranded data on fd 5 (client #1), lane edge"
    assert lines[1:3] == [
        "    data = c.recv(4)",
        "  8 bytes unread; no edge will announce them; nothing comes by itself",
    ]
    text = "\n".join(lines)
    assert "observed  step 6  " in text and "[fd 5: 12 unread]" in text
    assert "server.py:4  recv(fd 5, size 4) = 4" in text
    assert "helps     read until EAGAIN before the next wait" in text and "epoll(7)" in text
    assert lines[-1] == "1 finding: 1 certain"


def test_the_same_in_many_connections_is_one_block_with_a_count() -> None:
    judged = report(stranded(100).trace)
    text = as_text(judged)
    assert text.count("stranded data") == 1
    assert "  and 99 times more, on fd 6 (client #2), fd 7 (client #3), fd 8 (client #4), " in text
    assert text.endswith("100 findings: 100 certain\n")
    assert len(json.loads(as_json(judged))["findings"]) == 100
    (result,) = json.loads(as_sarif(judged))["runs"][0]["results"]
    assert result["occurrenceCount"] == 100


def test_without_source_the_process_is_named() -> None:
    told = Told("trace", held=False)
    told.client().wait((5, "IN")).call("recv", fd=5, ret=4, args={"size": 4}, pid=411)
    told.wait(after=30 * MS).close()
    judged = report(told.trace)
    assert [one.surety for one in judged.found] == ["possible"]
    assert as_text(judged).startswith("edge (pid 411): possible: stranded data on fd 5 (client #1), lane edge\n")
    (result,) = json.loads(as_sarif(judged))["runs"][0]["results"]
    (location,) = result["locations"]
    assert "physicalLocation" not in location
    assert [one["fullyQualifiedName"] for one in location["logicalLocations"]] == ["edge", "edge/recv"]
    assert result["level"] == "note"


def test_a_cancelled_suspicion_is_counted_and_no_finding() -> None:
    judged = report(cancelled().trace)
    assert (judged.found, judged.cancelled) == ([], 1)
    assert as_text(judged) == "no findings · 1 cancelled by a later read\n"
    assert json.loads(as_json(judged))["counts"]["cancelled"] == 1
    assert json.loads(as_sarif(judged))["runs"][0]["results"] == []


def test_information_is_told_and_never_counts() -> None:
    told = cancelled().wait((5, "IN")).read(4).sleep().wait()
    judged = report(told.trace)
    assert [one.surety for one in judged.found] == ["information"]
    assert judged.at_least("possible") == []
    assert count_line(judged) == "no findings · 1 for information · 1 cancelled by a later read"
    (result,) = json.loads(as_sarif(judged))["runs"][0]["results"]
    assert (result["kind"], result["level"]) == ("informational", "none")


def test_as_sure_as_it_ever_was() -> None:
    """Possible while it lasted; likely, as the same came once more."""
    told = Told().client().wait((5, "IN")).read(4).sleep().wait((5, "IN")).read(4).sleep()
    assert told.rules == [("stranded-data", "likely")] * 2
    judged = report(told.trace)
    assert len(judged.at_least("likely")) == 2 and not judged.at_least("certain")


def test_the_surest_stands_first() -> None:
    told = Told().client(fd=6).wait((6, "IN")).read(4, fd=6).sleep().wait()  # possible
    text = as_text(report(stranded(told=told).trace))
    assert [line.split(": ")[1] for line in text.splitlines() if "stranded data" in line] == ["certain", "possible"]
    assert text.endswith("2 findings: 1 certain, 1 possible\n")


def test_a_wait_of_very_many_fds_fills_no_line() -> None:
    told = Told().client()
    told.wait(*((fd, "IN") for fd in range(5, 5000)), fd5=12, **{f"fd{n}": 1 for n in range(6, 5000)})
    told.read(4).sleep()
    (found,) = [one for one in report(told.trace).found if one.fd == 5]
    assert max(len(event.words) for event in found.evidence) < 200
    waited = found.evidence[0].n
    assert "= 4995 ready  fd 5 IN" in found.evidence[0].words
    assert len(told.trace[waited].ready or []) == 4995, "the trace's own event is as it was"


def test_a_poll_of_very_many_fds_neither() -> None:
    told = Told()
    for _ in range(6):
        args = {"interest": [[fd, "OUT"] for fd in range(5, 5000)], "timeout": -1}
        told.event(call="poll", ret=4995, ready=[(fd, "OUT") for fd in range(5, 5000)], args=args, took=1000)
    judged = report(told.trace)
    assert len(judged.found) == 4995 and as_text(judged).count("writable spin") == 1
    assert max(len(event.words) for one in judged.found for event in one.evidence) < 200


@pytest.mark.parametrize("form", FORMATS)
def test_foreign_text_does_nothing_to_a_terminal(form: str) -> None:
    evil = "\x1b]0;owned\x07\x9b31m\u202e\x7f"
    told = Told()
    told.event(file=f"{evil}.py", source=f"x = '{evil}'\n")
    told.client().wait((5, "IN"), fd5=12).call(
        "recv", fd=5, ret=4, args={"size": 4, evil: evil}, at=(f"{evil}.py", 1)
    ).sleep()
    written = FORMATS[form](report(told.trace))
    assert "stranded" in written
    assert not set(written) & set("\x1b\x07\x9b\u202e\x7f")


def test_json_has_every_field_always() -> None:
    fields = {
        "rule", "surety", "lane", "pid", "fd", "client", "first", "last", "flags", "call", "at", "words", "ended",
        "why", "helps", "manual", "evidence", "fingerprint",
    }  # fmt: skip
    for told in (stranded(), stranded(at=False), cancelled()):
        value = json.loads(as_json(report(told.trace, "cut short after line 9")))
        assert value["muxviz_check"] == 1 and value["cut"] == "cut short after line 9"
        assert set(value["counts"]) == {*LEVELS, "information", "cancelled", "known", "not_kept"}
        for finding in value["findings"]:
            assert set(finding) == fields
            assert all(set(event) == {"n", "step", "t", "call", "at"} for event in finding["evidence"])


def logs() -> dict[str, Report]:
    told = Told()
    told.call("bind", fd=3, ret=-1, error="EADDRINUSE", at=("<string>", 1))
    for _ in range(6):
        told.wait((3, "IN"), took=1000)
    return {
        "one": report(stranded().trace),
        "many, cut": report(stranded(30).trace, "cut"),
        "no source": report(stranded(at=False).trace),
        "nothing": report(Told().trace),
        "cancelled": report(cancelled().trace),
        "a spin": report(told.trace),
    }


@pytest.mark.parametrize("name", logs())
def test_sarif_is_what_its_schema_says(name: str) -> None:
    written = as_sarif(logs()[name])
    Sarif.model_validate_json(written)
    value = json.loads(written)
    assert value["version"] == "2.1.0"
    (run,) = value["runs"]
    assert len(run["tool"]["driver"]["rules"]) == len(RULES)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def _level(log: dict[str, Any]) -> None:
    log["runs"][0]["results"][0]["level"] = "fatal"


def _line(log: dict[str, Any]) -> None:
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0


def _name(log: dict[str, Any]) -> None:
    log["runs"][0]["results"][0]["sureness"] = "certain"


@pytest.mark.parametrize("spoil", [_level, _line, _name])
def test_the_schema_would_refuse_what_is_wrong(spoil: Any) -> None:
    log = json.loads(as_sarif(logs()["one"]))
    spoil(log)
    with pytest.raises(ValidationError):
        Sarif.model_validate(log)


def test_sarif_has_the_source_line_and_knows_a_finding_again() -> None:
    def result(told: Told) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(as_sarif(report(told.trace)))["runs"][0]["results"][0]
        return found

    one = result(stranded())
    place = one["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "server.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 4, "snippet": {"text": "data = c.recv(4)"}}
    moved = Told()
    moved.event(file="server.py", source="# a new line\n" + SOURCE)
    moved.client().wait((5, "IN"), fd5=12).call("recv", fd=5, ret=4, args={"size": 4}, at=("server.py", 5)).sleep()
    assert result(moved)["partialFingerprints"] == one["partialFingerprints"]
    other = Told()
    other.event(file="server.py", source=SOURCE.replace("recv(4)", "recv(8)"))
    other.client().wait((5, "IN"), fd5=12).call("recv", fd=5, ret=4, args={"size": 4}, at=("server.py", 4)).sleep()
    assert result(other)["partialFingerprints"] != one["partialFingerprints"]


@pytest.mark.parametrize(
    ("file", "uri"), [("/srv/a b.py", "file:///srv/a%20b.py"), ("dir/ö.py", "dir/%C3%B6.py"), ("<string>", None)]
)
def test_a_file_is_a_uri(file: str, uri: str | None) -> None:
    told = Told().client().wait((5, "IN"), fd5=12)
    told.call("recv", fd=5, ret=4, args={"size": 4}, at=(file, 4)).sleep()
    place = json.loads(as_sarif(report(told.trace)))["runs"][0]["results"][0]["locations"][0].get("physicalLocation")
    assert (place["artifactLocation"]["uri"] if place else None) == uri


def test_it_can_be_told_in_chinese() -> None:
    use("zh")
    try:
        text = as_text(report(stranded().trace))
    finally:
        use("en")
    assert text.startswith("server.py:4: 确定: 数据滞留") and text.endswith("1 个发现: 1 个确定\n")


def test_a_mark_is_no_finding_and_an_empty_trace_is_right() -> None:
    told = Told()
    told.trace.append(Event(n=-1, t=1, note="nothing"))
    assert as_text(report(told.trace)) == "no findings\n"
