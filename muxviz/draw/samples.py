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
    """`FIN` or `RST` where the wire is high with nothing unread; `end` where it can't be told which."""
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
            if number == fd.fd and concerns.intersection(split(flags)):
                report = "▲" if fd.edge else "●"
        if self.side == "OUT":
            return Sample(True, fd.writable, fd.queues.queued or 0, "", asleep, False, report, call, woke)
        end = self._ending(fd) if fd.high and not fd.unread else ""
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
