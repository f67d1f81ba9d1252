"""What is no TCP socket: datagrams, and files, pipes, eventfds, timerfds (udp(7), pipe(7), epoll_ctl(2))."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.recording import load
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.scenarios.told import calls, told


@pytest.mark.parametrize("trace", ["udp"], indirect=True)
def test_an_edge_tells_once_of_two_datagrams(trace: Trace) -> None:
    # one, two and three, an empty one, one of 24 bytes into a buffer of 16
    assert told(trace, "select") == [["R"]] * 5
    assert told(trace, "poll") == told(trace, "level") == [["IN"]] * 5
    assert told(trace, "edge") == [["IN"]] * 4
    for lane in ("select", "poll", "level"):
        assert [event.ret for event in calls(trace, lane, "recvfrom")] == [3, 3, 5, 0, 16]
    assert [event.ret for event in calls(trace, "edge", "recvfrom")] == [3, 3, 5, 0]


@pytest.mark.parametrize("trace", ["udp"], indirect=True)
def test_the_edge_lane_sleeps_on_a_datagram_an_empty_one_too(trace: Trace) -> None:
    asleep = []
    for n in range(len(trace)):
        if trace[n].lane == "edge" and trace[n].kind == "enter":
            asleep.append([(fd.kind, fd.unread) for fd in trace.state(n).lanes["edge"].stranded])
    assert asleep == [[], [("datagram", 5)], [("datagram", 0)], [("datagram", 24)]]
    for lane in ("select", "poll", "level"):
        assert not trace.now.lanes[lane].stranded


@pytest.mark.parametrize("trace", ["udp"], indirect=True)
def test_a_datagram_that_is_too_long_is_cut_and_an_empty_one_ends_nothing(trace: Trace) -> None:
    for lane in ("select", "poll", "level"):
        fd = trace.now.lanes[lane].fds[3]
        assert (fd.lost, fd.eof, fd.high, fd.unread) == (24 - 16, False, False, 0)


@pytest.mark.parametrize("trace", ["udp"], indirect=True)
def test_a_datagram_that_arrives_for_a_sleeper_is_seen_at_the_action(trace: Trace) -> None:
    empty = trace.actions()[3]
    state = trace.state(trace.tick_end(trace.tick_of(empty)))
    for lane in ("select", "poll", "level"):
        fd = state.lanes[lane].fds[3]
        assert (state.lanes[lane].status, fd.high, fd.outside) == ("asleep", True, True)


def test_drain_receives_all(tmp_path: Path) -> None:
    file = tmp_path / "x.muxviz"
    assert run_muxviz("lab", "udp", "--fix", "--headless", "-o", file).returncode == 0
    trace = load(file)
    for lane in trace.lanes:
        received = [event.ret for event in calls(trace, lane, "recvfrom") if event.error is None]
        assert received == [3, 3, 5, 0, 16]
        assert not trace.now.lanes[lane].stranded
    trace.close()


FILE, PIPE, EVENT, TIMER = 3, 4, 6, 7
"""Numbers of the programs' fds; 5 is the pipe's writing end."""


def lists(trace: Trace, lane: str) -> list[list[tuple[int, str]]]:
    return [list(map(tuple, event.ready or ())) for event in calls(trace, lane, "select", "poll", "epoll_wait")]  # type: ignore[misc]


@pytest.mark.parametrize("trace", ["files-and-pipes"], indirect=True)
def test_files_and_pipes(trace: Trace) -> None:
    r, other = [(PIPE, "R")], [(8, "W")]
    assert lists(trace, "select") == [
        [(FILE, "R")], [], r, r, [], [(EVENT, "R")], [(TIMER, "R")], r, r, other, other,
    ]  # fmt: skip
    pipe, event, timer, ended, over = (
        [(PIPE, "IN")],
        [(EVENT, "IN")],
        [(TIMER, "IN")],
        [(PIPE, "IN|HUP")],
        [(PIPE, "HUP")],
    )
    assert lists(trace, "poll") == [
        [(FILE, "IN")], [], pipe, pipe, [], event, timer, ended, over, [(8, "OUT")], [(8, "OUT|ERR")],
    ]  # fmt: skip
    room, broken = [(9, "OUT")], [(9, "OUT|ERR")]
    assert lists(trace, "level") == [[], pipe, pipe, [], event, timer, ended, over, room, broken]
    assert lists(trace, "edge") == [[], pipe, [], [], event, timer, ended, [], room, broken]


@pytest.mark.parametrize("trace", ["files-and-pipes"], indirect=True)
def test_epoll_refuses_a_regular_file(trace: Trace) -> None:
    for lane in ("level", "edge"):
        refused = [event for event in calls(trace, lane, "epoll_ctl") if event.error]
        assert [(event.args["fd"], event.error) for event in refused] == [(FILE, "EPERM")]
        assert trace.now.lanes[lane].fds[FILE].interest == ""


@pytest.mark.parametrize("trace", ["files-and-pipes"], indirect=True)
def test_it_is_said_what_they_are_and_both_ends_of_a_pipe_are_seen(trace: Trace) -> None:
    for lane in trace.lanes:
        fds = trace.now.lanes[lane].fds
        assert [fds[n].queues.file for n in (FILE, PIPE, EVENT, TIMER)] == ["file", "pipe", "eventfd", "timerfd"]
        assert [(event.fd, event.ret) for event in calls(trace, lane, "write")] == [(5, 4), (EVENT, 8), (5, 4)]
        assert [event.ret for event in calls(trace, lane, "read")] == [4, 8, 8, 4, 0]
        assert [event.fd for event in calls(trace, lane, "close")] == [5, 5]
