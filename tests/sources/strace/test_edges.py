"""The limits of what is kept of strace's lines, and what is remembered of them, at their edges."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.sources.strace import arguments, calls, line_accounting
from muxviz.sources.strace.calls import describe
from muxviz.sources.strace.line_accounting import LineAccounting
from muxviz.sources.strace.live import Live
from muxviz.sources.strace.process import OpenFile, kind_of
from muxviz.sources.strace.translate import Translator
from tests.sources.strace.told import stamped, translated, translator


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"ioctl(7, {'X' * 80}, [1]) = 0", {"request": "X" * 80, "value": 1}),
        (f"ioctl(7, {'X' * 81}, [1]) = 0", {"request": "X" * 80, "value": 1}),
        (f"fcntl(7, F_SETLK, {'x' * 200}) = 0", {"command": "F_SETLK", "value": "x" * 200}),
        (f"fcntl(7, F_SETLK, {'x' * 201}) = 0", {"command": "F_SETLK", "value": "x" * 200}),
        ("ioctl(7, TCGETS, {c_iflag=1}) = 0", {"request": "TCGETS"}),
        ("select(9, [3], [4], [5], [6]) = 0", {"interest": [[3, "R"], [4, "W"], [5, "X"]]}),
        ("select(9, NULL, NULL, [5], NULL) = 0", {"interest": [[5, "X"]], "timeout": -1}),
        ("close_range(3, -1, 0) = 0", {"first": 3, "last": (1 << 32) - 1, "closed": []}),
        ("close_range(3, 3, 0) = 0", {"first": 3, "last": 3, "closed": []}),
        ("epoll_wait(5, [], 0, -2) = 0", {"timeout": -1, "maxevents": 0}),
        ("poll([{fd=3, events=POLLIN}], 1, -5) = 0", {"interest": [[3, "IN"]], "timeout": -1}),
    ],
)
def test_what_is_kept_of_an_argument(line: str, kept: dict[str, Any]) -> None:
    [event] = translated(line)
    assert {name: value for name, value in event.args.items() if name != "seen"} == kept


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("-1", -1), ("0x1f", 31), ("0x7fffffffffffffff", (1 << 63) - 1), ("0x8000000000000000", None),
     ("9223372036854775807", (1 << 63) - 1), ("9223372036854775808", None), ("-9223372036854775808", None), ("", None),
     ("x", None), ("0x", None), ("--1", None), ("1-", None)],
)  # fmt: skip
def test_numbers_have_64_bits(text: str, number: int | None) -> None:
    assert arguments.number(text) == number


@pytest.mark.parametrize(("kind", "function", "text", "found"), [
    ("_readiness", arguments.readiness, "EPOLLIN|EPOLLOUT", "IN|OUT"),
    ("_events", arguments.epoll_events, "[{events=EPOLLIN, data={u32=7, u64=7}}]", (("IN", 7),)),
])  # fmt: skip
def test_what_repeats_is_remembered_and_no_more_than_has_room(
    kind: str, function: Any, text: str, found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {}
    monkeypatch.setattr(arguments, kind, known)
    monkeypatch.setattr(arguments, "MOST", 3)
    assert function(text) == found and known == {text: found}
    assert function(text) is known[text]
    for n in range(9):
        function(f"{text}{' ' * n}x")
        assert len(known) <= 3
    long = text + " " * arguments.LONGEST
    function(long)
    assert long not in known


def test_descriptions_are_remembered_by_name_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[Any, Any] = {}
    monkeypatch.setattr(calls, "_described", known)
    monkeypatch.setattr(arguments, "MOST", 3)
    first = describe("close", "3")
    assert describe("close", "3") is first and list(known) == [("close", "3")]
    for n in range(9):
        assert describe("close", str(n)) is not None and len(known) <= 3
    before = len(known)
    describe("close", "3" * arguments.LONGEST)
    assert len(known) == before and describe("mmap", "") is None


def test_samples_and_names_are_counted_up_to_a_limit() -> None:
    made = LineAccounting()
    for n in range(line_accounting.SAMPLES + 3):
        made.unread(f"{n}" + "x" * 300)
    assert len(made.samples) == line_accounting.SAMPLES and made.unknown == line_accounting.SAMPLES + 3
    assert made.samples[0] == "0" + "x" * 199
    for n in range(line_accounting._NAMES + 2):
        made.passed(f"call{n}")
        made.passed("call0")
    assert (
        made.other["…"] == 2
        and len(made.other) == line_accounting._NAMES + 1
        and made.other["call0"] == line_accounting._NAMES + 3
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, None), ({"unknown": 1, "samples": ["x"]}, "1 line could not be read; the first: x"),
        ({"unknown": 2, "samples": ["x", "y"]}, "2 lines could not be read; the first: x"),
        ({"unknown": 2}, "2 lines could not be read"), ({"partial": 1}, "the last line has no end"),
        ({"lost": 1}, "of 1 call only one half was seen"), ({"lost": 2}, "of 2 calls only one half was seen"),
        ({"unnamed": 1}, "1 report is of fds that were registered before the trace began"),
        ({"unnamed": 2, "partial": 1},
         "the last line has no end. 2 reports are of fds that were registered before the trace began"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_lines(fields: dict[str, Any], words: str | None) -> None:
    assert LineAccounting(**fields).words() == words


@pytest.mark.parametrize(
    ("text", "kind"),
    [("socket:[1]", "socket"), ("TCP:[1.2.3.4:5->6.7.8.9:10]", "socket"), ("TCPv6:[[::1]:5]", "socket"),
     ("UDP:[1]", "datagram"), ("UDPv6:[1]", "datagram"), ("UNIX-STREAM:[1]", "socket"), ("UNIX-DGRAM:[1]", "datagram"),
     ("NETLINK:[1]", "socket"), ("anon_inode:[eventpoll]", "epoll"), ("anon_inode:inotify", "inotify"),
     ("anon_inode:[timerfd]", "timerfd"), ("anon_inode:[what]", "what"), ("pipe:[4]", "pipe"), ("/dev/null", "device"),
     ("/etc/x", "file"), ("", ""), ("what", "")],
)  # fmt: skip
def test_what_an_annotation_says_that_an_fd_is(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_of_registrations_of_closed_fds_the_newest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muxviz.sources.strace.process._DEAD_KEPT", 2)
    epoll = OpenFile("epoll")
    for number in (7, 8, 9):
        file = OpenFile("socket")
        file.refs = 1
        epoll.add(number, file, number * 11, "IN")
        file.released()
    assert epoll.keys == {88: 8, 99: 9} and list(epoll.dead) == [88, 99] and not epoll.watches(9)


@pytest.mark.parametrize(
    ("status", "launched", "told"),
    [(0, True, 0), (3 << 8, True, 3), (9, True, 137), (15, True, 143), (15, False, 0), (None, True, 0)],
)
def test_the_exit_status_is_a_shell_s(status: int | None, launched: bool, told: int) -> None:
    live: Any = SimpleNamespace(_tracer=SimpleNamespace(ended=status), plan=SimpleNamespace(launched=launched))
    status_of: Any = Live.exit_status
    assert status_of.fget(live) == told
    live._tracer = None
    assert status_of.fget(live) == 0 and os.WTERMSIG(15) == 15


LONG = "muxviz.sources.strace.translate._LONGEST"


def test_of_a_line_that_never_ends_its_begin_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LONG, 600)
    made = Translator()
    for letter in "abc":
        made.lines(letter.encode() * 300)
    assert made.counted.samples == ["a" * 200] and made.counted.lines == 1


def test_what_strace_has_let_go_of_sleeps_on() -> None:
    """What has no result, or ends in <detached ...>, is told once, also where its entry was told before."""
    left = "epoll_wait(5<anon_inode:[eventpoll]>,  <detached ...>"
    [event] = translated(left)
    assert (event.call, event.phase, event.fd) == ("epoll_wait", "enter", 5)
    made = Translator()
    made.lines(stamped("read(3, ", 0).encode())
    assert [event.phase for event in made.quiet()] == ["enter"]
    assert made.lines(b" <detached ...>\n") == [] and made.end() == []
    made = Translator()
    made.lines(stamped("accept(3,  <unfinished ...>", 0).encode() + b"\n")
    [event] = made.lines(stamped("<... accept resumed> <unfinished ...>) = ?", 1).encode() + b"\n")
    assert (event.call, event.phase, event.fd) == ("accept", "enter", 3)


def test_a_half_that_no_other_belongs_to_is_counted() -> None:
    for lines in (
        ["close(3 <unfinished ...>", "read(3, \"\", 1) = 1"],
        ["close(3 <unfinished ...>", "read(3,  <unfinished ...>", "<... read resumed>\"\", 1) = 1"],
        ["<... close resumed>) = 0"],
        ["close(3 <unfinished ...>", "<... read resumed>\"\", 1) = 1", "<... close resumed>) = 0"],
    ):  # fmt: skip
        _, made = translator(*lines)
        assert made.counted.lost == 1, lines
