"""The player: where in the trace the screen stands, and how it moves.

Forward goes through what has been seen first; only at the newest event does a move ask the source for more. Back moves
the cursor and not the programs. A command that is under way is never waited for: `pulse` looks whether it is done, and
until then the cursor stays, so that no half step is shown (one that takes long is shown as it comes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from muxviz.scenarios import Beat
from muxviz.trace import Trace
from muxviz.trace.ask import Filter

if TYPE_CHECKING:
    from muxviz.sources.session import Session

SPEEDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Steps a second."""
_QUEUED: Final = 2
"""One step under way and one more: a key that is held down must not run on after it was let go."""
_SLOW_SECONDS: Final = 0.15
"""A command that takes longer is shown while it goes on."""
_SETTLE_STEPS: Final = 400
"""What a journey gives servers to settle; one that spins never does."""

Goal = Literal["wakeup", "action"]


class Player:
    """A cursor over a source."""

    def __init__(self, source: Session, *, steps: bool = True) -> None:
        self.source = source
        self.steps = source.live and steps
        """Its programs can be stepped, and are held while one looks back. What is only traced goes on."""
        self.n = -1
        """The event after which the picture stands."""
        self.following = source.live
        """It stands at the newest event and stays there."""
        self.playing = False
        self.by_steps = source.live
        """Plays so many steps a second; otherwise at the recorded pace, times the speed."""
        self.speed = 2.0 if source.live else 1.0
        self.arrived: str | None = None
        """Why playing has just ended by itself: the marker's text, or `""` at a recording's end."""
        self.asked: str | None = None
        """What the newest command was for, until its end was told: `step`, `lane`, `seek`, `drive` or `journey`."""
        self.asked_at = 0.0
        self.stays: Callable[[], bool] = lambda: False
        """Whether playing has to wait before its next step, as something else comes first."""
        self.filter: Filter | None = None
        """Moves go only to what it lets through."""
        self._due = 0.0
        self._at = -1
        """How far playing at the recorded pace has come; the cursor stays at what the filter lets through."""
        self._pace = RecordedPace(source.trace)
        self._actions_wanted = 0
        self._steps_left = 0

    # --- the clock ---------------------------------------------------------------------------------------------------

    def pulse(self, now: float) -> str | None:
        """Look what has become of the commands. Returns what a command that has ended was for."""
        waiting = self.source.pending > 0
        if self.following and (not waiting or self.running or now - self.asked_at > _SLOW_SECONDS):
            self.n = self.newest_n
        if waiting:
            return None
        ended, self.asked = self.asked, None
        if ended == "journey" and self._travel(now):
            return None
        if self.playing and now >= self._due and not self.stays():
            self._play_on(now)
        return ended

    def _play_on(self, now: float) -> None:
        trace, before = self.source.trace, self.n
        if self.by_steps:
            self._due = max(now, self._due + 1 / self.speed)
            moved = self.forward(now)
        else:
            elapsed, self._due = now - self._due, now
            there = self._at = self._pace.advance(max(self._at, before), int(elapsed * self.speed * 1e9))
            if self.filter is not None:
                there = max(before, self._whole(self.filter.before(there + 1)))
            self._stand(there)
            moved = self._at < len(trace) - 1
        marked = trace.mark_after(before)
        if marked is not None and marked <= self.n:
            self._stand(trace.tick_end(trace.tick_of(marked)))
            self.playing, self.arrived = False, dict(trace.marks()).get(marked, "")
        elif not moved:
            self.playing, self.arrived = False, ""

    @property
    def busy(self) -> bool:
        """Something is under way that a fast clock should look after."""
        return self.playing or self.source.pending > 0 or self.asked is not None

    @property
    def travelling(self) -> bool:
        """It is on its way to where it was before a new start."""
        return self.asked == "journey"

    @property
    def running(self) -> bool:
        """The lanes run free."""
        return self.source.status.phase == "running"

    @property
    def tick(self) -> int:
        """The tick that the cursor stands at."""
        return self.source.trace.tick_of(self.n)

    # --- moves -------------------------------------------------------------------------------------------------------

    def forward(self, now: float) -> bool:
        """To the next tick that was seen, else one step of every lane; False at the end of what makes no steps."""
        trace = self.source.trace
        if self.filter is not None and (found := self.filter.after(self.n)) is not None:
            self.stand_at(found)
        elif self.filter is None and not self.following and self.tick + 1 < trace.ticks:
            self._stand(trace.tick_end(self.tick + 1))
        elif self.steps:
            self._ask("step", self.source.step, now)
        else:
            return False
        return True

    def back(self) -> bool:
        """To the tick before; False at the beginning."""
        if self.filter is not None:
            return self._go_back(self.filter.before)
        return self._go_back(lambda start: start - 1 if start > 0 else None)

    def seek(self, goal: Goal, now: float) -> bool:
        """To the next wakeup or client action that was seen, else steps until there is one; False where a recording
        has none."""
        trace = self.source.trace
        found = self._let_through(trace.wakeup_after if goal == "wakeup" else trace.action_after, self.n)
        if found is not None:
            self._stand(trace.tick_end(trace.tick_of(found)))
        elif self.steps:
            self.following = True
            self._ask("seek", lambda: self.source.seek(goal), now)
        else:
            return False
        return True

    def seek_back(self, goal: Goal) -> bool:
        """To the wakeup or client action before this tick; False where there is none."""
        trace = self.source.trace
        before = trace.wakeup_before if goal == "wakeup" else trace.action_before
        return self._go_back(lambda start: self._let_through(before, start, forward=False))

    def lane(self, lane: str, now: float) -> bool:
        """To the lane's next call that was seen, else a step of this lane alone; False where a recording has none."""
        trace = self.source.trace
        found = self._let_through(lambda n: trace.call_after(n, lane), self.n)
        if found is not None:
            self._stand(trace.tick_end(trace.tick_of(found)))
        elif self.steps:
            self.following = True
            self._ask("lane", lambda: self.source.step(lane), now)
        else:
            return False
        return True

    def lane_back(self, lane: str) -> bool:
        """To the lane's call before this tick; False where there is none."""
        trace = self.source.trace
        return self._go_back(
            lambda start: self._let_through(lambda n: trace.call_before(n, lane), start, forward=False)
        )

    def first(self) -> None:
        """Before everything."""
        self.playing = self.following = False
        self.n = -1

    def newest(self) -> None:
        """To the newest event, and stay there."""
        self.following = True
        self.n = self.newest_n

    @property
    def newest_n(self) -> int:
        """The newest event; with a filter the newest that it lets through, as far as it has looked."""
        newest = len(self.source.trace) - 1
        return newest if self.filter is None else self._whole(self.filter.before(newest + 1))

    def _whole(self, n: int | None) -> int:
        """The end of an event's tick; before everything where there is none."""
        return self.source.trace.tick_end(self.source.trace.tick_of(n)) if n is not None else -1

    def _let_through(self, way: Callable[[int], int | None], n: int, *, forward: bool = True) -> int | None:
        """The first place on a way that the filter lets through: the two leap over each other until they meet."""
        found = way(n)
        if self.filter is None:
            return found
        while found is not None:
            other = self.filter.after(found - 1) if forward else self.filter.before(found + 1)
            if other is None or other == found:
                return other
            found = way(other - 1 if forward else other + 1)
        return None

    def stand_at(self, n: int) -> None:
        """To the end of the tick that an event belongs to."""
        trace = self.source.trace
        self._stand(trace.tick_end(trace.tick_of(min(n, len(trace) - 1))))

    def _stand(self, n: int) -> None:
        self.n = n
        self.following = n >= (len(self.source.trace) - 1 if self.filter is None else self.newest_n)

    def _go_back(self, where: Callable[[int], int | None]) -> bool:
        trace = self.source.trace
        self.playing = False
        found = where(trace.tick_start(self.tick)) if self.n >= 0 else None
        if found is not None:
            self._stand(trace.tick_end(trace.tick_of(found)))
        elif self.n < 0 or self.tick > 0:
            return False
        else:
            self.first()
        return True

    # --- playing, running --------------------------------------------------------------------------------------------

    def play(self, now: float) -> None:
        """Go on by itself, the first step at once; a recording that has come to its end begins anew."""
        if not self.source.live and self.n >= len(self.source.trace) - 1:
            self.first()
        self.playing, self._due, self.arrived = True, now, None
        self._pace.begin(self.n)
        self._at = self.n

    def jump(self, found: int | None) -> bool:
        """To the end of the tick that an event belongs to; False where there is none."""
        if found is None:
            return False
        self.stand_at(found)
        return True

    def stop(self) -> None:
        """Stop playing, running, searching: whatever goes on."""
        self.playing = False
        if (self.running and self.steps) or (self.asked in ("seek", "journey") and self.source.pending):
            self.source.hold()
        if self.asked == "journey":
            self.asked = None

    def hold(self) -> None:
        """Hold the programs where they are."""
        self.playing = False
        self.source.hold()

    def run(self) -> None:
        """Let the lanes run free, the newest event in sight."""
        self.playing = False
        self.newest()
        self.source.run()

    def drive(self, beat: Beat, now: float) -> None:
        """A client action by hand, the newest event in sight."""
        self.command(lambda: self.source.drive(beat), now)

    def command(self, do: Callable[[], None], now: float) -> None:
        """Something else that a person does to the programs by hand, the newest event in sight."""
        self.following = True
        self._ask("drive", do, now)

    def change_speed(self, by: int) -> None:
        """One notch faster or slower."""
        at = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[max(0, min(at, len(SPEEDS) - 1))]

    def travel(self, actions: int, now: float) -> None:
        """To where the servers have settled after the client action of this number, as soon as the programs stand; to
        the beginning for 0."""
        self._actions_wanted, self._steps_left = actions, _SETTLE_STEPS
        self.asked, self.asked_at = "journey", now

    def _travel(self, now: float) -> bool:
        """The journey's next part; False at its end."""
        status = self.source.status
        if status.phase == "starting":
            self.asked = "journey"
            return True
        if status.phase != "held" or status.exhausted or not self._actions_wanted:
            return False
        if status.beats_done < self._actions_wanted:
            self._ask("journey", lambda: self.source.seek("action"), now)
            return True
        trace = self.source.trace
        if trace.actions_done(len(trace) - 1) > self._actions_wanted:
            over = trace.actions()[self._actions_wanted]
            self._stand(trace.tick_end(trace.tick_of(over) - 1))
            return False
        self._steps_left -= 1
        if self._steps_left < 0 or all(lane.place in ("asleep", "ended") for lane in status.lanes.values()):
            return False
        self._ask("journey", self.source.step, now)
        return True

    def _ask(self, what: str, command: Callable[[], None], now: float) -> None:
        if self.source.pending < _QUEUED:
            if not self.source.pending:
                self.asked_at = now
            self.asked = what
            command()


PAUSE_NS: Final = 1_000_000_000
"""A pause that was longer lasts this long."""
_ONE_BY_ONE: Final = 500
"""Ticks of one frame that are gone through; more than that are jumped over."""


class RecordedPace:
    """A clock over a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._clock = 0
        self._over = 0
        """Nanoseconds that were played and led to no event yet."""

    def begin(self, n: int) -> None:
        """Start from event n."""
        self._clock, self._over = self._trace[n].t if n >= 0 else 0, 0

    def advance(self, n: int, nanoseconds: int) -> int:
        """Where so much more time leads from event n: the end of a tick."""
        trace, left = self._trace, self._over + nanoseconds
        tick = trace.tick_of(n)
        for _ in range(_ONE_BY_ONE):
            if tick + 1 >= trace.ticks:
                break
            then = max(self._clock, trace[trace.tick_end(tick + 1)].t)
            pause = min(then - self._clock, PAUSE_NS)
            if pause > left:
                break
            left, tick, self._clock = left - pause, tick + 1, then
        else:
            tick = max(tick, trace.tick_of(trace.at_time(self._clock + left)))
            self._clock, left = self._clock + left, 0
        self._over = left
        return trace.tick_end(tick)
