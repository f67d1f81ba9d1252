"""Places in a session, as a person writes them."""

from __future__ import annotations

import pytest

from muxviz.trace import PositionError, Trace, position


def test_the_forms(partial_read: Trace) -> None:
    trace = partial_read
    step = trace.tick_at_step(17)
    assert step is not None
    assert position(trace, "17") == position(trace, " step 17") == trace.tick_end(step)
    assert position(trace, "n20") == position(trace, "#20") == trace.tick_end(trace.tick_of(20))
    actions = trace.actions()
    for number, n in enumerate(actions, 1):
        assert position(trace, f"b{number}") == trace.tick_end(trace.tick_of(n))
    with pytest.raises(PositionError, match=f"there are {len(actions)}"):
        position(trace, f"b{len(actions) + 1}")
    assert position(trace, f"n{len(trace) - 1}") == len(trace) - 1
    with pytest.raises(PositionError, match=f"the last one is {len(trace) - 1}"):
        position(trace, f"n{len(trace)}")
    second = actions[1]
    assert position(trace, "b2") == position(trace, "action 2") == trace.tick_end(trace.tick_of(second))
    assert position(trace, "start") == position(trace, "") == -1
    assert position(trace, "end") == position(trace, "9999s") == len(trace) - 1


def test_a_time_is_the_first_event_at_which_the_clock_has_come_so_far(partial_read: Trace) -> None:
    latest = 0
    for n in range(len(partial_read)):
        latest = max(latest, partial_read[n].t)
        found = partial_read.at_time(latest)
        assert found <= n and partial_read[found].t >= latest
    assert position(partial_read, f"{latest / 1e9:.9f}s") == position(partial_read, f"0:{latest / 1e9:.9f}")


def test_a_marker_is_found_by_a_part_of_its_text(partial_read: Trace) -> None:
    partial_read.mark(30, "Slide 7: why edge sleeps")
    try:
        assert position(partial_read, "why EDGE") == partial_read.tick_end(partial_read.tick_of(30))
    finally:
        partial_read.mark(30, "")


@pytest.mark.parametrize("words", ["999", "n99999", "b9", "b0", "nowhere", "-3", "1e9", "\x1b[2J", "1:99:1"])
def test_what_is_no_place_is_said_in_one_printable_line(partial_read: Trace, words: str) -> None:
    with pytest.raises(PositionError) as caught:
        position(partial_read, words)
    assert str(caught.value).isprintable()
