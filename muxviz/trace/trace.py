"""The trace: a session's events, the state after each of them, and the ways through them.

Theory of operation
-------------------
Events are only ever appended, in numbers from 0. Beside them grow the *index* (positions of ticks, calls, wakeups and
client actions), the *extent*, the *findings*, and *keyframes*: whole states at intervals, so that the state at n is a
fold from the nearest keyframe before it. Lines and keyframes lie on disk, in a spool while a session runs, in the
recording itself where one is opened: what stays in memory is a few numbers for each event.

A *tick* is what the screen counts as one move: a step while held, one server call or client action while running free.

One thread appends; another may read everything up to `len(trace)`, which grows last.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

from muxviz.events import Event, FormatError, Header, decode_event, encode
from muxviz.findings import Detector, Finding, Findings
from muxviz.kernel import State, decode_state, fold, initial
from muxviz.trace.index import CLOCK_EVERY, Index, after, before
from muxviz.trace.maxima import Maxima
from muxviz.trace.spool import Spool

KEYFRAME_EVERY: Final = 256
"""Events between two keyframes, at least."""
_FRAME_COST: Final = 4
"""Bytes of events for each byte of keyframes, at least: the state of ten thousand connections is large."""
_CACHED_EVENTS: Final = 4096
_READ_THROUGH: Final = 20_000
"""Events of an older recording that are read again for its findings: some 0.3 s."""
_CACHED_LINE: Final = 2048
"""Bytes: an event with a longer line is not kept. Twenty times as much is an event of a few bytes for each value."""
_SOURCES_LIMIT: Final = 64 << 20
"""Characters of programs' texts that are kept; a code pane does without more."""


class Lines(Protocol):
    """Byte strings by number."""

    def __getitem__(self, n: int) -> bytes: ...

    def close(self) -> None:
        """Give back what they lie in."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a recording's end says of it, so that it is a trace without being read."""

    count: int
    lines: Lines
    frames: Lines
    """JSON of states."""
    framed: array[int]
    """By keyframe, n of the event that it is the state after."""
    index: Index
    extent: Maxima
    now: State
    lanes: list[str]
    marks: dict[int, str]
    findings: Findings | None = None
    """None for a recording of an older muxviz, which did not look for any."""


class NextCall(NamedTuple):
    """The call that a lane is about to make."""

    call: str
    at: tuple[str, int] | None
    fd: int | None = None
    tid: int | None = None
    """The thread, where it is not the first."""


class Misplaced(FormatError, IndexError):
    """A recording whose index does not fit it: its checksum is right, so that somebody made it so."""


class Trace:
    """Events from a header on; see the module's theory of operation."""

    def __init__(self, header: Header, opened: Opened | None = None) -> None:
        self.header = header
        self.lanes: list[str] = [info.lane for info in header.lanes]
        self.sources: dict[str, str] = dict(header.sources)
        self.announced: dict[str, NextCall] = {}
        """For the newest position of a live session: what each held lane stands before."""
        self._cache: OrderedDict[int, Event] = OrderedDict()
        self._large: tuple[int, Event | None] = -1, None
        """The last one that was looked at of those that are not kept."""
        self._since = self._frame_bytes = self._source_size = 0
        self._grows = opened is None
        self.full: str | None = None
        """Why it takes no more events, where there was room for them neither on disk nor in memory; in a few words."""
        if opened is None:
            self._count = 0
            self._lines: Lines = Spool()
            self._frames: Lines = Spool()
            self._framed = array("I")
            self._index = Index(self.lanes)
            self.extent = Maxima()
            self._now = initial(header)
            self._marks: dict[int, str] = {}
            self._marked = array("I")
            self.findings = Findings()
            self._detector = Detector(header, self.findings)
            return
        self._count, self._lines, self._frames, self._framed = opened.count, opened.lines, opened.frames, opened.framed
        self._index, self.extent, self._now, self._marks = opened.index, opened.extent, opened.now, opened.marks
        self._marked = array("I", sorted(self._marks))
        self.lanes = opened.lanes
        for n in self._index.sources:
            self._take_source(self[n])
        self.findings = opened.findings if opened.findings is not None else Findings(known=False)
        if not self.findings.known and self._count <= _READ_THROUGH:
            self.look_for_findings()

    def look_for_findings(self, progress: Callable[[float], None] | None = None) -> None:
        """Read every event again for the findings of a recording that was written without them. Opening one does that
        by itself where it is short; in a long one none are `known` until this is asked for."""
        found = Findings()
        detector, state = Detector(self.header, found), initial(self.header)
        for n in range(self._count):
            event = self[n]
            detector.take(event, fold(state, event))
            if progress is not None and n % 4096 == 0:
                progress(n / self._count)
        self.findings = found

    # --- growing -------------------------------------------------------------------------------------------------

    def append(self, event: Event, line: bytes | None = None) -> bytes | None:
        """Take the next event, give it its number, and return its line as a recording has it (no line end); `line` is
        the one that it was read from. None where the trace is `full`: then the event is not in it, and only `now` knows
        of it, so that whoever watches a program can go on without a trace."""
        assert isinstance(self._lines, Spool) and isinstance(self._frames, Spool), "an opened recording does not grow"
        if self.full is not None:
            self._pass(event)
            return None
        n = event.n = self._count
        try:
            line = encode(event) if line is None else line
            self._lines.append(line)
        except (OSError, MemoryError) as error:
            self._fill(error)
            self._pass(event)
            return None
        self._take_source(event)
        known = len(self._index.calls)
        self._index.take(event)
        if event.lane is not None and len(self._index.calls) > known:
            self.lanes.append(event.lane)
        fold(self._now, event)
        self.extent.take(event, self._now)
        self._detector.take(event, self._now)
        self._since += len(line)
        if n - self._frame_n >= KEYFRAME_EVERY and self._since >= _FRAME_COST * self._frame_bytes:
            try:
                frame = encode(self._now)
                self._frames.append(frame)
                self._framed.append(n)
                self._since, self._frame_bytes = 0, len(frame)
            except (OSError, MemoryError) as error:  # the event itself is there
                self._fill(error)
        if len(line) <= _CACHED_LINE:
            self._cache[n] = event
        if len(self._cache) > _CACHED_EVENTS:
            self._cache.popitem(last=False)
        self._count = n + 1
        return line

    def _fill(self, error: OSError | MemoryError) -> None:
        self.full = f"no room for more: {getattr(error, 'strerror', None) or 'out of memory'}"

    def _pass(self, event: Event) -> None:
        event.n = self._now.n + 1
        self._take_source(event)
        fold(self._now, event)

    @property
    def _frame_n(self) -> int:
        return self._framed[-1] if self._framed else -1

    def _take_source(self, event: Event) -> None:
        if event.source is None or event.file is None:
            return
        self._source_size += len(event.source)
        if self._source_size <= _SOURCES_LIMIT:
            self.sources[event.file] = event.source

    def mark(self, n: int, text: str) -> bytes:
        """Put a marker with a text at event n, in place of one that is there; no text takes it away. Returns its line.
        A marker is no event: it has no number of its own, and says whose number it has."""
        at = bisect_left(self._marked, n)
        there = at < len(self._marked) and self._marked[at] == n
        if text and n >= 0:
            self._marks[n] = text
            if not there:
                self._marked.insert(at, n)
        elif there:
            self._marked.pop(at)
            del self._marks[n]
        return encode(Event(n=n, t=self[n].t if 0 <= n < self._count else 0, mark=text))

    def close(self) -> None:
        """Give back the files that it lies in."""
        self._lines.close()
        self._frames.close()

    # --- events and states ---------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, n: int) -> Event:
        if not 0 <= n < self._count:
            raise IndexError(n) if self._grows else Misplaced(f"its index speaks of event {n}, which it has not")
        event = self._cache.get(n)
        if event is not None:
            return event
        kept, large = self._large
        if kept == n and large is not None:
            return large
        line = self._lines[n]
        event = decode_event(line)
        if event.n != n:
            raise Misplaced(f"event {event.n} stands where event {n} belongs")
        if len(line) > _CACHED_LINE:
            self._large = n, event
        return event

    @property
    def now(self) -> State:
        """The state after the newest event: for the thread that appends, to look at and not to change."""
        return self._now

    def line(self, n: int) -> bytes:
        """The line of event n."""
        return self._lines[n]

    def state(self, n: int) -> State:
        """The state after event n, the caller's own; n = -1 is before everything."""
        at = self.frame_before(n)
        state = decode_state(self._frames[bisect_left(self._framed, at)]) if at >= 0 else initial(self.header)
        if state.n != at:
            raise Misplaced(f"a state after event {state.n} stands where that after event {at} belongs")
        for k in range(at + 1, n + 1):
            fold(state, self[k])
        return state

    def frame_before(self, n: int) -> int:
        """The event of the last keyframe that the state after n can be had from; -1 for the beginning."""
        at = bisect_right(self._framed, n) if n >= 0 else 0
        return self._framed[at - 1] if at else -1

    def frame_line(self, n: int) -> bytes | None:
        """The line of the keyframe after event n, where there is one."""
        if n < 0 or self.frame_before(n) != n:
            return None
        state = self._frames[bisect_left(self._framed, n)]
        return b'{"n":%d,"t":%d,"keyframe":%b}' % (n, self[n].t, state)

    @property
    def index(self) -> Index:
        """The positions, for a recording."""
        return self._index

    # --- ticks: what the screen moves by -------------------------------------------------------------------------

    @property
    def ticks(self) -> int:
        """How many ticks there are; they are numbered from 0. What the index has beyond `len` is not there yet."""
        return self.tick_of(self._count - 1) + 1

    def tick_of(self, n: int) -> int:
        """The tick that event n belongs to; -1 before the first."""
        return bisect_left(self._index.tick_ends, n) if n >= 0 else -1

    def tick_end(self, tick: int) -> int:
        """n of a tick's last event; -1 for tick -1."""
        return min(self._index.tick_ends[tick], self._count - 1) if tick >= 0 else -1

    def tick_start(self, tick: int) -> int:
        """n of a tick's first event."""
        return self._index.tick_ends[tick - 1] + 1 if tick > 0 else 0

    def tick_step(self, tick: int) -> int | None:
        """The step that a tick is; None for one of a free run, or where there is none yet."""
        step = self._index.tick_steps[tick] if 0 <= tick < len(self._index.tick_steps) else -1
        return step if step >= 0 else None

    def tick_at_step(self, step: int) -> int | None:
        """The first tick of a step, or of a later one."""
        return self._index.tick_at_step(step)

    # --- ways ----------------------------------------------------------------------------------------------------

    def wakeup_after(self, n: int, lane: str | None = None) -> int | None:
        """The next wakeup behind event n, in one lane or in any."""
        found = [there for of in self._wakeups_of(lane) if (there := self._there(after(of, n))) is not None]
        return min(found, default=None)

    def wakeup_before(self, n: int, lane: str | None = None) -> int | None:
        """The last wakeup before event n."""
        found = [there for of in self._wakeups_of(lane) if (there := before(of, n)) is not None]
        return max(found, default=None)

    def action_after(self, n: int) -> int | None:
        """The next client action behind event n."""
        return self._there(after(self._index.actions, n))

    def action_before(self, n: int) -> int | None:
        """The last client action before event n."""
        return before(self._index.actions, n)

    def actions(self) -> list[int]:
        """n of every client action."""
        return [n for n in list(self._index.actions) if n < self._count]

    def actions_done(self, n: int) -> int:
        """How many client actions have begun at event n."""
        return bisect_right(self._index.actions, n)

    def finding_after(self, n: int) -> int | None:
        """The next event after n at which something was found."""
        return self._there(self.findings.after(n))

    def finding_before(self, n: int) -> int | None:
        """The last one before event n."""
        return self.findings.before(n)

    def findings_at(self, n: int) -> list[Finding]:
        """What was found by event n and still lasts after it, with what was known by then."""
        return self.findings.at(n)

    def wakeups_between(self, lane: str, first: int, last: int) -> int:
        """How many waits of a lane returned from event `first` to event `last`, both counted."""
        numbers = self._index.wakeups.get(lane, _NONE)
        return bisect_right(numbers, last) - bisect_left(numbers, first) if last >= first >= 0 else 0

    def mark_after(self, n: int) -> int | None:
        """The next event after n that a person marked."""
        return after(self._marked, n)

    def mark_before(self, n: int) -> int | None:
        """The last one before n."""
        return before(self._marked, n)

    def at_time(self, t: int) -> int:
        """The first event at which the session's clock has reached `t` nanoseconds; the last one, where none has."""
        block = bisect_left(self._index.clock, t)
        for n in range(block * CLOCK_EVERY, min((block + 1) * CLOCK_EVERY, self._count)):
            if self[n].t >= t:
                return n
        return self._count - 1

    def time_near(self, n: int) -> int:
        """The session's clock some 256 events before n at most, without a look at any event."""
        block = (n + 1) // CLOCK_EVERY
        known = self._index.clock
        return known[min(block, len(known)) - 1] if block and known else 0

    def call_after(self, n: int, lane: str) -> int | None:
        """The lane's next server call (or its begin) behind event n."""
        return self._there(after(self._index.calls.get(lane, _NONE), n))

    def call_before(self, n: int, lane: str) -> int | None:
        """The lane's last server call before event n."""
        return before(self._index.calls.get(lane, _NONE), n)

    def calls_until(self, n: int, lane: str, count: int) -> list[int]:
        """The lane's last `count` server calls up to and with event n, oldest first."""
        numbers = self._index.calls.get(lane, _NONE)
        end = bisect_right(numbers, n)
        return list(numbers[max(0, end - count) : end])

    def next_call(self, n: int, lane: str) -> NextCall | None:
        """What the lane does next after event n: from the trace, or as the held lane announced it, also where it was
        ended there."""
        found = self.call_after(n, lane)
        if found is not None and found < self._count:  # indexed, and not yet there for readers
            event = self[found]
            return NextCall(event.call or "", event.at, event.fd, event.tid)
        return self.announced.get(lane) or self._last_announced(lane)

    def _last_announced(self, lane: str) -> NextCall | None:
        """What a lane that muxviz ended stood before."""
        known = self._now.lanes.get(lane)
        end = known.exit_n if known is not None else None
        if end is None or not 0 <= end < self._count:
            return None
        exit = self[end].exit
        return NextCall(*msgspec.structs.astuple(exit.next)) if exit is not None and exit.next is not None else None

    def marks(self) -> list[tuple[int, str]]:
        """Markers that a person set: n of the event and the text, in order."""
        return [(n, self._marks.get(n, "")) for n in list(self._marked)]

    def _there(self, n: int | None) -> int | None:
        """An event that the index knows, once it can be read."""
        return n if n is not None and n < self._count else None

    def _wakeups_of(self, lane: str | None) -> list[array[int]]:
        known = self._index.wakeups
        return [known.get(lane, _NONE)] if lane is not None else list(known.values())


_NONE: Final = array("I")
