"""What strace prints, as events: the source of `muxviz trace`.

Theory of operation
-------------------
strace(1) writes a line for each system call, for people to read. `lines` takes a line apart (who, when, which call, its
arguments as text, its result), `values` makes values of such texts, `calls` is the table of what each system call is
called here and which of its arguments an event has, `process` follows processes, threads and their descriptors, and
`translate` puts them together: bytes in, Events out, in the words that the probe uses, so that everything behind them
works unchanged.

Nothing is lost silently: each line becomes an event, is understood and no event, or is counted in `Counted` with
samples. Everything here is pure: it starts nothing, opens nothing, and asks no kernel.
"""

from __future__ import annotations

from muxviz.strace.counted import Counted
from muxviz.strace.process import Known
from muxviz.strace.translate import TraceError, Translator

__all__ = ["Counted", "Known", "TraceError", "Translator"]
