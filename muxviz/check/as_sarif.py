"""Findings for code scanning: SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

One result for each thing to mend: findings of the same rule at the same line are one, with their number as its
`occurrenceCount`. What a finding rests on is its code flow, one location for each event. A fingerprint holds the rule,
the file and the line's text, so that a result is known again when the lines above it change. A program without source
(from `muxviz trace`) has logical locations only: the process, and the call that it made. What a build lives with is a
result that is suppressed: by the source where a comment says so, externally where an option or a baseline does.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from muxviz import __version__, printable
from muxviz.check.known import By
from muxviz.check.report import Evidence, Found, Place, Report, grouped
from muxviz.findings import RULES, Confidence, RuleName
from muxviz.findings import words as said
from muxviz.language import say, together
from muxviz.quoting import json_text, sarif_message, uri_reference

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVELS: Final[dict[Confidence, str]] = {
    "certain": "error",
    "likely": "warning",
    "possible": "note",
    "information": "none",
}
_SUPPRESSED: Final[dict[By, str]] = {"option": "external", "comment": "inSource", "baseline": "external"}


def as_sarif(report: Report) -> str:
    """The log, indented, in ASCII, with a line end."""
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, indent=2) + "\n"


def _run(report: Report) -> dict[str, Any]:
    results = [_result(group) for group in grouped(report.found)]
    for by, kind in _SUPPRESSED.items():
        known = grouped([one for one, said_by in report.known if said_by == by])
        results += [_result(group) | {"suppressions": [{"kind": kind}]} for group in known]
    return {
        "tool": {"driver": {"name": "muxviz", "version": __version__, "rules": [_rule(rule) for rule in RULES]}},
        "invocations": _shown([_invocation(report)]),
        "originalUriBaseIds": {_ROOT: {"description": {"text": say("Where the program was started.")}}},
        "results": _shown(results),
        "properties": _shown(
            {
                "source": msgspec.to_builtins(report.trace.header.source),
                "lanes": list(report.trace.lanes),
                "events": len(report.trace),
                "cancelled": report.cancelled,
                "notKept": report.more,
            }
        ),
    }


def _rule(rule: RuleName) -> dict[str, Any]:
    words = said.WORDS[rule]
    helps = said.helps_of(rule)
    return {
        "id": rule,
        "name": "".join(map(str.capitalize, rule.split("-"))),
        "shortDescription": {"text": say(words.name)},
        "fullDescription": {"text": say(words.rule)},
        "help": {
            "text": "\n".join([say(words.rule), *helps, words.manual]),
            "markdown": "\n".join([say(words.rule), "", *(f"- {line}" for line in helps), "", f"`{words.manual}`"]),
        },
        "defaultConfiguration": {"level": _LEVELS["certain"]},
    }


def _invocation(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {"executionSuccessful": True}
    if report.cut:
        found["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": sarif_message(report.cut)}}]
    return found


def _result(group: list[Found]) -> dict[str, Any]:
    one = group[0]
    sure = say(said.SURE[one.surety])
    told = say("{rule} on {who}, {sure}: {facts}.", rule=one.name, who=one.who, sure=sure, facts=one.facts)
    return {
        "ruleId": one.rule,
        "ruleIndex": RULES.index(one.rule),
        "kind": "informational" if one.surety == "information" else "fail",
        "level": _LEVELS[one.surety],
        "message": {"text": sarif_message(together([told, *one.derived]))},
        "locations": [_location(one)],
        "codeFlows": [{"threadFlows": [{"locations": [_step(one, event) for event in one.evidence]}]}],
        "partialFingerprints": {"muxvizFinding/v1": one.fingerprint},
        "occurrenceCount": len(group),
        "properties": {
            "surety": one.surety,
            "lanes": list(dict.fromkeys(other.lane for other in group)),
            "fds": sorted({other.fd for other in group})[:100],
            "ended": one.ended,
            "helps": list(one.helps),
        },
    }


def _location(one: Found) -> dict[str, Any]:
    logical = [{"name": one.lane, "fullyQualifiedName": one.lane, "kind": "process"}]
    if one.call is not None:
        logical.append({"name": one.call, "fullyQualifiedName": f"{one.lane}/{one.call}", "kind": "function"})
    return {**_physical(one.place), "logicalLocations": logical}


def _step(one: Found, event: Evidence) -> dict[str, Any]:
    return {
        "location": {**_physical(event.place), "message": {"text": sarif_message(event.words or one.lane)}},
        "executionOrder": event.n,
        "kinds": ["call"],
    }


def _physical(place: Place | None) -> dict[str, Any]:
    """Nothing for code that lies in no file, as `<string>`."""
    if place is None or not place.file or place.file.startswith("<"):
        return {}
    region: dict[str, Any] = {"startLine": place.line}
    if place.text:
        region["snippet"] = {"text": place.text}
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": region}}


def _artifact(file: str) -> dict[str, Any]:
    """A relative reference from where the program was started; a file elsewhere by its own URI."""
    uri = {"uri": uri_reference(file)}
    return uri if file.startswith("/") else uri | {"uriBaseId": _ROOT}


def _shown(value: Any) -> Any:
    """The same with every text printable: people read it in a browser."""
    if isinstance(value, str):
        return printable.text(value)
    if isinstance(value, dict):
        return {printable.text(key): _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value
