"""Findings are opened and closed here, whatever the rule."""

from __future__ import annotations

from muxviz.findings.rule import Fds
from muxviz.findings.shapes import Confidence, Finding, Resolution, Revision, RuleName
from muxviz.findings.store import Findings


class Ledger:
    """What was found goes into `kept`."""

    def __init__(self, kept: Findings) -> None:
        self.kept = kept

    def open(
        self, lane: str, fds: Fds, rule: RuleName, fd: int, evidence: tuple[int, ...], sure: Confidence = "certain",
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

    def likely(self, finding: Finding, n: int) -> None:
        """The same has happened once more."""
        newest = finding.turns[-1]
        if newest.sure == "possible" and finding.other is None:
            finding.turns = (*finding.turns, Revision(n, "likely", newest.amount))

    def certain(self, finding: Finding, n: int) -> None:
        """What was only possible is proved."""
        newest = finding.turns[-1]
        if newest.sure != "certain":
            finding.turns = (*finding.turns, Revision(n, "certain", newest.amount))
