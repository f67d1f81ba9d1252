"""Sessions to draw: real ones, recorded by the lab, and copies of them with foreign text in every foreign field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from muxviz.events import Event, Exit, Header, Source, decode_event, decode_header, encode
from muxviz.recording import load
from muxviz.trace import Trace

HOSTILE = "\x1b[31m[bold]\x00界é\u202e\x9b\t\u200b\ufeff"
"""What a terminal obeys, a markup language reads, and a careless width counts wrongly."""


class Traces(dict[str, Trace]):
    """Every scenario as a trace, recorded and opened when it is first asked for: name -> trace."""

    def __init__(self, recordings: dict[str, Path]) -> None:
        super().__init__()
        self._recordings = recordings

    def __missing__(self, name: str) -> Trace:
        self[name] = load(self._recordings[name])
        return self[name]


@pytest.fixture(scope="session")
def traces(recordings: dict[str, Path]) -> Iterator[Traces]:
    """The scenarios' traces, shared by all tests."""
    found = Traces(recordings)
    yield found
    for trace in found.values():
        trace.close()


def changed(trace: Trace, header: Callable[[Header], None] | None = None,
            event: Callable[[Event], None] | None = None) -> Trace:  # fmt: skip
    """A copy of a trace whose header and events went through a change."""
    top = decode_header(encode(trace.header))
    if header is not None:
        header(top)
    copy = Trace(top)
    for n in range(len(trace)):
        one = decode_event(trace.line(n))
        if event is not None:
            event(one)
        copy.append(one)
    return copy


@pytest.fixture(scope="session")
def hostile(traces: dict[str, Trace]) -> Iterator[Trace]:
    """`partial-read` with hostile text wherever text is foreign."""

    def header(top: Header) -> None:
        top.source = Source(
            **dict.fromkeys(("title", "scenario", "clients", "fix", "offers", "follow", "panel", "by"), HOSTILE)
        )
        for info in top.lanes:
            info.title = HOSTILE
        top.sources = {name: HOSTILE + text.replace(" ", " 界", 3) for name, text in top.sources.items()}

    def event(one: Event) -> None:
        if one.action is not None:
            one.action = HOSTILE + one.action
        if one.client is not None:
            one.client = HOSTILE
        if one.error is not None:
            one.error = HOSTILE
        if one.call == "epoll_ctl":
            one.args = {**one.args, "op": HOSTILE, "events": HOSTILE + "|IN"}
        if one.n % 11 == 5 and one.call is not None:
            one.call = HOSTILE

    made = changed(traces["partial-read"], header, event)
    ended = Event(n=0, t=0, lane=made.lanes[0], exit=Exit(status=1, traceback=HOSTILE * 9))
    made.append(ended)
    yield made
    made.close()
