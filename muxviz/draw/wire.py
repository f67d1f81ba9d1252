"""The wire: a logic analyser's picture of what each lane's kernel could say about the followed client.

Two rails and a number: high rail, low rail, and between them the bytes that hold it up. Solid is awake, dashed is
asleep in a wait. Where there is one row for a lane, weight takes the place of height. What is newer than the
cursor is grey, behind a double line. Where it is not known whether a wire is high or low (`muxviz.kernel.proof`), it is
hatched: a traced program's queues are looked at by nobody, and a guess would be no picture.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.choices import LABEL
from muxviz.draw.findings import wakeups
from muxviz.draw.grid import Grid
from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene, is_edge, name, short_name
from muxviz.draw.selection import display_name, find, is_fd
from muxviz.draw.wire_samples import Sample, Track
from muxviz.draw.words import fd_label as label_of
from muxviz.findings import Finding
from muxviz.findings.words import shout
from muxviz.language import _, say
from muxviz.words import action_words

_NOW: Final = "║"


class _Stroke(NamedTuple):
    """The glyphs of a rail."""

    awake: str
    asleep: str


class _Span(NamedTuple):
    """A finding, and the columns in which it lasted."""

    finding: Finding
    columns: range


_LOW: Final = _Stroke("─", "╌")
_HIGH: Final = _Stroke("─", "╍")
_BOLD: Final = _Stroke("━", "╍")
_UNKNOWN: Final = "░"


def draw_wire(grid: Grid, scene: Scene, plan: Layout, y: int) -> None:
    """The wire's panel, `plan.wire` rows from y."""
    _frame(grid, scene, plan, y)
    picture = _Wire(grid, scene, plan, y)
    picture.actions()
    for row, track in enumerate(plan.wires):
        picture.track(track, y + 2 + row * plan.rails)
    if plan.one_line_of_calls:
        picture.calls(plan.wires[0], y + 1)
    picture.axis(y + plan.wire - 2)
    picture.now(y + 2, plan.rails * len(plan.wires))


def _frame(grid: Grid, scene: Scene, plan: Layout, y: int) -> None:
    width, bottom = scene.width, y + plan.wire - 1
    grid.put(0, y, "╭" + "─" * (width - 2) + "╮", "line")
    grid.put(0, bottom, "╰" + "─" * (width - 2) + "╯", "line")
    for row in range(y + 1, bottom):
        grid.put(0, row, "│", "line")
        grid.put(width - 1, row, "│", "line")
    at = grid.put(2, y, f" {say('wire')} ", "text.bold")
    if scene.subject.by_number and len(scene.tracks) > 1:
        at = grid.put(at, y, f"· {say('readable?') if scene.side == 'IN' else say('writable?')} ", "dim")
    elif scene.client is not None:
        at = grid.put(at, y, f"{display_name(scene.client)} ", "violet.bold")
        at = grid.put(at, y, f"· {say('readable?') if scene.side == 'IN' else say('writable?')} ", "dim")
    else:
        servers = any(scene.lane(lane).listeners() for lane in scene.lanes)
        at = grid.put(at, y, f"· {say('no client yet')} " if servers else f"· {say('no fd to follow')} ", "dim")
    _legend(grid, scene, plan, y, at)


def _legend(grid: Grid, scene: Scene, plan: Layout, y: int, begin: int) -> None:
    """Exactly the strokes that are drawn, as many of their words as fit."""
    edges = any(is_edge(scene, lane) for lane in scene.lanes)
    levels = not edges or any(_has_level(scene, lane) for lane in scene.lanes)
    side = scene.side if plan.rails > 1 else f"{scene.side}, no numbers"
    high = say(_HIGH_MEANS[side])
    marks = [
        *([say("● reported (level)")] if levels else []),
        *([say("▲ reported (edge)")] if edges else []),
    ]
    glyphs = " ".join([*(["●"] if levels else []), *(["▲"] if edges else [])])
    brief = say("{glyphs} reported", glyphs=glyphs)
    thick = plan.rails == 1
    strokes = say("─ ━ awake, low and high  ╌ ╍ asleep") if thick else say("─ awake  ╌ ╍ asleep, low and high")
    tiny = say("─ ━ awake ╌ ╍ asleep") if thick else say("─ awake ╌ ╍ asleep")
    if not scene.subject.looked_at:
        strokes = " ".join((strokes, say("░ unknown")))
        tiny = " ".join((tiny, say("░ unknown")))
    room = scene.width - 3 - begin
    variants: tuple[tuple[str, ...], ...] = (
        (high, "  ".join(marks), strokes),
        (high, "  ".join(marks), tiny),
        (high, brief, tiny),
        ("", "  ".join(marks), tiny),
        ("", brief, tiny),
        (high, brief, ""),
        ("", brief, ""),
    )
    for parts in variants:
        if sum(cell_len(part) + 3 for part in parts if part) <= room:
            end = scene.width - 2
            for part, style in reversed(list(zip(parts, ("blue", "yellow", "dim"), strict=True))):
                if part:
                    end = grid.right(end, y, f" {part} ", style) - 1
            return


_HIGH_MEANS: Final = {
    "IN": _("high = something to read"),
    "OUT": _("high = room, number = queued"),
    "IN, no numbers": _("high = something to read"),
    "OUT, no numbers": _("high = room to send"),
}


def _has_level(scene: Scene, lane: str) -> bool:
    """A lane whose waits may draw ●: one of your own program may ask for both."""
    mechanism = scene.info(lane).mechanism
    if mechanism is not None:
        return mechanism != "edge"
    return any(fd.interest and not fd.edge for fd in scene.lane(lane).fds.values()) or not is_edge(scene, lane)


class _Wire:
    """The panel's inside, row by row."""

    def __init__(self, grid: Grid, scene: Scene, plan: Layout, y: int) -> None:
        self.grid, self.scene, self.plan, self.top = grid, scene, plan, y
        self.pitch, self.end = scene.pitch, scene.width - 1
        self.ticks = scene.ticks
        self.count = len(self.ticks)
        self.cursor = self.column(scene.tick)
        """Column of the cursor; what lies right of it is newer, or has not happened yet."""
        self._bad: set[int] = set()
        """Columns of the lane that is being drawn in which something found of the followed fd lasted."""

    def column(self, tick: int) -> int:
        """The column of a tick, or of the first one behind it that has one. Before all of them -1."""
        return bisect_left(self.ticks, tick) if self.count and tick >= self.ticks[0] else tick - self.first

    @property
    def first(self) -> int:
        """The first tick in sight."""
        return self.ticks[0] if self.count else 0

    def x(self, column: int) -> int:
        """Where a column begins."""
        return LABEL + column * self.pitch

    def actions(self) -> None:
        """`┊` through all lanes and its words, which end before the next one's."""
        ticks = sorted(self.scene.samples.actions)
        columns = [self.column(tick) for tick in ticks]
        for tick, column, behind in zip(ticks, columns, [*columns[1:], self.scene.columns + 1], strict=False):
            style = "violet" if column <= self.cursor else "faint"
            label = action_words(printable.text(self.scene.samples.actions[tick]))
            room = min(self.x(behind), self.end) - self.x(column) - 1
            for row in range(self.plan.rails * len(self.plan.wires) + 1):
                self.grid.put(self.x(column), self.top + 1 + row, "┊", style, end=self.end)
            bold = f"{style}.bold" if style == "violet" else style
            fitted = words.fit([label, *_shorter(label)], room)
            self.grid.put(self.x(column) + 1, self.top + 1, fitted, bold, end=self.end)

    def track(self, track: Track, y: int) -> None:
        """One lane's rows, or those of one fd of a lane that is alone."""
        (lane, client), rails = track, self.plan.rails
        samples = self.scene.samples.rows.get(track, [])
        middle = y + (1 if rails > 1 else 0)
        self._name(track, y, middle)
        before = _before(samples)
        spans = self._spans(lane, client)
        sure = [span for span in spans if span.finding.sure(self.scene.n) in ("certain", "likely")]
        self._bad = {column for span in sure for column in span.columns}
        for column, sample in enumerate(samples):
            if rails > 1:
                self._two_rails(column, before, sample, y)
            else:
                self._one_rail(column, before, sample, y)
            if rails == 3:
                self._call(column, sample, y + 2)
            before = sample
        self._notes(samples, middle, rails)
        for span in spans:
            self._note(span, samples, middle, rails)
        self._absent(lane, samples, middle)

    def _name(self, track: Track, y: int, middle: int) -> None:
        """What the row is of: a lane, with the fd of it that is followed where each lane has its own; or an fd."""
        grid, found, (lane, client) = self.grid, self.scene, track
        style = "orange.bold" if found.trouble(lane) else "text.bold"
        fd = find(found.lane(lane), client) if client is not None else None
        if found.subject.alike:
            grid.put(2, middle, str(found.number(lane)), "dim", end=LABEL)
            grid.put(4, middle, name(found, lane), style, end=LABEL)
        elif len(found.lanes) == 1:
            bad = any(f"fd {one.fd}" == client for one in found.findings.get(lane, ()))
            tone = "orange.bold" if bad else "violet.bold" if client == found.client else "text.bold"
            grid.put(2, y, client or say("no fd"), tone, end=LABEL)
            if middle > y:
                grid.put(2, middle, words.fit(label_of(fd), LABEL - 3), "dim", end=LABEL)
        else:
            grid.put(2, y, short_name(lane, LABEL - 3), style, end=LABEL)
            if middle > y:
                grid.put(2, middle, words.fit([client or ""], LABEL - 3), "dim", end=LABEL)

    def calls(self, track: Track, y: int) -> None:
        """The lane's calls in a row of their own, where all rows are of one lane."""
        for column, sample in enumerate(self.scene.samples.rows.get(track, [])):
            self._call(column, sample, y)

    def _spans(self, lane: str, client: str | None) -> list[_Span]:
        """What was found of the followed fd, over the columns of the window in which it lasted."""
        trace = self.scene.trace
        if client is None or not self.count:
            return []
        spans = []
        last = trace.tick_end(self.ticks[-1])
        for one in trace.findings.between(trace.tick_start(self.first), last):
            of = one.client == client if not is_fd(client) else f"fd {one.fd}" == client
            if one.lane != lane or not of or one.turns[0].sure == "information":
                continue
            begin = max(0, self.column(trace.tick_of(one.opened)))
            behind = self.column(trace.tick_of(one.closed)) if one.closed is not None else self.count
            spans.append(_Span(one, range(begin, min(max(begin + 1, behind), self.count))))
        return spans

    def _note(self, span: _Span, samples: list[Sample], y: int, rails: int) -> None:
        """The words of a finding that is not of bytes left lying, where its columns leave room for them."""
        one, columns = span
        if columns.start >= len(samples) or columns.start > self.cursor or samples[columns.start].stranded:
            return
        sample = samples[columns.start]
        behind = columns.start + 1
        while behind < columns.stop and behind < len(samples) and samples[behind][:3] == sample[:3]:
            if samples[behind].stranded:
                break  # there begins a note of its own
            behind += 1
        begin = self.x(columns.start) + 1
        room = min(self.x(min(behind, self.cursor + 1)), self.end) - begin - 1
        if rails == 1 and sample.open:
            return
        texts = shout(one, self.scene.n, wakeups(self.scene.trace, one, self.scene.n))
        text = next((text for text in texts if cell_len(text) <= room), "")
        if sample.open and not sample.high:
            y -= 1  # beside a low rail there is room above it
        sure = one.sure(self.scene.n) in ("certain", "likely")
        self.grid.put(
            begin, y, text if sure else text.replace("!", "?"), "orange.bold" if sure else "yellow", end=self.end
        )

    def _style(self, column: int, sample: Sample) -> str:
        if column > self.cursor:
            return "faint"
        if sample.stranded or (column in self._bad and sample.open):
            return "orange"
        return "blue" if sample.high else "dim"

    def _two_rails(self, column: int, before: Sample, sample: Sample, y: int) -> None:
        grid, x, pitch = self.grid, self.x(column), self.pitch
        style = self._style(column, sample)
        past = column <= self.cursor
        if not sample.open:
            if before.open:
                grid.put(x, y if before.high else y + 1, "x", "text" if past else "faint", end=self.end)
            return
        if not sample.known:
            for row in (y, y + 1):
                grid.put(x, row, _UNKNOWN * pitch, "line", end=self.end)
            if not before.open:
                grid.put(x, y + 1, "╶", "dim" if past else "faint", end=self.end)
            return
        stroke = _HIGH if sample.high else _LOW
        glyph = stroke.asleep if sample.asleep else stroke.awake
        row = y if sample.high else y + 1
        grid.put(x, row, glyph * pitch, style, end=self.end)
        if sample.high and past:
            grid.shade(x, y + 1, min(pitch, self.end - x), "orange" if style == "orange" else "blue")
        if not before.open:
            grid.put(x, row, "╶", style, end=self.end)
        elif sample.high != before.high and before.known:
            high, low = ("╭", "╯") if sample.high else ("╮", "╰")
            corner = "blue" if past else "faint"
            grid.put(x, y, high, corner, end=self.end)
            grid.put(x, y + 1, low, corner, "base", end=self.end)
        if sample.report:
            grid.put(x + 1, y, sample.report, "yellow.bold" if past else "faint", end=self.end)
        number = self._number(before, sample)
        if number:
            shown = "faint" if not past else f"{style}.bold" if sample.high else "text.bold"
            whole = x + 1 + len(number) <= (x + pitch if column == self.cursor else self.end)
            grid.put(x + whole, y + 1, number, shown, end=self.end)  # rather over the corner than cut

    def _one_rail(self, column: int, before: Sample, sample: Sample, y: int) -> None:
        grid, x, pitch = self.grid, self.x(column), self.pitch
        style = self._style(column, sample)
        past = column <= self.cursor
        if not sample.open:
            if before.open:
                grid.put(x, y, "x", "text" if past else "faint", end=self.end)
            return
        if not sample.known:
            grid.put(x, y, _UNKNOWN * pitch, "line", end=self.end)
            return
        stroke = _BOLD if sample.high else _LOW
        grid.put(x, y, (stroke.asleep if sample.asleep else stroke.awake) * pitch, style, end=self.end)
        if sample.high and past:
            grid.shade(x, y, min(pitch, self.end - x), "orange" if style == "orange" else "blue")
        if sample.report:
            grid.put(x, y, sample.report, "yellow.bold" if past else "faint", end=self.end)
        elif self.scene.side == "IN":
            number = self._number(before, sample)
            if number:
                grid.put(x, y, number, f"{style}.bold" if past else "faint", end=self.end)

    def _number(self, before: Sample, sample: Sample) -> str:
        """What stands in the gap where something changed: bytes, or how the stream ended."""
        if sample.end:
            return sample.end if sample.end != before.end else ""
        changed = sample.value != before.value
        if self.scene.side == "IN":
            changed = sample.high and (changed or not before.high)
        return words.short(sample.value) if changed and sample.value else ""

    def _call(self, column: int, sample: Sample, y: int) -> None:
        past = column <= self.cursor
        if sample.call:
            text = words.label(sample.call, self.pitch - 1)
            style = "yellow" if sample.woke else "dim" if column < self.cursor else "text"
        elif sample.asleep and self.ticks[column] not in self.scene.samples.actions:
            text, style = "z", "orange" if sample.stranded else "faint"
        else:
            return
        self.grid.put(self.x(column) + 1, y, text, style if past else "faint", end=self.end)

    def _notes(self, samples: list[Sample], y: int, rails: int) -> None:
        """Beside a stranded stretch, in words; never over the lane's next event, nor over the cursor's line."""
        for column, sample in enumerate(samples):
            if not sample.stranded or (column and samples[column - 1].stranded) or column > self.cursor:
                continue
            behind = column + 1
            while behind < len(samples) and samples[behind][:3] == sample[:3] and samples[behind].stranded:
                behind += 1
            behind = min(behind, self.cursor + 1)
            room = min(self.x(behind), self.end) - self.x(column) - 1
            count = words.short(sample.value)
            count = say("a datagram") if sample.end == "0" else count
            variants = [
                say("{count} unread, not reported again", count=count),
                say("{count} unread, not reported", count=count),
                say("{count} unread, silent", count=count),
            ]
            begin = self.x(column) + (1 if rails > 1 else 0)
            text = next(
                (text for text in [*variants, say("{count} unread", count=count), count] if cell_len(text) <= room), ""
            )
            self.grid.put(begin, y, text, "orange.bold", end=self.end)

    def _absent(self, lane: str, samples: list[Sample], y: int) -> None:
        """A server that sleeps while the client has connected, and has not accepted it: in words, as there is no fd."""
        found, connected = self.scene, self.scene.trace.now.clients.get(self.scene.client or "")
        if connected is None or connected.opened > found.n:
            return
        begin = found.trace.tick_of(connected.opened) - self.first + 1
        if found.fd(lane) is not None or found.elsewhere(found.client or ""):
            return
        style = "orange.bold" if any(fd.stranded for fd in found.lane(lane).listeners()) else "faint"
        asleep = [c >= begin and sample.asleep for c, sample in enumerate(samples[: self.cursor + 1])]
        for column, here in enumerate(asleep):
            if here and not (column and asleep[column - 1]):
                behind = asleep.index(False, column) if False in asleep[column:] else len(asleep)
                room = min(self.x(behind), self.end) - self.x(column) - 1
                self.grid.put(self.x(column) + 1, y, words.fit([say("not accepted"), ""], room), style, end=self.end)

    def axis(self, y: int) -> None:
        """The steps, every fifth with its number, and the cursor's. A number that has no room is left out: one that is
        cut would be another number."""
        grid, trace = self.grid, self.scene.trace
        held = any(trace.tick_step(tick) is not None for tick in self.ticks[:1])
        grid.put(4, y, say("step") if held else say("call"), "dim")
        for column in range(self.count):
            mark = ("┬" if column else "") + "─" * (self.pitch if column == 0 else self.pitch - 1)
            grid.put(self.x(column), y, mark, "line", end=self.end)
        taken = self._written(y)
        for column in range(self.count):
            number = self._step(column)
            x = self.x(column)
            span = range(x, x + len(str(number)))
            if column == self.cursor or (number % 5 and column) or span.stop > self.end:
                continue
            if all(span.stop < other.start or other.stop < span.start for other in taken):
                grid.put(x, y, str(number), "dim" if column < self.cursor else "faint")
                taken.append(span)

    def _step(self, column: int) -> int:
        tick = self.ticks[column] if column < self.count else column  # before anything has happened
        step = self.scene.trace.tick_step(tick)
        return step if step is not None else tick

    def _written(self, y: int) -> list[range]:
        """Write what the axis has at the cursor: its number, which ends before the double line, and the words behind.
        Returns the cells that are taken."""
        if not self._in_sight:
            return []
        grid, x = self.grid, self.x(self.cursor)
        behind = min(x + self.pitch, self.end)
        number = str(self._step(self.cursor))
        begin = min(x, behind - len(number))
        taken = [range(min(x, begin), behind + 1)]
        if begin >= LABEL:
            grid.put(begin, y, f"{number} ", "text.bold", end=behind)
        text = words.fit([f" {self._behind()} ", ""], self.end - behind - 1)
        grid.put(behind + 1, y, text, "faint" if self.scene.behind else "dim", end=self.end)
        return [*taken, range(behind + 1, behind + 1 + len(text))] if text else taken

    def _behind(self) -> str:
        """What lies right of the cursor: events that are newer than it, or nothing yet."""
        found = self.scene
        if found.view.veiled:
            return "not yet"
        if found.behind and not found.over:
            return say("newer")
        ended = all(found.lane(lane).status == "ended" for lane in found.lanes)
        return say("the end") if found.over or ended or found.view.replay is not None else say("not yet")

    @property
    def _in_sight(self) -> bool:
        return 0 <= self.cursor < self.count and self.scene.n >= 0

    def now(self, y: int, rows: int) -> None:
        """The cursor: a shaded column, and the double line behind which nothing has happened yet, or what is newer."""
        if not self._in_sight:
            return
        x, grid = self.x(self.cursor), self.grid
        for row in range(y, y + rows + 1):
            grid.shade(x, row, min(self.pitch, self.end - x), "cursor")
            grid.put(x + self.pitch, row, _NOW, "text.bold", "base", self.end)


def _before(samples: list[Sample]) -> Sample:
    """What came before the window's first column: taken to be the same, so that no corner is invented."""
    if not samples:
        return Sample(False, False, 0, "", False, False, "", "", False)
    return samples[0]._replace(value=-1, end="")


def _shorter(label: str) -> list[str]:
    """`A sends 12 bytes` -> `A sends`, `A`."""
    parts = label.split()
    return [" ".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
