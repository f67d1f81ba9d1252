"""Findings for code scanning: SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).

One result for each thing to mend: findings of the same rule at the same line are one, with their number as its
`occurrenceCount`. What a finding rests on is its code flow, one location for each event. A fingerprint holds the rule,
the file and the line's text, so that a result is known again when the lines above it change. A program without source
(from `muxviz trace`) has logical locations only: the process, and the call that it made.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from muxviz import __version__, printable
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


def as_sarif(report: Report) -> str:
    """The log, indented, in ASCII, with a line end."""
    groups = grouped(report.found)
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, groups)]}, indent=2) + "\n"


def _run(report: Report, groups: list[list[Found]]) -> dict[str, Any]:
    return {
        "tool": {"driver": {"name": "muxviz", "version": __version__, "rules": [_rule(rule) for rule in RULES]}},
        "invocations": _shown([_invocation(report)]),
        "originalUriBaseIds": {_ROOT: {"description": {"text": say("Where the program was started.")}}},
        "results": _shown([_result(group) for group in groups]),
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
    helps = [say(template, other="") for template in words.helps]
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
        "partialFingerprints": {"muxvizFinding/v1": _fingerprint(one)},
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


def _fingerprint(one: Found) -> str:
    where = (one.place.file, one.place.text or str(one.place.line)) if one.place is not None else (one.lane, one.call)
    told = "\0".join(map(str, (one.rule, *where)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
