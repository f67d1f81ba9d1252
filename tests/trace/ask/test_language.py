"""The language of conditions: what it says, what it refuses, and that it can't do anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muxviz.calls import WAITS
from muxviz.events import Event, Queues
from muxviz.kernel import FdState, LaneState, State
from muxviz.trace.ask import GUIDE, NAMES, ConditionError, parse

STATE = State(
    lanes={
        "edge": LaneState(
            "edge",
            status="running",
            fds={
                3: FdState(3, "listener", 0),
                5: FdState(5, "connection", 1, client="A", interest="IN|ET", queues=Queues(recv=8), high=True),
                6: FdState(6, "connection", 2, client="B", reported="IN|HUP", reported_n=9, queues=Queues(recv=0)),
            },
        )
    }
)


def recv(**more: object) -> Event:
    fields = {
        "n": 10,
        "t": 1_500_000_000,
        "lane": "edge",
        "role": "server",
        "call": "recv",
        "fd": 5,
        "ret": 4,
        "took": 7_000_000,
    }
    return Event(**{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fd == 5 and unread > 0 and not reported", True),
        ("fd == 6 and unread > 0", False),
        ("unread > 0 and HUP in reported", False),  # one fd has the bytes, another the flag
        ("HUP in reported", True),
        ("reported == 'IN|HUP'", True),
        ("reported == HUP|IN", True),
        ("reported != IN", True),
        ("call == recv and fd == 5", True),
        ("call == recv and fd == 6", False),
        ("call == recv and unread == 8", True),
        ("call == send or ret == 4", True),
        ("lane == edge and took >= 7ms and took < 0.01s", True),
        ("t == 1.5s", True),
        ("not (lane == select or lane == poll)", True),
        ("not not error", False),
        ("error != EAGAIN", True),
        ("error == EAGAIN", False),
        ("ret < 16K and ret", True),
        ("size > 0", False),
        ("client == A and high == true", True),
        ("kind == listener", True),
        ("kind == listener and call == recv", False),
        ("asleep", False),
        ("stranded", False),
        ("ET in interest", True),
    ],
)
def test_what_a_condition_means(text: str, holds: bool) -> None:
    assert parse(text).holds(recv(), STATE) is holds


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("fd ==", "column 6"),
        ("fd == == 5", "column 7"),
        ("(fd == 5", "column 1"),
        ("fd == 5)", "column 8"),
        ("fd == five", "column 4"),
        ("call < recv", "column 6"),
        ("fd in reported", "column 4"),
        ("fd == 5 unread > 0", "column 9"),
        ("fd == 5; exit()", "column 8"),
        ("__import__('os').system('id')", "column 17"),
        ("fd == `id`", "column 7"),
        ("lambda: 1", "column 9"),
        ("5 == 5", "needs a name"),
        ("recv", "no name"),
        ("", "missing"),
        ("(" * 1000, "missing"),
        ("(" * 70 + "fd" + ")" * 70, "inside each other"),
        ("not " * 300, "column"),
        ("fd == 5 or " * 200, "at most"),
        ("\x1b[2J", "column 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, column: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text[:999] if column != "at most" else text)
    assert column in str(caught.value) or "inside each other" in str(caught.value)
    assert str(caught.value).isprintable()


@settings(max_examples=400)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*NAMES, *"()", "==", "<", "in", "and", "or", "not", "5", "IN", "'x'", "2ms"])).map(
        " ".join
    )
)
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    try:
        condition = parse(text)
    except ConditionError as error:
        assert str(error).isprintable()
    else:
        condition.holds(recv(), STATE)
        condition.holds(Event(n=0, t=0, mark="x"), STATE)


def test_no_name_is_that_of_a_lane_or_a_call() -> None:
    assert not set(NAMES) & {
        "select",
        "poll",
        "level",
        "edge",
        "accept",
        "recv",
        "send",
        "close",
        "read",
        "write",
        *WAITS,
    }


def test_a_guide_has_every_name() -> None:
    assert all(f"  {name} " in GUIDE for name in NAMES)
    assert max(map(len, GUIDE.splitlines())) <= 78
