"""The conductor: hands out steps, performs the client actions, and puts what happened into the trace.

Theory of operation
-------------------
Held, every lane stands before its next call (at the gate) or really sleeps in the kernel. A step gives a token to each
lane that has something to do, one lane after another, and waits until that lane stands or sleeps again; so the order of
events is the order in which they happened, and the same on each run. When no lane has anything to do, the step is the
next client action, made in every lane. What it wakes runs out of its wait at once and is held before its next call; the
wait's return is that lane's move in the *following* step, which is when it appears in the trace, with its true time.

Whether a lane has settled is asked of the lane's own words in shared memory and of the kernel (`kernel.asleep`), never
guessed by a sleep. What arrives for a lane that sleeps is seen from outside and marked so.

Free running, lanes go as fast as they can; `pump` collects what they did, and performs the next action whenever all
sleep.
Everything here blocks and belongs to one thread (`session.Session` has that thread).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal, NamedTuple

from muxviz.events import Event, Exit, Queues
from muxviz.lab import kernel
from muxviz.lab.clients import Clients, ClientsLost
from muxviz.lab.lane import Lane
from muxviz.probe.link import Bell, Mode, Where
from muxviz.scenarios import Beat, Scenario
from muxviz.trace import Next, Trace

START_SECONDS: Final = 20.0
"""How long a lane may take to its first call (Python's start and the program's imports)."""
PATIENCE_SECONDS: Final = 1.0
"""How long a step waits for a lane that computes before it goes on without it."""
_UNSEEN_SECONDS: Final = 0.05
"""A lane that the kernel says sleeps in a call which the probe does not know is left alone after this."""
_FIN_SECONDS: Final = 0.5
"""An own FIN is acknowledged within 40 ms, and makes another edge then."""
BATCH: Final = 500
"""Events that are worth another look at once; for fewer, a moment's rest lets the lanes have the processor."""
_SOURCE_LIMIT: Final = 1 << 20

Place = Literal["starting", "gate", "asleep", "busy", "ended"]


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
    ) -> None:
        self.lanes = list(lanes)
        self.trace = trace
        self.beats: tuple[Beat, ...] = scenario.beats if scenario else ()
        self.beats_done = 0
        self.step_number = 0
        self.free = False
        self._bell = bell
        self._clients = clients
        self._epoch_ns = epoch_ns
        self._on_line = on_line
        self._unreadable: set[str] = set()

    # --- held ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Wait until every started lane stands before its first call."""
        if self.beats:
            self._clients.start()
        for lane in self.lanes:
            self._settle(lane, START_SECONDS)
            lane.pending += lane.link.drain()
        self._announce()

    def step(self, only: str | None = None) -> bool:
        """One step, of every lane or of one. False where nothing can move: no lane has anything to do, and no client
        action is left (or, for one lane: it sleeps or has ended)."""
        self._collect()
        movers = [lane for lane in self.lanes if only in (None, lane.name) and self._can_move(lane)]
        if movers:
            self.step_number += 1
            for lane in movers:
                self._move(lane)
        elif only is None and self.beats_done < len(self.beats):
            self.step_number += 1
            self._act(self.beats[self.beats_done], self.step_number)
        else:
            return False
        self._announce()
        return True

    def notice(self) -> bool:
        """While held and idle: what happened without us (another program's client, a wait that timed out, a lane that
        ended) is a step of its own. What a client action of ours woke is not: that waits for the next step."""
        happened = [lane for lane in self.lanes if not lane.pending and self._has_news(lane)]
        if happened:
            self.step_number += 1
        for lane in happened:
            self._settle(lane, PATIENCE_SECONDS)
            lane.pending += lane.link.drain()
            self._publish_pending(lane, self.step_number)
            self._publish_sleep(lane, self.step_number)
            self._publish_end(lane, self.step_number)
        if happened:
            self._announce()
        return bool(happened)

    def _has_news(self, lane: Lane) -> bool:
        return lane.link.pending_bytes() > 0 or (not lane.alive and not lane.exited)

    @property
    def busy(self) -> bool:
        """The next client action asks that the servers be held before their wait while the clients act."""
        return self.beats_done < len(self.beats) and self.beats[self.beats_done].busy

    def _can_move(self, lane: Lane) -> bool:
        if lane.pending:
            return True
        if not lane.at_gate:
            return not lane.alive and not lane.exited
        if self.busy:
            announced = lane.link.announced()
            return not (announced is not None and announced.is_wait and announced.told is False)
        return True

    def _move(self, lane: Lane) -> None:
        if not lane.pending and lane.at_gate:
            lane.grant()
            self._settle(lane, PATIENCE_SECONDS)
            lane.pending += lane.link.drain()
        self._publish_pending(lane, self.step_number)
        self._publish_sleep(lane, self.step_number)
        self._publish_end(lane, self.step_number)

    def _act(self, beat: Beat, step: int | None) -> None:
        self.beats_done += 1
        self._publish(Event(n=-1, t=self._now(), step=step, beat=self.beats_done, action=beat.label))
        for act in beat.acts:
            for lane in self.lanes:
                if lane.port is None or not lane.alive:
                    continue
                try:
                    event = self._clients.do(lane.name, lane.port, act)
                except ClientsLost as lost:
                    event = Event(n=-1, t=self._now(), lane=lane.name, note=str(lost))
                event.step = step
                self._publish(event)
        if step is not None:
            for lane in self.lanes:
                self._settle(lane, PATIENCE_SECONDS)
            self._look_from_outside(step)
            self._collect()

    def _collect(self) -> None:
        for lane in self.lanes:
            lane.pending += lane.link.drain()

    def _settle(self, lane: Lane, seconds: float) -> None:
        """Return when the lane stands at the gate or sleeps, or when there is no use in waiting any longer."""
        link, deadline = lane.link, time.monotonic() + seconds
        unseen_since: float | None = None
        lane.lost = False
        while lane.alive:
            if lane.at_gate or lane.asleep:
                return
            where = link.where
            now = time.monotonic()
            if where is Where.RUNNING and kernel.asleep(lane.pid):
                unseen_since = unseen_since or now
                if now - unseen_since > _UNSEEN_SECONDS:
                    break
            else:
                unseen_since = None
            if now > deadline:
                break
            self._bell.wait(0.001)
        lane.lost = lane.alive

    def _announce(self) -> None:
        for lane in self.lanes:
            upcoming = None
            if lane.pending:
                event = lane.pending[0]
                upcoming = Next(event.call, event.at, event.fd) if event.call else None
            elif lane.at_gate and (announced := lane.link.announced()) is not None:
                upcoming = Next(announced.call, announced.at, announced.fd)
                self._publish_source(announced.at, self._now())
            if upcoming is not None:
                self.trace.announced[lane.name] = upcoming
            else:
                self.trace.announced.pop(lane.name, None)

    # --- free ------------------------------------------------------------------------------------------------------

    def run_free(self) -> None:
        """Let the lanes go; `pump` has to be called from then on."""
        self.free = True
        for lane in self.lanes:
            self._publish_pending(lane, None)
            lane.link.mode = Mode.RECORD
        self.trace.announced.clear()

    def hold(self) -> None:
        """Hold the lanes again, each before its next call; those that sleep sleep on."""
        self.free = False
        for lane in self.lanes:
            lane.link.mode = Mode.HELD
        for lane in self.lanes:
            self._settle(lane, PATIENCE_SECONDS)
            self._publish_pending(lane, None)
            self._publish_sleep(lane, None)
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
                self._publish_pending(lane, None)
            elif lane.link.serial == serial:
                self._publish_sleep(lane, None)
            self._publish_end(lane, None)
        if not happened and self.beats_done < len(self.beats) and all(self._rests(lane) for lane in self.lanes):
            self._act(self.beats[self.beats_done], None)
            return True
        return count >= BATCH

    def _rests(self, lane: Lane) -> bool:
        """It will do nothing by itself, and all that it did is in the trace."""
        return (not lane.alive or lane.asleep) and not lane.pending and not lane.link.pending_bytes()

    @property
    def over(self) -> bool:
        """No client action is left and every lane sleeps or has ended."""
        return self.beats_done == len(self.beats) and all(self._rests(lane) for lane in self.lanes)

    # --- into the trace --------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return time.monotonic_ns() - self._epoch_ns

    def _publish(self, event: Event) -> None:
        self._publish_source(event.at, event.t)
        self._on_line(self.trace.append(event))

    def _publish_pending(self, lane: Lane, step: int | None) -> None:
        for event in lane.pending:
            if event.exit is not None:  # the program's last words; its end is told when the kernel has told it
                lane.traceback = event.exit.traceback
                continue
            event.step = step
            if event.call == "listen" and event.ret == 0:
                address = event.args.get("address")
                lane.port = address[1] if isinstance(address, list) else None
            self._publish(event)
        lane.pending = []

    def _publish_sleep(self, lane: Lane, step: int | None) -> None:
        serial = lane.link.serial
        if lane.entered_serial == serial or not lane.asleep:
            return
        entered = lane.link.entered()
        if entered is not None and lane.link.serial == serial:
            lane.entered_serial = serial
            entered.step = step
            self._publish(entered)

    def _publish_end(self, lane: Lane, step: int | None) -> None:
        if lane.alive or lane.exited or lane.link.pending_bytes():
            return
        lane.exited = True
        self._publish(Event(n=-1, t=self._now(), step=step, lane=lane.name, pid=lane.pid, exit=lane.exit()))

    def _publish_source(self, at: tuple[str, int] | None, t: int) -> None:
        """The program's text goes into the trace the first time that a line of it is at work."""
        if at is None or at[0] in self.trace.sources or at[0] in self._unreadable:
            return
        try:
            with Path(at[0]).open(encoding="utf-8", errors="replace") as file:
                text = file.read(_SOURCE_LIMIT)
        except OSError:
            self._unreadable.add(at[0])
            return
        self._on_line(self.trace.append(Event(n=-1, t=t, file=at[0], source=text)))

    def _look_from_outside(self, step: int) -> None:
        """What arrived for lanes that sleep, or were just woken and have read nothing since."""
        tables: dict[int, dict[int, kernel.TcpRow]] = {}  # by network namespace: a table takes milliseconds
        for lane in self.lanes:
            if not lane.alive:
                continue
            known = self.trace.now.lanes[lane.name].fds
            numbers = kernel.inodes(lane.pid, [fd.fd for fd in known.values() if fd.kind in ("listener", "connection")])
            if not numbers:
                continue
            namespace = kernel.network(lane.pid)
            if namespace not in tables or _waits_for_ack(tables[namespace], numbers):
                tables[namespace] = self._acknowledged_table(lane, numbers)
            table = tables[namespace]
            found = {}
            for number, inode in numbers.items():
                before = known[number].queues
                after = kernel.seen(table.get(inode), before)
                if _arrived(before, after):
                    found[str(number)] = after
            if found:
                event = Event(n=-1, t=self._now(), step=step, lane=lane.name, role="observer", look="outside")
                event.queues = found
                self._publish(event)

    def _acknowledged_table(self, lane: Lane, numbers: dict[int, int]) -> dict[int, kernel.TcpRow]:
        """The lane's sockets, once none of them waits for its own FIN's acknowledgement: that makes one more edge."""
        deadline = time.monotonic() + _FIN_SECONDS
        while True:
            table = kernel.tcp_table(lane.pid)
            if not _waits_for_ack(table, numbers) or time.monotonic() > deadline:
                return table
            self._bell.wait(0.002)

    # --- the end ---------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, LaneStatus]:
        """Where each lane stands now."""
        return {lane.name: LaneStatus(self._place(lane), lane.link.full_waits) for lane in self.lanes}

    def _place(self, lane: Lane) -> Place:
        if not lane.alive:
            return "ended"
        if lane.pending or lane.at_gate:
            return "gate"
        return "asleep" if lane.link.where is Where.CALL else "busy"

    def end(self) -> None:
        """End every lane and say so in the trace: nothing that a lane did is left out of it."""
        for lane in self.lanes:
            lane.kill()
        for lane in self.lanes:
            lane.pending += lane.link.drain(1 << 30)
            self._publish_pending(lane, None if self.free else self.step_number)
            if not lane.exited:
                lane.exited = True
                ended = Exit(signal="SIGKILL", by="muxviz")
                self._publish(Event(n=-1, t=self._now(), lane=lane.name, pid=lane.pid, exit=ended))
        self.trace.announced.clear()


def _waits_for_ack(table: dict[int, kernel.TcpRow], numbers: dict[int, int]) -> bool:
    return any(row.state == "FIN_WAIT1" for inode in numbers.values() if (row := table.get(inode)))


def _arrived(before: Queues, after: Queues) -> bool:
    return (
        (after.recv is not None and after.recv != (before.recv or 0))
        or (after.accepts is not None and after.accepts != (before.accepts or 0))
        or (after.tcp is not None and before.tcp is not None and after.tcp != before.tcp)
    )
