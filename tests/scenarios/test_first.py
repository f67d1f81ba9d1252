"""What each scenario shows: the ready lists of each lane, as the kernel gives them (poll(2), epoll(7), select(2))."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.events import split
from muxviz.recording import load
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.scenarios.told import calls, told


@pytest.mark.parametrize("trace", ["partial-read"], indirect=True)
def test_partial_read(trace: Trace) -> None:
    # A connects; 12 bytes in reads of 4; 4 more.
    assert told(trace, "select") == [["R"]] * 5
    assert told(trace, "poll") == told(trace, "level") == [["IN"]] * 5
    assert told(trace, "edge") == [["IN"]] * 3
    for lane in ("select", "poll", "level"):
        assert [event.ret for event in calls(trace, lane, "recv")] == [4, 4, 4, 4]
        assert not trace.now.lanes[lane].stranded
    assert [event.ret for event in calls(trace, "edge", "recv")] == [4, 4]


@pytest.mark.parametrize("trace", ["partial-read"], indirect=True)
def test_the_edge_lane_sleeps_on_eight_bytes_twice(trace: Trace) -> None:
    asleep = []
    for n in range(len(trace)):
        event = trace[n]
        if event.lane == "edge" and event.kind == "enter":
            asleep.append([fd.unread for fd in trace.state(n).lanes["edge"].stranded])
    assert asleep == [[], [], [8], [8]]


@pytest.mark.parametrize("trace", ["partial-read"], indirect=True)
def test_what_arrives_for_a_sleeper_is_seen_at_the_action(trace: Trace) -> None:
    sent = trace.actions()[1]
    state = trace.state(trace.tick_end(trace.tick_of(sent)))
    for lane in state.lanes.values():
        fd = lane.of_client("A")
        assert fd is not None
        assert (lane.status, fd.unread, fd.high, fd.outside) == ("asleep", 12, True, True)


def test_drain_is_the_fix(tmp_path: Path) -> None:
    file = tmp_path / "x.muxviz"
    assert run_muxviz("lab", "partial-read", "--drain", "--headless", "-o", file).returncode == 0
    trace = load(file)
    for lane in trace.lanes:
        reads = calls(trace, lane, "recv")
        assert sum(event.ret or 0 for event in reads if event.error is None) == 16
        assert reads[-1].error == "EAGAIN"
        ends = [trace.state(n).lanes[lane] for n in range(len(trace)) if trace[n].kind == "enter"]
        assert not any(state.stranded for state in ends)
    trace.close()


@pytest.mark.parametrize("trace", ["echo"], indirect=True)
def test_echo_gives_every_reply_back(trace: Trace) -> None:
    checked = [event.args["as_sent"] for event in map(trace.__getitem__, range(len(trace))) if "as_sent" in event.args]
    assert checked == [True] * (10 * 3 * 4)
    for lane in trace.lanes:
        assert any("W" in split(f) or "OUT" in split(f) for flags in told(trace, lane) for f in flags)
        assert not trace.now.lanes[lane].fds or all(
            fd.kind != "connection" for fd in trace.now.lanes[lane].fds.values()
        )


@pytest.mark.parametrize("trace", ["reset"], indirect=True)
def test_a_reset_is_told_and_recv_takes_the_error(trace: Trace) -> None:
    for lane in ("poll", "level", "edge"):
        assert ["IN|ERR|HUP"] in told(trace, lane)
    assert all(flags == ["R"] for flags in told(trace, "select"))
    for lane in trace.lanes:
        assert [event.error for event in calls(trace, lane, "recv")].count("ECONNRESET") == 1
        assert calls(trace, lane, "recv")[-1].ret == len(b"still here")


@pytest.mark.parametrize("name", CATALOGUE)
def test_words_fit_the_screen(name: str) -> None:
    scenario = CATALOGUE[name]
    assert len(scenario.summary) <= 38
    assert all(len(beat.label) <= 24 for beat in scenario.beats)
