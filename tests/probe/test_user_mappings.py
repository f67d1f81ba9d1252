"""How much a program keeps for each fd: where a name is looked for, what counts as a length, what is never run."""

from __future__ import annotations

import queue
import socket
import sys
from collections import deque
from types import FrameType, ModuleType
from typing import Any

import pytest

from muxviz.probe import user_mappings

pending = {3: b"module"}


def here() -> FrameType:
    return sys._getframe(1)


class Loud:
    """An object whose length is the program's own code."""

    def __len__(self) -> int:
        raise AssertionError


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (b"abc", 3), (bytearray(4), 4), ("é", 1), (deque([1, 2]), 2), ([1], 1), ((), 0), ({1: 2}, 1), ({1, 2}, 2),
        (frozenset({1}), 1), (memoryview(b"abcd").cast("H"), 4), (5, None), (None, None), (Loud(), None),
        (type("Sub", (list,), {"__len__": lambda self: 99})([1, 2]), 2),
    ],
)  # fmt: skip
def test_lengths_are_those_of_the_built_in_types(value: Any, length: int | None) -> None:
    assert user_mappings.of_mapping({3: value}) == ({} if length is None else {3: length})


@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue])
def test_a_queue_has_the_length_of_what_is_in_it(kind: Any) -> None:
    made = kind()
    made.put(b"one")
    made.put(b"two")
    assert user_mappings.of_mapping({3: made}) == ({} if kind is queue.SimpleQueue else {3: 2})


def test_keys_are_fds_or_sockets() -> None:
    with socket.socket() as sock:
        number = sock.fileno()
        assert user_mappings.of_mapping({sock: b"ab"}) == {number: 2}
    assert user_mappings.of_mapping({sock: b"ab"}) == {}, "it is closed"
    assert user_mappings.of_mapping({0: b"a", -1: b"a", True: b"", "3": b"a", 4.0: b"a"}) == {0: 1}
    assert user_mappings.of_mapping([1]) == user_mappings.of_mapping(None) == {}


class Slotted:
    __slots__ = ("empty", "kept")

    def __init__(self) -> None:
        self.kept = {3: b"abcd"}


class Server:
    """A program's own class: of the object, of its class, and one that must not be run."""

    shared = {3: b"ab"}  # noqa: RUF012

    def __init__(self) -> None:
        self.own = {3: b"a"}
        self.shadow = {3: b"own"}
        self.slots = Slotted()

    @property
    def computed(self) -> Any:
        raise AssertionError

    def serve(self, *names: str) -> dict[int, user_mappings.Sizes]:
        return user_mappings.sizes(here(), names)


def test_names_are_looked_for_as_the_program_would() -> None:
    buffers = {3: b"local", 4: b"x"}
    server = Server()
    assert buffers and server
    assert user_mappings.sizes(here(), ("buffers",)) == {3: (("buffers", 5),), 4: (("buffers", 1),)}
    assert user_mappings.sizes(here(), ("pending",)) == {3: (("pending", 6),)}
    assert user_mappings.sizes(here(), ("buffers", "pending")) == {
        3: (("buffers", 5), ("pending", 6)),
        4: (("buffers", 1), ("pending", None)),
    }
    assert user_mappings.sizes(here(), ("server.own", "server.shared", "server.slots.kept")) == {
        3: (("server.own", 1), ("server.shared", 2), ("server.slots.kept", 4))
    }
    for none in ("server.computed", "server.slots.empty", "server.missing", "missing", "missing.own", "buffers.own"):
        assert user_mappings.sizes(here(), (none,)) == {}, none


def test_an_attribute_of_self_is_found_by_its_name_and_what_is_nearer_goes_before() -> None:
    server = Server()
    assert server.serve("own") == {3: (("own", 1),)} and server.serve("shared") == {3: (("shared", 2),)}
    shadow = {3: b"of the caller"}
    assert shadow and server.serve("shadow") == {3: (("shadow", 3),)}
    outer = {3: b"of the caller"}
    assert outer and server.serve("outer") == {3: (("outer", 13),)}


def test_of_a_class_and_of_a_module() -> None:
    module = ModuleType("made")
    vars(module)["kept"] = {3: b"abc"}
    kind = Server
    assert (
        module
        and kind
        and user_mappings.sizes(here(), ("module.kept", "kind.shared")) == {3: (("module.kept", 3), ("kind.shared", 2))}
    )


@pytest.mark.parametrize(("deep", "found"), [(user_mappings._FRAMES - 2, True), (user_mappings._FRAMES - 1, False)])
def test_so_many_frames_are_looked_through(deep: int, found: bool) -> None:
    def down(left: int) -> dict[int, user_mappings.Sizes]:
        return down(left - 1) if left else user_mappings.sizes(here(), ("buffers",))

    def top() -> dict[int, user_mappings.Sizes]:
        buffers = {3: b"top"}
        assert buffers
        return down(deep)

    assert bool(top()) is found


def test_a_name_that_has_no_value_yet_is_none() -> None:
    def early() -> dict[int, user_mappings.Sizes]:
        found = user_mappings.sizes(here(), ("late",))
        late = {3: b"x"}
        assert late
        return found

    assert early() == {}
