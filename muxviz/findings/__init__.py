"""Findings: a rule's verdict on a stretch of the trace, what it rests on and how sure it is; see `detector`."""

from typing import Final

from muxviz.findings.detector import Detector
from muxviz.findings.rules import BY_NAME
from muxviz.findings.shapes import LEVELS, Confidence, Finding, Level, Revision, RuleName
from muxviz.findings.store import RULES_OF, Findings, FindingsForm

RULES: Final[tuple[RuleName, ...]] = tuple(BY_NAME)
"""Every rule, in the order in which they are listed."""
SPINS: Final[frozenset[RuleName]] = frozenset(name for name, rule in BY_NAME.items() if rule.spins)

__all__ = [
    "BY_NAME",
    "LEVELS",
    "RULES",
    "RULES_OF",
    "SPINS",
    "Confidence",
    "Detector",
    "Finding",
    "Findings",
    "FindingsForm",
    "Level",
    "Revision",
    "RuleName",
]
