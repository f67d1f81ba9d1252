"""What this kernel answers: a truth table of readiness from micro-experiments, each made here and now.

Every row is a small experiment on loopback (or a pipe, or a file), made once for each multiplexer that it concerns. No
answer rests on a sleep: loopback delivers before the sender's call returns, and where something comes later (an
acknowledgement, another thread) it is waited for. Nothing is written down that the kernel did not say.
"""

from __future__ import annotations

from muxviz.facts.answers import Answers, FactsError, ask, differences, read
from muxviz.facts.table import FACTS, Fact

__all__ = ["FACTS", "Answers", "Fact", "FactsError", "ask", "differences", "read"]
