"""What strace prints, as events: the source of `muxviz trace`.

Theory of operation
-------------------
strace(1) writes a line for each system call, for people to read. `lines` takes a line apart (who, when, which call, its
arguments as text, its result), `values` makes values of such texts, `calls` is the table of what each system call is
called here and which of its arguments an event has, `process` has the tables of a process, `tasks` follows threads and
children, `effects` is what calls do to those tables, and `translate` puts them together: bytes in, Events out, in the
words that the probe uses, so that everything behind them works unchanged. `saved` reads a file that way.

To watch a program that runs, `launch` starts strace under a `guardian` that outlives us, `allowed` says beforehand why
that can't be, `attached` and `queues` read what /proc says, `live` puts it all into a trace, and `session` is what the
screen sees of that.

Nothing is lost silently: each line becomes an event, is understood and no event, or is counted in `Counted` with
samples. From `lines` to `translate` everything is pure: it starts nothing, opens nothing, and asks no kernel.
"""

from __future__ import annotations

from muxviz.sources.strace.line_accounting import LineAccounting
from muxviz.sources.strace.process import KnownFd
from muxviz.sources.strace.translate import TraceError, Translator

__all__ = ["KnownFd", "LineAccounting", "TraceError", "Translator"]
