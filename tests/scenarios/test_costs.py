"""`crowd`: every wait is measured, and ten thousand connections stay usable. What a wait costs there is for a
benchmark (tests/benchmarks/crowd.py): a machine may be busy."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from muxviz.draw import View, draw
from muxviz.trace import Trace
from muxviz.trace.costs import costs
from tests.scenarios.told import calls, told

STAGES = (10, 100, 1_000, 3_000, 10_000)
SELECT = STAGES[:3]


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_every_stage_of_every_lane_is_measured(trace: Trace) -> None:
    found = costs(trace)
    for lane in ("poll", "epoll"):
        assert {cost.watched for cost in found if cost.lane == lane} == {2, *(idle + 2 for idle in STAGES)}
    assert {cost.watched for cost in found if cost.lane == "select"} == {2, *(idle + 2 for idle in SELECT)}
    assert all(cost.took > 0 for cost in found)


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_every_measured_wait_had_one_thing_to_report(trace: Trace) -> None:
    found = costs(trace)
    # the connect of A wakes sleepers; the first message and the last three of each stage find the servers busy
    assert [sum(cost.lane == lane for cost in found) for lane in trace.lanes] == [1 + 3 * 5] * 3
    for cost in found:
        event = trace[cost.n]
        assert len(event.ready or ()) == 1
        before = trace.call_before(cost.n, cost.lane)
        assert before is not None
        assert trace[before].phase is None


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_what_is_copied(trace: Trace) -> None:
    last = {cost.lane: cost for cost in costs(trace)}
    assert (last["poll"].copied_in, last["poll"].copied_out) == (8 * 10_002, 2 * 10_002)
    assert (last["epoll"].copied_in, last["epoll"].copied_out) in ((0, 12), (0, 16))
    # One set (only the readable side is asked about), up to fd 1004, in longs of 64 bits.
    assert (last["select"].copied_in, last["select"].copied_out) == (128, 128)


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_every_connection_is_accepted_and_every_message_heard(trace: Trace) -> None:
    for lane, crowd in (("select", 1_000), ("poll", 10_000), ("epoll", 10_000)):
        assert sum(event.error is None for event in calls(trace, lane, "accept")) == crowd + 1
        assert [event.ret for event in calls(trace, lane, "recv")] == [4] * 21
        assert all(flags in (["R"], ["IN"]) for flags in told(trace, lane))


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_the_work_of_a_picture_grows_with_the_connections_and_not_with_their_square(trace: Trace) -> None:
    view, calls_made = View(focus="epoll"), 0
    draw(trace, len(trace) - 1, (120, 36), view)  # the tick in which they connect is folded once

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls_made
        calls_made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        draw(trace, trace.tick_end(trace.ticks - 2), (120, 36), view)
    finally:
        sys.setprofile(None)
    assert calls_made < 200 * 10_002


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_the_held_look_at_very_many_is_at_what_a_call_concerns(trace: Trace) -> None:
    grown = trace.actions()[-1]
    looked = [trace[n] for n in range(grown, len(trace)) if trace[n].role == "server" and trace[n].queues]
    assert looked
    assert all(len(event.queues) <= 2 for event in looked)


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24)])
def test_the_curve_is_shown_by_itself_and_the_wire_on_demand(trace: Trace, size: tuple[int, int]) -> None:
    end = len(trace) - 1
    shown = draw(trace, end, size, View(focus="epoll")).text()
    assert "what a wait takes" in shown
    assert "10,002" in shown
    assert "wire" not in shown.replace("the wire", "")
    assert "what a wait takes" not in draw(trace, end, size, View(focus="epoll", cost=False)).text()
    early = draw(trace, trace.actions()[0], size, View(focus="epoll")).text()
    assert "no wait has returned yet" in early


@pytest.mark.parametrize("trace", ["echo"], indirect=True)
def test_any_session_has_a_curve(trace: Trace) -> None:
    shown = draw(trace, len(trace) - 1, (120, 36), View(focus="edge", cost=True)).text()
    assert "what a wait takes" in shown
