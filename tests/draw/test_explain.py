"""Sentences: one for everything, and none that claims more than its event shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxviz.calls import WAITS
from muxviz.draw.words import call, label, short
from muxviz.events import Event, Header, LaneInfo, Queues, Source
from muxviz.kernel import fold
from muxviz.kernel.descriptors import EFFECTS as FOLDED
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from muxviz.words import explain
from muxviz.words.calls import SENTENCES
from tests.conftest import moments


def _trace(*events: Event) -> Trace:
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(), [LaneInfo("edge", "epoll edge")]))
    for event in events:
        trace.append(event)
    return trace


def _call(name: str, **fields: object) -> Event:
    return Event(n=0, t=1, lane="edge", role="server", call=name, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted({*FOLDED, *SENTENCES, *WAITS, "made_up"}))
@pytest.mark.parametrize("fields", [{"ret": 0}, {"ret": 5, "fd": 3}, {"ret": -1, "error": "EAGAIN", "fd": 3},
                                    {"ret": -1, "error": "EBADF"}, {"phase": "enter"}, {}])  # fmt: skip
def test_every_call_has_whole_sentences(name: str, fields: dict[str, object]) -> None:
    trace = _trace(_call(name, **fields))
    said = explain(trace, 0)
    assert said and all(one[-1] in ".:" and one.isprintable() for one in said), said
    assert all(call(trace[0])) and label(name, 4)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_line_of_a_session_has_whole_sentences(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    state = trace.state(-1)
    looked_at = set(range(2_000)) | set(moments(len(trace)))
    for n in range(len(trace)):
        fold(state, trace[n])
        if n in looked_at:
            said = explain(trace, n, state)
            assert said and all(one.endswith(".") for one in said), (n, said)


def _accepted(*more: Event) -> Trace:
    made = [
        _call("listen", fd=3, ret=0),
        _call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 1]}),
        _call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN|ET"}),
    ]
    return _trace(*made, *more)


def test_an_end_is_not_called_a_reset() -> None:
    queues = {"5": Queues(recv=0, tcp="CLOSE_WAIT", level="IN|OUT|RDHUP")}
    trace = _accepted(_call("epoll_wait", fd=4, ret=1, ready=[(5, "IN|RDHUP")], queues=queues))
    said = " ".join(explain(trace, len(trace) - 1))
    assert "will send no more" in said and "broken" not in said and "reset" not in said


def test_a_broken_connection_needs_err() -> None:
    queues = {"5": Queues(recv=0, tcp="CLOSE", level="IN|OUT|HUP|RDHUP")}
    trace = _accepted(_call("epoll_wait", fd=4, ret=1, ready=[(5, "IN|ERR|HUP|RDHUP")], queues=queues))
    assert "broken" in " ".join(explain(trace, len(trace) - 1))


def test_the_cause_comes_first() -> None:
    trace = _accepted(
        _call("epoll_wait", fd=4, ret=1, step=11, ready=[(5, "IN")], queues={"5": Queues(recv=12, level="IN|OUT")}),
        _call("recv", fd=5, ret=4, args={"size": 4}, queues={"5": Queues(recv=8, level="IN|OUT")}),
        _call("epoll_wait", fd=4, args={"timeout": -1}, phase="enter"),
    )
    assert explain(trace, len(trace) - 1)[0] == "The server read 4 of the 12 unread bytes and waited again."


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1K"),
        (6144, "6K"),
        (16384, "16K"),
        (102400, ".1M"),
        (500 << 10, ".5M"),
        (1 << 20, "1M"),
        (5 << 20, "5M"),
        (1 << 50, "big"),
    ],
)
def test_numbers_on_the_wire_are_never_cut(number: int, shown: str) -> None:
    assert short(number) == shown


@given(st.integers(0, 1 << 60))
def test_numbers_on_the_wire_have_three_cells(number: int) -> None:
    assert len(short(number)) <= 3


@pytest.mark.parametrize("copied", [False, True])
def test_a_closed_number_that_lives_on_in_a_dup_is_not_called_forgotten(copied: bool) -> None:
    """The registration belongs to the open file, and ends with its last number (epoll(7))."""
    trace = _trace(
        _call("epoll_create", ret=4),
        _call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 1]}),
        _call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN"}),
        *([_call("dup", fd=5, ret=6)] if copied else []),
        _call("close", fd=5, ret=0),
        _call("epoll_wait", fd=4, args={"timeout": -1}, phase="enter"),
    )
    said = " ".join(explain(trace, len(trace) - 1))
    assert ("It has forgotten fd 5" in said) is not copied, said
