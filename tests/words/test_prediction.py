"""Predicting: what is asked, what the kernel answered, and that a question never holds its answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from muxviz.draw import View, draw
from muxviz.draw.view import Predicting
from muxviz.events import Event, decode_event, decode_header, encode
from muxviz.recording import load
from muxviz.trace import Trace
from muxviz.words.prediction import LISTENER, NOTHING, Question, Tally, Verdict, judge, question, verdict_words, words


def ends(trace: Trace) -> Iterator[int]:
    """Where a cursor can stand: before everything, and at the end of each tick."""
    yield -1
    yield from (trace.tick_end(tick) for tick in range(trace.ticks))


def questions(trace: Trace) -> list[tuple[Question, int]]:
    """Every question of a session, with the end of the step that answers it."""
    found = []
    for n in ends(trace):
        asked = question(trace, n, "A")
        if asked is not None:
            found.append((asked, trace.tick_end(min(trace.tick_of(n) + 1, trace.ticks - 1))))
    return found


def until(trace: Trace, n: int) -> Trace:
    """The session as far as event n."""
    copy = Trace(decode_header(encode(trace.header)))
    for k in range(n + 1):
        copy.append(decode_event(trace.line(k)))
    return copy


def nothing(asked: Question) -> dict[str, str]:
    return dict.fromkeys(asked.choices, NOTHING)


def test_nothing_is_asked_before_a_client_could_reach_a_server(partial_read: Trace) -> None:
    first = partial_read.actions()[0]
    assert all(asked.n >= first for asked, _ in questions(partial_read))


def test_after_a_client_action_every_sleeper_is_asked_about(partial_read: Trace) -> None:
    connected = partial_read.tick_end(partial_read.tick_of(partial_read.actions()[0]))
    asked = question(partial_read, connected, "A")
    assert asked is not None and not asked.quiet
    assert asked.asleep == set(partial_read.lanes) == set(asked.choices)
    assert set(asked.choices.values()) == {(NOTHING, LISTENER)}
    verdicts = judge(partial_read, asked, nothing(asked), partial_read.tick_end(partial_read.tick_of(connected) + 1))
    assert [(one.lane, one.got, one.right) for one in verdicts] == [
        (lane, (LISTENER,), False) for lane in partial_read.lanes
    ]


def test_the_lesson_is_asked_levels_report_again_and_the_edge_sleeps(partial_read: Trace) -> None:
    sent = partial_read.actions()[1]
    later = [(asked, end) for asked, end in questions(partial_read) if asked.n > sent + 8]
    asked, end = next((asked, end) for asked, end in later if len(asked.choices) == 4)
    assert asked.choices["edge"] == (NOTHING, "A", LISTENER)
    verdicts = judge(partial_read, asked, dict.fromkeys(asked.choices, "A"), end)
    assert {one.lane: (one.got, one.right) for one in verdicts} == {
        "select": (("A",), True), "poll": (("A",), True), "level": (("A",), True), "edge": ((), False),
    }  # fmt: skip
    edge = next(one for one in verdicts if one.lane == "edge")
    told = verdict_words(partial_read, edge, end)
    assert told[0] == "You said that it would report client A."
    assert "4 of the 12" in told[1] and "edge was reported" in told[2]
    select = verdict_words(partial_read, verdicts[0], end)
    assert select[0] == "Right: it reports client A."


def test_every_answer_is_what_the_wait_did(partial_read: Trace) -> None:
    """Each wait of the session is asked about once, and each answer is its event's."""
    judged: set[int] = set()
    for asked, end in questions(partial_read):
        for verdict in judge(partial_read, asked, nothing(asked), end):
            event = partial_read[verdict.n]
            assert event.lane == verdict.lane and event.call in ("select", "poll", "epoll_wait")
            assert bool(verdict.got) == bool(event.ready) and verdict.right == (not event.ready)
            judged.add(verdict.n)
    first = partial_read.actions()[0]
    waits = {n for n in range(first, len(partial_read)) if (one := partial_read[n]).role == "server" and one.is_wakeup}
    assert waits <= judged


@pytest.mark.parametrize("name", ["partial-read", "echo", "half-close", "reset"])
def test_a_question_is_the_same_whatever_comes_after_it(recordings: dict[str, Path], name: str) -> None:
    """It knows which lanes will wait in the next step, as the screen does, and nothing else of what is to come."""
    trace = load(recordings[name])
    try:
        for asked, _ in questions(trace)[:12]:
            short = until(trace, asked.n)
            for lane in asked.choices:
                following = trace.next_call(asked.n, lane)
                assert following is not None or lane in asked.asleep
                if following is not None:
                    short.announced[lane] = following
            again = question(short, asked.n, "A")
            short.close()
            assert again is not None
            assert {lane: again.choices.get(lane) for lane in asked.choices} == asked.choices
    finally:
        trace.close()


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_the_picture_of_an_open_question_shows_nothing_newer(partial_read: Trace, size: tuple[int, int]) -> None:
    for asked, _ in questions(partial_read):
        view = View(focus="edge", replay="x", panel=True, predicting=Predicting(1, 2, nothing(asked)))
        whole = draw(partial_read, asked.n, size, view).text().splitlines()
        short = until(partial_read, asked.n)
        alone = draw(short, asked.n, size, view).text().splitlines()
        short.close()
        sentence = next(k for k, line in enumerate(whole) if line.startswith(" predict"))
        wire = next(k for k, line in enumerate(whole) if "─ wire" in line)
        assert whole[sentence : wire - 1] == alone[sentence : wire - 1]
        bottom = next(k for k, line in enumerate(whole) if k > wire and line.startswith("╰"))
        assert _columns(whole[wire + 1 : bottom]) == _columns(alone[wire + 1 : bottom])


def _columns(lines: list[str]) -> list[str]:
    """The wire, as far as what is drawn: a longer session may begin its window earlier."""
    return [line[line.find("┊") if "┊" in line else 12 :].partition("║")[0].rstrip(" │") for line in lines]


def test_a_quiet_moment_is_answered_without_a_step() -> None:
    trace = _session(
        [
            Event(n=0, t=0, step=1, lane="x", role="server", call="poll", phase="enter"),
            Event(n=0, t=1, step=2, beat=1, action="A sends 1 byte"),
            Event(n=0, t=2, step=3, beat=2, action="A sends 1 byte"),
        ]
    )
    asked = question(trace, 1)
    assert asked is not None and asked.quiet
    assert [one.right for one in judge(trace, asked, {"x": NOTHING}, 2)] == [True]
    trace.close()


def test_what_ran_free_and_what_failed_is_not_asked_or_not_counted() -> None:
    free = _session([Event(n=0, t=0, beat=1, action="A connects"), _wait(ready=[(4, "IN")], step=None)])
    assert question(free, 0) is None
    free.close()
    failed = _session([Event(n=0, t=0, step=1, beat=1, action="A connects"), _wait(error="EBADF", ret=-1)])
    asked = question(failed, 0)
    assert asked is not None and judge(failed, asked, nothing(asked), 1) == []
    failed.close()


def test_a_timeout_reports_nothing() -> None:
    trace = _session([Event(n=0, t=0, step=1, beat=1, action="A connects"), _wait(ready=[])])
    asked = question(trace, 0)
    assert asked is not None
    assert judge(trace, asked, nothing(asked), 1) == [Verdict("x", NOTHING, (), 1)]
    trace.close()


def _session(events: list[Event]) -> Trace:
    header = b'{"muxviz":1,"kernel":"k","machine":"m","python":"p","source":{},"lanes":[{"lane":"x","title":"x"}]}'
    trace = Trace(decode_header(header))
    for event in events:
        trace.append(event)
    return trace


def _wait(step: int | None = 2, **fields: object) -> Event:
    return Event(n=0, t=1, step=step, lane="x", role="server", call="poll", **fields)  # type: ignore[arg-type]


def test_the_score() -> None:
    tally = Tally()
    tally.count([Verdict("x", "A", ("A", "B"), 1), Verdict("y", NOTHING, (), 2), Verdict("z", "A", (), 3)])
    assert (tally.right, tally.asked) == (2, 3)
    assert [words(choice) for choice in (NOTHING, LISTENER, "A", "fd 7", "\x1b")] == [
        "nothing", "listener", "A", "fd 7", "␛",
    ]  # fmt: skip
