"""How long a lane's sleep that the probe does not see has to last, by a clock of the test's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.lab import settling


class Clock:
    """Time that passes by what each wait of the bell takes."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(settling, "time", made)
    return made


def lane(**is_: Any) -> Any:
    link = SimpleNamespace(pending_bytes=lambda: 0)
    return SimpleNamespace(
        **{"name": "a", "alive": True, "settled": False, "asleep": False, "unseen": True, "lost": False,
           "pending": [], "link": link} | is_
    )  # fmt: skip


LONG = settling._UNSEEN_SECONDS


def test_a_lane_that_is_seen_now_and_then_is_waited_for(clock: Clock) -> None:
    one, rounds = lane(), 0

    def wait(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        clock.now += LONG * 0.75
        one.unseen = rounds % 2 == 0
        one.settled = rounds == 9

    bell: Any = SimpleNamespace(wait=wait)
    settling.settle(one, bell, 1000 * LONG)
    assert (rounds, one.lost) == (9, False)


def test_a_lane_that_stays_unseen_is_lost(clock: Clock) -> None:
    def wait(seconds: float) -> None:
        clock.now += LONG * 0.75

    one = lane()
    bell: Any = SimpleNamespace(wait=wait)
    settling.settle(one, bell, 1000 * LONG)
    assert one.lost and clock.now < 100 + 3 * LONG


def test_a_lane_that_is_unseen_twice_but_briefly_does_not_rest(clock: Clock) -> None:
    rest, one = settling.Rest(), lane()
    assert not rest.of(one)
    clock.now += LONG * 0.75
    one.unseen = False
    assert not rest.of(one)
    one.unseen = True
    clock.now += LONG * 0.75
    assert not rest.of(one)
    clock.now += LONG * 1.25
    assert rest.of(one)
