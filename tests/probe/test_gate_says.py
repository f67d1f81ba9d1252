"""What the gate says of its lane at each moment, and whom it lets through, asked from within the lane's own process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from muxviz.events import Event
from muxviz.probe import gate as gates
from muxviz.probe import ring_format as form
from muxviz.probe.gate import Gate, _Thread
from muxviz.sources.ring.lane_reader import Mode, NextCall, Where
from tests.probe.here import Here


@pytest.fixture(params=[Mode.RECORD, Mode.HELD], ids=["record", "held"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Here]:
    made = Here(tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Here]:
    made = Here(tmp_path, Mode.HELD)
    yield made
    made.close()


def rings(here: Here, times: int) -> None:
    """Only muxviz that holds a lane waits for it."""
    assert here.bell.taken() == (times if here.link.mode is Mode.HELD else 0)


def stand(gate: Gate, code: int = form.RECV, fd: int = 3, told: int = -1, flags: int = 0, number: int = 9) -> None:
    gate.stand(code, flags, fd, 0, 0, number, told, (None, None))


def entered(fd: int, size: int = 9, tid: int | None = None) -> Event:
    return Event(n=-1, t=0, lane="lane", role="server", call="recv", fd=fd, args={"size": size}, phase="enter", tid=tid)


def without_time(event: Event | None) -> Event | None:
    if event is not None:
        event.t = 0
    return event


def begin(gate: Gate, fd: int) -> None:
    gate.enter(form.RECV, 0, fd, 0, 0, 9, (None, None))


def test_a_lane_begins_and_ends(here: Here) -> None:
    assert (here.link.where, here.link.pid) == (Where.NEW, 0)
    here.gate.start()
    assert (here.link.where, here.link.serial, here.link.pid) == (Where.RUNNING, 1, os.getpid())
    assert here.link.entered() is None and here.link.announced() is None and here.bell.taken() == 0
    here.gate.end()
    assert (here.link.where, here.link.serial, here.bell.taken()) == (Where.ENDED, 2, 1)
    begin(here.gate, 3)  # what is closed at the end is not held, and does not say that the lane runs
    assert here.link.where is Where.ENDED
    here.gate.leave()
    assert here.link.where is Where.ENDED
    here.gate.leave()
    assert here.link.where is Where.ENDED
    stand(here.gate)
    assert here.token.announced == []


def test_a_wait_is_told_while_it_lasts(here: Here) -> None:
    here.gate.start()
    here.gate.enter_wait(form.EPOLL_WAIT, 5, 250, 0, 64, 7)
    assert (here.link.where, here.link.serial) == (Where.CALL, 2)
    expected = Event(
        n=-1, t=6, lane="lane", role="server", call="epoll_wait", fd=5, args={"timeout": 250, "maxevents": 64},
        phase="enter",
    )  # fmt: skip
    assert here.link.entered() == expected
    assert here.link.inside() == ([expected] if here.link.mode is Mode.HELD else [])
    rings(here, 1)
    here.gate.leave()
    assert (here.link.where, here.link.entered(), here.link.inside()) == (Where.RUNNING, None, [])
    rings(here, 0)
    here.gate.enter_wait(form.EPOLL_WAIT, 5, 1 << 70, 0, 1 << 40, 7)  # what no field holds is the nearest that one does
    told = here.link.entered()
    assert told is not None and told.args == {"timeout": (1 << 63) - 1, "maxevents": (1 << 31) - 1}


def test_calls_within_calls(here: Here) -> None:
    """A signal handler's call comes in between; what was told before it is told again behind it."""
    here.gate.start()
    for fd in (3, 4):
        begin(here.gate, fd)
        assert here.link.where is Where.CALL and without_time(here.link.entered()) == entered(fd)
        rings(here, 1)
    assert [event.fd for event in here.link.inside()] == [3, 4]
    here.gate.leave()
    assert without_time(here.link.entered()) == entered(3) and [event.fd for event in here.link.inside()] == [3]
    rings(here, 1)
    here.gate.leave()
    assert (here.link.where, here.link.inside()) == (Where.RUNNING, [])
    rings(here, 0)


def test_more_calls_than_there_are_slots(here: Here) -> None:
    slots = form.INSIDE_SLOTS
    for fd in range(slots + 2):
        begin(here.gate, fd)
        assert without_time(here.link.entered()) == entered(fd)
    assert sorted(event.fd or 0 for event in here.link.inside()) == list(range(slots))
    for left in range(slots + 1, -1, -1):
        here.gate.leave()
        assert len(here.link.inside()) == min(left, slots)
    assert here.link.where is Where.RUNNING
    for fd in range(slots):  # every slot is free again
        begin(here.gate, fd)
    assert len(here.link.inside()) == slots


def test_a_call_that_does_not_fit_is_told_without_what_it_was_given(here: Here) -> None:
    """In a small slot, and in the one that is announced and entered, at the edge of each."""
    for size, small, large in ((300, True, True), (600, False, True), (40_000, False, False)):
        here.gate.enter(form.BIND, 0, 3, 0, 0, 0, (("a" * size,), None))
        args = {"address": "a" * size}
        told, inside = here.link.entered(), here.link.inside()
        assert told is not None and told.args == (args if large else {})
        assert [event.args for event in inside] == [args if small else {}]
        here.gate.leave()
    rest = len(gates.dumps((("",), None)))
    for more, fits in ((0, True), (1, False)):
        size = form.INSIDE_BYTES - form.HEADER_BYTES - rest + more
        here.gate.enter(form.BIND, 0, 3, 0, 0, 0, (("a" * size,), None))
        assert [event.args for event in here.link.inside()] == [{"address": "a" * size} if fits else {}]
        here.gate.leave()


def test_a_call_is_announced_until_its_token_comes(held: Here) -> None:
    held.gate.start()
    for told, said in ((-1, None), (0, False), (1, True)):
        held.gate.stand(form.EPOLL_WAIT, 0, 5, 250, 0, 64, told, None)
        assert held.token.announced.pop() == NextCall(
            "epoll_wait", 5, {"timeout": 250, "maxevents": 64}, None, True, said, None
        )
    stand(held.gate, told=1)
    assert held.token.announced.pop() == NextCall("recv", 3, {"size": 9}, None, False, None, None)
    held.gate.stand(form.RECV, form.TIMED | form.ALL, 3, 0, 0, 9, -1, ((None, 2.5), None))
    assert held.token.announced.pop() == NextCall(
        "recv", 3, {"size": 9, "all": True, "timeout_s": 2.5}, None, False, None, None
    )
    assert (held.link.where, held.link.announced(), held.token.given_back) == (Where.RUNNING, None, 0)
    assert held.bell.taken() == 5 and held.asked == 0


def test_a_lane_that_is_not_held_stands_nowhere(tmp_path: Path) -> None:
    for mode in (Mode.RECORD, Mode.FREE):
        here = Here(tmp_path, mode)
        stand(here.gate)
        assert here.token.announced == [] and here.bell.taken() == 0 and here.link.where is Where.RUNNING
        here.close()


def test_before_a_call_comes_before_inside_of_one(held: Here) -> None:
    """A signal handler's call stands while its thread is inside another; behind it the lane is inside again."""
    held.token.meanwhile = lambda: seen.append((held.link.where, [event.fd for event in held.link.inside()]))
    seen: list[tuple[Where, list[int | None]]] = []
    begin(held.gate, 3)
    stand(held.gate, fd=4)
    assert seen == [(Where.GATE, [3])]
    assert held.link.where is Where.CALL and without_time(held.link.entered()) == entered(3)


def test_a_handler_s_call_comes_before_the_one_that_stands(held: Here) -> None:
    held.token.meanwhile = lambda: stand(held.gate, fd=4) if len(held.token.announced) == 1 else None
    stand(held.gate, fd=3)
    assert [each.fd for each in held.token.announced if each is not None] == [3, 4]
    assert held.link.where is Where.RUNNING and not held.gate._threads


def test_what_interrupts_a_stand_leaves_nothing_behind(held: Here) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    held.token.meanwhile = interrupted
    with pytest.raises(KeyboardInterrupt):
        stand(held.gate)
    assert held.link.where is Where.RUNNING and not held.gate._threads and not held.gate._moved


def another(gate: Gate, tid: int, moved: int, fd: int = 8) -> _Thread:
    """A thread that stands at the gate as well."""
    made = _Thread(tid, moved)
    made.stands.append(((form.RECV, form.TAILED, -1, tid, 1, 0, 0, fd, 0, 9), gates.dumps((None, None))))
    gate._threads[-tid] = made
    return made


def test_who_is_next(here: Here) -> None:
    """The one that moved least recently; of those that never have, the first that was made."""
    gate = here.gate
    assert gate._next() is None
    one = another(gate, 5, 7)
    assert gate._next() is one
    other = another(gate, 9, 3)
    assert gate._next() is other
    third = another(gate, 4, 3)
    assert gate._next() is third and third.turn.locked()
    gate._publish()
    announced = here.link.announced()
    assert announced is not None and (announced.tid, announced.fd) == (4, 8) and not third.turn.locked()
    assert one.turn.locked() and other.turn.locked()
    rings(here, 1)
    gate._publish()  # its turn is passed on once
    assert not third.turn.locked()


def test_a_token_that_has_become_another_s_is_given_back(held: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_TOKEN_SECONDS", 0.001)
    gate = held.gate
    gate._moved[0] = gate._moves = 3  # the first thread has moved, and this one never has
    held.alive = lambda: gate._threads.pop(-5, None) if held.asked > 1 else None
    seen: list[Where] = []
    stand_on = gate._wait_for_token

    def wait(thread: _Thread) -> None:
        stand_on(thread)
        seen.append(held.link.where)

    monkeypatch.setattr(gate, "_wait_for_token", wait)
    held.token.meanwhile = lambda: another(gate, 5, 0) if not held.token.given_back else None
    stand(gate)
    assert held.token.given_back == 1 and held.asked == 2 and len(held.token.announced) == 2
    assert gate._moved == {0: 4} and gate._moves == 4 and seen == [Where.GATE]


def test_one_that_waits_for_its_turn_asks_whether_muxviz_lives(held: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_TOKEN_SECONDS", 0.001)
    another(held.gate, 5, 0)
    held.gate._moved[0] = 1

    def let_go() -> None:
        if held.asked == 3:
            held.shared.control[0] = Mode.RECORD

    held.alive = let_go
    stand(held.gate)
    assert held.asked == 3 and held.token.announced == [] and held.gate._moved == {0: 1}
    announced = held.link.announced()
    assert announced is not None and announced.fd == 8


def test_threads_that_moved_long_ago_are_forgotten(held: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_REMEMBERED", 3)
    for tid in range(10, 16):
        monkeypatch.setattr(held.gate, "_tid", lambda tid=tid: tid)
        stand(held.gate)
    assert held.gate._moved == {13: 4, 14: 5, 15: 6}
    monkeypatch.setattr(held.gate, "_tid", lambda: 14)
    seen: list[int] = []
    held.token.meanwhile = lambda: seen.extend(thread.moved for thread in held.gate._threads.values())
    stand(held.gate)
    assert seen == [5] and held.gate._moved == {13: 4, 14: 7, 15: 6}


def in_a_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_a_second_thread_takes_turns_with_the_first_at_the_word(here: Here) -> None:
    """The first is inside a wait, which it may have told in the quick way; behind the second's call it still is."""
    gate = here.gate
    gate.start()
    gate.enter_wait(form.EPOLL_WAIT, 5, 250, 0, 64, 7)
    seen: list[Event | None] = []

    def second() -> None:
        begin(gate, 8)
        seen.append(here.link.entered())
        gate.leave()
        seen.append(here.link.entered())
        gate.enter_wait(form.POLL, -1, 10, 0, 1, 9)
        seen.append(here.link.entered())
        gate.leave()

    in_a_thread(second)
    first, behind, wait = seen
    assert first is not None and (first.fd, first.call) == (8, "recv") and first.tid is not None
    assert behind is not None and (behind.fd, behind.call, behind.tid, behind.t) == (5, "epoll_wait", None, 6)
    assert behind.args == {"timeout": 250, "maxevents": 64}
    assert wait is not None and (wait.call, wait.tid, wait.fd) == ("poll", first.tid, None)
    assert here.link.where is Where.CALL
    gate.leave()
    assert here.link.where is Where.RUNNING and sorted(gate._free) == list(range(form.INSIDE_SLOTS))
    gate.enter_wait(form.EPOLL_WAIT, 6, 0, 0, 64, 7)  # from now on the first one's waits have slots, too
    assert [event.fd for event in here.link.inside()] == [6]
    in_a_thread(gate.leave)  # a thread that is in none ends none
    assert [event.fd for event in here.link.inside()] == [6] and here.link.where is Where.CALL


def test_a_second_thread_finds_the_first_running(here: Here) -> None:
    here.gate.start()
    in_a_thread(lambda: (begin(here.gate, 8), here.gate.leave()))
    assert here.link.where is Where.RUNNING and here.gate._inside == []
