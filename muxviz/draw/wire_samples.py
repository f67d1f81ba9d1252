"""What the wire is made of: for each of its rows and each tick of a window, how the row's fd stood at the tick's end.

A row is a track: a lane, and the name of what is followed in it. The window is folded once, from the state before its
first tick, and what a tick has come to is remembered: the next picture has most of the same ticks. Everything the lanes
show comes from the same fold, as it passes the cursor. Where a filter leaves out long stretches, the ticks of the
window lie far apart: what a tick comes to is then worked out from the keyframe before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from muxviz.draw.selection import find, is_fd, number_of
from muxviz.events import READABLE, WRITABLE, Event, split
from muxviz.kernel import FdState, LaneState, State, fold
from muxviz.kernel.proof import proved
from muxviz.trace import Trace

_BROKEN: Final = frozenset({"ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"})
_OPEN_TCP: Final = frozenset({"ESTABLISHED", "CLOSE_WAIT", "SYN_RECV"})
_FINISHED: Final = frozenset({"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT"})


class Sample(NamedTuple):
    """One lane's wire at the end of one tick."""

    open: bool
    """The fd exists."""
    high: bool
    value: int
    """Bytes: unread on the IN wire, queued in the program on the OUT wire."""
    end: str
    """`FIN` or `RST` where the wire is high with nothing unread; `end` where it can't be told which; `0` for an empty
    datagram."""
    asleep: bool
    stranded: bool
    report: str
    """`●` or `▲` where a wait of this tick named the fd."""
    call: str
    """The lane's call in this tick."""
    woke: bool
    """That call was a wait which returned with something."""
    known: bool = True
    """Whether it is known that the wire is high, or low: nobody looks at a traced program's queues."""


_NOTHING: Final = Sample(False, False, 0, "", False, False, "", "", False)


Track = tuple[str, str | None]
"""A row of the wire: a lane, and the name by which one of its fds is followed."""
_NEAR: Final = 1_500
"""Events between two ticks of a window that are rather folded than skipped: some 10 ms."""
_MOST_FOLDED: Final = 12_000
"""Events that one picture folds for ticks that lie apart; the next picture goes on from what this one has kept."""


@dataclass(slots=True)
class Samples:
    """The window: `rows[track][k]` is the track at the end of tick `ticks[k]`."""

    ticks: Sequence[int] = ()
    rows: dict[Track, list[Sample]] = field(default_factory=dict)
    actions: dict[int, str] = field(default_factory=dict)
    """Words of the client actions by tick."""
    state: State | None = None
    """The state after event n."""


def sample(
    trace: Trace, n: int, tracks: Sequence[Track], side: str, ticks: Sequence[int], *, proofs: bool = False
) -> Samples:
    """Fold the ticks (which exist, rising), keeping the state after event n on the way. With `proofs` a level that
    nobody looked at is told by what calls prove."""
    found = Samples(ticks)
    found.rows = {track: [] for track in tracks}
    if not ticks:
        found.state = trace.state(n)
        return found
    window = _Window(trace, n, tuple(tracks), side, proofs, found)
    before = trace.tick_end(ticks[0] - 1)
    if n < before:
        found.state = trace.state(n)
    if ticks[-1] - ticks[0] < len(ticks) or not window.begins_far_off(before):
        window.begin(before)
    for tick in ticks:
        window.tick(tick)
    if found.state is None:
        found.state = state_at(trace, n, "cursor")
    return found


class _Window:
    """Folds the events of the wire's visible ticks, and takes a sample of each track at the end of each tick."""

    def __init__(
        self, trace: Trace, n: int, tracks: tuple[Track, ...], side: str, proofs: bool, found: Samples
    ) -> None:
        self.trace, self.n, self.found = trace, n, found
        self.key = (tracks, side, proofs)
        self.trackers = {track: _Tracker(track[1], side, proofs) for track in tracks}
        self.of_lane: dict[str, list[_Tracker]] = {}
        for (lane, _), tracker in self.trackers.items():
            self.of_lane.setdefault(lane, []).append(tracker)
        self.state = State(lanes={})
        self.at = -1
        """The event up to which `state` is folded."""
        self.told = -1
        """The event up to which the rows are told: further, behind ticks that were remembered."""
        self.closed = False
        """A lane's end was left out of the state: it is no longer the trace's own."""
        self.left = _MOST_FOLDED
        """Events that may still be folded for ticks that lie apart."""
        self.final = len(trace) - 1  # another thread may be about to append

    def begins_far_off(self, before: int) -> bool:
        """With gaps between the ticks, the state before the first may cost more than it tells. It lies apart then."""
        if self._costs(before + 1) <= self.left:
            return False
        self.at = self.told = -1 - 2 * _NEAR
        return True

    def begin(self, before: int) -> None:
        """The state before the first tick."""
        self.state, self.at, self.told = state_at(self.trace, before), before, before
        self._begin_tracks()
        if self.n == before:
            self.found.state = self.state.copy()

    def _begin_tracks(self) -> None:
        for (lane, _), tracker in self.trackers.items():
            of = self.state.lanes.get(lane)
            tracker.begin(of, self._newest(of))

    def _newest(self, lane: LaneState | None) -> Event | None:
        return self.trace[lane.last] if lane is not None and lane.last is not None else None

    def tick(self, tick: int) -> None:
        """One more column."""
        trace, begin, end = self.trace, self.trace.tick_start(tick), self.trace.tick_end(tick)
        apart = begin - 1 - self.told > _NEAR
        heavy = apart or end - begin >= _HEAVY
        finished = end < self.final and not begin <= self.n < end and not self.closed
        before = _marks(self.trackers)
        known = _remembered(trace, (tick, self.key), None if apart else before) if finished else None
        if known is not None:
            self._take(known, tick)
            return
        if apart and self._costs(begin) > self.left:
            self._of_its_events(begin, end)
            return
        if apart:
            self.left -= self._costs(begin)
            self.state, self.at = state_at(trace, begin - 1), begin - 1
            self._begin_tracks()
            if self.n == self.at:
                self.found.state = self.state.copy()
        elif self.at < self.told:
            self._catch_up(before)
        self._fold_to(begin - 1)
        for trackers in self.of_lane.values():
            for tracker in trackers:
                tracker.forget()
        self._fold_to(min(end, self.final), tick)
        for (lane, client), tracker in self.trackers.items():
            self.found.rows[lane, client].append(tracker.end(self.state.lanes.get(lane), self.at))
        self.told = self.at
        if finished and not self.closed:
            samples = {track: rows[-1] for track, rows in self.found.rows.items()}
            state = _shared(trace, tick) or self.state.copy() if heavy else None
            kept = _Told(before, state, _marks(self.trackers), samples, self.found.actions.get(tick))
            _keep(trace, (tick, self.key), kept)

    def _costs(self, begin: int) -> int:
        """Events to be folded for the state before an event that lies apart."""
        return begin - max(self.trace.frame_before(begin - 1), -1)

    def _of_its_events(self, begin: int, end: int) -> None:
        """A tick whose state would take too long: what its own events say, and that nothing else is known."""
        for tracker in self.trackers.values():
            tracker.forget()
        for n in range(begin, min(end, self.final) + 1):
            event = self.trace[n]
            for tracker in self.of_lane.get(event.lane or "", ()) if event.role == "server" else ():
                tracker.saw(event)
        for track, tracker in self.trackers.items():
            self.found.rows[track].append(tracker.alone())
            tracker.changed = True

    def _fold_to(self, last: int, tick: int | None = None) -> None:
        """Fold the events up to and with `last`: those of a tick, or those between two."""
        trace, n, found, state = self.trace, self.n, self.found, self.state
        for k in range(self.at + 1, last + 1):
            event = trace[k]
            if closing(event):
                self.closed = True
            else:
                fold(state, event)
            if event.action is not None and tick is not None:
                found.actions[tick] = event.action
            elif event.role == "server":
                for tracker in self.of_lane.get(event.lane or "", ()):
                    tracker.saw(event)
            if k == n:
                found.state = state if k == self.final else state.copy()
        self.at = max(self.at, last)

    def _take(self, known: _Told, tick: int) -> None:
        """A tick that was folded before. The state stays where it is until it is needed, but behind a heavy tick."""
        self.told = self.trace.tick_end(tick)
        for track, tracker in self.trackers.items():
            tracker.tcp, tracker.aborted = known.trackers[track]
            self.found.rows[track].append(known.samples[track])
        if known.action is not None:
            self.found.actions[tick] = known.action
        if known.state is not None:
            self.state, self.at = known.state.copy(), self.told
            self._resume(known.trackers)
            if self.n == self.at:
                self.found.state = self.state.copy()

    def _catch_up(self, marks: _Marks) -> None:
        """The state behind ticks that were remembered, from where another window needed it, where that is nearer."""
        near = _caught_up.get(self.trace)
        if near is not None and self.at < near[0] <= self.told:
            self.at, self.state = near[0], near[1].copy()
        self._fold_to(self.told)
        self._resume(marks)
        if not self.closed:
            _caught_up[self.trace] = self.at, self.state.copy()

    def _resume(self, marks: _Marks) -> None:
        """Go on behind a tick that was not folded again."""
        for (lane, client), tracker in self.trackers.items():
            of = self.state.lanes.get(lane)
            tracker.resume(marks[lane, client], of, self._newest(of))


def closing(event: Event) -> bool:
    """A lane's end that muxviz brought about: the picture shows the lanes as they stood when the session was over."""
    return event.exit is not None and event.exit.by == "muxviz"


_kept: Final[WeakKeyDictionary[Trace, dict[str, State]]] = WeakKeyDictionary()
"""By trace and purpose, the state that was wanted last: it saves time, and changes nothing."""


def state_at(trace: Trace, n: int, purpose: str = "begin") -> State:
    """The state after event n, from the nearest one that is at hand; the caller's own. `purpose`: what it is for, as
    the next one for that will be near."""
    kept = _kept.setdefault(trace, {})
    near = kept.get(purpose)
    if near is not None and trace.frame_before(n) <= near.n <= n:
        state = near.copy()
        for k in range(near.n + 1, n + 1):
            fold(state, trace[k])
    else:
        state = trace.state(n)
    kept[purpose] = state.copy()
    return state


_HEAVY: Final = 2_000
"""Events of a tick from which on the state behind it is remembered, too: a crowd that connects is one step."""
_HEAVY_KEPT: Final = 96
_KEPT: Final = 2_000
"""Ticks without their states."""
_Marks = dict[Track, tuple[str | None, bool]]
"""By track, what its tracker carries from tick to tick."""
_Key = tuple[int, tuple[tuple[Track, ...], str, bool]]
"""Tick; tracks, side, proofs."""


class _Told(NamedTuple):
    """What a finished tick leads to, from what it began with."""

    before: _Marks
    state: State | None
    """The one behind it, where it is heavy or lies apart."""
    trackers: _Marks
    samples: dict[Track, Sample]
    action: str | None


_heavy: Final[WeakKeyDictionary[Trace, dict[_Key, _Told]]] = WeakKeyDictionary()
_light: Final[WeakKeyDictionary[Trace, dict[_Key, _Told]]] = WeakKeyDictionary()
_caught_up: Final[WeakKeyDictionary[Trace, tuple[int, State]]] = WeakKeyDictionary()
"""The state that a window needed last behind ticks that were remembered, and the event up to which it is folded."""


def _marks(trackers: dict[Track, _Tracker]) -> _Marks:
    return {track: (tracker.tcp, tracker.aborted) for track, tracker in trackers.items()}


def _remembered(trace: Trace, key: _Key, before: _Marks | None) -> _Told | None:
    """What is known of a tick; of one that lies apart, whatever came before the gap."""
    known = _heavy.get(trace, {}).get(key)
    if known is None and before is not None:
        known = _light.get(trace, {}).get(key)
    return known if known is not None and before in (None, known.before) else None


def _shared(trace: Trace, tick: int) -> State | None:
    """The state behind a tick is the same, whoever is followed."""
    known = _heavy.get(trace, {})
    return next((told.state for (other, _), told in known.items() if other == tick), None)


def _keep(trace: Trace, key: _Key, told: _Told) -> None:
    memory, most = (_light, _KEPT) if told.state is None else (_heavy, _HEAVY_KEPT)
    known = memory.setdefault(trace, {})
    known[key] = told
    while len(known) > most:
        del known[next(iter(known))]


class _Tracker:
    """One lane on its way through the window."""

    __slots__ = ("aborted", "call", "changed", "client", "fd", "newest", "proofs", "reports", "side", "tcp", "woke")

    def __init__(self, client: str | None, side: str, proofs: bool) -> None:
        self.client, self.side, self.proofs = client, side, proofs
        self.newest: Event | None = None
        self.fd: FdState | None = None
        self.changed = True
        self.call, self.woke = "", False
        self.reports: list[tuple[int, str]] = []
        self.tcp: str | None = None
        self.aborted = False

    def begin(self, lane: LaneState | None, newest: Event | None) -> None:
        """Go on from a state."""
        self.newest, self.changed = newest, True
        self.fd = find(lane, self.client) if lane is not None and self.client is not None else None
        self.tcp, self.aborted = (self.fd.queues.tcp if self.fd is not None else None), False

    def resume(self, marks: tuple[str | None, bool], lane: LaneState | None, newest: Event | None) -> None:
        """Go on behind a tick that was not folded again."""
        self.begin(lane, newest)
        self.tcp, self.aborted = marks

    def forget(self) -> None:
        """What was seen between two ticks of the window belongs to neither."""
        self.call, self.woke, self.reports = "", False, []

    def saw(self, event: Event) -> None:
        self.newest = event if event.call is not None else self.newest
        self.call = event.call or ""
        self.woke = event.is_wakeup and bool(event.ready)
        if event.is_wakeup:
            self.reports += event.ready or ()
        elif event.call in ("accept", "connect", "close", "dup"):
            self.changed = True

    def alone(self) -> Sample:
        """A tick of which only its events are known, not what came before them."""
        number = number_of(self.client) if self.client is not None else None
        reported = any(fd == number for fd, _ in self.reports)
        sample = Sample(True, reported, 0, "", False, False, "●" if reported else "", self.call, self.woke, reported)
        self.forget()
        return sample

    def end(self, lane: LaneState | None, at: int) -> Sample:
        if lane is None:
            return _NOTHING
        if self.client is not None and (self.changed or self.fd is None or is_fd(self.client)):
            fd = find(lane, self.client)
            if fd is not self.fd:
                self.fd, self.aborted, self.tcp = fd, False, None
        call, woke, reports = self.call, self.woke, self.reports
        self.call, self.woke, self.changed, self.reports = "", False, False, []
        asleep = lane.status == "asleep"
        fd = self.fd
        if fd is None or fd.closed is not None:
            return Sample(False, False, 0, "", asleep, False, "", call, woke)
        self._follow_tcp(fd)
        concerns = READABLE if self.side == "IN" else WRITABLE
        report = ""
        for number, flags in reports:
            if number in (fd.fd, fd.ghost) and concerns.intersection(split(flags)):
                report = "▲" if fd.edge else "●"
        if self.proofs:
            level = proved(fd, self.newest, self.side, at)
            end = self._ending(fd) if fd.kind == "connection" and level == "high" and self.side == "IN" else ""
            value = fd.unread if level == "high" and not end else 0
            stuck = fd.stranded and asleep
            return Sample(True, level == "high", value, end, asleep, stuck, report, call, woke, level != "unknown")
        if self.side == "OUT":
            return Sample(True, fd.writable, fd.queues.queued or 0, "", asleep, False, report, call, woke)
        end = self._ending(fd) if fd.high and not fd.unread else ""
        if fd.kind == "datagram":
            end = "0" if fd.high and fd.queues.recv == 0 and not fd.outside else ""
        return Sample(True, fd.high, fd.unread, end, asleep, fd.stranded and asleep, report, call, woke)

    def _follow_tcp(self, fd: FdState) -> None:
        tcp = fd.queues.tcp
        if tcp == "CLOSE" and self.tcp in _OPEN_TCP and not fd.shut:  # both ends have said FIN: no abort
            self.aborted = True
        self.tcp = tcp

    def _ending(self, fd: FdState) -> str:
        """A reset is known by its error, or by a connection that went from open to closed with no FIN of its own."""
        if self.aborted or fd.error in _BROKEN or "ERR" in split(fd.reported):
            return "RST"
        if fd.queues.tcp == "CLOSE" and not fd.eof:
            return "end"
        return "FIN" if fd.eof or fd.queues.tcp in _FINISHED else ""
