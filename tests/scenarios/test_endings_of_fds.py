"""Urgent data, a refused connect, a closed number, a number that lives on: what each mechanism reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.events import Event
from muxviz.recording import load
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.scenarios.told import calls, told

EPOLLS = ("level", "edge")


def fixed(name: str, fix: str, directory: Path) -> Trace:
    """The recording of a scenario with one of its fixes on."""
    file = directory / "x.muxviz"
    done = run_muxviz("lab", name, f"--fix={fix}", "--headless", "-o", file)
    assert done.returncode == 0, done.stderr
    return load(file)


def end_of(trace: Trace, lane: str) -> Event | None:
    """How a lane ended by itself."""
    exit_n = trace.now.lanes[lane].exit_n
    event = trace[exit_n] if exit_n is not None else None
    return event if event is not None and event.exit is not None and event.exit.by != "muxviz" else None


# --- urgent ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["urgent"], indirect=True)
def test_urgent_data_is_a_level_of_its_own(trace: Trace) -> None:
    assert told(trace, "select") == [["R"], ["R|X"], *[["X"]] * 4]
    assert told(trace, "poll") == told(trace, "level") == [["IN"], ["IN|PRI"], *[["PRI"]] * 4]
    assert told(trace, "edge") == [["IN"], ["IN|PRI"]]


@pytest.mark.parametrize("trace", ["urgent"], indirect=True)
def test_fionread_leaves_the_urgent_byte_out(trace: Trace) -> None:
    for lane in trace.lanes:
        woke = calls(trace, lane, "select", "poll", "epoll_wait")[1]
        fd = str(woke.ready[0][0]) if woke.ready else ""
        assert woke.queues[fd].recv == 2
        assert [event.ret for event in calls(trace, lane, "recv")] == [2]
        assert trace.now.lanes[lane].of_client("A").unread == 0  # type: ignore[union-attr]


def test_reading_the_urgent_byte_ends_the_spin(tmp_path: Path) -> None:
    trace = fixed("urgent", "oob", tmp_path)
    for lane in trace.lanes:
        assert [(event.ret, event.args.get("flags")) for event in calls(trace, lane, "recv")] == [
            (1, "MSG_OOB"),
            (2, None),
        ]
        assert len(told(trace, lane)) == 2
        assert trace.now.lanes[lane].idle_wakeups == 0
    trace.close()


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["refused"], indirect=True)
def test_a_refused_connect_is_room_to_send(trace: Trace) -> None:
    assert told(trace, "select") == [["R|W"], ["W"]]  # never X
    for lane in ("poll", *EPOLLS):
        assert told(trace, lane) == [["IN|OUT|ERR|HUP"], ["OUT"]]
    for lane in trace.lanes:
        assert [event.error for event in calls(trace, lane, "connect")] == ["EINPROGRESS"] * 2
        asked = [event.args for event in calls(trace, lane, "getsockopt")]
        assert asked == [{"level": "SOL_SOCKET", "option": "SO_ERROR", "value": value} for value in (111, 0)]
        assert [event.ret for event in calls(trace, lane, "send")] == [5]
    assert not trace.actions()


# --- closed-fd -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["closed-fd"], indirect=True)
def test_a_closed_number_is_an_error_a_report_or_nothing(trace: Trace) -> None:
    ended = end_of(trace, "select")
    assert ended is not None and ended.exit is not None and ended.exit.status == 1
    assert "Bad file descriptor" in (ended.exit.traceback or "")
    assert calls(trace, "select", "select")[-1].error == "EBADF"
    # A connects, 5 bytes, the end; NVAL until B's connection has the same number
    assert told(trace, "poll") == [["IN"], ["IN"], ["IN"], *[["NVAL"]] * 5, ["IN", "NVAL"], ["IN"]]
    for lane in EPOLLS:
        assert told(trace, lane) == [["IN"]] * 5


@pytest.mark.parametrize("trace", ["closed-fd"], indirect=True)
def test_a_report_of_a_closed_number_is_the_last_that_had_it(trace: Trace) -> None:
    spin = next(n for n in range(len(trace)) if trace[n].lane == "poll" and trace[n].ready == [(4, "NVAL")])
    fd = trace.state(spin).lanes["poll"].of_client("A")
    assert fd is not None and fd.closed is not None and fd.closed < spin
    assert (fd.fd, fd.reported, fd.reported_n, fd.high) == (4, "NVAL", spin, False)
    assert trace.state(fd.closed).lanes["poll"].of_client("A").reported == "IN"  # type: ignore[union-attr]


def test_unregistered_first_nothing_is_said(tmp_path: Path) -> None:
    trace = fixed("closed-fd", "unregister", tmp_path)
    for lane in trace.lanes:
        assert end_of(trace, lane) is None
        assert told(trace, lane) == [["R" if lane == "select" else "IN"]] * 5
    trace.close()


# --- ghost -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["ghost"], indirect=True)
def test_epoll_reports_a_number_that_is_closed(trace: Trace) -> None:
    for lane in EPOLLS:
        old, dup = calls(trace, lane, "accept")[0].ret, calls(trace, lane, "dup")[0].ret
        closed = calls(trace, lane, "close")[0]
        after = [event for event in calls(trace, lane, "epoll_wait") if event.n > closed.n]
        assert [event.ready for event in after] == [[(old, "IN")]] * (4 if lane == "level" else 1)
        tried = [event for event in calls(trace, lane, "epoll_ctl") if event.n > closed.n]
        assert {(event.args["op"], event.args["fd"], event.error) for event in tried} == {("DEL", old, "EBADF")}
        fd = trace.now.lanes[lane].of_client("A")
        assert fd is not None
        assert (fd.fd, fd.ghost, fd.unread, fd.edge) == (dup, old, 4, lane == "edge")
    assert calls(trace, "select", "select")[-1].error == "EBADF"
    assert told(trace, "poll")[2:] == [["NVAL"]] * 13


def test_closing_the_dup_lays_the_ghost(tmp_path: Path) -> None:
    trace = fixed("ghost", "close-copy", tmp_path)
    for lane in EPOLLS:
        assert told(trace, lane) == [["IN"]] * 2
        assert trace.now.lanes[lane].of_client("A").closed is not None  # type: ignore[union-attr]
    trace.close()


def test_unregistering_lays_it_in_every_lane(tmp_path: Path) -> None:
    trace = fixed("ghost", "unregister", tmp_path)
    for lane in trace.lanes:
        assert end_of(trace, lane) is None
        assert len(told(trace, lane)) == 2
        fd = trace.now.lanes[lane].of_client("A")
        assert fd is not None and (fd.ghost, fd.unread, fd.interest) == (None, 4, "")
    trace.close()
