"""`crowd`: what a wait costs, measured; and that ten thousand connections stay usable."""

from __future__ import annotations

import time
from statistics import median

import pytest

from muxviz.draw import View, draw
from muxviz.trace import Trace
from muxviz.trace.costs import Cost, costs
from tests.scenarios.told import calls, told

STAGES = (10, 100, 1_000, 3_000, 10_000)
SELECT = STAGES[:3]


def typical(found: list[Cost], lane: str, idle: int) -> float:
    return median(cost.took for cost in found if (cost.lane, cost.watched) == (lane, idle + 2))


@pytest.mark.parametrize("trace", ["crowd"], indirect=True)
def test_select_and_poll_grow_and_epoll_is_flat(trace: Trace) -> None:
    found = costs(trace)
    for lane in ("poll", "epoll"):
        assert {cost.watched for cost in found if cost.lane == lane} == {2, *(idle + 2 for idle in STAGES)}
    assert {cost.watched for cost in found if cost.lane == "select"} == {2, *(idle + 2 for idle in SELECT)}
    # A thousand times as many fds: far more than a noisy machine can make of a cost that does not grow.
    assert typical(found, "select", 1_000) > 5 * typical(found, "select", 10)
    assert typical(found, "poll", 10_000) > 50 * typical(found, "poll", 10)
    assert typical(found, "epoll", 10_000) < 20 * typical(found, "epoll", 10)
    assert typical(found, "poll", 10_000) > 20 * typical(found, "epoll", 10_000)


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
def test_a_picture_of_ten_thousand_connections_is_quick(trace: Trace) -> None:
    view = View(focus="epoll")
    draw(trace, len(trace) - 1, (120, 36), view)  # the tick in which they connect is folded once
    began = time.process_time()
    for tick in range(trace.ticks - 10, trace.ticks):
        draw(trace, trace.tick_end(tick), (120, 36), view)
    assert (time.process_time() - began) / 10 < 0.5


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
