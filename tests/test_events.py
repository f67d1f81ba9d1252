"""The vocabulary and its public form."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxviz.events import (
    FLAG_BITS,
    FORMAT,
    Event,
    FormatError,
    Header,
    LaneInfo,
    Queues,
    Source,
    decode_event,
    decode_header,
    encode,
    flag_bits,
    flag_names,
    split,
)


@given(st.sets(st.sampled_from(sorted(FLAG_BITS))))
def test_flags_survive_the_way_through_bits(names: set[str]) -> None:
    bits = sum(FLAG_BITS[name] for name in names)
    assert flag_bits(flag_names(bits)) == bits
    assert set(split(flag_names(bits))) == names


@given(st.integers(0, 2**32 - 1))
def test_bits_without_a_name_are_kept(bits: int) -> None:
    assert flag_bits(flag_names(bits)) == bits


def test_split_knows_words_and_not_substrings() -> None:
    assert "HUP" not in split("IN|RDHUP")
    assert split("") == ()


def test_the_documented_lines_decode() -> None:
    line = (
        b'{"n":17,"t":913400,"lane":"edge","role":"server","pid":411,"call":"epoll_wait","fd":4,"args":{"timeout":-1,'
        b'"maxevents":1023},"ret":1,"ready":[[5,"IN"]],"took":1800,"at":["epoll_echo.py",52],"queues":{"5":{"recv":12,'
        b'"unsent":0,"unacked":0,"tcp":"ESTABLISHED","level":"IN|OUT"}}}'
    )
    event = decode_event(line)
    assert event.kind == "call"
    assert event.ready == [(5, "IN")]
    assert event.queues["5"] == Queues(recv=12, unsent=0, unacked=0, tcp="ESTABLISHED", level="IN|OUT")
    assert json.loads(encode(event)) == json.loads(line)


def test_absent_means_empty_and_zero_is_written() -> None:
    line = json.loads(encode(Event(n=0, t=0, call="close", fd=0, ret=0)))
    assert line == {"n": 0, "t": 0, "call": "close", "fd": 0, "ret": 0}


def test_a_file_name_that_is_no_unicode_is_kept_as_far_as_it_goes() -> None:
    event = Event(n=0, t=0, call="send", args={"a\udcff": ["\udcff"]}, at=("caf\udce9.py", 3))
    assert decode_event(encode(event)).at == ("caf?.py", 3)


def test_a_low_level_is_not_an_unknown_one() -> None:
    assert json.loads(encode(Event(n=0, t=0, queues={"5": Queues(recv=0, level="")})))["queues"] == {
        "5": {"recv": 0, "level": ""}
    }


NO_EVENTS = [
    b"",
    b"[]",
    b"{}",
    b'{"n":"x","t":0}',
    b'{"n":1}',
    b"\xff",
    b'{"n":1,"t":0,"ready":[[1]]}',
    b'{"n":1e400,"t":0}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("line", NO_EVENTS, ids=range(len(NO_EVENTS)))
def test_what_is_no_event_is_one_error(line: bytes) -> None:
    with pytest.raises(FormatError):
        decode_event(line)


def test_a_newer_format_is_named() -> None:
    header = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("edge", "epoll edge")])
    assert decode_header(encode(header)) == header
    header.muxviz = FORMAT + 1
    with pytest.raises(FormatError, match="newer"):
        decode_header(encode(header))


def test_a_header_says_where_its_session_came_from_in_the_public_form() -> None:
    sources = [
        (Source(title="x"), b'{"kind":"lab","title":"x"}'),
        (Source(kind="trace", by="epoll", saved_as="a.log"), b'{"kind":"trace","by":"epoll","from":"a.log"}'),
        (
            Source(kind="run", watch=["buffers"], attached=[4, 5]),
            b'{"kind":"run","watch":["buffers"],"attached":[4,5]}',
        ),
    ]
    for source, line in sources:
        header = Header(FORMAT, "6.1", "x86_64", "3.11", source, [])
        assert b'"source":' + line in encode(header) and decode_header(encode(header)).source == source


def test_a_newer_look_lies_over_an_older_one() -> None:
    older = Queues(recv=12, tcp="ESTABLISHED", level="IN")
    assert older.updated(Queues(recv=0, derived=True)) == Queues(recv=0, tcp="ESTABLISHED", level="IN", derived=True)


_GIVEN = ("size", "flags", "op", "target", "events", "interest", "timeout", "maxevents", "socket_type")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, (None, "", "", None, "", None, None, None, "")),
        ({"size": 9, "flags": "PEEK"}, (9, "PEEK", "", None, "", None, None, None, "")),
        ({"op": "MOD", "fd": 5, "events": "IN|ET"}, (None, "", "MOD", 5, "IN|ET", None, None, None, "")),
        ({"interest": [[4, "R"], [5, "RW"]]}, (None, "", "", None, "", [(4, "R"), (5, "RW")], None, None, "")),
        ({"timeout": 1.5}, (None, "", "", None, "", None, 1.5, None, "")),
        ({"interest": [], "timeout": -1, "maxevents": 3}, (None, "", "", None, "", [], -1, 3, "")),
        ({"type": "SOCK_DGRAM", "flags": 0}, (None, "", "", None, "", None, None, None, "SOCK_DGRAM")),
        # of a recording that somebody made: anything may stand under any name
        ({"size": "9", "fd": "5", "timeout": [], "maxevents": {}}, (None, "", "", None, "", None, None, None, "")),
        ({"interest": [4, [5], ["x", "R"], [6, 7], [8, "W", 1]]}, (None, "", "", None, "", [(6, "7")], None, None, "")),
        ({"interest": {"4": "R"}, "op": None}, (None, "", "None", None, "", None, None, None, "")),
    ],
)
def test_what_a_call_was_given_has_its_type(args: dict[str, object], said: tuple[object, ...]) -> None:
    event = decode_event(json.dumps({"n": 0, "t": 0, "call": "recv", "args": args}).encode())
    assert tuple(getattr(event, name) for name in _GIVEN) == said
