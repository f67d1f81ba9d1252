"""Searching: the same answers as going through everything, in both directions, a slice at a time."""

from __future__ import annotations

import pytest

from muxviz.events import Event
from muxviz.kernel import fold, initial
from muxviz.trace import Trace
from muxviz.trace.ask import Condition, Search, about_fd, changed, parse, same_call


def found(trace: Trace, condition: Condition, start: int, *, forward: bool) -> int | None:
    search = Search(trace, condition, start, forward=forward)
    while not search.advance(0.0005):
        assert 0 <= search.progress <= 1
    return search.found


def every(trace: Trace, condition: Condition) -> list[int]:
    """All answers, by brute force."""
    state, answers = initial(trace.header), []
    true: dict[str | None, bool] = {}
    for n in range(len(trace)):
        event = trace[n]
        fold(state, event)
        if not condition.watches:
            if condition.holds(event, state):
                answers.append(n)
        elif event.lane is not None and event.role != "client":
            now = condition.holds(Event(n=n, t=0, lane=event.lane, role="server"), state)
            if now and not true.get(event.lane, False):
                answers.append(n)
            true[event.lane] = now
    return answers


TEXTS = [
    "fd == 5 and unread > 0 and not reported",
    "lane == edge and stranded",
    "call == recv",
    "call == recv and unread > 0",
    "call == accept and lane == poll",
    "error == EAGAIN",
    "asleep and unread > 0",
    "client == A",
    "role == client",
    "action",
    "eof",
    "n == 0",
]


@pytest.fixture(scope="module")
def long(partial_read: Trace) -> Trace:
    """Several keyframes: the session again and again."""
    import msgspec

    trace = Trace(partial_read.header)
    for _ in range(12):
        for n in range(len(partial_read)):
            trace.append(msgspec.structs.replace(partial_read[n]))
    assert trace.frame_before(len(trace) - 1) > 500
    return trace


@pytest.mark.parametrize("text", TEXTS)
def test_the_next_and_the_last_answer(text: str, long: Trace) -> None:
    condition = parse(text)
    answers = every(long, condition)
    for start in (-1, 0, 17, 255, 256, 257, 300, 511, 700, len(long) - 2, len(long) - 1):
        after = next((n for n in answers if n > start), None)
        before = next((n for n in reversed(answers) if n < start), None)
        assert found(long, condition, start, forward=True) == after, (text, start)
        assert found(long, condition, start, forward=False) == before, (text, start)


def test_where_the_edge_lane_falls_asleep_on_eight_bytes(partial_read: Trace) -> None:
    n = found(partial_read, parse("lane == edge and stranded"), -1, forward=True)
    assert n == partial_read.findings.times()[0]
    assert partial_read.state(n).lanes["edge"].stranded[0].unread == 8


def test_the_questions_with_a_key_of_their_own(partial_read: Trace) -> None:
    fd = next(fd.fd for fd in partial_read.now.lanes["edge"].fds.values() if fd.client == "A")
    n: int | None = -1
    about = []
    while (n := found(partial_read, about_fd("edge", fd), n, forward=True)) is not None:
        about.append(n)
        event = partial_read[n]
        assert event.lane == "edge"
    assert len(about) > 8
    first = found(partial_read, same_call("edge", "recv"), -1, forward=True)
    assert first is not None and partial_read[first].call == "recv" and partial_read[first].lane == "edge"
    last = found(partial_read, changed("edge", fd), len(partial_read), forward=False)
    assert last is not None
    before = partial_read.state(last - 1).lanes["edge"].fds[fd]
    after = partial_read.state(last).lanes["edge"].fds[fd]
    assert before != after


def test_a_search_returns_after_its_slice(long: Trace) -> None:
    search = Search(long, parse("unread > 1000000"), -1, forward=True)
    assert not search.advance(0.0)
    assert not search.done
