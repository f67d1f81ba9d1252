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

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

import msgspec

from muxviz.events import Event
from muxviz.scenarios import Act, Beat, Scenario
from muxviz.sources.lab import outside
from muxviz.sources.lab.client_actions import ClientActions, parts
from muxviz.sources.lab.clients import Clients
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.publisher import Publisher
from muxviz.sources.lab.quiescence import START_SECONDS, Rest, settle_all
from muxviz.sources.lab.schedule import Schedule
from muxviz.sources.lab.stepper import Stepper
from muxviz.sources.lane_status import LaneStatus, place_of, stands_before, upcoming_of
from muxviz.sources.ring.lane_reader import Bell, Mode
from muxviz.trace import Trace

BATCH: Final = 500
"""Events that are worth another look at once; for fewer, a moment's rest lets the lanes have the processor."""


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
        self.pace = Schedule(scenario)
        self.step_number = first_step
        self.free = False
        self._acknowledged = scenario is not None and scenario.acknowledged
        self._shared = scenario is not None and scenario.inherits
        self._bell = bell
        self._publish = Publisher(trace, epoch_ns, on_line)
        self._acting = ClientActions(self.lanes, clients, self._publish, shared=self._shared)
        self._rest = Rest()
        timed = scenario is not None and scenario.timed
        self._motion = Stepper(bell, self._publish, self._rest, timed=timed)
        self.notes: list[str] = []
        """What a person should know of the programs; untrusted text."""
        self._told: set[str] = set()

    # --- held ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Wait until every started lane stands before its first call."""
        if self.pace.beats:
            self._acting.start()
        for lane in self.lanes:
            self._motion.settle(lane, START_SECONDS)
            lane.pending += lane.link.drain()
        self._announce()

    def step(self, only: str | None = None) -> bool:
        """One step, of every lane or of one. False where nothing can move: no lane has anything to do, and no client
        action is left (or, for one lane: it sleeps or has ended)."""
        self._let_acknowledge()
        self._collect()
        movers = [
            lane for lane in self.lanes if only in (None, lane.name) and self._motion.can_move(lane, busy=self.busy)
        ]
        acts = only is None and self._clients_can_act(movers)
        before = len(self.trace)
        if movers and not (acts and self.pace.impatient(self.step_number)):
            self.step_number += 1
            for lane in movers:
                self._motion.move(lane, self.step_number)
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
            self._announce()
            return False
        words = f"You type {len(data)} byte{'' if len(data) == 1 else 's'}" if data else "You end its input"
        step = None
        if not self.free:
            self.step_number += 1
            step = self.step_number
        self._acting.open(Beat(words, ()), step, {"by": "hand", "lanes": [name]})
        if not self.free:
            self._motion.settle(lane)
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
            self._motion.tell(lane, self.step_number)

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
            self._motion.settle(lane)
            lane.pending += lane.link.drain()
            self._motion.tell(lane, self.step_number)
        if happened:
            self._announce()
        return bool(happened)

    def _has_news(self, lane: Lane) -> bool:
        return lane.link.pending_bytes() > 0 or (not lane.alive and not lane.exited)

    @property
    def busy(self) -> bool:
        """The next client action asks that the servers be held before their wait while the clients act."""
        return self.pace.next is not None and self.pace.next.busy

    # --- the clients ------------------------------------------------------------------------------------------------

    def _act(self, beat: Beat, step: int | None, args: dict[str, Any] | None = None) -> None:
        """A client action in every lane, and what can be seen of it from outside."""
        self.pace.acted(self.step_number)
        if beat.busy:
            for lane in self.lanes:
                self._motion.acted_on(lane)
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
                step = None if self.free else self.step_number
                self._publish.event(Event(n=-1, t=self._publish.now(), step=step, lane=lane.name, note=note))

    def _look_outside(self, step: int, clients: Collection[str] = ()) -> None:
        for event in outside.looks(self.lanes, self.trace.now, self._bell, clients):
            event.t, event.step = self._publish.now(), step
            self._publish.event(event)

    def _let_acknowledge(self) -> None:
        """Wait for late ACKs, where room in a send buffer depends on them, and for what they wake."""
        if self._acknowledged:
            outside.acknowledged(self.lanes, self.trace.now, self._bell)
            for lane in self.lanes:
                self._motion.settle(lane)

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
        for lane in self.lanes:  # one after another, so that the order of what they do is no matter of chance
            self._motion.let_go(lane, step)

    def _collect(self) -> None:
        for lane in self.lanes:
            lane.pending += lane.link.drain()

    def _settle_all(self) -> None:
        settle_all(self.lanes, self._bell, shared=self._shared)

    def _announce(self) -> None:
        for lane in self.lanes:
            upcoming = upcoming_of(lane)
            if upcoming is None:
                self.trace.announced.pop(lane.name, None)
                continue
            self._publish.source(upcoming.at)
            self.trace.announced[lane.name] = upcoming

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
            self._motion.settle(lane)
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
        return {lane.name: LaneStatus(place_of(lane), lane.link.full_waits) for lane in self.lanes}

    def end(self, grace: float = 0) -> None:
        """End every lane and say so in the trace: nothing that a lane did is left out of it. What no step has shown yet
        is a step of its own, as it would have been. `grace`: seconds in which a lane may end by itself, asked to."""
        stood = {lane.name: stands_before(lane) for lane in self.lanes}
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
