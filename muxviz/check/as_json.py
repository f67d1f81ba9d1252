"""Findings for a program: one object in a form that is public.

    {"muxviz_check": 1, "version": "0.1.0", "source": {…}, "lanes": ["program"], "events": 412, "cut": null,
     "counts": {"certain": 1, "likely": 0, "possible": 0, "information": 0, "cancelled": 0, "known": 0,
                "not_kept": 0},
     "findings": [{"rule": "stranded-data", "surety": "certain", "lane": "program", "pid": 411, "fd": 5, "client": "A",
                   "first": 20, "last": null, "flags": "IN", "call": "recv", "at": {"file": "s.py", "line": 52,
                   "text": "data = conn.recv(4)"}, "words": "8 bytes unread; …", "ended": "…", "why": ["…"],
                   "helps": ["…"], "manual": "epoll(7)", "evidence": [{"n": 17, "step": 11, "t": 913400,
                   "call": "epoll_wait(…) = 1 ready  fd 5 IN", "at": {…}}],
                   "fingerprint": "9c0d…"}], "known": []}

Every field is always there, null where there is nothing to say. Fields are not renamed or taken away without a new
`muxviz_check`; there may be more of them. Findings stand in the order in which they were found, one for each fd, with
those of surety `information`; what a later read cancelled is counted only. `known` has those that the build lives with,
each with who says so, `by`: `option`, `comment` or `baseline`. `first` and `last` are events, as
`muxviz show --format jsonl` numbers them. `words`, `ended`, `why` and `helps` are for people, in the language that was
asked for. A `fingerprint` tells a finding again in another recording: `--baseline` takes this object.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from muxviz import __version__
from muxviz.check.report import Evidence, Found, Place, Report
from muxviz.quoting import json_text

FORM: Final = 1


def as_json(report: Report) -> str:
    """The object, indented, in ASCII, with a line end."""
    return (
        json_text(
            {
                "muxviz_check": FORM,
                "version": __version__,
                "source": msgspec.to_builtins(report.trace.header.source),
                "lanes": list(report.trace.lanes),
                "events": len(report.trace),
                "cut": report.cut,
                "counts": {
                    **report.counts,
                    "cancelled": report.cancelled,
                    "known": len(report.known),
                    "not_kept": report.more,
                },
                "findings": [_finding(one) for one in report.found],
                "known": [_finding(one) | {"by": by} for one, by in report.known],
            },
            indent=2,
        )
        + "\n"
    )


def _finding(one: Found) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "surety": one.surety,
        "lane": one.lane,
        "pid": one.pid,
        "fd": one.fd,
        "client": one.client,
        "first": one.first,
        "last": one.last,
        "flags": one.flags,
        "call": one.call,
        "at": _at(one.place),
        "words": one.facts,
        "ended": one.ended,
        "why": list(one.derived),
        "helps": list(one.helps),
        "manual": one.manual,
        "evidence": [_event(event) for event in one.evidence],
        "fingerprint": one.fingerprint,
    }


def _event(event: Evidence) -> dict[str, Any]:
    return {"n": event.n, "step": event.step, "t": event.t, "call": event.words, "at": _at(event.place)}


def _at(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.file, "line": place.line, "text": place.text}
