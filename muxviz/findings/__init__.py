"""Findings: a rule's verdict on a stretch of the trace, what it rests on and how sure it is; see `detector`."""

from muxviz.findings.detector import Detector
from muxviz.findings.kept import FindingsForm, Kept
from muxviz.findings.shapes import LEVELS, RULES, SPINS, Finding, Level, Rule, Sure, Turn

__all__ = ["LEVELS", "RULES", "SPINS", "Detector", "Finding", "FindingsForm", "Kept", "Level", "Rule", "Sure", "Turn"]
