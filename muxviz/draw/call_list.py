"""The newest calls of a program whose source is not at hand: what the code pane shows in its place.

The list is cut into *turns*, as an event loop makes them: a wait, and what it led to, indented below it. Turns that
are the same are shown once, with how many there were, and so are calls that come again and again within one. The
newest call stands last, on the marked row; what is newer than the cursor follows it in grey.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, NamedTuple, TypeVar

from rich.cells import cell_len

from muxviz.calls import WAITS
from muxviz.draw import words
from muxviz.draw.call_text import call_text
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene
from muxviz.events import TLS_WANTS, Event
from muxviz.language import say

_LOOK_BACK: Final = 240
"""Calls that are looked at for what repeats."""
_LONGEST: Final = 4
"""Calls of a stretch that repeats within a turn."""
_QUIET: Final = frozenset(
    {"setsockopt", "getsockopt", "getsockname", "getpeername", "fcntl", "ioctl", "timerfd_settime"}
)
"""Calls that prepare, and move nothing."""
_NO_TROUBLE: Final = TLS_WANTS | {"EAGAIN", "EINPROGRESS", "timeout"}
_TOLD_TOOK: Final = 1_000_000
"""Nanoseconds from which on it is said how long a call took."""


class Row(NamedTuple):
    """A row of the list."""

    event: Event
    times: int = 1
    """How often the block that begins here came, one after the other."""
    bracket: str = ""
    """Holds the rows of a block together."""


def said(row: Row) -> list[str]:
    """A row's words; those of several calls that prepare leave out what each of them set."""
    variants = call_text(row.event)
    return variants[-1:] if row.times > 1 and not row.bracket and row.event.call in _QUIET else variants


Item = TypeVar("Item")


def repeats(
    items: Sequence[Item], key: Callable[[Item], Hashable], longest: int, least: int = 2
) -> list[tuple[list[Item], int]]:
    """The items in blocks, each with how often it comes one after the other; the last ones stand for all. A block of
    several is one that comes `least` times or more."""
    keys = [key(item) for item in items]
    found: list[tuple[list[Item], int]] = []
    at = 0
    while at < len(items):
        best, count = 1, 1
        for length in range(1, min(longest, (len(items) - at) // least) + 1):
            times = 1
            while keys[at : at + length] == keys[at + times * length : at + (times + 1) * length]:
                times += 1
            if times >= least and times * length > best * count:
                best, count = length, times
        end = at + best * count
        found.append((list(items[end - best : end]), count))
        at = end
    return found


def rows(events: Sequence[Event], room: int) -> list[Row]:
    """At most `room` rows that end with the newest of the events."""
    turns = _turns(_finished(events))
    if not turns:
        return []
    newest = turns.pop()
    out = _of_turn(newest)[-room:]
    for block, times in reversed(repeats(turns, lambda turn: tuple(map(_kind, turn)), _LONGEST)):
        lines = [row for turn in block for row in _of_turn(turn)]
        if times > 1:
            lines = _held_together([Row(row.event, row.times) for row in lines], times)
        if len(lines) > room - len(out):
            out = [*(lines[-(room - len(out)) :] if times == 1 and room > len(out) else []), *out]
            break
        out = [*lines, *out]
    return out


def _finished(events: Sequence[Event]) -> list[Event]:
    """Without the `enter` of a call that is finished further on."""
    done: set[tuple[str | None, int | None, int | None]] = set()
    kept = []
    for event in reversed(events):
        key = (event.call, event.fd, event.tid)
        if event.phase is None:
            done.add(key)
        elif key in done:
            done.discard(key)
            continue
        kept.append(event)
    return kept[::-1]


def _turns(events: Sequence[Event]) -> list[list[Event]]:
    turns: list[list[Event]] = []
    for event in events:
        if event.call in WAITS or not turns:
            turns.append([])
        turns[-1].append(event)
    return turns


def _of_turn(turn: Sequence[Event]) -> list[Row]:
    return [
        row
        for block, times in repeats(turn, _kind, _LONGEST)
        for row in (_held_together([Row(event) for event in block], times) if times > 1 else map(Row, block))
    ]


def _held_together(block: list[Row], times: int) -> list[Row]:
    """The rows of a block that came several times: the first one says how often."""
    count = len(block)
    if count == 1:
        return [block[0]._replace(times=times * block[0].times)]
    shapes = ["┌", *"│" * (count - 2), "└"]
    return [
        row._replace(times=times if place == 0 else row.times, bracket=shape)
        for place, (row, shape) in enumerate(zip(block, shapes, strict=True))
    ]


def _kind(event: Event) -> Hashable:
    """What makes two calls the same in a list: not their bytes, nor the options they set."""
    ready = tuple(map(tuple, event.ready)) if event.ready is not None else None
    came = None if event.ret is None else min(event.ret, 1) if event.call not in ("accept", "dup") else event.ret
    args = event.args
    return (event.call, event.fd, event.error, ready, came, args.get("op"), args.get("fd"), args.get("path"), event.tid)


class CallList:
    """The list of one lane, in a rectangle."""

    def __init__(self, grid: Grid, scene: Scene, lane: str, x: int, width: int) -> None:
        self.grid, self.scene, self.lane = grid, scene, lane
        self.x, self.end = x, x + width
        self.gutter = 2 if width >= 30 else 1
        self.indent = 2 if width >= 30 else 0

    def draw(self, y: int, height: int, *, skip_newest: bool = False) -> None:
        """`height` rows from y on; without the newest call, where that stands elsewhere."""
        if height <= 0:
            return
        ahead = 0 if skip_newest or height < 6 or self.scene.view.veiled else 2
        coming = self._coming(ahead)
        shown = rows(self.events(_LOOK_BACK), height - len(coming) + skip_newest)
        newest = shown[-1].event if shown else None
        if skip_newest and shown:
            shown = shown[:-1]
        for row, one in enumerate(shown):
            self._row(y + row, one, not skip_newest and one.event is newest)
        for row, event in enumerate(coming, len(shown)):
            self._text(y + row, event, "faint", call_text(event))
        if not shown and not coming and newest is None:
            told = (
                say("nothing that the filter lets through") if self.scene.view.filter else say("before its first call")
            )
            self.grid.put(self.x + self.gutter, y, told, "faint", end=self.end)

    def events(self, count: int) -> list[Event]:
        """The lane's newest calls, of those that are shown."""
        found = self.scene
        of = found.view.filter or found.trace
        return [found.trace[n] for n in of.calls_until(found.n, self.lane, count)]

    def _coming(self, count: int) -> list[Event]:
        """What the lane does after the cursor's moment, where that is known."""
        found, n = self.scene, self.scene.n
        out: list[Event] = []
        if not found.behind or found.view.filter is not None:
            return out
        while len(out) < count:
            following = found.trace.call_after(n, self.lane)
            if following is None:
                break
            n = following
            out.append(found.trace[n])
        return out

    def _row(self, y: int, row: Row, newest: bool) -> None:
        grid, event = self.grid, row.event
        fresh = self.scene.in_tick(event.n)
        if newest:
            grid.shade(self.x, y, self.end - self.x, "cursor")
            grid.put(self.x, y, "►", "text", end=self.end)
        elif row.bracket:
            grid.put(self.x, y, row.bracket, "violet", end=self.end)
        style = self._style(event, fresh, newest)
        self._text(y, event, style, said(row), self._notes(row))

    def _style(self, event: Event, fresh: bool, newest: bool) -> str:
        bold = ".bold" if newest else ""
        if event.error and event.error not in _NO_TROUBLE:
            return "orange" + bold
        if event.call in WAITS and event.ready:
            return "yellow" + bold
        if event.call in _QUIET and not newest:
            return "faint"
        return "text" + bold if newest or event.call in WAITS or fresh else "dim"

    def _notes(self, row: Row) -> list[tuple[str, str]]:
        """What stands at the right end, if there is room: how often, how long."""
        times = f"{row.times}×" if row.times > 1 else ""
        took = words.span(row.event.took) if (row.event.took or 0) >= _TOLD_TOOK else ""
        if row.event.call in WAITS and took:
            took = say("after {time}", time=took)
        return [(times, took), (times, ""), ("", "")]

    def _text(
        self, y: int, event: Event, style: str, variants: list[str], notes: Sequence[tuple[str, str]] = (("", ""),)
    ) -> None:
        x = self.x + self.gutter + (0 if event.call in WAITS else self.indent)
        if event.tid is not None and self.indent:
            variants = [*(f"{text}  ·{event.tid}" for text in variants), *variants]
        end = self.end
        for times, took in notes:
            needed = sum(cell_len(note) + 1 for note in (times, took) if note)
            text = next((text for text in variants if cell_len(text) + needed <= self.end - x), None)
            if text is not None:
                end = self.grid.right(end, y, took, "dim") - bool(took)
                self.grid.right(end, y, times, "violet")
                break
        else:
            text = words.fit(variants, self.end - x)
        self.grid.put(x, y, text, style, end=self.end)
