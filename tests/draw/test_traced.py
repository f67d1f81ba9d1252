"""Pictures of traced programs: calls in turns, fds as a table, unknown where nothing is known, lanes out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muxviz.draw import View, draw, story
from muxviz.draw.call_list import repeats, rows
from muxviz.events import Event, Header, LaneInfo, Queues, Source
from muxviz.sources.strace.saved import Saved
from muxviz.trace import Trace
from muxviz.trace.ask import Filter
from tests.draw.test_golden import agree
from tests.draw.test_programs import line_with

SAMPLES = Path(__file__).parent.parent / "sources" / "strace" / "samples"
SIZES = ((160, 45), (120, 36), (80, 24))


def saved(name: str) -> Trace:
    with (SAMPLES / f"{name}.txt").open("rb", buffering=0) as source:
        made = Saved(source, name)
        made.read()
    return made.trace


@pytest.fixture(scope="module")
def sampled() -> Iterator[dict[str, Trace]]:
    """Samples as traces, by name."""
    made = {name: saved(name) for name in ("redis", "nginx", "py_bad_ghost", "py_et_broken")}
    yield made
    for trace in made.values():
        trace.close()


@pytest.mark.parametrize(
    ("name", "n", "size"),
    [("redis", 60, (120, 36)), ("redis", 150, (160, 45)), ("nginx", 60, (120, 36)), ("py_bad_ghost", 50, (80, 24))],
)
def test_traced_moments(sampled: dict[str, Trace], name: str, n: int, size: tuple[int, int]) -> None:
    agree(f"traced-{name}-{n}-{size[0]}x{size[1]}", draw(sampled[name], n, size).text())


@pytest.mark.parametrize("name", ["redis", "py_bad_ghost"])
def test_traced_stories(sampled: dict[str, Trace], name: str) -> None:
    text = story(sampled[name])
    assert all(len(line) <= 100 for line in text.split("\n"))
    agree(f"story-traced-{name}", text)


def test_what_nobody_looked_at_is_never_said_to_be_empty(sampled: dict[str, Trace]) -> None:
    """A 0 stands only where a call proves it, and no picture says quiet or step."""
    for trace in sampled.values():
        for n in range(-1, len(trace), 3):
            for size in SIZES:
                text = draw(trace, n, size, View(focus=trace.lanes[-1])).text()
                assert not re.search(r"quiet|\bstep\b|0 unread|nothing unread|not looked at", text), text
                assert len(text.split("\n")) == size[1]


def call(name: str, lane: str = "p", pid: int = 7, **fields: Any) -> Event:
    return Event(n=0, t=1, lane=lane, role="server", pid=pid, call=name, **fields)


_made: list[Trace] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Long traces lie in files."""
    yield
    while _made:
        _made.pop().close()


def trace_of(*events: Event, **source: Any) -> Trace:
    header = Header(1, "6", "x86_64", "3.11", Source(kind="trace", title="p", **source), [LaneInfo("p", "p")])
    made = Trace(header)
    _made.append(made)
    for event in events:
        event.t = len(made) * 2_000_000
        made.append(event)
    return made


def picture(trace: Trace, size: tuple[int, int] = (120, 36), **view: Any) -> list[str]:
    return draw(trace, len(trace) - 1, size, View(**view)).text().split("\n")


def cycle(fd: int, lane: str = "p", pid: int = 7, ret: int = 28) -> list[Event]:
    return [
        call("epoll_wait", lane, pid, fd=4, ret=1, ready=[(fd, "IN")], args={"maxevents": 9, "timeout": -1}),
        call("read", lane, pid, fd=fd, ret=ret, args={"size": 16384}),
        call("write", lane, pid, fd=fd, ret=5, args={"size": 5}),
    ]


OPENED = (
    call("epoll_create", ret=4), call("listen", fd=3, ret=0),
    call("accept", fd=3, ret=7, args={"peer": ["127.0.0.1", 45870]}),
    call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 7, "events": "IN"}),
)  # fmt: skip


def test_repeats_are_found_where_they_are() -> None:
    assert repeats("abcabcabx", str, 4) == [(list("abc"), 2), (["a"], 1), (["b"], 1), (["x"], 1)]
    assert repeats("aaab", str, 4) == [(["a"], 3), (["b"], 1)]
    assert repeats("abab", str, 4) == [(list("ab"), 2)]
    assert repeats("", str, 4) == []


def test_turns_that_are_the_same_are_one_and_the_newest_stands_alone() -> None:
    events = [event for count in range(9) for event in cycle(7, ret=20 + count)]
    shown = rows(events, 20)
    assert [(row.event.call, row.times, row.bracket) for row in shown] == [
        ("epoll_wait", 8, "┌"), ("read", 1, "│"), ("write", 1, "└"),
        ("epoll_wait", 1, ""), ("read", 1, ""), ("write", 1, ""),
    ]  # fmt: skip
    assert [row.event.ret for row in shown if row.event.call == "read"] == [27, 28], "the newest of each"
    assert len(rows(events, 2)) == 2 and rows([], 5) == []


def test_a_wait_that_has_returned_is_not_listed_as_asleep_too() -> None:
    asleep = call("epoll_wait", fd=4, phase="enter")
    assert [row.event.phase for row in rows([asleep, cycle(7)[0], asleep], 9)] == [None, "enter"]


def test_calls_and_fds_are_told_in_words() -> None:
    lines = picture(trace_of(*OPENED, *cycle(7), call("epoll_wait", fd=4, phase="enter")))
    for words in ("accept fd 3 → fd 7 :45870", "epoll_wait → fd 7 IN", "read fd 7 ← 28 of 16384", "write fd 7 → 5"):
        assert line_with(lines, words)
    assert line_with(lines, "► epoll_wait asleep")
    assert line_with(lines, "►fd 7 :45870", " 0 ┃"), "the wait that sleeps proves that nothing is there"
    assert line_with(lines, "fd 3 listener", "? ┃"), "nothing watches it, and nobody looks"
    assert line_with(lines, "? unknown: nobody looks, and no call proves it")
    assert "strace tells only when it has returned" in "\n".join(lines)


def test_a_look_is_a_number_and_what_it_costs_to_be_old() -> None:
    look = Event(n=0, t=2, lane="p", role="server", look="outside", queues={"7": Queues(recv=34, level="IN|OUT")})
    assert line_with(picture(trace_of(*OPENED, look)), "►fd 7 :45870", " 34 ┃")
    full = call("read", fd=7, ret=4, args={"size": 4})
    assert line_with(picture(trace_of(*OPENED, look, full)), "►fd 7 :45870", "? ┃"), "more may have come since"


def test_the_wire_is_hatched_where_nothing_is_known() -> None:
    lines = picture(trace_of(*OPENED, *cycle(7), *cycle(7)))
    wire = lines[next(k for k, line in enumerate(lines) if "│ fd 7" in line)]
    assert re.search(r"░+─●───╮ {4}░+─●───╮ {4}░+", wire), wire
    assert line_with(lines, "░ unknown", "wire")


def test_lanes_that_are_out_of_sight_are_counted_and_the_focused_one_never_is() -> None:
    lanes = ["p", *(f"p:{pid}" for pid in range(10, 18))]
    events = [event for k, lane in enumerate(lanes) for _ in range(k + 1) for event in cycle(7, lane, 100 + k)]
    made = trace_of(*events)
    for size, panels in (((120, 36), 4), ((80, 24), 2)):
        for focus in ("p", "p:10", "p:17"):
            lines = picture(made, size, focus=focus)
            assert line_with(lines, f"+{len(lanes) - panels} more lanes: tab")
            assert re.search(rf"┏━ \d {focus} ", lines[1] + " "), lines[1]
    busiest = picture(made, focus="p")[1]
    assert [lane for lane in lanes if f" {lane} " in busiest] == ["p", "p:15", "p:16", "p:17"]


def test_of_ten_thousand_fds_the_newest_are_shown_and_the_rest_is_counted() -> None:
    opened = [call("accept", fd=3, ret=fd, args={"peer": ["127.0.0.1", fd]}) for fd in range(5, 10_005)]
    made = trace_of(*OPENED[:2], *opened, call("read", fd=99, ret=1, args={"size": 9}), call("write", fd=500, ret=1))
    for size in SIZES:
        lines = picture(made, size, client="fd 7")
        assert line_with(lines, "fd 99 ") and line_with(lines, "fd 500 ") and line_with(lines, "►fd 7 ")
        last = next(k for k, line in enumerate(lines) if " more" in line)
        shown = sum(bool(re.search(r"[► ]fd \d+ +:\d+  ", line)) for line in lines[3:last])
        count = re.search(r"\+([\d,]+) more", lines[last])
        assert count is not None and int(count[1].replace(",", "")) == 10_002 - shown and shown > 5


def test_what_was_execd_and_how_it_is_watched_is_in_the_titles() -> None:
    made = trace_of(
        *OPENED, call("execve", ret=0, args={"file": "/usr/sbin/other"}), attached=7, only="waits", slow=400
    )
    lines = picture(made, (160, 45), unread_lines=3)
    assert "1 p → other  pid 7" in lines[1]
    for words in ("attached to pid 7", "waits only", "slow ×: 400 ms a wait", "3 lines unread", "paused"):
        assert words in lines[0], lines[0]


def test_a_filter_is_in_the_header_the_list_and_the_columns() -> None:
    made = trace_of(*OPENED, *[event for fd in (7, 8) * 30 for event in cycle(fd)])
    only = Filter(made, "fd == 8 and call in (read, write)")
    only.advance(60)
    lines = picture(made, filter=only)
    assert "filter: fd == 8 and call in (read, write)  60/60" in lines[0] or "60/60" in lines[0]
    listed = [line for line in lines[2:18] if "fd 7 ←" in line or "epoll_wait" in line[:50]]
    assert not listed and line_with(lines, "►   write fd 8 → 5")
    calls = line_with(lines, "read writ").strip("│ ")
    assert set(calls.replace("║", " ").split()) == {"read", "writ"}, calls
    axis = [int(number) for number in re.findall(r"\d+", line_with(lines, "call ", "┬"))]
    assert axis[-1] == len(made) - 1 and axis[0] < len(made) - 60, "columns are ticks that lie apart"


def test_a_sparse_filter_in_a_long_trace_costs_no_fold_of_all_of_it() -> None:
    events = [event for k in range(4000) for event in cycle(8 if k % 400 == 0 else 7)]
    made = trace_of(*OPENED, *events)
    only = Filter(made, "fd == 8")
    only.advance(60)
    text = "\n".join(picture(made, filter=only))
    assert "30/30" in text and "░" in text
