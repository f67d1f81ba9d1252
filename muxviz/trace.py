"""The trace: a session's events, the state after each of them, and the ways through them.

Theory of operation
-------------------
Events are only ever appended. Three indexes grow with them: *ticks* (what the screen counts as one move: a step while
held, one server call or client action while running free), and the positions of client actions and of wakeups. The
state at n is a fold from the nearest keyframe before it. One thread appends; another may read everything up to
`len(trace)`, which grows last.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from typing import Final, NamedTuple

from muxviz.events import WAITS, Event, Header, decode_event, encode
from muxviz.spool import Spool
from muxviz.state import State, fold, initial

KEYFRAME_EVERY: Final = 256
_CACHED_EVENTS: Final = 4096


class Next(NamedTuple):
    """The call that a lane is about to make."""

    call: str
    at: tuple[str, int] | None
    fd: int | None = None


class Extent:
    """How far a session reaches: what a picture has to have room for at any of its moments, kept up to date in O(1)."""

    __slots__ = ("_fds", "connections", "most", "queued", "reported", "stranded", "unsent")

    def __init__(self) -> None:
        self.most = 0
        """The largest queue of bytes."""
        self.queued = self.unsent = False
        """Whether a program's queue, the kernel's send queue, ever held something."""
        self.reported: set[str] = set()
        """Every combination of flags that a wait reported."""
        self._fds = self.connections = 0
        """The most that one lane had open at a time, listeners and epolls aside."""
        self.stranded: array[int] = array("Q")
        """n of every wait that began on stranded data."""

    def take(self, event: Event, state: State) -> None:
        """Reach to an event; `state` is the one after it."""
        for _, flags in event.ready or ():
            self.reported.add(flags)
        for found in event.queues.values():
            self.most = max(self.most, found.recv or 0, found.queued or 0, found.unsent or 0)
            self.queued = self.queued or bool(found.queued)
            self.unsent = self.unsent or bool(found.unsent)
        lane = state.lanes.get(event.lane) if event.lane is not None else None
        if lane is None or event.role != "server":
            return
        if len(lane.fds) > self._fds or (event.call == "accept" and event.error is None):
            count = sum(fd.kind not in ("listener", "epoll") for fd in lane.fds.values())
            self._fds, self.connections = max(self._fds, len(lane.fds)), max(self.connections, count)
        if event.phase == "enter" and lane.stranded:
            self.stranded.append(event.n)


class Trace:
    """Events from a header on; see the module's theory of operation."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.lanes: list[str] = [info.lane for info in header.lanes]
        self.sources: dict[str, str] = dict(header.sources)
        self.announced: dict[str, Next] = {}
        """For the newest position of a live session: what each held lane stands before."""
        self._spool = Spool()
        self._count = 0
        self._cache: OrderedDict[int, Event] = OrderedDict()
        self._tick_ends: array[int] = array("Q")
        self._tick_steps: array[int] = array("q")
        self._actions: array[int] = array("Q")
        self._wakeups: array[int] = array("Q")
        self._by_lane: dict[str, array[int]] = {lane: array("Q") for lane in self.lanes}
        self._wakeups_by_lane: dict[str, array[int]] = {lane: array("Q") for lane in self.lanes}
        self._keyframes: list[State] = [initial(header)]
        self._now = self._keyframes[0].copy()
        self.extent = Extent()
        self._marks: dict[int, str] = {}

    # --- growing -------------------------------------------------------------------------------------------------

    def append(self, event: Event) -> bytes:
        """Take the next event, give it its number, and return its line as a recording has it (no line end)."""
        n = event.n = self._count
        line = encode(event)
        self._spool.append(line)
        self._index(n, event)
        fold(self._now, event)
        self.extent.take(event, self._now)
        if (n + 1) % KEYFRAME_EVERY == 0:
            self._keyframes.append(self._now.copy())
        self._cache[n] = event
        if len(self._cache) > _CACHED_EVENTS:
            self._cache.popitem(last=False)
        self._count = n + 1
        return line

    def _index(self, n: int, event: Event) -> None:
        if event.source is not None and event.file is not None:
            self.sources[event.file] = event.source
        step = -1 if event.step is None else event.step
        same_step = step >= 0 and self._tick_steps and self._tick_steps[-1] == step
        moves = event.role == "server" and event.call is not None
        if not self._tick_ends or not (same_step or (step < 0 and not moves and event.action is None)):
            self._tick_steps.append(step)
            self._tick_ends.append(n)
        else:
            self._tick_ends[-1] = n
        if event.action is not None:
            self._actions.append(n)
        lane = event.lane
        if moves and lane is not None:
            self._by_lane.setdefault(lane, array("Q")).append(n)
            if lane not in self.lanes:
                self.lanes.append(lane)
            if event.call in WAITS and event.phase is None:
                self._wakeups.append(n)
                self._wakeups_by_lane.setdefault(lane, array("Q")).append(n)

    def mark(self, n: int, text: str) -> bytes:
        """Put a marker with a text at event n, in place of one that is there; no text takes it away. Returns its line.
        A marker is no event: it has no number of its own, and says whose number it has."""
        self._marks = {k: words for k, words in self._marks.items() if k != n} | ({n: text} if text else {})
        return encode(Event(n=n, t=self[n].t if 0 <= n < self._count else 0, mark=text))

    def close(self) -> None:
        """Give the spool's file back."""
        self._spool.close()

    # --- events and states ---------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, n: int) -> Event:
        if not 0 <= n < self._count:
            raise IndexError(n)
        event = self._cache.get(n)
        return event if event is not None else decode_event(self._spool[n])

    @property
    def now(self) -> State:
        """The state after the newest event: for the thread that appends, to look at and not to change."""
        return self._now

    def line(self, n: int) -> bytes:
        """The line of event n."""
        return self._spool[n]

    def state(self, n: int) -> State:
        """The state after event n, the caller's own; n = -1 is before everything."""
        frame = min((n + 1) // KEYFRAME_EVERY, len(self._keyframes) - 1)
        state = self._keyframes[frame].copy()
        for k in range(frame * KEYFRAME_EVERY, n + 1):
            fold(state, self[k])
        return state

    # --- ticks: what the screen moves by -------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """How many ticks there are; they are numbered from 0. What the index has beyond `len` is not there yet."""
        return self.tick_of(self._count - 1) + 1

    def tick_of(self, n: int) -> int:
        """The tick that event n belongs to; -1 before the first."""
        return bisect_left(self._tick_ends, n) if n >= 0 else -1

    def tick_end(self, tick: int) -> int:
        """n of a tick's last event; -1 for tick -1."""
        return min(self._tick_ends[tick], self._count - 1) if tick >= 0 else -1

    def tick_start(self, tick: int) -> int:
        """n of a tick's first event."""
        return self._tick_ends[tick - 1] + 1 if tick > 0 else 0

    def tick_step(self, tick: int) -> int | None:
        """The step that a tick is; None for one of a free run, or where there is none yet."""
        step = self._tick_steps[tick] if 0 <= tick < len(self._tick_steps) else -1
        return step if step >= 0 else None

    # --- ways ----------------------------------------------------------------------------------------------------

    def wakeup_after(self, n: int, lane: str | None = None) -> int | None:
        """The next wakeup behind event n, in one lane or in any."""
        return self._there(_after(self._wakeups_of(lane), n))

    def wakeup_before(self, n: int, lane: str | None = None) -> int | None:
        """The last wakeup before event n."""
        return _before(self._wakeups_of(lane), n)

    def action_after(self, n: int) -> int | None:
        """The next client action behind event n."""
        return self._there(_after(self._actions, n))

    def action_before(self, n: int) -> int | None:
        """The last client action before event n."""
        return _before(self._actions, n)

    def actions(self) -> list[int]:
        """n of every client action."""
        return [n for n in list(self._actions) if n < self._count]

    def actions_done(self, n: int) -> int:
        """How many client actions have begun at event n."""
        return bisect_right(self._actions, n)

    def call_after(self, n: int, lane: str) -> int | None:
        """The lane's next server call (or its begin) behind event n."""
        return self._there(_after(self._by_lane.get(lane, array("Q")), n))

    def call_before(self, n: int, lane: str) -> int | None:
        """The lane's last server call before event n."""
        return _before(self._by_lane.get(lane, array("Q")), n)

    def calls_until(self, n: int, lane: str, count: int) -> list[int]:
        """The lane's last `count` server calls up to and with event n, oldest first."""
        numbers = self._by_lane.get(lane, array("Q"))
        end = bisect_right(numbers, n)
        return list(numbers[max(0, end - count) : end])

    def next_call(self, n: int, lane: str) -> Next | None:
        """What the lane does next after event n: from the trace, or as the held lane announced it."""
        found = self.call_after(n, lane)
        if found is not None and found < self._count:  # indexed, and not yet there for readers
            event = self[found]
            return Next(event.call or "", event.at, event.fd)
        return self.announced.get(lane)

    def marks(self) -> list[tuple[int, str]]:
        """Markers that a person set: n of the event and the text, in order."""
        return sorted(self._marks.items())

    def _there(self, n: int | None) -> int | None:
        """An event that the index knows, once it can be read."""
        return n if n is not None and n < self._count else None

    def _wakeups_of(self, lane: str | None) -> array[int]:
        return self._wakeups if lane is None else self._wakeups_by_lane.get(lane, array("Q"))


def _after(numbers: array[int], n: int) -> int | None:
    at = bisect_right(numbers, n) if n >= 0 else 0
    return numbers[at] if at < len(numbers) else None


def _before(numbers: array[int], n: int) -> int | None:
    at = bisect_left(numbers, n) if n >= 0 else 0
    return numbers[at - 1] if at > 0 else None
