"""Findings: a rule's verdict on a stretch of the trace, what it rests on and how sure it is; see `detector`."""

from muxviz.findings.detector import Detector
from muxviz.findings.shapes import LEVELS, RULES, SPINS, Confidence, Finding, Level, Revision, Rule
from muxviz.findings.store import Findings, FindingsForm

__all__ = [
    "LEVELS",
    "RULES",
    "SPINS",
    "Confidence",
    "Detector",
    "Finding",
    "Findings",
    "FindingsForm",
    "Level",
    "Revision",
    "Rule",
]
