"""Timeouts, the number 1024, order and turns, blocking: who hears of what, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.events import Event
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from tests.scenarios.test_endings_of_fds import end_of, fixed
from tests.scenarios.told import calls, told


def reports(trace: Trace, lane: str) -> list[str]:
    """The clients that each wait named, in its order; `-` for a listener."""
    found = []
    for event in calls(trace, lane, "select", "poll", "epoll_wait"):
        fds = trace.state(event.n).lanes[lane].fds
        found.append("".join(fds[number].client or "-" for number, _ in event.ready or ()))
    return found


def served(trace: Trace, lane: str) -> str:
    """The clients whose bytes were read, in order."""
    reads = [event for event in calls(trace, lane, "recv") if event.ret and event.ret > 0]
    return "".join(_client(trace, event) for event in reads)


def _client(trace: Trace, event: Event) -> str:
    assert event.lane is not None and event.fd is not None
    return trace.state(event.n).lanes[event.lane].fds[event.fd].client or "-"


# --- timeout ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["timeout"], indirect=True)
def test_three_kinds_of_timeout_and_a_clock(trace: Trace) -> None:
    waits = {lane: calls(trace, lane, "select") for lane in trace.lanes}
    assert {lane: {event.args["timeout"] for event in made} for lane, made in waits.items()} == {
        "ever": {-1}, "while": {1000}, "zero": {0}, "clock": {1000}
    }  # fmt: skip
    assert reports(trace, "ever") == ["-", "A"]
    assert reports(trace, "while") == ["", "-", "", "A", ""]
    assert reports(trace, "zero") == ["", "", "", "-", "", "", "", "A", "", ""]
    assert reports(trace, "clock") == [""] * 3
    assert all(event.args["interest"] == [] for event in waits["clock"])
    for event in (*waits["while"], *waits["clock"]):
        assert event.ready or event.phase or (event.took or 0) >= 1e9, "nothing ends a sleep early"


@pytest.mark.parametrize("trace", ["timeout"], indirect=True)
def test_the_clock_hears_of_a_client_late(trace: Trace) -> None:
    sent = trace.actions()[1]
    read = {lane: calls(trace, lane, "recv")[-1] for lane in trace.lanes}
    assert all(event.ret == 5 and event.n > sent for event in read.values())
    assert read["clock"].step == (read["ever"].step or 0) + 1


def test_without_a_timeout_the_clock_is_deaf(tmp_path: Path) -> None:
    trace = fixed("timeout", "no-timeout", tmp_path)
    for lane in ("ever", "while", "zero"):
        assert reports(trace, lane) == ["-", "A"]
    assert reports(trace, "clock") == []
    assert trace.now.lanes["clock"].listeners()[0].queues.accepts == 1
    trace.close()


# --- fd-limit --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["fd-limit"], indirect=True)
def test_select_ends_at_1024_and_the_others_do_not(trace: Trace) -> None:
    for lane in trace.lanes:
        assert [event.ret for event in calls(trace, lane, "accept")] == [1022, 1023, 1024]
    ended = end_of(trace, "select")
    assert ended is not None and ended.exit is not None
    assert (ended.exit.traceback or "").rstrip().endswith("ValueError: filedescriptor out of range in select()")
    assert len(calls(trace, "select", "select")[-1].args["interest"]) == 3  # of four: no call was made for the last
    for lane in ("poll", "level", "edge"):
        assert end_of(trace, lane) is None
        assert told(trace, lane) == [["IN"]] * 5
        assert served(trace, lane) == "BC"


def test_with_low_numbers_select_has_room(tmp_path: Path) -> None:
    trace = fixed("fd-limit", "close-files", tmp_path)
    assert end_of(trace, "select") is None
    assert told(trace, "select") == [["R"]] * 5
    assert all(served(trace, lane) == "BC" for lane in trace.lanes)
    trace.close()


# --- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["order"], indirect=True)
def test_registration_arrival_and_turns(trace: Trace) -> None:
    connects = ["-"] * 3
    assert reports(trace, "select") == reports(trace, "poll") == [*connects, "ABC", "ABC"]
    assert reports(trace, "level") == [*connects, "CBA", "CBA"]
    assert reports(trace, "one") == [*connects, *"CBACBA"]
    assert served(trace, "select") == served(trace, "poll") == "ABCABC"
    assert served(trace, "level") == served(trace, "one") == "CBACBA"


# --- blocking, models ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["blocking"], indirect=True)
def test_a_blocking_read_makes_everybody_wait(trace: Trace) -> None:
    rest = trace.actions()[-1]
    before = trace.state(rest - 1).lanes
    assert before["whole"].status == "asleep"
    begun = trace[before["whole"].last or 0]
    assert (begun.call, _client(trace, begun), begun.phase) == ("recv", "A", "enter")
    assert before["whole"].of_client("B").unread == 10  # type: ignore[union-attr]
    assert before["spin"].of_client("B").unread == before["parts"].of_client("B").unread == 0  # type: ignore[union-attr]
    refused = [event for event in calls(trace, "spin", "recv", "accept") if event.error == "EAGAIN"]
    assert len(refused) > 20 and not calls(trace, "spin", "poll")
    assert (served(trace, "whole"), served(trace, "parts")) == ("AAB", "ABA")


def test_what_poll_reports_can_be_read_at_once(tmp_path: Path) -> None:
    trace = fixed("blocking", "ready", tmp_path)
    assert served(trace, "whole") == served(trace, "parts") == served(trace, "spin") == "ABA"
    assert trace.now.lanes["spin"].wakeups == 5
    trace.close()


@pytest.mark.parametrize("trace", ["models"], indirect=True)
def test_each_model_waits_in_its_own_place(trace: Trace) -> None:
    sent = trace.actions()[3]  # B has sent, and what it reads is next
    place = {}
    for lane, state in trace.state(sent - 1).lanes.items():
        newest = trace[state.last or 0]
        place[lane] = (state.status, newest.call if state.status == "asleep" else None)
    assert place == {
        "block": ("asleep", "recv"), "spin": ("running", None), "poll": ("asleep", "poll"),
        "asyncio": ("asleep", "epoll_wait"),
    }  # fmt: skip
    events = map(trace.__getitem__, range(len(trace)))
    read = {event.lane: event.ret for event in events if event.role == "client" and "as_sent" in event.args}
    assert read == {"block": -1, "spin": 12, "poll": 12, "asyncio": 12}
    events = map(trace.__getitem__, range(trace.actions()[-1], len(trace)))
    later = {event.lane: event.ret for event in events if event.role == "client"}
    assert later["block"] == 12  # A has closed: now it is B's turn


# --- starvation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["starvation"], indirect=True)
def test_a_drain_that_never_ends_starves_the_other(trace: Trace) -> None:
    order = {lane: served(trace, lane) for lane in trace.lanes}
    assert order["level"] == order["edge"] == "A" * 24 + "B"
    assert order["one"] == "AB" + "A" * 23
    assert order["budget"] == "AAB" + "A" * 22
    last = trace.actions()[-1]
    assert all(trace.state(last).lanes[lane].of_client("B").unread == 4 for lane in ("level", "edge"))  # type: ignore[union-attr]


def test_a_budget_is_fair(tmp_path: Path) -> None:
    trace = fixed("starvation", "budget", tmp_path)
    assert all(served(trace, lane) == "AAB" + "A" * 22 for lane in trace.lanes)
    trace.close()


def test_titles_leave_room_for_the_state() -> None:
    assert all(len(scenario.title) <= 56 for scenario in CATALOGUE.values())
