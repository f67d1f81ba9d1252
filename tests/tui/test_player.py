"""The player over a source that does nothing by itself: when it moves, when it asks, and what it never does."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from muxviz.events import FORMAT, Event, Header, LaneInfo, Source
from muxviz.sources.session import SessionStatus
from muxviz.trace import Trace
from muxviz.tui.player import SPEEDS, Player


class Still:
    """A source whose commands are done when a test says so."""

    live = True

    def __init__(self) -> None:
        lanes = [LaneInfo("level", "epoll level"), LaneInfo("edge", "epoll edge")]
        self.trace = Trace(Header(FORMAT, "6", "x86_64", "3", Source(), lanes))
        self.status = SessionStatus(phase="held", beats_total=2)
        self.asked: list[str] = []
        self.held = 0

    @property
    def pending(self) -> int:
        return len(self.asked)

    def output(self, lane: str) -> list[str]:
        return []

    def start(self) -> None: ...

    def step(self, lane: str | None = None) -> None:
        self.asked.append(f"step {lane or 'all'}")

    def seek(self, goal: Literal["wakeup", "action"]) -> None:
        self.asked.append(f"seek {goal}")

    def run(self) -> None:
        self.status = self.status._replace(phase="running")

    def hold(self) -> None:
        self.held += 1
        self.asked.clear()
        self.status = self.status._replace(phase="held")

    def record(self, path: Path) -> None: ...

    def mark(self, n: int, text: str) -> None: ...

    def close(self) -> None: ...

    def done(self, call: str = "recv") -> None:
        """What was asked first has happened: a step of both lanes."""
        if self.asked:
            self.asked.pop(0)
        step = self.trace.ticks + 1
        for lane in ("level", "edge"):
            ready = [(5, "IN")] if call == "epoll_wait" else None
            event = Event(n=-1, t=step, step=step, lane=lane, role="server", call=call, fd=4, ret=1, ready=ready)
            self.trace.append(event)


def player(steps: int = 0) -> tuple[Player, Still]:
    source = Still()
    for n in range(steps):
        source.done("epoll_wait" if n % 3 == 0 else "recv")
    made = Player(source)
    made.pulse(0)
    return made, source


def test_it_asks_only_at_the_newest_event() -> None:
    one, source = player(steps=3)
    assert one.following and one.n == 5
    one.back()
    one.back()
    assert one.n == 1 and not one.following
    one.forward(0)
    one.forward(0)
    assert one.n == 5 and one.following and not source.asked
    one.forward(0)
    assert source.asked == ["step all"]


def test_no_half_step_is_shown_unless_it_takes_long() -> None:
    one, source = player(steps=1)
    one.forward(now=10)
    source.trace.append(Event(n=-1, t=9, step=2, lane="level", role="server", call="recv", ret=1))
    assert one.pulse(10.05) is None and one.n == 1
    one.pulse(10.5)
    assert one.n == 2
    source.done()
    assert one.pulse(10.6) == "step" and one.n == len(source.trace) - 1
    assert one.pulse(10.7) is None, "the end of a command is told once"


def test_held_down_keys_queue_one_step() -> None:
    one, source = player()
    for _ in range(20):
        one.forward(0)
    assert len(source.asked) == 2


def test_back_stays_back_while_a_step_ends() -> None:
    one, source = player(steps=3)
    one.forward(0)
    one.back()
    at = one.n
    source.done()
    one.pulse(1)
    assert one.n == at and not one.following


def test_the_beginning_and_the_end() -> None:
    one, _ = player(steps=2)
    assert one.back() and one.back() and one.n == -1
    assert not one.back()
    one.forward(0)
    assert one.n == 1
    one.newest()
    assert one.following and one.n == 3
    one.first()
    assert one.n == -1


def test_wakeups_that_were_seen_come_before_new_ones() -> None:
    one, source = player(steps=7)
    one.first()
    stops = []
    for _ in range(3):
        one.seek("wakeup", 0)
        stops.append(one.tick)
    assert stops == [0, 3, 6] and not source.asked
    one.seek("wakeup", 0)
    assert source.asked == ["seek wakeup"]
    assert one.seek_back("wakeup") and one.tick == 3
    assert one.seek_back("wakeup") and one.tick == 0
    assert one.seek_back("wakeup") is True and one.n == -1
    assert not one.seek_back("wakeup")


def test_playing_goes_at_its_speed_and_waits_for_each_step() -> None:
    one, source = player(steps=1)
    one.speed = 2.0
    one.play(100.0)
    one.pulse(100.0)
    assert source.asked == ["step all"]
    one.pulse(100.9)
    assert len(source.asked) == 1, "it does not run ahead of a step that is not done"
    source.done()
    one.pulse(101.0)
    assert len(source.asked) == 1
    one.stop()
    source.done()
    one.pulse(105.0)
    assert not source.asked and not one.playing


def test_a_search_can_be_ended_and_a_step_cannot_be_undone() -> None:
    one, source = player()
    one.seek("action", 0)
    one.stop()
    assert source.held == 1
    one.pulse(0)
    one.forward(0)
    one.stop()
    assert source.held == 1


def test_speeds_end_where_the_table_ends() -> None:
    one, _ = player()
    for _ in range(20):
        one.change_speed(1)
    assert one.speed == SPEEDS[-1]
    for _ in range(20):
        one.change_speed(-1)
    assert one.speed == SPEEDS[0]
