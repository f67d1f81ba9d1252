"""What each wait of the lessons on endings and on writing reports (shutdown(2), tcp(7), poll(2), epoll(7))."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.events import split
from muxviz.trace import Trace
from tests.scenarios.test_edge import fixed
from tests.scenarios.told import at_the_end, by_beat, calls

NOTHING: list[list[str]] = []


@pytest.mark.parametrize("trace", ["half-close"], indirect=True)
def test_the_end_of_a_stream_stays_readable(trace: Trace) -> None:
    for lane, word in (("select", "R"), ("poll", "IN|RDHUP"), ("level", "IN|RDHUP")):
        ended, read = by_beat(trace, lane)[3:]
        assert ended == read == [[word]] * 4  # a wait and a recv, for the eight steps of the scenario's patience
        assert [event.ret for event in calls(trace, lane, "recv")] == [12, *[0] * 8]
    assert by_beat(trace, "edge")[3:] == [[["IN|RDHUP"]], NOTHING]
    for lane in trace.lanes:
        fd = at_the_end(trace).lanes[lane].of_client("A")
        assert fd is not None
        assert (fd.closed, fd.unread, fd.high, fd.queues.tcp) == (None, 0, True, "CLOSE_WAIT")


@pytest.mark.parametrize("trace", ["half-close"], indirect=True)
def test_a_half_close_is_no_hang_up(trace: Trace) -> None:
    reports = [wait for lane in trace.lanes for beat in by_beat(trace, lane) for wait in beat]
    assert not any("HUP" in split(flags) for wait in reports for flags in wait)
    reads = [event.args["as_sent"] for event in map(trace.__getitem__, range(len(trace))) if "as_sent" in event.args]
    assert reads == [True] * 4  # the client still reads what it is owed


def test_close_ends_the_spin(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "half-close", "--fix")
    for lane in trace.lanes:
        assert len(by_beat(trace, lane)[3]) == 1
        assert by_beat(trace, lane)[4] == NOTHING
        assert at_the_end(trace).lanes[lane].status == "asleep"
    trace.close()


@pytest.mark.parametrize("trace", ["hang-up"], indirect=True)
def test_hup_comes_when_both_directions_are_shut(trace: Trace) -> None:
    for lane in ("poll", "level", "edge"):
        _, _, half_closed, _, closed, _, unwanted = by_beat(trace, lane)
        assert half_closed == closed == [["IN|RDHUP"], ["IN|HUP|RDHUP"]]
        assert unwanted == [["IN|RDHUP"], ["IN|ERR|HUP|RDHUP"]]  # the reply was answered by a RST
    assert [len(reports) for reports in by_beat(trace, "select")] == [0, 1, 2, 1, 2, 1, 2]
    assert all(flags == ["R"] for reports in by_beat(trace, "select") for flags in reports)
    for lane in trace.lanes:
        assert [e.error for e in calls(trace, lane, "shutdown")] == [None, None, "ENOTCONN"]


def test_without_the_shutdown_there_is_no_hup_but_by_rst(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "hang-up", "--fix")
    for lane in ("poll", "level", "edge"):
        _, _, half_closed, _, closed, _, unwanted = by_beat(trace, lane)
        assert half_closed == closed == [["IN|RDHUP"]]
        assert unwanted == [["IN|RDHUP"], ["IN|ERR|HUP|RDHUP"]]
    trace.close()


@pytest.mark.parametrize("trace", ["always-writable"], indirect=True)
def test_out_asked_for_all_the_time_is_a_spin(trace: Trace) -> None:
    for lane, read, out in (
        ("select", ["R", "W"], ["W"]),
        ("poll", ["IN|OUT"], ["OUT"]),
        ("level", ["IN|OUT"], ["OUT"]),
    ):
        connected, sent = by_beat(trace, lane)[1:]
        assert connected[1:] and all(flags == out for flags in connected[1:])
        assert by_sides(sent[0]) == by_sides(read)
        assert len(sent) == 10 and all(flags == out for flags in sent[1:])
        assert at_the_end(trace).lanes[lane].status == "running"
        assert at_the_end(trace).lanes[lane].idle_wakeups >= 16
    assert by_beat(trace, "edge")[1:] == [[["IN"], ["OUT"]], [["IN|OUT"]]]  # OUT rides on IN, and is not said again
    assert at_the_end(trace).lanes["edge"].status == "asleep"


def by_sides(flags: list[str]) -> set[str]:
    """One fd's flags, whether select gave them as two lists or as one."""
    return {word for names in flags for word in split(names)}


def test_out_dropped_lets_all_sleep(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "always-writable", "--fix")
    for lane, word in (("select", "R"), ("poll", "IN"), ("level", "IN"), ("edge", "IN")):
        assert by_beat(trace, lane)[1:] == [[[word]], [[word]]]
        assert (at_the_end(trace).lanes[lane].status, at_the_end(trace).lanes[lane].idle_wakeups) == ("asleep", 0)
    trace.close()


@pytest.mark.parametrize("trace", ["slow-reader"], indirect=True)
def test_send_takes_a_part_and_out_says_when_there_is_room(trace: Trace) -> None:
    for lane, words in (
        ("select", ("R", "W")),
        ("poll", ("IN", "OUT")),
        ("level", ("IN", "OUT")),
        ("edge", ("IN", "OUT")),
    ):
        readable, writable = ([word] for word in words)
        _, connected, first, second, *reads = by_beat(trace, lane)
        assert connected == [readable]
        assert first[0] == readable and second == [readable]
        assert all(reports == [writable] for reports in reads)
        sends = calls(trace, lane, "send")
        assert 0 < (sends[0].ret or 0) < 16384
        fd = at_the_end(trace).lanes[lane].of_client("A")
        assert fd is not None
        assert fd.queues.queued == 24576 - fd.sent == 0


@pytest.mark.parametrize("trace", ["slow-reader"], indirect=True)
def test_without_back_pressure_the_program_keeps_it_all(trace: Trace) -> None:
    second = trace.state(trace.actions()[3] - 1)
    for lane in second.lanes.values():
        fd = lane.of_client("A")
        assert fd is not None
        assert (fd.unread, fd.writable, lane.status) == (0, False, "asleep")
        assert (fd.queues.queued or 0) > 8192


def test_back_pressure_leaves_it_in_the_kernel(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "slow-reader", "--fix")
    second = trace.state(trace.actions()[3] - 1)
    for lane in second.lanes.values():
        fd = lane.of_client("A")
        assert fd is not None
        assert fd.unread == 8192 and 0 < (fd.queues.queued or 0) <= 8192
    trace.close()
