"""What each wait of the edge-triggered lessons reports, against the kernel that runs (epoll(7), listen(2))."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.recording import load
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.scenarios.told import at_the_end, by_beat, calls, told


def fixed(tmp_path: Path, *args: str) -> Trace:
    """A scenario recorded with a fix."""
    file = tmp_path / "fixed.muxviz"
    done = run_muxviz("lab", *args, "--headless", "-o", file)
    assert done.returncode == 0, done.stderr
    return load(file)


def left(trace: Trace, lane: str) -> list[int]:
    """What a lane sleeps on at the end, bytes or connections."""
    return [fd.unread for fd in at_the_end(trace).lanes[lane].stranded]


@pytest.mark.parametrize("trace", ["late-registration"], indirect=True)
def test_data_that_came_before_the_registration_is_reported(trace: Trace) -> None:
    for lane, word in (("select", "R"), ("poll", "IN"), ("level", "IN"), ("edge", "IN")):
        assert told(trace, lane) == [[word]] * 3  # the listener, A with its 12 bytes, 4 more
        assert [event.ret for event in calls(trace, lane, "recv")] == [12, 4]


@pytest.mark.parametrize("trace", ["late-registration"], indirect=True)
def test_the_data_is_there_when_epoll_ctl_is_called(trace: Trace) -> None:
    added = [e for e in calls(trace, "edge", "epoll_ctl") if e.args["op"] == "ADD"][-1]
    fd = trace.state(added.n).lanes["edge"].of_client("A")
    assert fd is not None
    assert (fd.unread, fd.high) == (12, True)


@pytest.mark.parametrize("trace", ["drain"], indirect=True)
def test_until_eagain_all_are_told_once(trace: Trace) -> None:
    for lane, word in (("select", "R"), ("poll", "IN"), ("level", "IN"), ("edge", "IN")):
        assert by_beat(trace, lane) == [[], [[word]], [[word]], [[word]], [[word]]]
        assert [e.error or e.ret for e in calls(trace, lane, "recv")] == [4, 4, 4, "EAGAIN", 4, "EAGAIN"]
        accepts = [e.error for e in calls(trace, lane, "accept")]
        assert accepts == [None, "EAGAIN", None, None, "EAGAIN"]
        assert not left(trace, lane)


def test_without_the_drain_edge_is_left_with_bytes_and_a_client(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "drain", "--fix=once")
    assert by_beat(trace, "level") == [[], [["IN"]], [["IN"]] * 3, [["IN"]], [["IN"]] * 2]
    assert by_beat(trace, "edge") == [[], [["IN"]], [["IN"]], [["IN"]], [["IN"]]]
    assert left(trace, "edge") == [1, 8]
    assert not left(trace, "level")
    trace.close()


@pytest.mark.parametrize("trace", ["rearm"], indirect=True)
def test_new_data_and_mod_make_a_report(trace: Trace) -> None:
    edge, mod, queue, level = (by_beat(trace, lane)[2:] for lane in ("edge", "mod", "queue", "level"))
    assert edge == [[["IN"]], [["IN"]], [["IN"]]]  # one report an arrival, though 8 were unread
    assert mod == level == [[["IN"]] * 3, [["IN"]], [["IN"]]]  # MOD: IN while data is unread, nothing once it is read
    assert queue == [[["IN"], ["IN|OUT"], ["IN"], ["OUT"]], [["IN"], ["OUT"]], [["IN"], ["OUT"]]]
    assert [left(trace, lane) for lane in trace.lanes] == [[8], [], [], []]
    assert len([e for e in calls(trace, "mod", "epoll_ctl") if e.args["op"] == "MOD"]) == 5


def test_with_the_drain_nobody_depends_on_mod(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "rearm", "--fix")
    assert by_beat(trace, "edge")[2:] == [[["IN"]]] * 3
    assert not any(left(trace, lane) for lane in trace.lanes)
    trace.close()


@pytest.mark.parametrize("trace", ["accept-burst"], indirect=True)
def test_a_client_is_stranded_in_the_accept_queue(trace: Trace) -> None:
    for lane, word in (("select", "R"), ("poll", "IN"), ("level", "IN")):
        assert by_beat(trace, lane) == [[], [[word]] * 2, [[word]], [[word]], []]
    assert by_beat(trace, "edge") == [[], [["IN"]], [["IN"]], [], []]
    assert left(trace, "edge") == [1]
    assert [event.ret for event in calls(trace, "level", "recv")] == [12]
    assert not calls(trace, "edge", "recv")


@pytest.mark.parametrize("trace", ["accept-burst"], indirect=True)
def test_the_third_connection_comes_a_second_late(trace: Trace) -> None:
    connects = [e for e in map(trace.__getitem__, range(len(trace))) if e.call == "connect" and e.lane == "level"]
    assert [(e.client, e.error) for e in connects] == [
        ("A", "EINPROGRESS"),
        ("B", "EINPROGRESS"),
        ("C", "EINPROGRESS"),
        ("C", None),
    ]
    assert connects[3].t - connects[2].t > 900_000_000
    full = trace.state(trace.tick_end(trace.tick_of(connects[2].n)))
    assert [lane.listeners()[0].unread for lane in full.lanes.values()] == [2, 2, 2, 2]
    reads = [e for e in map(trace.__getitem__, range(len(trace))) if "as_sent" in e.args]
    assert {e.lane: e.args["as_sent"] for e in reads} == {"select": True, "poll": True, "level": True, "edge": False}


def test_accept_until_eagain_leaves_nobody(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "accept-burst", "--fix")
    assert by_beat(trace, "edge") == [[], [["IN"]], [["IN"]], [["IN"]], []]
    assert not left(trace, "edge")
    assert [event.error or event.ret for event in calls(trace, "edge", "recv")] == [12, "EAGAIN"]
    trace.close()


@pytest.mark.parametrize("trace", ["oneshot"], indirect=True)
def test_one_shot_is_one_report_of_anything(trace: Trace) -> None:
    level, edge, oneshot, mod = (by_beat(trace, lane)[2:] for lane in ("level", "edge", "oneshot", "mod"))
    assert level == mod == [[["IN"]] * 3, [["IN"]], [["IN|ERR|HUP"]]]
    assert edge == [[["IN"]], [["IN"]], [["IN|ERR|HUP"]]]
    assert oneshot == [[["IN"]], [], []]  # no data, and not even ERR and HUP
    assert left(trace, "oneshot") == [12]
    fd = at_the_end(trace).lanes["oneshot"].of_client("A")
    assert fd is not None and fd.disarmed
    assert fd.queues.tcp == "CLOSE"
    assert not any(
        fd.disarmed for lane in ("level", "edge", "mod") for fd in at_the_end(trace).lanes[lane].fds.values()
    )


def test_mod_arms_it_again(tmp_path: Path) -> None:
    trace = fixed(tmp_path, "oneshot", "--fix")
    assert by_beat(trace, "oneshot")[2:] == [[["IN"]] * 3, [["IN"]], [["IN|ERR|HUP"]]]
    assert not any(left(trace, lane) for lane in trace.lanes)
    trace.close()
