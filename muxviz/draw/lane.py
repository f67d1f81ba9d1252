"""A lane's panel: the program above, the kernel below, and between them the call that crosses."""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.draw import words
from muxviz.draw.call_list import CallList
from muxviz.draw.call_text import call_text
from muxviz.draw.code import draw_code
from muxviz.draw.fd_table import FdTable, summary
from muxviz.draw.grid import Grid
from muxviz.draw.lane_fds import LaneFds
from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene, name, title
from muxviz.events import Event
from muxviz.kernel import LaneState
from muxviz.language import say

_LIGHT: Final = "╭─╮│╰╯├┤"
_HEAVY: Final = "┏━┓┃┗┛┣┫"


def draw_lane(grid: Grid, scene: Scene, plan: Layout, lane: str, x: int, y: int, width: int) -> None:
    """The panel of a lane with its upper left corner at (x, y)."""
    state = scene.lane(lane)
    border = _Border(grid, lane == scene.focus, _edge_style(scene, lane, state), x, width)
    word, style = _status(scene, lane, state, width)
    predicting = scene.view.predicting
    word, style = (predicting.mark(lane, word) if predicting is not None else None) or (word, style)
    head = "orange.bold" if scene.trouble(lane) else "text.bold"
    names = words.fit(_names(scene, lane), width - 7 - cell_len(word))
    border.line(y, 0, names, head, word, style)
    if plan.fds == "beside":
        end = _beside(border, scene, plan, lane, y + 1)
    else:
        end = _stacked(border, scene, plan, lane, y + 1)
    fds = summary(scene, lane)[0] if plan.fds == "beside" and state.status != "ended" else ""
    border.line(end, 4, words.fit(_counters(state), width - 6), "dim", fds or _prints(scene, lane, width), "dim")


def _beside(border: _Border, scene: Scene, plan: Layout, lane: str, y: int) -> int:
    """The calls, and the fds at their right. Returns the row behind."""
    grid, x, left, rows = border.grid, border.x, border.width * 9 // 20, plan.source
    border.sides(y, rows)
    for row in range(rows):
        grid.put(x + left, y + row, "│", "line")
    CallList(grid, scene, lane, x + 1, left - 2).draw(y, rows)
    _kernel(grid, scene, plan, lane, (x + left + 2, y, border.width - left - 4, rows))
    return y + rows


def _stacked(border: _Border, scene: Scene, plan: Layout, lane: str, y: int) -> int:
    """The program, the call that crosses, the newest calls, the fds. Returns the row behind."""
    grid, x, width = border.grid, border.x, border.width
    draw_code(grid, scene, lane, x + 1, y, width - 2, plan.source)
    border.sides(y, plan.source)
    y += plan.source
    _crossing(border, scene, lane, y)
    y += 1
    if plan.calls:
        _calls(grid, scene, lane, x + 2, y, width - 4, plan.calls)
        border.sides(y, plan.calls + 1)
        grid.put(x + 1, y + plan.calls, "╌" * (width - 2), "line")
        y += plan.calls + 1
    border.sides(y, plan.kernel)
    _kernel(grid, scene, plan, lane, (x + 2, y, width - 4, plan.kernel))
    return y + plan.kernel


_WITH_HEADING: Final = 6
"""Rows from which on a table of fds has a heading."""


def _kernel(grid: Grid, scene: Scene, plan: Layout, lane: str, at: tuple[int, int, int, int]) -> None:
    """What the kernel holds for the lane, in a rectangle of (x, y, width, rows); or how the lane ended."""
    x, y, width, rows = at
    if scene.lane(lane).status == "ended":
        _ended(grid, scene, lane, x, y, width, rows)
    elif plan.table:
        FdTable(grid, scene, lane, x, width).draw(y, rows, heading=rows >= _WITH_HEADING or plan.fds == "beside")
    else:
        LaneFds(grid, scene, plan, lane, x, width).draw(y)


def _names(scene: Scene, lane: str) -> list[str]:
    """What the panel is called, the fullest first."""
    number = scene.number(lane)
    names = [f"{number} {title(scene, lane)}", f"{number} {name(scene, lane)}"]
    return names if scene.subject.alike else [*_of_process(scene, lane, number), *names]


def _of_process(scene: Scene, lane: str, number: int) -> list[str]:
    """A lane's name with its process, where the name does not say it; a program that was exec'd since by its own."""
    state = scene.lane(lane)
    safe = printable.text(lane, 32)
    named = f"{number} {safe}" + (f" → {printable.text(state.program, 24)}" if state.program else "")
    if state.pid is None or str(state.pid) in safe:
        return [named, f"{number} {safe}"]
    return [f"{named}  {say('pid {pid}', pid=state.pid)}", named, f"{number} {safe}"]


def _prints(scene: Scene, lane: str, width: int) -> str:
    """The last line that somebody's own program printed; a specimen prints its port and no more."""
    printed = scene.view.output.get(lane)
    if not printed or scene.trace.header.source.kind != "run":
        return ""
    return printable.text(say("prints: {line}", line=printed[-1]), width // 2)


class _Border:
    """The frame of one panel."""

    def __init__(self, grid: Grid, heavy: bool, style: str, x: int, width: int) -> None:
        self.grid, self.style, self.x, self.width = grid, style, x, width
        self.glyphs = _HEAVY if heavy else _LIGHT

    def line(self, y: int, kind: int, left: str, left_style: str, right: str, right_style: str) -> None:
        """A horizontal line (kind 0 top, 4 bottom, 6 middle) with words in it."""
        grid, x, end = self.grid, self.x, self.x + self.width
        first, last = {0: (0, 2), 4: (4, 5), 6: (6, 7)}[kind]
        grid.put(x, y, self.glyphs[first] + self.glyphs[1] * (self.width - 2) + self.glyphs[last], self.style)
        room = self.width - 6
        if right:
            right = printable.clip(right, room - min(cell_len(left), room // 2) - 1)
            room -= cell_len(right) + 1
            grid.right(end - 2, y, f" {right} ", right_style)
        if left:
            grid.put(x + 2, y, f" {printable.clip(left, room)} ", left_style)

    def sides(self, y: int, rows: int) -> None:
        """The two sides."""
        for row in range(y, y + rows):
            self.grid.put(self.x, row, self.glyphs[3], self.style)
            self.grid.put(self.x + self.width - 1, row, self.glyphs[3], self.style)


def _edge_style(scene: Scene, lane: str, state: LaneState) -> str:
    if scene.trouble(lane) or (state.status == "ended" and _violent(scene, state)):
        return "orange"
    return "focus" if lane == scene.focus else "line"


def _violent(scene: Scene, state: LaneState) -> bool:
    end = scene.trace[state.exit_n].exit if state.exit_n is not None else None
    return end is not None and end.by != "muxviz" and bool(end.traceback or end.signal or end.status)


def _status(scene: Scene, lane: str, state: LaneState, width: int) -> tuple[str, str]:
    """The lane's state in a word or two, with its style."""
    view = scene.view
    following = scene.trace.next_call(scene.n, lane)
    newest = scene.newest(lane)
    if state.status == "ended":
        return say("ended"), "orange.bold" if _violent(scene, state) else "dim"
    if lane in view.stalled:
        return say("waits for muxviz"), "orange.bold"
    if state.status == "asleep" and scene.another_moves(lane) is None:
        style = "orange.bold" if scene.trouble(lane) else "dim"
        inside = newest is not None and newest.call not in WAITS
        call = printable.text(newest.call or "", 16) if newest is not None else ""
        return (say("asleep in {call}", call=call) if inside else say("asleep")), style
    if view.running and scene.behind == 0:
        return say("running"), "dim"
    if lane in view.reading and scene.behind == 0:
        return say("reads its input"), "yellow"
    if lane in view.elsewhere and scene.behind == 0:
        return say("between calls"), "dim"
    if following is None:
        return "", "dim"
    call = printable.text(following.call, 16)
    if view.busy and following.call in WAITS:
        return say("busy"), "dim"
    if following.tid is not None:
        thread = say("next {call}, thread {tid}", call=call, tid=following.tid)
        return words.fit([thread, say("next {call}", call=call)], width - 16), "text"
    return say("next {call}", call=call), "text"


def _crossing(border: _Border, scene: Scene, lane: str, y: int) -> None:
    """The rule between program and kernel: the call in progress, or the one that has just returned."""
    newest = _newest_of_the_program(scene, lane)
    border.line(y, 6, "", "text", "", "text")
    if newest is None:
        return
    state = scene.lane(lane)
    fresh = scene.in_tick(newest.n)
    woke = newest.is_wakeup and bool(newest.ready)
    mark = f"{_glyph(state, newest)} " if woke else ""
    told = call_text(newest) if scene.subject.by_number else [*_in_order(state, newest), *words.call(newest)]
    if state.status == "ended" and newest.phase is not None:
        told = [say("{call} … never returned", call=printable.text(newest.call or "", 24))]
    text = words.fit([mark + text for text in told], border.width - 6)
    if scene.trouble(lane) and state.status == "asleep":
        style, back = "orange.bold", "orange"
    elif woke and fresh:
        style, back = "yellow.bold", "yellow"
    else:
        style, back = "text.bold" if fresh else "dim", "base"
    behind = border.grid.put(border.x + 2, y, f" {text} ", style, back)
    if newest.tid is not None:
        thread = words.fit([say("thread {tid}", tid=newest.tid), str(newest.tid)], border.x + border.width - behind - 4)
        border.grid.right(border.x + border.width - 2, y, f" {thread} ", "dim")


_EXIT_CLOSES: Final = 64


def _newest_of_the_program(scene: Scene, lane: str) -> Event | None:
    """The newest call; where the program has ended, without the closes that the interpreter makes at its end."""
    newest = scene.newest(lane)
    if newest is None or not newest.args.get("gc") or scene.lane(lane).status != "ended":
        return newest
    calls = (scene.trace[k] for k in reversed(scene.trace.calls_until(scene.n, lane, _EXIT_CLOSES)))
    return next((event for event in calls if not event.args.get("gc")), newest)


def _in_order(state: LaneState, wait: Event) -> list[str]:
    """A wait that reported several clients, by their names in the order of the report."""
    reported = [state.named(number) for number, _ in wait.ready or ()]
    names = [printable.text(fd.client, 8) for fd in reported if fd is not None and fd.client is not None]
    if not wait.is_wakeup or len(names) < 2 or len(names) < len(reported):
        return []
    return [f"{printable.text(wait.call or '', 24)} → {' '.join(names)}"]


def _glyph(state: LaneState, wait: Event) -> str:
    """By the wire's rule: ▲ for an fd that is registered edge-triggered, else ●; both where the wait named both."""
    edges = {(fd := state.fds.get(number)) is not None and fd.edge for number, _ in wait.ready or ()}
    return "".join(glyph for glyph, edge in (("●", False), ("▲", True)) if edge in edges)


def _calls(grid: Grid, scene: Scene, lane: str, x: int, y: int, width: int, rows: int) -> None:
    """The lane's newest finished calls, oldest first."""
    events = [scene.trace[k] for k in scene.trace.calls_until(scene.n, lane, rows + 1)]
    finished = [event for event in events if event.phase is None][-rows:]
    for row, event in enumerate(finished):
        call, arrow, result = words.fit(words.call(event), width).partition(" → ")
        style = "dim" if scene.in_tick(event.n) else "faint"
        grid.put(x, y + row, call, style)
        grid.right(x + width, y + row, arrow.lstrip() + result, style)


def _counters(state: LaneState) -> list[str]:
    wakeups = words.wakeups(state.wakeups)
    calls = words.calls(state.calls)
    if not state.idle_wakeups:
        return [f"{wakeups} · {calls}", wakeups]
    idle = state.idle_wakeups
    return [
        say("{wakeups}, {idle} for nothing · {calls}", wakeups=wakeups, idle=idle, calls=calls),
        say("{wakeups}, {idle} for nothing", wakeups=wakeups, idle=idle),
        say("{wakeups} ({idle} idle)", wakeups=wakeups, idle=idle),
    ]


def _ended(grid: Grid, scene: Scene, lane: str, x: int, y: int, width: int, rows: int) -> None:
    """How a lane ended, with the last lines of its traceback and of what it printed."""
    state = scene.lane(lane)
    end = scene.trace[state.exit_n].exit if state.exit_n is not None else None
    if end is None:
        return
    bad = "orange" if _violent(scene, state) else "dim"
    first = (
        say("ended by muxviz") if end.by == "muxviz"
        else say("killed by {signal}", signal=printable.text(end.signal, 16)) if end.signal
        else say("ended with exit status {status}", status=end.status)
    )  # fmt: skip
    lines = [(first, f"{bad}.bold")]
    trace = [line for line in (end.traceback or "").splitlines() if line.strip()]
    # The exception itself; the line that raised it is in the program's own window.
    lines += [(line, bad) for line in wrap(printable.text(trace[-1].strip()), width)] if trace else []
    printed = [printable.text(line, width) for line in scene.view.output.get(lane, [])[-(rows - len(lines)) :]]
    lines += [(line, "dim") for line in printed] if len(lines) < rows and not trace else []
    for row, (line, style) in enumerate(lines[:rows]):
        grid.put(x, y + row, printable.clip(line, width), style)
