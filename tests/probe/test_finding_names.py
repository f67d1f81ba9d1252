"""What the probe finds on a program's stack: mappings by their names, places by their files."""

from __future__ import annotations

import json
import queue
import socket
import sys
import sysconfig
from collections import deque
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from muxviz import probe
from muxviz.probe import messages, sites, user_mappings

FRAME = sys._getframe
of_module = {3: b"12"}


class Server:
    kept_by_class: dict[int, str] = {4: "1234"}  # noqa: RUF012 - as a program has it

    def __init__(self) -> None:
        self.outbox = {5: [1, 2, 3]}
        self.of_module_too = {9: b""}

    def here(self) -> FrameType:
        return FRAME()

    def called(self, self_: object = None) -> FrameType:
        return _deeper()

    @property
    def computed(self) -> dict[int, bytes]:
        raise AssertionError("nothing of the program's own is run")


class Slotted:
    __slots__ = ("empty", "outbox")

    def __init__(self) -> None:
        self.outbox = {6: (1,)}

    def here(self) -> FrameType:
        return FRAME()


def _deeper() -> FrameType:
    return FRAME()


def found(frame: FrameType, *names: str) -> dict[int, Any]:
    return user_mappings.sizes(frame, names)


def test_a_name_is_looked_for_among_locals_globals_callers_and_self() -> None:
    server = Server()
    local = {1: "x"}

    def inner() -> FrameType:
        assert local  # so that it is a free variable of this one
        return FRAME()

    assert found(inner(), "local") == found(FRAME(), "local") == {1: (("local", 1),)}
    assert found(FRAME(), "of_module") == {3: (("of_module", 2),)}
    assert found(server.here(), "outbox") == found(server.called(), "outbox") == {5: (("outbox", 3),)}
    assert found(server.here(), "kept_by_class") == {4: (("kept_by_class", 4),)}
    assert found(Slotted().here(), "outbox") == {6: (("outbox", 1),)}
    assert found(FRAME(), "server.outbox") == {5: (("server.outbox", 3),)}
    assert found(FRAME(), "Server.kept_by_class") == {4: (("Server.kept_by_class", 4),)}
    for name in ("nowhere", "server.nowhere", "server.computed", "local.x.y", "empty"):
        assert found(Slotted().here(), name) == {}, name
    assert found(server.here(), "computed") == {}


def test_a_program_s_first_locals_are_not_those_of_who_called_it() -> None:
    def shadows(outbox: dict[int, str]) -> FrameType:
        return FRAME()

    assert found(shadows({7: "ab"}), "outbox") == {7: (("outbox", 2),)}

    def no_self() -> FrameType:
        self = SimpleNamespace(outbox={8: "x"})  # a local of that name is no argument
        assert self
        return FRAME()

    assert found(no_self(), "outbox") == {}


def test_several_names_of_one_fd_stand_together() -> None:
    one, other = {1: "a", 2: "bb"}, {2: b"ccc"}
    assert found(FRAME(), "one", "other") == {
        1: (("one", 1), ("other", None)), 2: (("one", 2), ("other", 3))
    } and (one, other)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "length"),
    [(b"abc", 3), (bytearray(2), 2), ("ab", 2), (deque([1]), 1), ([1, 2], 2), ((1,), 1), ({1: 2}, 1), ({1}, 1),
     (frozenset(), 0), (memoryview(b"abcd"), 4), (memoryview(b"abcd").cast("H"), 4), (7, None), (None, None)],
)  # fmt: skip
def test_which_values_have_a_length(value: Any, length: int | None) -> None:
    assert user_mappings.of_mapping({3: value}) == ({} if length is None else {3: length})


def test_keys_are_fds_or_sockets() -> None:
    waiting: queue.Queue[int] = queue.Queue()
    waiting.put(1)
    with socket.socket() as sock:
        mapping = {0: "zero", -1: "none", "3": "text", True: "bool", sock: waiting}
        assert user_mappings.of_mapping(mapping) == {0: 4, sock.fileno(): 1}
    assert user_mappings.of_mapping([(3, "x")]) == user_mappings.of_mapping(None) == {}


def test_message_queues_are_told_by_bytes_and_messages() -> None:
    waiting: queue.Queue[bytes] = queue.Queue()
    waiting.put(b"abc")
    message_queues = {
        0: b"", 1: b"ab", 2: deque([b"a", "bc", memoryview(b"def")]), 3: [b"a", 7], 4: waiting, 5: {1: 2},
        6: queue.Queue(),
        -1: b"x", "7": b"x",
    }  # fmt: skip
    expected = {0: (0, 0), 1: (2, 1), 2: (6, 3), 3: (None, 2), 4: (3, 1), 6: (0, 0)}
    assert messages.queued(FRAME(), "message_queues") == expected and message_queues
    assert messages.queued(FRAME(), "of_module") == {3: (2, 1)}
    assert messages.queued(FRAME(), "nowhere") == messages.queued(FRAME(), "sys") == {}


STDLIB, SITE = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("/home/somebody/server.py", sites._PROGRAM), ("<stdin>", sites._PROGRAM), ("<string>", sites._PROGRAM),
        (f"{SITE}/library/loop.py", sites._PROGRAM), ("<frozen runpy>", sites._STDLIB), (json.__file__, sites._STDLIB),
        (f"{STDLIB}/selectors.py", sites._STDLIB), (f"{STDLIB}/socket.py", sites._SKIPPED),
        ("/home/somebody/socket.py", sites._PROGRAM), (f"{STDLIB}/websocket.py", sites._STDLIB),
        (str(Path(probe.__file__).with_name("waits.py")), sites._SKIPPED),
    ],
)  # fmt: skip
def test_whose_a_file_is(name: str, rank: int) -> None:
    assert sites._rank_of(name) == rank
