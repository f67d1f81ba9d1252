"""The outcome of a scenario on a program: what the clients sent and got back, what was found, how it ended."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from muxviz.language import _
from muxviz.scenarios import Scenario
from muxviz.sources.lane_status import Place
from muxviz.trace import Trace


class Outcome(NamedTuple):
    """One row of the summary."""

    scenario: str
    acted: int
    actions: int
    """Client actions that were made, of how many."""
    right: int
    echoes: int
    """Reads of clients that returned what was sent, of those that had to."""
    wakeups: int
    findings: dict[str, int]
    """How many of each surety, information aside."""
    end: str
    """How the program stood when the scenario was over: `asleep`, `running`, or how it ended; untrusted text."""
    trouble: str | None
    """Why the clients could not do everything."""


_STANDS: dict[Place, str] = {
    "starting": _("starting"),
    "gate": _("running"),
    "busy": _("running"),
    "input": _("reads its input"),
    "asleep": _("asleep"),
}


def outcome(trace: Trace, scenario: Scenario, acted: int, place: Place, trouble: str | None) -> Outcome:
    """Of the lane that has the scenario's name; `place` is where it stood before muxviz ended it."""
    lane = trace.now.lanes[scenario.name]
    last = len(trace) - 1
    reads = [
        event
        for event in (trace[n] for n in range(len(trace)))
        if event.role == "client" and event.lane == scenario.name and "as_sent" in event.args
    ]
    due = sum(act.do == "read" and act.expect is not None for beat in scenario.beats for act in beat.acts)
    findings: Counter[str] = Counter(one.sure(last) for one in trace.findings.until(last) if one.lane == scenario.name)
    findings.pop("information", None)
    return Outcome(
        scenario=scenario.name,
        acted=acted,
        actions=len(scenario.beats),
        right=sum(event.args["as_sent"] is True for event in reads),
        echoes=due,
        wakeups=lane.wakeups,
        findings=dict(findings),
        end=_STANDS[place] if place != "ended" else _how(trace, lane.exit_n),
        trouble=trouble,
    )


def _how(trace: Trace, n: int | None) -> str:
    end = trace[n].exit if n is not None else None
    if end is None:
        return "ended"
    lines = [line.strip() for line in (end.traceback or "").splitlines() if line.strip()]
    if lines:
        return f"ended: {lines[-1]}"
    return f"killed by {end.signal}" if end.signal else f"ended with status {end.status}"
