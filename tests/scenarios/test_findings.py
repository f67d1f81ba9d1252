"""What is found in each scenario, lane by lane. A lane that is not named is right: nothing may be found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from muxviz.recording import load
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from tests.conftest import run_muxviz

Found = dict[str, list[tuple[str, str, str]]]
"""By lane: rule, client (or fd) and sureness of each finding, in their order; the same again and again once."""

_SPIN: Final = [("writable-spin", "A", "certain")]
_END: Final = [("end-spin", "A", "certain")]
_URGENT: Final = [("level-ignored", "A", "certain")]
EXPECTED: Final[dict[str, Found]] = {
    "partial-read": {"edge": [("stranded-data", "A", "certain")]},
    "rearm": {"edge": [("stranded-data", "A", "certain")]},
    "accept-burst": {"edge": [("stranded-connection", "fd 3", "certain")]},
    "oneshot": {"edge": [("stranded-data", "A", "certain")], "oneshot": [("disarmed", "A", "certain")]},
    "always-writable": {"select": _SPIN, "poll": _SPIN, "level": _SPIN},
    "half-close": {"select": _END, "poll": _END, "level": _END},
    "urgent": {"select": _URGENT, "poll": _URGENT, "level": _URGENT},
    "closed-fd": {"poll": [("level-ignored", "fd 4", "certain")]},
    "ghost": {
        "poll": [("level-ignored", "fd 4", "certain")],
        "level": [("ghost-fd", "A", "certain")],
        "edge": [("ghost-fd", "A", "certain")],
    },
    "blocking": {"whole": [("blocking-io", "A", "certain")]},
    "udp": {"edge": [("stranded-data", "fd 3", "certain")]},
}
WITH_FIX: Final[dict[tuple[str, str], Found]] = {
    ("ghost", "close-copy"): {"poll": [("level-ignored", "fd 4", "certain")]},  # poll has no ghosts: its table is wrong
}
"""By scenario and the name of a fix: what its lanes have left; nothing, where it is not named."""


def found(trace: Trace) -> Found:
    """What was found in a trace, in the form of the tables."""
    out: Found = {}
    for one in trace.findings.until(len(trace)):
        what = (one.rule, one.client or f"fd {one.fd}", one.sure(len(trace)))
        of = out.setdefault(one.lane, [])
        if what not in of:
            of.append(what)
    return out


@pytest.mark.parametrize("name", CATALOGUE)
def test_findings(recordings: dict[str, Path], name: str) -> None:
    trace = load(recordings[name])
    assert found(trace) == EXPECTED.get(name, {})
    trace.close()


@pytest.mark.parametrize(
    ("name", "fix"),
    [(name, fix.name) for name, one in CATALOGUE.items() if name in EXPECTED for fix in one.fixes],
)
def test_a_fix_clears_them(tmp_path: Path, name: str, fix: str) -> None:
    file = tmp_path / "x.muxviz"
    done = run_muxviz("lab", name, f"--fix={fix}", "--headless", "-o", file)
    assert done.returncode == 0, done.stderr
    trace = load(file)
    assert found(trace) == WITH_FIX.get((name, fix), {})
    trace.close()


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_scenario_says_which_rules_it_shows(name: str) -> None:
    """`muxviz rules NAME` sends a reader there."""
    assert set(CATALOGUE[name].shows) == {rule for lane in EXPECTED.get(name, {}).values() for rule, _, _ in lane}
