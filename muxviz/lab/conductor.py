"""The conductor: hands out steps, performs the client actions, and puts what happened into the trace.

Theory of operation
-------------------
Held, every lane stands before its next call (at the gate) or really sleeps in the kernel. A step gives a token to each
lane that has something to do, one lane after another, and waits until that lane stands or sleeps again; so the order of
events is the order in which they happened, and the same on each run. When no lane has anything to do, the step is the
next client action, made in every lane. What it wakes runs out of its wait at once and is held before its next call; the
wait's return is that lane's move in the *following* step, which is when it appears in the trace, with its true time.

Of a lane with several threads one moves in a step: the gate says which (`probe.gate`).

Whether a lane has settled is asked of the lane's own words in shared memory and of the kernel (`settling`), never
guessed by a sleep. What arrives for a lane that sleeps is seen from outside and marked so.

Servers need not rest before the next client acts (`pace`). A *timed* scenario waits for sleeps with a timeout to end.

Free running, lanes go as fast as they can; `pump` collects what they did, and performs the next action whenever all
sleep. Everything here blocks and belongs to one thread (`session.Session` has that thread).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, Literal, NamedTuple

import msgspec

from muxviz.events import Announced, Event
from muxviz.lab import kernel, outside
from muxviz.lab.acting import Acting, parts
from muxviz.lab.clients import Clients
from muxviz.lab.lane import Lane
from muxviz.lab.pace import Pace
from muxviz.lab.publisher import Publisher
from muxviz.lab.settling import PATIENCE_SECONDS, START_SECONDS, Rest, settle, settle_all
from muxviz.probe.link import Bell, Mode, Where
from muxviz.scenarios import Act, Beat, Scenario
from muxviz.trace import Next, Trace

_FREE_BEAT_SECONDS: Final = 20.0
BATCH: Final = 500
"""Events that are worth another look at once; for fewer, a moment's rest lets the lanes have the processor."""
_TIMED_MS: Final = 2_000
"""The longest sleep that a timed scenario waits for."""

Place = Literal["starting", "gate", "asleep", "busy", "input", "ended"]
"""`busy`: it computes, or sleeps where the probe does not see it; `input`: in a read of its standard input."""


class LaneStatus(NamedTuple):
    """Where a lane stands, for the screen."""

    place: Place
    full_waits: int
    """How often it waited because its ring was full: muxviz slowed it down."""


class Conductor:
    """Plays a scenario on lanes into a trace."""

    def __init__(
        self,
        lanes: Iterable[Lane],
        bell: Bell,
        clients: Clients,
        trace: Trace,
        scenario: Scenario | None,
        *,
        epoch_ns: int,
        on_line: Callable[[bytes], None] = lambda line: None,
        first_step: int = 0,
    ) -> None:
        """`first_step`: how many steps the trace has already."""
        self.lanes = list(lanes)
        self.trace = trace
        self.pace = Pace(scenario)
        self.step_number = first_step
        self.free = False
        self._timed = scenario is not None and scenario.timed
        self._acknowledged = scenario is not None and scenario.acknowledged
        self._shared = scenario is not None and scenario.inherits
        self._stood_at: dict[str, int] = {}
        """By lane, the stay at the gate during which clients acted while it was held: it said before that there was
        nothing to be told, and is let go all the same."""
        self._bell = bell
        self._publish = Publisher(trace, epoch_ns, on_line)
        self._acting = Acting(self.lanes, clients, self._publish, shared=self._shared)
        self._rest = Rest()
        self.notes: list[str] = []
        """What a person should know of the programs; untrusted text."""
        self._told: set[str] = set()

    # --- held ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Wait until every started lane stands before its first call."""
        if self.pace.beats:
            self._acting.start()
        for lane in self.lanes:
            self._settle(lane, START_SECONDS)
            lane.pending += lane.link.drain()
        self._announce()

    def step(self, only: str | None = None) -> bool:
        """One step, of every lane or of one. False where nothing can move: no lane has anything to do, and no client
        action is left (or, for one lane: it sleeps or has ended)."""
        self._let_acknowledge()
        self._collect()
        movers = [lane for lane in self.lanes if only in (None, lane.name) and self._can_move(lane)]
        acts = only is None and self._clients_can_act(movers)
        before = len(self.trace)
        if movers and not (acts and self.pace.impatient(self.step_number)):
            self.step_number += 1
            for lane in movers:
                self._move(lane)
            if self._shared:  # what one takes from the listener is gone for all
                self._settle_all()
                self._look_outside(self.step_number)
            self.pace.stepped(self.step_number, (self.trace[n] for n in range(before, len(self.trace))))
        elif acts and (beat := self.pace.next) is not None:
            self.step_number += 1
            self._act(beat, self.step_number)
            self.pace.done += 1
        else:
            return False
        self._announce()
        return True

    def _clients_can_act(self, movers: Collection[Lane]) -> bool:
        """There is another client action; and where the clients wait for programs to listen, they do, but for those of
        which nothing can be expected any more."""
        beat = self.pace.next
        if beat is None or not self.pace.listens_first:
            return beat is not None
        reached = self.reached_by(beat)
        late = [lane for lane in self.lanes if lane.alive and lane not in reached and (lane in movers or lane.lost)]
        return bool(reached) and (not late or self.pace.impatient(self.step_number))

    def drive(self, beat: Beat) -> bool:
        """A client action that a person asks for, in between those of the scenario. False where it would reach none."""
        if not self.reachable:
            return False
        step = None
        if not self.free:
            self._tell_the_woken()
            self.step_number += 1
            step = self.step_number
        self._act(beat, step, {"by": "hand"})
        if not self.free:
            self._announce()
        return True

    def type(self, name: str, data: bytes) -> bool:
        """Write into a lane's standard input, or end it with nothing: a client action by hand, for that lane alone.
        False where the lane takes none."""
        lane = next(lane for lane in self.lanes if lane.name == name)
        self._tell_the_woken()
        if not lane.type(data):
            return False
        words = f"You type {len(data)} byte{'' if len(data) == 1 else 's'}" if data else "You end its input"
        step = None
        if not self.free:
            self.step_number += 1
            step = self.step_number
        self._acting.open(Beat(words, ()), step, {"by": "hand", "lanes": [name]})
        if not self.free:
            self._settle(lane)
            self._publish.end(lane, step)
            self._announce()
        return True

    def _tell_the_woken(self) -> None:
        """Waits that an action before this one has ended are a step of their own: what they saw is older than it."""
        if self.free:
            return
        self._collect()
        woken = [lane for lane in self.lanes if lane.pending]
        if woken:
            self.step_number += 1
        for lane in woken:
            self._tell(lane, self.step_number)

    @property
    def reachable(self) -> bool:
        """A lane lives and has a port, so that a client can reach it."""
        return any(lane.alive and lane.port for lane in self.lanes)

    def reached_by(self, beat: Beat) -> list[Lane]:
        """The lanes that a client action would reach now."""
        return self._acting.reached(beat.acts[0])

    @property
    def done(self) -> bool:
        """Nothing new will come of this scenario, though its servers may go on for ever."""
        return self.pace.next is None and self.pace.impatient(self.step_number)

    def notice(self) -> bool:
        """While held and idle: what happened without us (another program's client, a wait that timed out, a lane that
        ended) is a step of its own. What a client action of ours woke is not: that waits for the next step."""
        happened = [lane for lane in self.lanes if not lane.pending and self._has_news(lane)]
        if happened:
            self.step_number += 1
        for lane in happened:
            self._settle(lane)
            lane.pending += lane.link.drain()
            self._tell(lane, self.step_number)
        if happened:
            self._announce()
        return bool(happened)

    def _has_news(self, lane: Lane) -> bool:
        return lane.link.pending_bytes() > 0 or (not lane.alive and not lane.exited)

    @property
    def busy(self) -> bool:
        """The next client action asks that the servers be held before their wait while the clients act."""
        return self.pace.next is not None and self.pace.next.busy

    def _can_move(self, lane: Lane) -> bool:
        if lane.pending:
            return True
        if not lane.at_gate:
            return (not lane.alive and not lane.exited) or self._will_wake(lane)
        if self.busy and lane.link.serial != self._stood_at.get(lane.name):
            announced = lane.link.announced()
            return not (announced is not None and announced.is_wait and announced.told is False)
        return True

    def _will_wake(self, lane: Lane) -> bool:
        """It sleeps until its timeout, and this scenario is about that."""
        if not self._timed or not lane.asleep:
            return False
        entered = lane.link.entered()
        timeout = entered.args.get("timeout") if entered is not None else None
        return isinstance(timeout, int | float) and 0 <= timeout <= _TIMED_MS

    def _move(self, lane: Lane) -> None:
        serial, stands = lane.link.serial, lane.at_gate
        lane.pending += lane.link.drain()  # its timeout may have run out while another lane's was waited for
        if not lane.pending:
            if stands:
                lane.grant()
            elif self._will_wake(lane):
                self._wait_out(lane, serial)
            self._settle(lane)
            lane.pending += lane.link.drain()
        self._tell(lane, self.step_number)

    def _wait_out(self, lane: Lane, serial: int) -> None:
        deadline = time.monotonic() + _TIMED_MS / 1000 + PATIENCE_SECONDS
        while lane.alive and lane.link.serial == serial and time.monotonic() < deadline:
            self._bell.wait(0.001)

    def _tell(self, lane: Lane, step: int | None) -> None:
        """Put into the trace what a lane has done, where it sleeps, how it ended."""
        self._publish.pending(lane, step)
        self._publish.sleep(lane, step)
        self._publish.end(lane, step)

    # --- the clients ------------------------------------------------------------------------------------------------

    def _act(self, beat: Beat, step: int | None, args: dict[str, Any] | None = None) -> None:
        """A client action in every lane, and what can be seen of it from outside."""
        self.pace.acted(self.step_number)
        if beat.busy:
            self._stood_at = {lane.name: lane.link.serial for lane in self.lanes}
        self._acting.open(beat, step, args or {})
        self._tell_where(beat)
        for act in beat.acts:
            for part in parts(act):
                if beat.free and step is not None:
                    self._free(part, step)
                else:
                    self._acting.everywhere(part, step)
        if step is not None:
            self._let_acknowledge()
            self._settle_all()
            self._look_outside(step, {act.client for act in beat.acts})
            self._collect()

    def _tell_where(self, beat: Beat) -> None:
        """Which of several ports the clients go to, once for each lane."""
        for lane in self.reached_by(beat) if self.pace.listens_first else ():
            ports = lane.reach.ports()
            if lane.reach.wanted is None and len(ports) > 1 and lane.name not in self._told:
                self._told.add(lane.name)
                listed = ", ".join(map(str, ports))
                note = f"{lane.info.title} listens on ports {listed}: clients go to {lane.port}, --port chooses another"
                self.notes.append(note)
                self._publish.event(
                    Event(
                        n=-1,
                        t=self._publish.now(),
                        step=None if self.free else self.step_number,
                        lane=lane.name,
                        note=note,
                    )
                )

    def _look_outside(self, step: int, clients: Collection[str] = ()) -> None:
        for event in outside.looks(self.lanes, self.trace.now, self._bell, clients):
            event.t, event.step = self._publish.now(), step
            self._publish.event(event)

    def _let_acknowledge(self) -> None:
        """Wait for late ACKs, where room in a send buffer depends on them, and for what they wake."""
        if self._acknowledged:
            outside.acknowledged(self.lanes, self.trace.now, self._bell)
            for lane in self.lanes:
                self._settle(lane)

    def _free(self, act: Act, step: int) -> None:
        """An act after which the lanes run free. Of many connections the first wakes them, and they are held behind
        their waits while the rest is made: what a lane finds then is the same on each run."""
        if act.count > 1:
            self._acting.everywhere(msgspec.structs.replace(act, count=1), step)
            self._settle_all()
            act = msgspec.structs.replace(act, count=act.count - 1)
        self._acting.everywhere(act, step)
        self._settle_all()
        self._collect()
        for lane in self.lanes:
            self._let_go(lane, step)

    def _let_go(self, lane: Lane, step: int) -> None:
        """Let a lane run free until it has settled, then hold it again: one after another, so that the order of what
        they do is no matter of chance."""
        deadline = time.monotonic() + _FREE_BEAT_SECONDS
        lane.link.mode = Mode.RECORD
        while not self._rest.of(lane) and time.monotonic() < deadline:
            lane.pending += lane.link.drain()
            self._publish.pending(lane, step)
            self._bell.wait(0.001)
        lane.link.mode = Mode.HELD
        self._settle(lane)
        lane.pending += lane.link.drain()
        self._tell(lane, step)

    def _collect(self) -> None:
        for lane in self.lanes:
            lane.pending += lane.link.drain()

    def _settle(self, lane: Lane, seconds: float = PATIENCE_SECONDS) -> None:
        settle(lane, self._bell, seconds)

    def _settle_all(self) -> None:
        settle_all(self.lanes, self._bell, shared=self._shared)

    def _announce(self) -> None:
        for lane in self.lanes:
            upcoming = None
            if lane.pending:
                event = lane.pending[0]
                upcoming = Next(event.call, event.at, event.fd, event.tid) if event.call else None
            elif lane.at_gate and (announced := lane.link.announced()) is not None:
                upcoming = Next(announced.call, announced.at, announced.fd, announced.tid)
                self._publish.source(announced.at)
            if upcoming is not None:
                self.trace.announced[lane.name] = upcoming
            else:
                self.trace.announced.pop(lane.name, None)

    # --- free ------------------------------------------------------------------------------------------------------

    def run_free(self) -> None:
        """Let the lanes go; `pump` has to be called from then on."""
        self.free = True
        for lane in self.lanes:
            self._publish.pending(lane, None)
            lane.link.mode = Mode.RECORD
        self.trace.announced.clear()

    def hold(self) -> None:
        """Hold the lanes again, each before its next call; those that sleep sleep on."""
        self.free = False
        for lane in self.lanes:
            lane.link.mode = Mode.HELD
        for lane in self.lanes:
            self._settle(lane)
            self._publish.pending(lane, None)
            self._publish.sleep(lane, None)
        self._announce()

    def pump(self, limit: int = 2_000) -> bool:
        """While running free: put what has happened into the trace, up to `limit` events a lane, and perform the next
        client action where all lanes sleep. True where there is more to do at once."""
        happened, count = False, 0
        for lane in self.lanes:
            serial = lane.link.serial
            lane.pending += lane.link.drain(limit)
            happened = happened or bool(lane.pending)
            count = max(count, len(lane.pending))
            if lane.pending:
                self._publish.pending(lane, None)
            elif lane.link.serial == serial:
                self._publish.sleep(lane, None)
            self._publish.end(lane, None)
        if (beat := self.pace.next) is not None and self._time_for_the_next(happened):
            self._act(beat, None)
            self.pace.done += 1
            return True
        return count >= BATCH

    def _time_for_the_next(self, happened: bool) -> bool:
        if not self._clients_can_act(()):
            return False
        return (not happened and all(self._rest.of(lane) for lane in self.lanes)) or self.pace.impatient_free()

    # --- the end ---------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, LaneStatus]:
        """Where each lane stands now."""
        return {lane.name: LaneStatus(self._place(lane), lane.link.full_waits) for lane in self.lanes}

    def _place(self, lane: Lane) -> Place:
        if not lane.alive:
            return "ended"
        if lane.pending or lane.at_gate:
            return "gate"
        if lane.link.where is Where.CALL:
            return "asleep"
        return "input" if kernel.reads_input(lane.pid) else "busy"

    def end(self, grace: float = 0) -> None:
        """End every lane and say so in the trace: nothing that a lane did is left out of it. What no step has shown yet
        is a step of its own, as it would have been. `grace`: seconds in which a lane may end by itself, asked to."""
        stood = {lane.name: self._stood(lane) for lane in self.lanes}
        gone = [lane for lane in self.lanes if not lane.alive]
        self._collect()
        for lane in self.lanes:
            lane.terminate(grace) if grace else lane.kill()
        for lane in self.lanes:
            lane.pending += lane.link.drain(1 << 30)
            self._publish.pending(lane, None if self.free else self.step_number + 1)
        for lane in self.lanes:
            if lane in gone:
                self._publish.end(lane, None)
            else:
                self._publish.ended_by_us(lane, stood[lane.name])
        self.trace.announced.clear()

    def _stood(self, lane: Lane) -> Announced | None:
        """The call that a held lane stands before."""
        announced = lane.link.announced() if lane.at_gate else None
        return Announced(announced.call, announced.at, announced.fd) if announced is not None else None
