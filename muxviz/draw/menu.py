"""The menu: scenarios by theme at the left; at the right a question before its answer, and the wire of the last run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.layout import SMALLEST
from muxviz.draw.picture import draw, too_small
from muxviz.draw.view import View
from muxviz.draw.wrapping import wrap
from muxviz.language import _, of_scenario, say
from muxviz.scenarios.model import GROUPS, Scenario
from muxviz.trace import Trace

KEYS: Final = (
    ("↑↓", "choose"),
    ("enter", "start"),
    ("l", "lanes"),
    ("/", "search"),
    ("o", "open a recording"),
    ("p", "your own program"),
    ("q", "quit"),
)


_COUNT: Final = {
    1: _("One real server starts"),
    2: _("Two real servers start"),
    3: _("Three real servers start"),
    4: _("Four real servers start"),
}


def menu(
    scenarios: Sequence[Scenario],
    chosen: int,
    size: tuple[int, int],
    *,
    lanes: Sequence[str] = ("select", "poll", "level", "edge"),
    last: Trace | None = None,
    theme: str = "dark",
    search: str | None = None,
    versions: str = "",
) -> Grid:
    """The list with scenario `chosen` marked. `last` is a run of it to show the wire of, `search` what was typed."""
    width, height = size
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return too_small(size)
    grid = Grid(width, height)
    grid.shade(0, 0, width, "raised")
    grid.put(1, 0, "muxviz", "text.bold", "raised")
    grid.put(9, 0, say("what the kernel tells an event loop"), "dim", "raised")
    grid.right(width - 1, 0, printable.text(versions, 40), "dim", "raised")
    names = say(", ").join(printable.text(lane, 12) for lane in lanes)
    count = say(_COUNT[len(lanes)]) if len(lanes) in _COUNT else say("{count} real servers start", count=len(lanes))
    intro = (
        say("Choose a scenario. {servers} on loopback ({names}) and stop before the first call.",
            servers=count, names=names),
        say("Choose a scenario. {servers} on loopback and stop before the first call.", servers=count),
        say("Choose a scenario. The servers start on loopback and stop at once."),
    )  # fmt: skip
    grid.put(2, 2, words.fit(intro, width - 4))
    if search is not None:
        grid.put(2, 3, f"/{printable.text(search, width - 8)}", "yellow.bold")
    half = max(40, min(58, width // 2 - 1))
    _list(grid, scenarios, chosen, 4, half)
    if scenarios:
        _card(grid, scenarios[max(0, min(chosen, len(scenarios) - 1))], half + 1, 4, width - half - 2, height - 6, last)
    else:
        grid.put(4, 5, say("No scenario has that in its name or words."), "dim")
    grid.shade(0, height - 1, width, "raised")
    end = grid.right(width - 1, height - 1, say("? help"), "text", "raised")
    grid.tone(end, height - 1, 1, "text.bold")
    at = 1
    for key, what in ((key, say(what)) for key, what in KEYS):
        if at + cell_len(key) + cell_len(what) + 3 <= end:
            at = grid.put(at, height - 1, key, "text.bold", "raised")
            at = grid.put(at + 1, height - 1, what, "dim", "raised") + 2
    return grid


def _list(grid: Grid, scenarios: Sequence[Scenario], chosen: int, y: int, width: int) -> None:
    """Scenarios under their themes; scrolled so that the chosen one is in sight."""
    rows: list[tuple[str, Scenario | None, int]] = []
    groups = [group for group in GROUPS if any(one.group == group for one in scenarios)]
    groups += sorted({one.group for one in scenarios} - set(groups))
    for group in groups:
        rows += [("", None, -1)] if rows else []
        rows.append((group, None, -1))
        rows += [("", one, index) for index, one in enumerate(scenarios) if one.group == group]
    room = grid.height - y - 2
    at = next((row for row, (_, _, index) in enumerate(rows) if index == chosen), 0)
    first = max(0, min(at - room // 2, len(rows) - room))
    for row, (group, one, index) in enumerate(rows[first : first + room]):
        if one is None:
            grid.put(2, y + row, printable.text(say(group), width - 2), "violet.bold")
            continue
        here = index == chosen
        if here:
            grid.shade(1, y + row, width - 2, "cursor")
            grid.put(2, y + row, "►", "text")
        grid.put(4, y + row, printable.text(one.name, 13), "text.bold" if here else "text")
        grid.put(
            18,
            y + row,
            printable.text(of_scenario(one.name, "summary", one.summary), max(0, width - 20)),
            "text" if here else "dim",
        )


def _card(grid: Grid, one: Scenario, x: int, y: int, width: int, height: int, last: Trace | None) -> None:
    """What a scenario is about. The answer is not in it."""
    grid.put(x, y, "╭" + "─" * (width - 2) + "╮", "line")
    for row in range(y + 1, y + height - 1):
        grid.put(x, row, "│", "line")
        grid.put(x + width - 1, row, "│", "line")
    grid.put(x, y + height - 1, "╰" + "─" * (width - 2) + "╯", "line")
    grid.put(x + 2, y, f" {printable.text(one.name, width - 8)} ", "text.bold")
    at, end = y + 1 + (1 if height > 20 else 0), y + height - 1
    for head, told, style in (
        ("", of_scenario(one.name, "story", one.story), "text"),
        (say("Question"), of_scenario(one.name, "question", one.question), "text.bold"),
        (say("Watch"), of_scenario(one.name, "watch", one.watch), "dim"),
    ):
        if head and at < end:
            grid.put(x + 2, at, head, "violet.bold")
            at += 1
        for line in wrap(printable.text(told), width - 4):
            if at < end:
                grid.put(x + 2, at, line, style)
                at += 1
        at += 1 if height > 20 else 0
    if last is not None and end - at >= len(last.lanes) + 3:
        grid.put(x + 2, at, say("Last run on this machine"), "violet.bold")
        at = _wire(grid, last, x + 1, at + 1, width - 2) + 1
    if at < end:
        beats = len(one.beats)
        grid.put(x + 2, at, say("1 client action") if beats == 1 else say("{count} client actions", count=beats), "dim")


def _wire(grid: Grid, last: Trace, x: int, y: int, width: int) -> int:
    """The one-row wire of a finished run, cut out of its picture at 80×24; returns the row behind it."""
    small = draw(last, len(last) - 1, SMALLEST, View(replay=""))
    rows = small.rows()
    lanes = len(last.lanes)
    top = next((row for row, runs in enumerate(rows) if "".join(text for text, _ in runs).startswith("╭─ wire")), None)
    if top is None:
        return y
    for row in range(lanes + 1):
        at = 0
        for text, style in rows[top + 1 + row]:
            fore, _, back = style.partition(" on ")
            shown = text[max(0, 1 - at) :] if at < 1 else text
            place = x + max(0, at - 1)
            at += len(text)
            grid.put(place, y + row, shown.rstrip("│") if at >= SMALLEST[0] else shown, fore, back, x + width)
    return y + lanes + 1
