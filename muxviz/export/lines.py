"""The events of a range in the public form, and the story of a session, as text."""

from __future__ import annotations

from collections.abc import Iterator

from muxviz.draw import draw, story
from muxviz.events import encode
from muxviz.export.options import Options, Progress
from muxviz.quoting import ascii_line
from muxviz.trace import Trace


def jsonl(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """The header, and the lines of the chosen ticks."""
    yield ascii_line(encode(trace.header)) + "\n"
    begin, end = trace.tick_start(max(options.first, 0)), trace.tick_end(options.last) + 1
    for n in range(begin, end):
        yield ascii_line(trace.line(n)) + "\n"
        if n % 4096 == 0:
            progress((n - begin) / max(1, end - begin))


def moment(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """One picture's characters."""
    yield draw(trace, trace.tick_end(options.last), options.size, options.view(trace)).text() + "\n"


def told(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """What happened, lane beside lane, from client action to client action."""
    yield story(trace, trace.tick_start(max(options.first, 0)), trace.tick_end(options.last) + 1)
