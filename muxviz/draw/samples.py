"""What the wire is made of: for each lane and each tick of a window, how the followed client's fd stood at its end.

The window is folded once, from the state before its first tick. Everything the lanes show comes from the same fold,
as it passes the cursor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from muxviz.draw.subjects import find, is_fd
from muxviz.events import READABLE, Event, split
from muxviz.state import FdState, LaneState, State, fold
from muxviz.trace import Trace

_WRITABLE: Final = frozenset({"OUT", "W", "ERR", "HUP"})
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


_NOTHING: Final = Sample(False, False, 0, "", False, False, "", "", False)


@dataclass(slots=True)
class Samples:
    """The window: `by_lane[lane][k]` is the lane at the end of tick `first + k`."""

    first: int
    by_lane: dict[str, list[Sample]] = field(default_factory=dict)
    actions: dict[int, str] = field(default_factory=dict)
    """Words of the client actions by tick."""
    state: State | None = None
    """The state after event n."""


def sample(trace: Trace, n: int, client: str | None, side: str, first: int, last: int) -> Samples:
    """Fold the ticks `first` to `last` (which exist), keeping the state after event n on the way."""
    found = Samples(first)
    trackers = {lane: _Tracker(client, side) for lane in trace.lanes}
    before = trace.tick_end(first - 1)
    if n < before:
        found.state = trace.state(n)
    state = _state_at(trace, before)
    for lane, tracker in trackers.items():
        tracker.begin(state.lanes.get(lane))
        found.by_lane[lane] = []
    if n == before:
        found.state = state.copy()
    final = min(trace.tick_end(last), len(trace) - 1)  # another thread may be about to append
    for tick in range(first, last + 1):
        begin, end = trace.tick_start(tick), trace.tick_end(tick)
        heavy = end - begin >= _HEAVY and end < final and not begin <= n < end
        if heavy and (known := _of_heavy(trace, tick, client, side, trackers)) is not None:
            state = known.state.copy()
            for lane, tracker in trackers.items():
                tracker.resume(known.trackers[lane], state.lanes.get(lane))
                found.by_lane[lane].append(known.samples[lane])
            found.actions.update(known.actions)
            if n == end:
                found.state = state.copy()
            continue
        before_it = _marks(trackers)
        for k in range(trace.tick_start(tick), min(trace.tick_end(tick), final) + 1):
            event = trace[k]
            if not closing(event):
                fold(state, event)
            if event.action is not None:
                found.actions[tick] = event.action
            elif event.role == "server" and event.lane in trackers:
                trackers[event.lane].saw(event)
            if k == n:
                found.state = state if k == final else state.copy()
        for lane, tracker in trackers.items():
            found.by_lane[lane].append(tracker.end(state.lanes.get(lane)))
        if heavy:
            actions = {tick: found.actions[tick]} if tick in found.actions else {}
            samples = {lane: rows[-1] for lane, rows in found.by_lane.items()}
            kept = _Heavy(before_it, _shared(trace, tick) or state.copy(), _marks(trackers), samples, actions)
            _keep(trace, (tick, client, side), kept)
    if found.state is None:
        found.state = trace.state(n)
    return found


def closing(event: Event) -> bool:
    """A lane's end that muxviz brought about: the picture shows the lanes as they stood when the session was over."""
    return event.exit is not None and event.exit.by == "muxviz"


_kept: Final[WeakKeyDictionary[Trace, State]] = WeakKeyDictionary()
"""The state that the last window of a trace began with: it saves time, and changes nothing."""


def _state_at(trace: Trace, n: int) -> State:
    """The state after event n, from the nearest one that is at hand; the caller's own."""
    near = _kept.get(trace)
    if near is not None and trace.frame_before(n) <= near.n <= n:
        state = near.copy()
        for k in range(near.n + 1, n + 1):
            fold(state, trace[k])
    else:
        state = trace.state(n)
    _kept[trace] = state.copy()
    return state


_HEAVY: Final = 2_000
"""Events of a tick from which on it is folded once, and not for each picture that has it in its window: a crowd that
connects is one step."""
_HEAVY_KEPT: Final = 32
_Marks = dict[str, tuple[str | None, bool]]
"""By lane, what its tracker carries from tick to tick."""
_Key = tuple[int, str | None, str]
"""Tick, client, side."""


class _Heavy(NamedTuple):
    """What a heavy tick leads to, from what it began with."""

    before: _Marks
    state: State
    trackers: _Marks
    samples: dict[str, Sample]
    actions: dict[int, str]


_heavy: Final[WeakKeyDictionary[Trace, dict[_Key, _Heavy]]] = WeakKeyDictionary()


def _marks(trackers: dict[str, _Tracker]) -> _Marks:
    return {lane: (tracker.tcp, tracker.aborted) for lane, tracker in trackers.items()}


def _of_heavy(trace: Trace, tick: int, client: str | None, side: str, trackers: dict[str, _Tracker]) -> _Heavy | None:
    known = _heavy.get(trace, {}).get((tick, client, side))
    return known if known is not None and known.before == _marks(trackers) else None


def _shared(trace: Trace, tick: int) -> State | None:
    """The state behind a tick is the same, whoever is followed."""
    known = _heavy.get(trace, {})
    return next((heavy.state for (other, _, _), heavy in known.items() if other == tick), None)


def _keep(trace: Trace, key: _Key, kept: _Heavy) -> None:
    known = _heavy.setdefault(trace, {})
    known[key] = kept
    while len(known) > _HEAVY_KEPT:
        del known[next(iter(known))]


class _Tracker:
    """One lane on its way through the window."""

    __slots__ = ("aborted", "call", "changed", "client", "fd", "reports", "side", "tcp", "woke")

    def __init__(self, client: str | None, side: str) -> None:
        self.client, self.side = client, side
        self.fd: FdState | None = None
        self.changed = True
        self.call, self.woke = "", False
        self.reports: list[tuple[int, str]] = []
        self.tcp: str | None = None
        self.aborted = False

    def begin(self, lane: LaneState | None) -> None:
        if lane is not None and self.client is not None:
            self.fd = find(lane, self.client)
            self.tcp = self.fd.queues.tcp if self.fd is not None else None

    def resume(self, marks: tuple[str | None, bool], lane: LaneState | None) -> None:
        """Go on behind a tick that was not folded again."""
        self.tcp, self.aborted = marks
        self.fd = find(lane, self.client) if lane is not None and self.client is not None else None

    def saw(self, event: Event) -> None:
        self.call = event.call or ""
        self.woke = event.is_wakeup and bool(event.ready)
        if event.is_wakeup:
            self.reports += event.ready or ()
        elif event.call in ("accept", "connect", "close", "dup"):
            self.changed = True

    def end(self, lane: LaneState | None) -> Sample:
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
        concerns = READABLE if self.side == "IN" else _WRITABLE
        report = ""
        for number, flags in reports:
            if number in (fd.fd, fd.ghost) and concerns.intersection(split(flags)):
                report = "▲" if fd.edge else "●"
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
