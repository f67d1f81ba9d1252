"""`herd`: how many of four workers wake for a connection, by how they wait for it (epoll_ctl(2), EPOLLEXCLUSIVE)."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.recording import load
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.scenarios.told import calls, told


def woken(trace: Trace) -> list[list[str]]:
    """By connection, who was told of it."""
    out = []
    for action in trace.actions()[:2]:
        end = trace.action_after(action) or len(trace)
        out.append([lane for lane in trace.lanes if action < (trace.wakeup_after(action, lane) or end) < end])
    return out


def outcomes(trace: Trace, lane: str) -> list[str]:
    return [event.error or "accepted" for event in calls(trace, lane, "accept")]


@pytest.mark.parametrize("trace", ["herd"], indirect=True)
def test_every_worker_wakes_and_one_accepts(trace: Trace) -> None:
    assert woken(trace) == [["w1", "w2", "w3", "w4"], ["w2", "w3", "w4"]]  # w1 is blocked in recv by then
    assert outcomes(trace, "w1") == ["accepted"]
    assert outcomes(trace, "w2") == ["EAGAIN", "accepted"]
    assert outcomes(trace, "w3") == outcomes(trace, "w4") == ["EAGAIN", "EAGAIN"]


@pytest.mark.parametrize("trace", ["herd"], indirect=True)
def test_clients_belong_to_no_lane_and_get_their_reply(trace: Trace) -> None:
    clients = [event for event in map(trace.__getitem__, range(len(trace))) if event.role == "client"]
    assert [event.call for event in clients] == ["connect", "connect", "send", "send", "recv", "recv"]
    assert all(event.lane is None for event in clients)
    assert [event.args["as_sent"] for event in clients if event.call == "recv"] == [True, True]
    assert trace.now.lanes["w1"].gone["A"].fd > 4
    assert trace.now.lanes["w2"].gone["B"].fd > 4


@pytest.mark.parametrize("trace", ["herd"], indirect=True)
def test_what_one_accepts_is_gone_for_all(trace: Trace) -> None:
    accepted = next(n for n in range(len(trace)) if trace[n].call == "accept" and trace[n].error is None)
    before = trace.state(trace.tick_end(trace.tick_of(accepted) - 1))
    after = trace.state(trace.tick_end(trace.tick_of(accepted)))
    for lane in trace.lanes:
        listener = before.lanes[lane].fds[3]
        assert (listener.kind, listener.high, listener.unread) == ("listener", True, 1)
        assert (after.lanes[lane].fds[3].high, after.lanes[lane].fds[3].unread) == (False, 0)


@pytest.mark.parametrize(
    ("fix", "told_of"),
    [
        # The first in the listener's queue of waiters that is not busy (fs/eventpoll.c, ep_poll_callback).
        ("exclusive", [["w1"], ["w2"]]),
        # A level is put back on the ready list, and wakes the next that sleeps there.
        ("shared", [["w1", "w2", "w3", "w4"], ["w2", "w3", "w4"]]),
        # An edge is told once: to whoever went to sleep last (__add_wait_queue_exclusive puts it first).
        ("shared-edge", [["w4"], ["w3"]]),
    ],
)
def test_the_fixes(fix: str, told_of: list[list[str]], tmp_path: Path) -> None:
    file = tmp_path / "x.muxviz"
    assert run_muxviz("lab", "herd", f"--fix={fix}", "--headless", "-o", file).returncode == 0
    trace = load(file)
    assert woken(trace) == told_of
    assert sum(outcomes(trace, lane).count("accepted") for lane in trace.lanes) == 2
    if fix != "shared":
        assert not any("EAGAIN" in outcomes(trace, lane) for lane in trace.lanes)
    assert all(flags == ["IN"] for lane in trace.lanes for flags in told(trace, lane))
    trace.close()
