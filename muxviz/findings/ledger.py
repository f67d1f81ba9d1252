"""Findings are opened and closed here, whatever the rule."""

from __future__ import annotations

from collections.abc import Mapping

from muxviz.findings.registration import Lane, Registration
from muxviz.findings.shapes import Confidence, Finding, Resolution, Revision, Rule
from muxviz.findings.store import Findings
from muxviz.kernel import FdState

Fds = Mapping[int, FdState]
"""The state's open descriptors of a process, by number."""


class Ledger:
    """What was found goes into `kept`."""

    def __init__(self, kept: Findings) -> None:
        self.kept = kept

    def open(
        self, lane: str, fds: Fds, rule: Rule, fd: int, evidence: tuple[int, ...], sure: Confidence = "certain",
        amount: int | None = None, flags: str = "", other: int | None = None, client: str | None = None,
        at: int | None = None,
    ) -> Finding:  # fmt: skip
        """Found at event `at`, or at the last one of its evidence."""
        known = fds.get(fd)
        turn = Revision(evidence[-1] if at is None else at, sure, amount)
        client = client or (known.client if known is not None else None)
        finding = Finding(rule, lane, fd, client, evidence, (turn,), flags, other)
        self.kept.add(finding)
        return finding

    def close(self, finding: Finding, n: int, how: Resolution) -> None:
        """It is over."""
        self.kept.close(finding, n, how)

    def resolve(self, watch: Registration, n: int, how: Resolution) -> None:
        """What was found about a registration is over."""
        if watch.finding is not None:
            self.close(watch.finding, n, how)
            watch.finding = None

    def likely(self, finding: Finding, n: int) -> None:
        """The same has happened once more."""
        newest = finding.turns[-1]
        if newest.sure == "possible" and finding.other is None:
            finding.turns = (*finding.turns, Revision(n, "likely", newest.amount))

    def reads_untold(self, lane: Lane, n: int) -> None:
        """The process has read what no new report told of: what it owes means nothing, nor did it before."""
        if not lane.speculative and lane.traced:
            for finding in lane.suspected:
                finding.turns = (*finding.turns, Revision(n, "information", finding.turns[-1].amount))
        lane.speculative = True
        lane.suspected.clear()
