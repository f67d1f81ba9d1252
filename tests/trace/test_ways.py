"""The ways through a session, in one that is small enough to be counted by hand; ticks, times, and places by words."""

from __future__ import annotations

from array import array
from typing import Any

import msgspec
import pytest

from muxviz.events import FORMAT, Event, Exit, Header, LaneInfo, Source
from muxviz.events import Announced as Stood
from muxviz.trace import NextCall, PositionError, Trace, position
from muxviz.trace import trace as trace_module
from muxviz.trace.array_codec import PackError, pack, shared
from muxviz.trace.index import Index
from muxviz.trace.maxima import Maxima, MaximaForm

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a"), LaneInfo("b", "b")])


def of(*events: dict[str, Any]) -> Trace:
    trace = Trace(HEADER)
    for n, fields in enumerate(events):
        trace.append(Event(n=-1, **({"t": 10 * n} | fields)))
    return trace


def server(lane: str, call: str, **fields: Any) -> dict[str, Any]:
    return {"lane": lane, "role": "server", "call": call, **fields}


HELD = (
    server("a", "socket", ret=3, step=0),  # 0  tick 0
    server("b", "epoll_wait", fd=4, ret=0, step=1),  # 1  tick 1
    server("b", "epoll_wait", fd=4, phase="enter", step=1),  # 2  tick 1
    {"action": "A sends", "beat": 1, "step": 2},  # 3  tick 2
    {"lane": "a", "look": "outside", "role": "observer", "step": 2},  # 4  tick 2
    server("a", "epoll_wait", fd=4, ret=1, ready=[(3, "IN")], step=4, at=("x.py", 7), tid=9),  # 5  tick 3: no step 3
    {"action": "B sends", "beat": 2, "step": 5},  # 6  tick 4
    server("b", "select", ret=0, step=6),  # 7  tick 5
)
FREE = (
    {"note": "begins"},  # 0  tick 0
    server("a", "socket", ret=3),  # 1  tick 1
    {"note": "n"},  # 2  tick 1
    {"lane": "a", "role": "client", "call": "connect"},  # 3  tick 1
    server("b", "socket", ret=3),  # 4  tick 2
    {"action": "A sends"},  # 5  tick 3
    {"note": "n"},  # 6  tick 3
)


def test_ticks_of_a_held_session_are_its_steps() -> None:
    trace = of(*HELD)
    assert trace.ticks == 6 and len(trace) == 8
    assert [trace.tick_of(n) for n in range(-1, 8)] == [-1, 0, 1, 1, 2, 2, 3, 4, 5]
    assert [trace.tick_end(tick) for tick in range(-1, 6)] == [-1, 0, 2, 4, 5, 6, 7]
    assert [trace.tick_start(tick) for tick in range(6)] == [0, 1, 3, 5, 6, 7] and trace.tick_start(-1) == 0
    assert [trace.tick_step(tick) for tick in range(-1, 7)] == [None, 0, 1, 2, 4, 5, 6, None]
    assert [trace.tick_at_step(step) for step in range(8)] == [0, 1, 2, 3, 3, 4, 5, None]
    trace.close()


def test_ticks_of_a_free_session_are_calls_and_actions() -> None:
    trace = of(*FREE)
    assert [trace.tick_of(n) for n in range(7)] == [0, 1, 1, 1, 2, 3, 3]
    assert {trace.tick_step(tick) for tick in range(4)} == {None}
    trace.close()
    assert of().ticks == 0 and of().tick_of(-1) == -1 and of().tick_end(-1) == -1


def test_steps_that_are_far_apart_are_found() -> None:
    trace = of(*(server("a", "send", step=step) for step in (0, 5, 9)))
    assert [trace.tick_at_step(step) for step in (0, 1, 2, 4, 5, 6, 9, 10, 1 << 40)] == [
        0,
        1,
        1,
        1,
        1,
        2,
        2,
        None,
        None,
    ]
    trace.close()


def test_ways_by_wakeups_calls_actions_and_marks() -> None:
    trace = of(*HELD)
    assert [trace.wakeup_after(n) for n in range(-1, 8)] == [1, 1, 5, 5, 5, 5, 7, 7, None]
    assert [trace.wakeup_after(n, "b") for n in (0, 1, 6, 7)] == [1, 7, 7, None] and trace.wakeup_after(0, "c") is None
    assert [trace.wakeup_before(n) for n in (0, 1, 2, 5, 6, 8)] == [None, None, 1, 1, 5, 7]
    assert [trace.wakeup_before(n, "a") for n in (5, 6)] == [None, 5]
    assert [trace.action_after(n) for n in (-1, 2, 3, 5, 6)] == [3, 3, 6, 6, None]
    assert [trace.action_before(n) for n in (3, 4, 6, 7)] == [None, 3, 3, 6]
    assert trace.actions() == [3, 6] and [trace.actions_done(n) for n in (-1, 2, 3, 5, 6)] == [0, 0, 1, 1, 2]
    assert [trace.call_after(n, "b") for n in (-1, 1, 2, 7)] == [1, 2, 7, None]
    assert [trace.call_before(n, "b") for n in (1, 2, 7, 8)] == [None, 1, 2, 7]
    assert [trace.calls_until(n, "b", 2) for n in (0, 1, 2, 6, 7)] == [[], [1], [1, 2], [1, 2], [2, 7]]
    assert trace.calls_until(7, "b", 9) == [1, 2, 7] and trace.calls_until(7, "c", 9) == []
    between = [trace.wakeups_between("b", *one) for one in ((0, 0), (0, 1), (1, 1), (2, 6), (1, 7), (2, 1), (-1, 7))]
    assert between == [0, 1, 1, 0, 2, 0, 0]
    for n, text in ((6, "late"), (2, "early"), (4, "gone")):
        trace.mark(n, text)
    trace.mark(4, "")
    trace.mark(5, "")
    trace.mark(6, "later")
    assert trace.marks() == [(2, "early"), (6, "later")]
    assert [trace.mark_after(n) for n in (-1, 1, 2, 6)] == [2, 2, 6, None]
    assert [trace.mark_before(n) for n in (2, 3, 6, 7)] == [None, 2, 2, 6]
    trace.close()


def test_the_line_of_a_mark_has_its_event_s_time() -> None:
    trace = of(*HELD)
    said = [msgspec.json.decode(trace.mark(n, "x")) for n in (0, 7, 8, -1)]
    assert [(one["n"], one["t"]) for one in said] == [(0, 0), (7, 70), (8, 0), (-1, 0)]
    assert trace.marks() == [(0, "x"), (7, "x"), (8, "x")], "before everything there is none"
    trace.close()


def test_what_a_lane_does_next() -> None:
    trace = of(*HELD)
    assert trace.next_call(0, "a") == NextCall("epoll_wait", ("x.py", 7), 4, 9)
    assert trace.next_call(5, "a") is None and trace.next_call(9, "c") is None
    trace.announced["a"] = NextCall("recv", None, 3)
    assert trace.next_call(5, "a") == NextCall("recv", None, 3) and trace.next_call(0, "a") != NextCall("recv", None, 3)
    trace.close()
    ended = of(
        *HELD,
        {"lane": "a", "exit": Exit(by="muxviz", next=Stood("send", ("x.py", 8), 3))},
        {"lane": "b", "exit": Exit()},
    )
    assert ended.next_call(5, "a") == NextCall("send", ("x.py", 8), 3) and ended.next_call(7, "b") is None
    ended.close()


def test_lanes_are_known_in_the_order_in_which_they_come() -> None:
    trace = of(server("c", "socket", ret=3), server("a", "socket", ret=3), {"lane": "d", "note": "x"})
    assert trace.lanes == ["a", "b", "c"], "of a lane without a call nothing is drawn"
    trace.close()


def test_programs_texts_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "_SOURCES_LIMIT", 6)
    trace = of({"file": "a.py", "source": "abc"}, {"file": "b.py", "source": "def"}, {"file": "c.py", "source": "g"})
    assert trace.sources == {"a.py": "abc", "b.py": "def"} and list(trace.index.sources) == [0, 1, 2]
    trace.close()


def test_a_time_that_went_back_is_the_latest_until_it_is_passed() -> None:
    trace = of(*(server("a", "send", t=t) for t in (0, 50, 20, 60)))
    assert [trace.at_time(t) for t in (0, 1, 50, 51, 60, 61)] == [0, 1, 1, 3, 3, 3]
    trace.close()
    long = of(*(server("a", "send", t=n) for n in range(600)))
    assert [long.time_near(n) for n in (0, 254, 255, 300, 511, 599)] == [0, 0, 255, 255, 511, 511]
    long.close()


def test_events_are_there_by_number_and_no_other() -> None:
    trace = of(*HELD)
    assert [trace[n].n for n in range(8)] == list(range(8)) and trace.now.n == 7
    for n in (-1, 8):
        with pytest.raises(IndexError):
            trace[n]
    assert trace.state(-1).n == -1 and trace.state(7) == trace.now and trace.state(7) is not trace.now
    trace.close()


def test_a_keyframe_s_line_is_there_for_its_event_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "KEYFRAME_EVERY", 3)
    monkeypatch.setattr(trace_module, "_FRAME_COST", 0)
    trace = of(*HELD)
    assert [trace.frame_before(n) for n in range(-1, 8)] == [-1, -1, -1, 2, 2, 2, 5, 5, 5]
    lines = {n: trace.frame_line(n) for n in range(-1, 8)}
    assert {n for n, line in lines.items() if line is not None} == {2, 5}
    assert (lines[5] or b"").startswith(b'{"n":5,"t":50,"keyframe":{"lanes":')
    trace.close()


# --- places by words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "n"),
    [
        ("0", 0), ("1", 2), ("step 2", 4), ("3", 5), ("6", 7), ("n0", 0), ("n 3", 4), ("event 7", 7), ("#1", 2),
        ("b1", 4), ("b2", 6), ("beat 2", 6), ("action 1", 4), ("client action 2", 6), ("0s", 0), ("10ns", 2),
        ("0.03us", 4), ("0.03µs", 4), ("0.00005ms", 5), ("0.00000006 s", 6), ("1m", 7), ("0:00.00000006", 6),
        ("start", -1), ("begin", -1), ("first", -1), ("", -1), ("end", 7), (" last ", 7), ("newest", 7),
    ],
)  # fmt: skip
def test_a_place_by_words(words: str, n: int) -> None:
    trace = of(*HELD)
    assert position(trace, words) == n
    trace.close()


def test_the_last_place_is_named_where_there_is_none() -> None:
    held, free = of(*HELD), of(*FREE)
    for trace, words, says in (
        (held, "7", "there is no step 7: the last one is 6"),
        (held, "n8", "there is no event 8: the last one is 7"),
        (held, "b3", "there is no client action 3: there are 2"),
        (held, "b0", "there is no client action 0: there are 2"),
        (free, "4", "there is no step 4: the last one is 3"),
        (of(*HELD, server("a", "send")), "7", "there is no step 7: the last one is 6"),
        (of(), "0", "there is no step 0: the last one is -1"),
    ):
        with pytest.raises(PositionError) as caught:
            position(trace, words)
        assert str(caught.value) == says
    assert [position(free, word) for word in ("0", "1", "3")] == [0, 3, 6], "a free run's ticks have numbers too"
    with pytest.raises(PositionError, match=f"^'{'x' * 39}…' is no place"):
        position(held, "x" * 60)
    held.mark(3, "Why it sleeps")
    held.mark(6, "why not")
    assert position(held, "WHY") == 4 and position(held, "not") == 6
    held.close()
    free.close()


# --- what a recording keeps ------------------------------------------------------------------------------------------


def test_an_extent_leaves_out_what_is_nothing() -> None:
    assert msgspec.json.encode(Maxima().form()) == b"{}"
    nothing = msgspec.json.decode(b"{}", type=MaximaForm)
    assert msgspec.structs.astuple(nothing) == (0, False, False, [], 0, 0)


def test_an_index_comes_back_as_it_was() -> None:
    trace = of(*HELD)
    form = trace.index.form()
    again = Index.of(form, 8)
    assert again.form() == form and again.tick_ends == trace.index.tick_ends and again.calls == trace.index.calls
    for count in (7, 9, 0):
        with pytest.raises(PackError):
            Index.of(form, count)
    for field, value in (
        ("ticks", pack(array("I", [0, 2, 4, 5, 6]))), ("ticks", pack(array("I", [0, 2, 4, 5, 6, 8]))),
        ("steps", pack(array("i", [0, 1]))), ("clock", pack(array("Q", [1]))), ("actions", pack(array("I", [8]))),
        ("calls", {"a": pack(array("I", [8]))}), ("wakeups", {"a": pack(array("I", [3, 3]))}),
    ):  # fmt: skip
        wrong = msgspec.structs.replace(form, **{field: value})
        with pytest.raises(PackError):
            Index.of(wrong, 8)
    trace.close()


def test_numbers_of_several_lanes_are_together_no_more_than_there_are_events() -> None:
    texts = {"a": pack(array("I", [0, 3])), "b": pack(array("I", [1]))}
    assert shared(texts, 4) == {"a": array("I", [0, 3]), "b": array("I", [1])}
    with pytest.raises(PackError):
        shared(texts | {"c": pack(array("I", [0, 1]))}, 4)
