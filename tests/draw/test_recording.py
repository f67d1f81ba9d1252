"""The recording's panel, and the timeline under the mouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.draw import View, draw
from muxviz.draw.columns import Columns, said
from muxviz.draw.layout import layout
from muxviz.draw.scene import scene
from muxviz.draw.timeline import timeline_at
from muxviz.events import Event
from muxviz.recording import load
from muxviz.trace import Trace

SIZES = ((120, 36), (160, 45), (100, 30), (80, 24))


@pytest.fixture
def marked(recordings: dict[str, Path]) -> Trace:
    trace = load(recordings["partial-read"])
    trace.mark(trace.tick_end(trace.tick_at_step(17) or 0), "slide 7: why edge sleeps")
    trace.mark(trace.tick_end(trace.tick_at_step(14) or 0), "first report")
    return trace


def test_the_panel_says_what_the_picture_of_the_design_says(marked: Trace) -> None:
    n = marked.tick_end(marked.tick_at_step(25) or 0)
    rows = draw(marked, n, (120, 36), View(focus="edge", panel=True, replay="a recording")).text().split("\n")
    top = next(y for y, row in enumerate(rows) if " the recording " in row)
    client, select, poll, level, edge, findings, marks, track = rows[top + 1 : top + 9]
    assert "┃A connects" in client and "┃A sends 12 bytes" in client
    assert [row.count("●") for row in (select, poll, level)] == [5, 5, 5]
    assert edge.count("▲") == 3 and "╍╍╍╍" in edge and "╍" not in select
    assert "5 wakeups" in select and "3 wakeups" in edge
    assert findings.count("!") == 2 and "!╍ edge stranded data ╍" in findings
    assert findings.index("┤") == client.index("┃A sends 4"), "a finding ends where new data makes an edge"
    assert "◆ first" in marks and "◆ slide 7: why edge sleeps" in marks
    assert "━█─" in track and " of " in track
    assert select.index("●") == poll.index("●") == level.index("●") == edge.index("▲")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("axis", ["steps", "time"])
def test_the_panel_keeps_its_place_and_gives_way(size: tuple[int, int], axis: str, marked: Trace) -> None:
    tops = set()
    for tick in range(-1, marked.ticks):
        view = View(focus="edge", panel=True, axis=axis)  # type: ignore[arg-type]
        text = draw(marked, marked.tick_end(tick), size, view).text()
        assert len(text.split("\n")) == size[1]
        tops.add(next((y for y, row in enumerate(text.split("\n")) if " the recording " in row), None))
    assert len(tops) == 1 and (None in tops) == (size[1] < 36)


@pytest.mark.parametrize("panel", [True, False])
@pytest.mark.parametrize("axis", ["steps", "time"])
def test_a_click_leads_to_where_the_cursor_is_drawn(panel: bool, axis: str, marked: Trace) -> None:
    size = (120, 36)
    for tick in range(marked.ticks):
        view = View(focus="edge", panel=panel, axis=axis)  # type: ignore[arg-type]
        n = marked.tick_end(tick)
        rows = draw(marked, n, size, view).text().split("\n")
        y = max(y for y, row in enumerate(rows[:-1]) if "█" in row and "│ unread" not in row)
        x = rows[y].index("█")
        found = scene(marked, n, size, view)
        there = timeline_at(found, layout(found), x, y)
        assert there is not None
        again = draw(marked, there, size, view).text().split("\n")[y]
        assert again.index("█") == x
    assert timeline_at(found, layout(found), 5, 5) is None


def test_columns_by_time_follow_the_latest_time(marked: Trace) -> None:
    columns = Columns(marked, 90, "time")
    places = [columns.place(tick) for tick in range(marked.ticks)]
    assert places == sorted(places) and places[0] == 0 and places[-1] == 89
    for column in range(90):
        first = columns.first(column)
        assert first == next((tick for tick, place in enumerate(places) if place >= column), marked.ticks)
    assert (said(61_500_000_000, 10**11), said(12_400_000, 10**8)) == ("1:01.5", "12.4 ms")


def test_the_cost_is_of_the_width_and_not_of_the_length(marked: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    long = Trace(marked.header)
    for n in range(20_000):
        long.append(msgspec.structs.replace(marked[n % len(marked)], step=None))
    view = View(focus="edge", panel=True)
    draw(long, 10_000, (120, 36), view)
    reads = 0
    real = Trace.__getitem__

    def counted(self: Trace, n: int) -> Event:
        nonlocal reads
        reads += 1
        return real(self, n)

    monkeypatch.setattr(Trace, "__getitem__", counted)
    draw(long, 15_000, (120, 36), view)
    assert reads < 3_000
    long.close()
