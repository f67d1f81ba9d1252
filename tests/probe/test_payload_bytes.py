"""What each call moved, by its arguments and its result; and what is copied of it, at the edges of the limit."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.probe import ring_format
from muxviz.probe.payload import MOVED, wrapped

MANY = 100


class Kept:
    """Calls that keep what would go into the ring."""

    def __init__(self, payload: int = MANY, mode: int = 1) -> None:
        self.payload, self.control = payload, [mode]
        self.defined: list[tuple[int, int, bytes]] = []

    def define(self, code: int, number: int, data: bytes) -> None:
        self.defined.append((code, number, data))

    def moved(self, name: str, result: Any, *args: Any, **named: Any) -> list[bytes]:
        calls: Any = self
        call = wrapped(calls, name, lambda target, *args, **named: result)
        assert call(None, *args, **named) is result
        assert all(each[:2] == (ring_format.CONTENTS, 0) for each in self.defined)
        return [data for _, _, data in self.defined]


BUFFER = b"abcdefgh"
TWO = [b"abcd", b"efgh"]

CALLS: list[tuple[str, Any, tuple[Any, ...], bytes]] = [
    ("recv", b"abc", (9,), b"abc"),
    ("recvfrom", (b"abc", ("peer", 1)), (9,), b"abc"),
    ("recvmsg", (b"abc", [], 0, None), (9,), b"abc"),
    ("recv_into", 3, (BUFFER, 9), b"abc"),
    ("recvfrom_into", (3, None), (BUFFER, 9), b"abc"),
    ("recvmsg_into", (6, [], 0, None), (TWO, 9), b"abcdef"),
    ("send", 3, (BUFFER, 0), b"abc"),
    ("sendto", 3, (BUFFER, ("peer", 1)), b"abc"),
    ("sendmsg", 6, (TWO, [], 0), b"abcdef"),
    ("sendall", None, (BUFFER, 0), BUFFER),
    ("read", b"abc", (9,), b"abc"),
    ("readv", 6, (TWO,), b"abcdef"),
    ("write", 3, (BUFFER,), b"abc"),
    ("writev", 6, (TWO,), b"abcdef"),
    ("SSL_read", b"abc", (9,), b"abc"),
    ("SSL_write", 3, (BUFFER,), b"abc"),
]


def test_every_call_that_moves_bytes_is_asked_about() -> None:
    assert [name for name, *_ in CALLS] == list(MOVED)


@pytest.mark.parametrize(("name", "result", "args", "data"), CALLS)
def test_what_each_call_moved(name: str, result: Any, args: tuple[Any, ...], data: bytes) -> None:
    assert Kept().moved(name, result, *args) == [data]
    for limit in range(1, len(data) + 2):
        assert Kept(limit).moved(name, result, *args) == [data[:limit]]


@pytest.mark.parametrize(("name", "result"), [("recv_into", 3), ("recvfrom_into", (3, None))])
def test_a_buffer_may_be_given_by_its_name(name: str, result: Any) -> None:
    assert Kept().moved(name, result, buffer=BUFFER) == [b"abc"]


@pytest.mark.parametrize(
    ("name", "result", "args"),
    [("recv", b"", (9,)), ("send", 0, (BUFFER,)), ("sendmsg", 0, (TWO,)), ("writev", 3, ([],)), ("sendall", None, ())],
)
def test_where_nothing_moved_or_can_be_told_nothing_is_said(name: str, result: Any, args: tuple[Any, ...]) -> None:
    assert Kept().moved(name, result, *args) == []


def test_buffers_are_counted_in_bytes_and_copied_no_further_than_needed() -> None:
    assert Kept().moved("send", 3, array("H", [0x4141, 0x4242])) == [b"AAB"]
    untouched = memoryview(b"never")
    untouched.release()
    assert Kept(4).moved("sendmsg", 9, [b"abcd", untouched]) == [b"abcd"]
    assert Kept(5).moved("sendmsg", 9, [b"abcd", untouched]) == [], "a buffer that was let go"
    used: Iterator[bytes] = iter([])
    assert Kept().moved("sendmsg", 3, used) == []


def test_nothing_is_wrapped_without_a_limit_nor_what_moves_nothing() -> None:
    def real(target: object) -> None: ...

    none: Any = Kept(0)
    some: Any = Kept()
    assert wrapped(none, "recv", real) is real and wrapped(some, "accept", real) is real
    assert wrapped(some, "recv", real) is not real


def test_a_lane_that_records_nothing_copies_nothing() -> None:
    assert Kept(mode=0).moved("recv", b"abc", 9) == []


def test_what_the_call_raises_is_raised() -> None:
    def real(target: object) -> None:
        raise BlockingIOError

    calls: Any = SimpleNamespace(payload=MANY, control=[1])
    with pytest.raises(BlockingIOError):
        wrapped(calls, "recv", real)(None)
