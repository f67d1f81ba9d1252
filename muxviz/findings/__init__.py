"""Findings: a rule's verdict on a stretch of the trace, what it rests on and how sure it is; see `detector`."""

from muxviz.findings.detector import Detector
from muxviz.findings.kept import FindingsForm, Kept
from muxviz.findings.shapes import RULES, SPINS, Finding, Rule, Sure, Turn

__all__ = ["RULES", "SPINS", "Detector", "Finding", "FindingsForm", "Kept", "Rule", "Sure", "Turn"]
