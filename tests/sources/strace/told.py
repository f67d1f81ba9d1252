"""Lines in, events out, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from muxviz.events import FORMAT, Event, Header, Source
from muxviz.sources.strace import Translator
from muxviz.trace import Trace

SAMPLES = Path(__file__).parent / "samples"


def translated(*lines: str, **how: Any) -> list[Event]:
    """The events of lines that have a pid and a time before them already, or get ones."""
    return translator(*lines, **how)[0]


def translator(*lines: str, **how: Any) -> tuple[list[Event], Translator]:
    made = Translator(**how)
    text = "".join(f"{line if line[:1] in {*'0123456789[,'} else stamped(line, n)}\n" for n, line in enumerate(lines))
    return [*made.lines(text.encode()), *made.end()], made


def stamped(line: str, n: int, pid: int = 100) -> str:
    """`pid seconds line`."""
    return f"{pid}  1700000000.{n:06d} {line}"


def traced(events: list[Event]) -> Trace:
    """The events as a trace."""
    trace = Trace(Header(muxviz=FORMAT, kernel="", machine="", python="", source=Source(kind="trace"), lanes=[]))
    for event in events:
        trace.append(event)
    return trace


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.txt").read_bytes()
