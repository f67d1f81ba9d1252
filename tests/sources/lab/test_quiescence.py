"""How long a lane's sleep that the probe does not see has to last, by a clock of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.sources.lab import quiescence
from muxviz.sources.outside import proc
from tests.waiting import until


class Clock:
    """Time that passes by what each wait of the bell takes."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(quiescence, "time", made)
    return made


def lane(**is_: Any) -> Any:
    link = SimpleNamespace(pending_bytes=lambda: 0)
    return SimpleNamespace(
        **{"name": "a", "alive": True, "settled": False, "asleep": False, "unseen": True, "lost": False, "queued": 0.0,
           "pending": [], "link": link} | is_
    )  # fmt: skip


LONG = quiescence._UNSEEN_SECONDS


def test_a_lane_that_is_seen_now_and_then_is_waited_for(clock: Clock) -> None:
    one, rounds = lane(), 0

    def wait(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        clock.now += LONG * 0.75
        one.unseen = rounds % 2 == 0
        one.settled = rounds == 9

    bell: Any = SimpleNamespace(wait=wait)
    quiescence.settle(one, bell, 1000 * LONG)
    assert (rounds, one.lost) == (9, False)


def test_a_lane_that_stays_unseen_is_lost(clock: Clock) -> None:
    def wait(seconds: float) -> None:
        clock.now += LONG * 0.15

    one = lane()
    bell: Any = SimpleNamespace(wait=wait)
    quiescence.settle(one, bell, 1000 * LONG)
    assert one.lost and clock.now < 100 + 3 * LONG


def test_two_looks_far_apart_are_no_long_sleep(clock: Clock) -> None:
    """Between them the lane may have moved: it was this process that had no processor."""
    one, rounds = lane(), 0

    def wait(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        clock.now += LONG * 3
        one.settled = rounds == 2

    bell: Any = SimpleNamespace(wait=wait)
    quiescence.settle(one, bell, 1000 * LONG)
    assert not one.lost


@pytest.mark.parametrize(("queued", "lost"), [(0.0, True), (0.9, True), (1.0, False)])
def test_time_in_which_a_lane_has_no_processor_is_no_time_of_its_own(clock: Clock, queued: float, lost: bool) -> None:
    one, rounds = lane(unseen=False, queued=7.0), 0

    def wait(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        clock.now += 0.3
        one.queued += 0.3 * queued
        one.settled = rounds == 100

    bell: Any = SimpleNamespace(wait=wait)
    quiescence.settle(one, bell, 1.0)
    assert one.lost is lost and (rounds == 100) is not lost


def test_lanes_that_share_an_epoll_get_several_rounds_however_long_one_takes(clock: Clock) -> None:
    kinds = iter([1, 2, 3, 3])

    class Woken(SimpleNamespace):
        """At each look it has moved, until it does not."""

        @property
        def settled(self) -> bool:
            clock.now += 10
            self.link.serial = next(kinds)
            return True

    one: Any = Woken(alive=True, lost=False, link=SimpleNamespace(serial=0))
    bell: Any = SimpleNamespace(wait=lambda seconds: None)
    quiescence.settle_all([one], bell, shared=True)
    assert next(kinds, None) is None, "until two rounds found it in the same place"


def test_the_time_without_a_processor_is_the_kernels() -> None:
    busy = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\nwhile True: pass"
    spinning = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(2)]  # on one processor
    try:
        until(lambda: proc.queued(spinning[0].pid) > 0.05, "one waits for the other")
    finally:
        for process in spinning:
            process.kill()
            process.wait()
    assert proc.queued(spinning[0].pid) == 0.0, "of a process that is gone nothing is known"


def test_a_lane_that_is_unseen_twice_but_briefly_does_not_rest(clock: Clock) -> None:
    rest, one = quiescence.Rest(), lane()
    assert not rest.of(one)
    clock.now += LONG * 0.75
    one.unseen = False
    assert not rest.of(one)
    one.unseen = True
    clock.now += LONG * 0.75
    assert not rest.of(one)
    clock.now += LONG * 1.25
    assert rest.of(one)
