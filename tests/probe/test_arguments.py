"""What is read out of a call's arguments, result and exception, whatever a program gives: by tables."""

from __future__ import annotations

import array
import errno
import os
import signal
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.probe import arguments, calls, files, parent_watch, ring_format
from muxviz.probe.arguments import buffers, first, flags_of, into, length, of_pair, option, plain, to
from muxviz.probe.calls import Calls, errno_of, milliseconds
from muxviz.probe.fd_registry import FdRegistry

WORDS = array.array("I", [1, 2, 3])


@pytest.mark.parametrize(
    ("read", "args", "told"),
    [
        (first, (), 0), (first, (5, 6), 5), (first, ("5",), 0), (first, (None, 5), 0),
        (length, (b"abc", b"x"), 3), (length, (WORDS,), 12), (length, (), 0), (length, (5,), 0), (length, ("abc",), 0),
        (of_pair, (b"abcd", "address"), (4, None)), (of_pair, (7, "address"), (7, None)),
        (of_pair, (0, b"", 3, "address"), (0, None)),
        (plain, (), (0, None)), (plain, (9,), (9, None)), (plain, (9, 2), (9, (2,))), (plain, (9, 0, 4), (9, None)),
        (into, (b"abc",), (3, None)), (into, (b"abc", 2), (2, None)), (into, (b"abc", 0, 4), (3, (4,))),
        (into, (b"abc", 2, 0), (2, None)), (into, (b"abc", None, 4), (3, (4,))), (into, (), (0, None)),
        (buffers, (), (0, None)), (buffers, ([b"ab", WORDS, 5],), (14, None)),
        (buffers, ([b"ab"], [(1, 1, b"x")], 64), (2, None)), (buffers, ((b"ab", b"c"), []), (3, None)),
        (buffers, ("abc",), (0, None)),
        (to, (b"abc", ("h", 1)), (3, None)), (to, (b"abc", 4, ("h", 1)), (3, (4,))),
        (to, (b"abc", 0, ("h", 1)), (3, None)), (to, (b"abc",), (3, None)),
        (option, (), (0, (0, 0, None))), (option, (1, 2), (0, (1, 2, None))), (option, (1, 2, 3), (0, (1, 2, 3))),
        (option, (1, 2, True), (0, (1, 2, 1))), (option, (1, 2, b"ab"), (0, (1, 2, b"ab"))),
        (option, (1, "2", 3), (0, (1, 0, 3))), (option, (1, 2, None, 8), (0, (1, 2, None))),
        (option, (1, 2, WORDS), (0, (1, 2, WORDS.tobytes()))), (option, (1,), (0, (1, 0, None))),
        (option, (1, 2, bytes(256)), (0, (1, 2, bytes(256)))), (option, (1, 2, bytes(257)), (0, (1, 2, bytes(256)))),
    ],
)  # fmt: skip
def test_what_a_record_says_of_arguments(read: Any, args: Any, told: Any) -> None:
    assert read(args) == told


@pytest.mark.parametrize(
    ("args", "at", "told"), [((), 0, None), ((5,), 0, (5,)), ((5,), 1, None), ((5, 6), 1, (6,)), ((0, 6), 0, None)]
)
def test_flags_are_told_where_there_are_some(args: Any, at: int, told: Any) -> None:
    assert flags_of(args, at) == told


def test_another_buffer_than_the_first() -> None:
    assert [length((b"a", b"bc"), which) for which in (0, 1, 2)] == [1, 2, 0]
    assert arguments.of_bytes(b"abc") == (3, None) and arguments.of_int(7) == (7, None)
    assert arguments.INTO_NAMES == ("buffer", "nbytes", "flags")


@pytest.mark.parametrize(
    ("timeout", "unit", "ms"),
    [
        (None, 1000, -1), (-1, 1000, -1), (-0.001, 1000, -1), (0, 1000, 0), (0.0, 1, 0), (1, 1000, 1000),
        (0.0001, 1000, 1), (1.0001, 1000, 1001), (5, 1, 5), (4.2, 1, 5), ("5", 1, -1), (float("inf"), 1, -1),
        (float("nan"), 1, -1),
    ],
)  # fmt: skip
def test_a_wait_s_timeout_as_the_kernel_gets_it(timeout: Any, unit: int, ms: int) -> None:
    assert milliseconds(timeout, unit) == ms


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(11, "no"), 11), (OSError("no"), None), (TimeoutError("timed out"), ring_format.TIMED_OUT),
        (TimeoutError(errno.ETIMEDOUT, "no"), errno.ETIMEDOUT), (socket.gaierror(-2, "no name"), None),
        (socket.herror(1, "no host"), None),
    ],
)  # fmt: skip
def test_what_a_record_says_of_an_exception(error: OSError, told: int | None) -> None:
    assert errno_of(error) == told


# --- after a call -----------------------------------------------------------------------------------------------------


class Ring:
    """Keeps what is put into it."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def put(self, code: int, error: int, t: int, took: int, ret: int, fd: int, site: int, number: int) -> None:
        self.records.append((code, 0, error, ret, fd, None))

    def put_tail(
        self, code: int, flags: int, error: int, t: int, took: int, ret: int, fd: int, site: int, number: int, tail: Any
    ) -> None:
        self.records.append((code, flags, error, ret, fd, tail))


def made(mode: int, gate: Any = None) -> tuple[Any, Ring]:
    ring = Ring()
    shared: Any = SimpleNamespace(control=bytearray([mode, 1, 0, 0, 0, 0, 0, 7]), words=[0] * 8)
    return Calls(shared, ring, gate, "message_queues"), ring  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "error", "ret", "number", "looks"),
    [
        (ring_format.RECV, 0, 5, 9, False), (ring_format.RECV, 0, 0, 9, True), (ring_format.RECV, 0, 0, 0, False),
        (ring_format.RECV, 11, -1, 9, False), (ring_format.RECV, 104, -1, 9, True), (ring_format.SEND, 0, 5, 9, True),
        (ring_format.SEND, 0, 9, 9, False), (ring_format.CONNECT, 115, -1, 0, False),
        (ring_format.CONNECT, 111, -1, 0, True),
        (ring_format.SHUTDOWN, 107, -1, 0, True), (ring_format.SHUTDOWN, 0, 0, 0, False),
        (ring_format.ACCEPT, 0, 7, 0, True),
        (ring_format.ACCEPT, 11, -1, 0, True), (ring_format.CLOSE, 9, -1, 0, False),
        (ring_format.SENDTO, 0, 5, 9, False),
        (ring_format.SENDMSG, 32, -1, 9, True),
    ],
)  # fmt: skip
def test_a_free_run_looks_where_something_may_have_ended(
    code: int, error: int, ret: int, number: int, looks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls.queue_probe, "at_end", lambda fd, table: ("look", fd))
    one, ring = made(ring_format.RECORD)
    one.done(code, 0, error, 1, 1, ret, 3, 0, number, None, None)
    assert ring.records == [(code, 0, error, ret, 3, (None, ("look", 3)) if looks else None)]


def test_a_lane_that_is_let_go_says_nothing_and_what_is_told_besides_makes_a_tail() -> None:
    one, ring = made(ring_format.FREE)
    one.done(ring_format.RECV, 0, 104, 1, 1, -1, 3, 0, 9, "x", None)
    assert ring.records == []
    one, ring = made(ring_format.RECORD)
    one.done(ring_format.RECV, 0, 0, 1, 1, 5, 3, 0, 9, (4,), None)
    one.done(ring_format.RECV, ring_format.BLOCKS, 0, 1, 1, 5, 3, 0, 9, None, None)
    assert ring.records == [
        (ring_format.RECV, 0, 0, 5, 3, ((4,), None)), (ring_format.RECV, ring_format.BLOCKS, 0, 5, 3, (None, None)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "error", "flags", "used"),
    [
        (ring_format.CONNECT, 111, 0, False), (ring_format.CONNECT, 111, ring_format.TIMED, True),
        (ring_format.CONNECT, 0, 0, True),
        (ring_format.CONNECT, 115, 0, True), (ring_format.CONNECT, 114, 0, True), (ring_format.CONNECT, 106, 0, True),
        (ring_format.CONNECT, 4, 0, True), (ring_format.CONNECT, 110, 0, False), (ring_format.SEND, 111, 0, True),
    ],
)  # fmt: skip
def test_a_connect_that_failed_may_begin_anew(
    code: int, error: int, flags: int, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls.queue_probe, "at_end", lambda fd, table: None)
    one, _ = made(ring_format.RECORD)
    with socket.socket() as sock:
        known = one.table.learn(sock, used=True)
        one.done(code, flags, error, 1, 1, -1, sock.fileno(), 0, 0, None, None)
        assert known is not None and known.used is used


def test_a_held_look_is_about_those_that_a_call_names(monkeypatch: pytest.MonkeyPatch) -> None:
    one, ring = made(ring_format.HELD)
    monkeypatch.setattr(one, "look", lambda frame, concerned: (tuple(concerned),))
    monkeypatch.setattr(calls.queue_probe, "of_accepted", lambda fd, table: f"accepted {fd}" if fd != 8 else None)
    one.done(ring_format.EPOLL_CTL, 0, 0, 1, 1, 0, 3, 0, 0, (1, 6, 1), None)
    one.done(ring_format.ACCEPT, 0, 0, 1, 1, 0, 3, 0, 0, None, None)
    one.done(ring_format.ACCEPT, 0, 0, 1, 1, 8, 3, 0, 0, None, None)
    one.done(ring_format.ACCEPT, 0, 11, 1, 1, -1, 3, 0, 0, None, None)
    one.done(ring_format.RECV, 0, 0, 1, 1, 5, 3, 0, 0, None, None)
    looked = [record[-1][1] for record in ring.records]
    assert looked == [((3, 6),), ((3,), "accepted 0"), ((3,),), ((3,),), ((3,),)]
    monkeypatch.setattr(one, "look", lambda frame, concerned: None)
    one.done(ring_format.ACCEPT, 0, 0, 1, 1, 7, 3, 0, 0, None, None)
    assert ring.records[-1][-1] == (None, ("accepted 7",))


@pytest.mark.parametrize("watch", [(), ("q", "r")])
def test_a_held_look_reads_the_program_s_own_queues(watch: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = made(ring_format.HELD)
    one.watched = watch
    looked: list[Any] = []
    monkeypatch.setattr(one.sites, "program_frame", lambda frame: f"the program's of {frame}")
    monkeypatch.setattr(calls.messages, "queued", lambda frame, name: {1: (frame, name)})
    monkeypatch.setattr(calls.user_mappings, "sizes", lambda frame, names: (frame, names))
    monkeypatch.setattr(calls.queue_probe, "changes", lambda table, *said: looked.append(said))
    one.look(None, (3,))
    one.look("frame", (4,))  # type: ignore[arg-type]
    program = "the program's of frame"
    more = ((program, watch), (("q", None), ("r", None))) if watch else ()
    assert looked == [({}, (3,)), ({1: (program, "message_queues")}, (4,), *more)]


def test_each_question_of_a_wait_has_a_number_that_is_said_once() -> None:
    one, ring = made(ring_format.RECORD)
    assert [one.interest(["a"]), one.interest(["b"])] == [1, 2]
    assert ring.records == [(ring_format.INTEREST, 0, 0, 0, -1, ["a"]), (ring_format.INTEREST, 0, 0, 0, -1, ["b"])]


# --- os ---------------------------------------------------------------------------------------------------------------


class Through:
    """A recorder that makes the call and keeps how it was told."""

    def __init__(self, mode: int, *watched: int) -> None:
        self.control, self.table = bytearray([mode, 1, 0, 0, 0, 0, 0, 7]), FdRegistry()
        self.table.watched |= set(watched)
        self.told: list[tuple[Any, ...]] = []
        self.defined: list[tuple[Any, ...]] = []
        self.payload = 0

    def through(
        self,
        code: int,
        sock: Any,
        fd: int,
        number: int,
        detail: Any,
        call: Any,
        args: Any,
        after: Any = None,
        **more: Any,
    ) -> Any:
        self.told.append((code, fd, number, detail, more))
        result = call(*args)
        return result if after is None else (result, after(result))

    def define(self, *said: Any) -> None:
        self.defined.append(said)


@pytest.mark.parametrize(
    ("name", "args", "number"),
    [("read", (5, 99), 99), ("read", (5,), 0), ("write", (5, b"abc"), 3), ("write", (5,), 0),
     ("readv", (5, [bytearray(4), bytearray(3)]), 7), ("writev", (5, (b"ab", b"c")), 3), ("writev", (5,), 0),
     ("writev", (5, "abc"), 0), ("sendfile", (5, 6, 0, 44), 44), ("sendfile", (5, 6, 0), 0)],
)  # fmt: skip
@pytest.mark.parametrize("blocking", [True, False])
def test_reads_and_writes_of_what_is_watched(
    name: str, args: tuple[Any, ...], number: int, blocking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.os, "get_blocking", lambda fd: {5: blocking}[fd])
    _, code, size, after = next(each for each in files._PLAIN if each[0] == name)
    made = Through(ring_format.RECORD, 5)
    dropin = files._Dropin(made, code, lambda *args, **named: b"result", size, after)  # type: ignore[arg-type]
    assert dropin.call(*args) == ((b"result", (6, None)) if name == "read" else b"result")
    assert made.told == [(getattr(ring_format, name.upper()), 5, number, None, {"blocking": blocking})]
    for other in ((), (6, *args[1:]), (5.0, *args[1:]), ("5",), (True,)):
        assert dropin.call(*other) == b"result"
    assert dropin.call(*args, x=1) == b"result"
    made.control[0] = ring_format.FREE
    assert dropin.call(*args) == b"result" and len(made.told) == 1


def test_what_is_no_descriptor_does_not_block() -> None:
    reading, writing = os.pipe()
    assert files._blocking(reading)
    os.set_blocking(reading, False)
    assert not files._blocking(reading)
    os.close(reading)
    os.close(writing)
    assert not files._blocking(reading)


def closes(made: Any, did: list[Any]) -> Any:
    one = files._Closes(made)

    def real(name: str, answer: Any) -> Any:
        def call(*args: Any) -> Any:
            did.append((name, *args))
            if args == (7,):
                raise OSError(errno.EBADF, "closed already")
            return answer(*args)

        return call

    one._close, one._dup = real("close", lambda fd: None), real("dup", lambda fd: fd + 50)
    one._dup2, one._closerange = real("dup2", lambda fd, fd2, inherit: fd2), real("closerange", lambda low, high: None)
    return one


def test_closing_and_copying_what_is_watched() -> None:
    made, did = Through(ring_format.RECORD, 5, 6, 7, 9), list[Any]()
    one = closes(made, did)
    one.close(4)
    one.close("5")
    assert made.told == []
    one.close(5)
    assert made.told == [(ring_format.CLOSE, 5, 0, None, {})] and made.table.watched == {6, 7, 9}
    assert one.dup(4) == 54 and one.dup(6) == 56 and made.told[1:] == [(ring_format.DUP, 6, 0, None, {})]
    assert made.table.watched == {6, 7, 9, 56}
    made.told.clear()
    assert one.dup2(1, 2) == 2 and made.told == []
    assert one.dup2(6, 20) == 20 and one.dup2(1, 9, False) == 9 and one.dup2(6, 6) == 6
    assert made.told == [
        (ring_format.DUP, 6, 0, (20,), {}),
        (ring_format.DUP, 1, 0, (9,), {}),
        (ring_format.DUP, 6, 0, (6,), {}),
    ]
    assert made.table.watched == {6, 7, 9, 20, 56} and ("dup2", 1, 9, False) in did and ("dup2", 6, 20, True) in did
    made.told.clear()
    one.closerange(6, 20)
    assert [told[1] for told in made.told] == [6, 7, 9] and made.told[0][-1] == {"flags": ring_format.RANGE}
    assert did[-4:] == [("close", 6), ("close", 7), ("close", 9), ("closerange", 6, 20)]
    assert made.table.watched == {20, 56}
    made.told.clear()
    one.closerange(6.0, 90)
    one.closerange(6, "90")
    made.control[0] = ring_format.FREE
    one.closerange(6, 90)
    one.close(20)
    assert one.dup(20) == 70 and one.dup2(20, 21) == 21 and made.told == [] and made.table.watched == {20, 56}


# --- lives ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("parent", "process", "ends"), [(7, 50, False), (8, 50, True), (7, 51, False), (8, 51, False)])
def test_a_lane_ends_with_who_started_it_and_its_children_do_not(
    parent: int, process: int, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []
    ended: list[int] = []
    now = SimpleNamespace(parent=7, process=50)
    calls_of_os = SimpleNamespace(getppid=lambda: now.parent, getpid=lambda: now.process, _exit=ended.append)
    monkeypatch.setattr(parent_watch, "os", calls_of_os)
    monkeypatch.setattr(parent_watch, "ctypes", SimpleNamespace(CDLL=lambda name: SimpleNamespace(
        prctl=lambda *args: asked.append(args))))  # fmt: skip
    life = parent_watch.ParentWatch(7)
    assert asked == [(1, signal.SIGKILL, 0, 0, 0)] and not ended
    now.parent, now.process = parent, process
    life.alive()
    assert ended == ([137] if ends else [])
    if ends:
        parent_watch.ParentWatch(9)
        assert ended == [137, 137], "who started it may be gone before it says so"


@pytest.mark.parametrize("mode", [ring_format.FREE, ring_format.RECORD, ring_format.HELD])
def test_forks_and_what_takes_a_program_s_place_are_told(mode: int) -> None:
    made, did = Through(mode), list[Any]()
    forks = parent_watch._Forks(made)  # type: ignore[arg-type]
    forks._fork, forks._forkpty = lambda: 77, lambda: (88, 9)
    forks._execv = lambda *args: did.append(args)  # type: ignore[assignment]
    forks._execve = lambda *args: did.append(args)  # type: ignore[assignment]
    told = mode != ring_format.FREE
    assert forks.fork() == 77 and forks.forkpty() == (((88, 9), (88, None)) if told else (88, 9))
    assert made.told == [(ring_format.FORK, -1, 0, None, {})] * 2 * told
    forks.execv(b"/bin/\xff", ["x"])
    forks.execve("/bin/b", ["x"], {"y": "z"})
    assert did == [(b"/bin/\xff", ["x"]), ("/bin/b", ["x"], {"y": "z"})]
    words = [f"tries to become {path!r}, which runs untraced" for path in (os.fsdecode(b"/bin/\xff"), "/bin/b")]
    assert made.defined == [(ring_format.NOTE, 0, text) for text in words] * told
