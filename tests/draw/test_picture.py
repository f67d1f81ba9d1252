"""What holds of every picture, whatever the trace, the cursor, the size and the view."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from rich.cells import cell_len

from muxviz.draw import Grid, View, draw, styles
from muxviz.events import Event, Header
from muxviz.scenarios import CATALOGUE
from muxviz.trace import Trace
from tests.conftest import moments
from tests.draw.conftest import HOSTILE, changed

_KNOWN = {theme: styles(theme) for theme in ("dark", "light")}
_quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

views = st.builds(
    View,
    focus=st.sampled_from(["", "select", "edge", "nobody"]),
    client=st.sampled_from([None, "A", "B", "#1", "nobody"]),
    playing=st.sampled_from([None, 8.0]),
    running=st.booleans(),
    recording=st.booleans(),
    replay=st.sampled_from([None, HOSTILE]),
    busy=st.booleans(),
    side=st.sampled_from(["IN", "OUT"]),
    overlay=st.sampled_from([None, "help", "event", "findings"]),
    notice=st.sampled_from([None, HOSTILE * 20]),
    theme=st.sampled_from(["dark", "light"]),
    output=st.just({"select": [HOSTILE] * 3}),
    stalled=st.sampled_from([frozenset(), frozenset({"poll"})]),
)


def check(grid: Grid, size: tuple[int, int], theme: str = "dark") -> None:
    """Exactly the size, known styles, and nothing that a terminal obeys."""
    rows = grid.rows()
    assert len(rows) == size[1]
    for row in rows:
        text = "".join(part for part, _ in row)
        assert cell_len(text) == size[0], text
        assert text.isprintable(), repr(text)
        assert all(style in _KNOWN[theme] for _, style in row)


SMALL = [name for name in CATALOGUE if name != "crowd"]


def test_a_crowd_has_its_size_too(traces: dict[str, Trace]) -> None:
    trace = traces["crowd"]
    for n in moments(len(trace))[::6]:
        for size in ((160, 45), (80, 24)):
            check(draw(trace, n, size, View(panel=size[0] > 80)), size)


@_quick
@given(data=st.data(), width=st.integers(20, 220), height=st.integers(5, 70), view=views)
def test_every_picture_has_its_size(traces: dict[str, Trace], hostile: Trace, data: st.DataObject,
                                    width: int, height: int, view: View) -> None:  # fmt: skip
    name = data.draw(st.sampled_from([None, *SMALL]))
    trace = traces[name] if name is not None else hostile
    n = data.draw(st.integers(-2, len(trace) + 1))
    check(draw(trace, n, (width, height), view), (width, height), view.theme)


@_quick
@given(n=st.integers(-1, 40), others=st.lists(st.integers(-1, 200), max_size=4))
def test_the_screen_depends_on_n_alone(partial_read: Trace, n: int, others: list[int]) -> None:
    first = draw(partial_read, n, (120, 36)).rows()
    for other in others:
        draw(partial_read, other, (120, 36))
    assert draw(partial_read, n, (120, 36)).rows() == first


@pytest.mark.parametrize("name", CATALOGUE)
def test_panels_never_jump(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    frames = {
        tuple(y for y, row in enumerate(draw(trace, n, (120, 36)).text().split("\n")) if row[:1] in "╭╰┏┗")
        for n in map(trace.tick_end, [-1, *moments(trace.ticks, most=400)])
    }
    assert len(frames) == 1, frames


def _rows_that_differ(one: Trace, other: Trace, n: int) -> set[int]:
    pictures = [draw(trace, n, (120, 36)).text().split("\n") for trace in (one, other)]
    return {y for y, (left, right) in enumerate(zip(*pictures, strict=True)) if left != right}


def test_hostile_words_change_their_own_rows_alone(partial_read: Trace) -> None:
    n = len(partial_read) - 1

    def title(header: Header) -> None:
        header.source = structs.replace(header.source, title=HOSTILE)

    def lane_titles(header: Header) -> None:
        for info in header.lanes:
            info.title = HOSTILE

    def source(header: Header) -> None:
        header.sources = {name: text.replace("ready", HOSTILE) for name, text in header.sources.items()}

    text = draw(partial_read, n, (120, 36)).text().split("\n")
    rule = next(y for y, row in enumerate(text) if row[:1] in "├┣")
    assert _rows_that_differ(partial_read, changed(partial_read, title), n) <= {0}
    assert _rows_that_differ(partial_read, changed(partial_read, lane_titles), n) <= {1}
    assert _rows_that_differ(partial_read, changed(partial_read, source), n) <= set(range(2, rule))


def test_a_hostile_action_changes_its_words_alone(partial_read: Trace) -> None:
    def event(one: Event) -> None:
        if one.action is not None:
            one.action = f"{one.action.split()[0]} {HOSTILE}"

    n = len(partial_read) - 1
    text = draw(partial_read, n, (120, 36)).text().split("\n")
    wire = next(y for y, row in enumerate(text) if row.startswith("╭─ wire"))
    difference = next(y for y, row in enumerate(text) if row.startswith(" ≠ ") or row.startswith(" = "))
    assert _rows_that_differ(partial_read, changed(partial_read, event=event), n) <= {wire + 1, difference}


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (79, 24), (80, 23), (20, 5)])
def test_too_small_says_which_size_is_needed(partial_read: Trace, size: tuple[int, int]) -> None:
    picture = draw(partial_read, 3, size)
    assert (picture.width, picture.height) == size
    if size[0] >= 20:
        assert "80×24" in picture.text()


class _Counted(Trace):
    """A trace that counts how many of its events are asked for."""

    asked = 0

    def __getitem__(self, n: int) -> Event:
        self.asked += 1
        return super().__getitem__(n)


def test_the_cost_does_not_grow_with_the_session(partial_read: Trace) -> None:
    trace = _Counted(partial_read.header)
    costs = []
    for repeat in (1, 400):
        for _ in range(repeat):
            for n in range(len(partial_read)):
                event = partial_read[n]
                trace.append(Event(**{name: getattr(event, name) for name in event.__struct_fields__} | {"step": None}))
        trace.asked = 0
        draw(trace, len(trace) - 1, (120, 36))
        costs.append(trace.asked)
    trace.close()
    assert costs[1] < 1500, costs


def test_a_stranded_lane_is_said_in_words_and_shapes(partial_read: Trace) -> None:
    text = draw(partial_read, len(partial_read) - 1, (120, 36), View(focus="edge")).text()
    assert "! STRANDED 8 bytes unread" in text
    assert "edge: reported 1×, asleep on 8 unread" in text
    assert "The server read 4 of the 12 unread bytes and waited again" in text
    assert "╍╍╍" in text and "▲" in text
    assert "● rec" not in text


def test_other_lanes_are_one_key_away_where_two_are_shown(partial_read: Trace) -> None:
    text = draw(partial_read, len(partial_read) - 1, (80, 24), View(focus="edge")).text()
    assert "1–4 tab other lanes" in text and "? help" in text
    assert "4 epoll edge" in text and "1 select" in text
