"""Pictures of programs that are no lab: sockets without a client, several kinds of fds, lanes that have ended."""

from __future__ import annotations

import re
from typing import Any

from muxviz.draw import View, draw
from muxviz.draw.scene import scene
from muxviz.events import Event, Exit, Header, LaneInfo, Queues, Source
from muxviz.trace import Trace

SIZES = ((120, 36), (80, 24))


def trace_of(*events: Event, lanes: tuple[str, ...] = ("program",), kind: str = "run") -> Trace:
    """A trace of calls, one step each."""
    made = Trace(Header(1, "6", "x86_64", "3.11", Source(kind=kind), [LaneInfo(lane, lane) for lane in lanes]))
    for event in events:
        made.append(event)
    return made


def call(name: str, lane: str = "program", **fields: Any) -> Event:
    return Event(n=0, t=1, lane=lane, role="server", call=name, **fields)


def ctl(fd: int, events: str) -> Event:
    return call("epoll_ctl", fd=9, ret=0, args={"op": "ADD", "fd": fd, "events": events})


def rows(trace: Trace, n: int | None = None, size: tuple[int, int] = (120, 36), **view: Any) -> list[str]:
    n = len(trace) - 1 if n is None else n
    return draw(trace, n, size, View(focus=trace.lanes[0], **view)).text().split("\n")


def line_with(lines: list[str], *words: str) -> str:
    found = [line for line in lines if all(word in line for word in words)]
    assert found, "\n".join(lines)
    return found[0]


def test_the_glyph_of_a_wait_is_that_of_the_fds_it_named() -> None:
    ready: list[tuple[list[tuple[int, str]], str]] = [
        ([(3, "IN")], " ● epoll_wait"),
        ([(4, "IN")], " ▲ epoll_wait"),
        ([(4, "IN"), (3, "IN")], " ●▲ epoll_wait"),
    ]
    for named, shown in ready:
        made = trace_of(
            call("socketpair", ret=0, args={"fds": [3, 4]}), ctl(3, "IN"), ctl(4, "IN|ET"),
            call("epoll_wait", fd=9, ret=len(named), ready=named),
        )  # fmt: skip
        assert shown in line_with(rows(made), "epoll_wait →", " ready")


def accepted(lane: str, recv: int) -> list[Event]:
    queues = {"5": Queues(recv=recv, level="IN|OUT" if recv else "OUT")}
    return [
        call("listen", lane, fd=3, ret=0),
        call("accept", lane, fd=3, ret=5, args={"peer": ["127.0.0.1", 1]}, queues=queues),
    ]


def test_only_lanes_that_have_a_row_differ_in_it() -> None:
    lanes = ("one", "two", "three", "four")
    open_ = [event for lane in lanes for event in accepted(lane, 0)]
    closed = [call("close", lane, fd=5, ret=0) for lane in lanes[:2]]
    made = trace_of(*open_, *closed, lanes=lanes)
    assert not any(scene(made, len(made) - 1, (120, 36), View()).unlike.values())
    other = trace_of(*open_[:-2], *accepted("four", 3), closed[0], lanes=lanes)
    unlike = scene(other, len(other) - 1, (120, 36), View()).unlike
    assert [lane for lane, marked in unlike.items() if "unread" in marked] == ["four"]


def test_no_number_of_the_axis_is_cut() -> None:
    made = trace_of(*accepted("program", 1), *[call("recv", fd=5, ret=0) for _ in range(1200)])
    for n in range(len(made) - 60, len(made)):
        for size in SIZES:
            axis = line_with(rows(made, n, size), "call ", "┬")
            numbers = [int(word) for word in re.findall(r"\d+", axis)]
            assert n in numbers and all(len(made) - 120 < number < len(made) for number in numbers), axis
            behind = axis.partition("║")[2]
            assert ("newer" in behind) == (n < len(made) - 1 and "not yet" not in behind), axis


def pair() -> Trace:
    high = {"4": Queues(recv=2, level="IN|OUT")}
    return trace_of(
        Event(n=0, t=0, lane="program", file="p.py", source="a, b = socketpair()\n"),
        call("socketpair", ret=0, args={"fds": [3, 4]}),
        call("send", fd=3, args={"size": 2}, ret=2),
        call("poll", ret=1, args={"interest": [[4, "IN"], [7, "IN"]], "timeout": 5}, ready=[(4, "IN")], queues=high),
    )


def test_fds_without_a_client_are_shown_and_followed() -> None:
    made = pair()
    for size in SIZES:
        found = scene(made, len(made) - 1, size, View())
        assert found.clients == ["fd 3", "fd 4", "fd 7"], "a pipe is known by the wait that asks for it"
        lines = rows(made, size=size)
        assert line_with(lines, "┃ fd 4", "IN now, 2 unread")
        assert line_with(lines, " fd 3: not reported")
        lines = rows(made, size=size, client="fd 4")
        assert line_with(lines, " fd 4: reported 1×, 2 still unread") and line_with(lines, "wire fd 4")


def test_before_the_first_call_nothing_is_explained_but_that() -> None:
    made = pair()
    for n in (-1, 0):
        lines = rows(made, n)
        assert "before the first step" in lines[0]
        assert line_with(lines, "stands before its first call, socketpair")


def test_a_program_that_has_ended_is_not_said_to_set_itself_up() -> None:
    made = pair()
    made.append(Event(n=0, t=9, lane="program", exit=Exit(status=0)))
    lines = rows(made, running=True)
    assert "ended" in lines[0] and "running" not in lines[0]
    assert line_with(lines, "the program has ended, exit status 0")
    assert not any("no client" in line or "set themselves up" in line for line in lines)


def test_at_the_end_of_a_program_there_is_no_not_yet() -> None:
    made = pair()
    made.append(Event(n=0, t=9, lane="program", exit=Exit(status=0)))
    text = "\n".join(rows(made))
    assert "the end" in text and "not yet" not in text


def test_a_blocked_thread_is_not_the_whole_program() -> None:
    made = trace_of(call("socketpair", ret=0, args={"fds": [3, 4]}), call("recv", fd=4, tid=77, phase="enter"))
    assert line_with(rows(made), "The program is blocked in recv on fd 4", "That thread can do nothing else")


def test_the_legend_has_both_glyphs_where_a_program_uses_both() -> None:
    made = trace_of(call("socketpair", ret=0, args={"fds": [3, 4]}), ctl(3, "IN"), ctl(4, "IN|ET"))
    assert line_with(rows(made), "wire fd 3", "●", "▲")
