"""Looks into a process through copies of its fds: how often its threads are looked at, and what of a socket is told."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import socket
import struct
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from muxviz.events import Queues
from muxviz.sources.outside import pidfd, proc
from muxviz.sources.outside.pidfd import Copies

permitted = pytest.mark.skipif(pidfd.permitted() is not None, reason="pidfd_getfd(2) is not permitted here")


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Copies]:
    """Looks into ourselves, who stand still by word alone."""
    made = Copies(os.getpid())
    monkeypatch.setattr(made, "still", lambda: True)
    yield made
    made.close()


@permitted
def test_sixteen_looks_share_one_at_the_threads(mine: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    stands = True

    def still() -> bool:
        asked.append(len(done))
        return stands

    monkeypatch.setattr(mine, "still", still)
    done: list[Queues | None] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        while len(done) < 40:
            done.append(mine.look(udp.fileno()))
        assert asked == [0, 16, 32] and None not in done
        while len(done) < 48:
            done.append(mine.look(udp.fileno()))
        stands = False
        done += [mine.look(udp.fileno()), mine.look(udp.fileno())]
        assert asked == [0, 16, 32, 48, 48] and done[47:] == [done[0], None, None]
        stands = True
        assert mine.look(udp.fileno()) == done[0] and mine.look(-1) is None


@permitted
def test_what_lies_in_each_kind_of_queue(mine: Copies) -> None:
    open_before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    one, other = socket.socketpair()
    with one, other:
        one.send(b"abc")
        assert mine.look(other.fileno()) == Queues(recv=3) and mine.look(one.fileno()) == Queues(recv=0)
    with socket.create_server(("127.0.0.1", 0), backlog=5) as listener:
        client = socket.create_connection(listener.getsockname())
        said = mine.look(listener.fileno())
        assert said is not None and (said.tcp, said.accepts, said.backlog) == ("LISTEN", 1, 5)
        server, _ = listener.accept()
        with client, server:
            client.send(b"abcde")
            said = mine.look(server.fileno())
            assert said is not None and (said.recv, said.tcp, said.level) == (5, "ESTABLISHED", "IN|OUT")
            assert (said.unsent, said.accepts, said.backlog) == (0, None, None)
    reading, writing = os.pipe()
    assert mine.look(reading) is None and mine.look(9999) is None, "neither is a socket"
    os.close(reading)
    os.close(writing)
    assert len(os.listdir("/proc/self/fd")) == open_before, "no copy stays open"  # noqa: PTH208


@pytest.mark.parametrize(
    ("asleep", "state", "held", "stands"),
    [
        (True, "S", False, True), (False, "S", False, False), (False, "t", False, False), (True, "R", False, True),
        (False, "t", True, True), (False, "S", True, True), (False, "R", True, False), (False, "T", True, False),
        (False, "D", True, False), (True, "R", True, True),
    ],
)  # fmt: skip
def test_a_thread_stands_where_it_sleeps_and_where_its_tracer_lets_it_stand(
    asleep: bool, state: str, held: bool, stands: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Copies(os.getpid(), held=held)
    monkeypatch.setattr(proc, "asleep", lambda pid, task: asleep and pid == os.getpid())
    monkeypatch.setattr(proc, "state", lambda pid, task: state if pid == os.getpid() else "R")
    assert made.still() is stands
    made.close()


def test_every_thread_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    made = Copies(os.getpid())
    monkeypatch.setattr(proc, "asleep", lambda pid, task: task == other.native_id)
    assert not made.still()
    made.close()
    done.set()
    other.join()


@pytest.mark.parametrize(("copy", "why"), [(-1, "Operation not permitted"), (0, None), (1, None), (77, None)])
def test_whether_copies_can_be_made_at_all(copy: int, why: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an fd of our own, which is closed again; whatever its number is."""
    asked: list[tuple[int, ...]] = []
    closed: list[int] = []

    def syscall(*args: int) -> int:
        asked.append(args)
        ctypes.set_errno(errno.EPERM)
        return copy

    calls = SimpleNamespace(
        pidfd_open=lambda pid: 55 if pid == os.getpid() else -1, getpid=os.getpid, close=closed.append,
        strerror=os.strerror,
    )  # fmt: skip
    monkeypatch.setattr(pidfd, "os", calls)
    monkeypatch.setattr(pidfd, "_libc", SimpleNamespace(syscall=syscall))
    assert pidfd.permitted() == why
    assert asked == [(438, 55, 55, 0)] and closed == ([55] if why else [copy, 55])


@pytest.mark.parametrize("number", [0, 1, 77])
def test_a_copy_that_is_no_socket_is_closed(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []

    def socket_of(fileno: int) -> None:
        assert fileno == number
        raise OSError

    made = Copies(os.getpid())
    monkeypatch.setattr(made, "still", lambda: True)
    with monkeypatch.context() as patched:
        patched.setattr(pidfd, "_libc", SimpleNamespace(syscall=lambda *args: number))
        patched.setattr(pidfd, "c_socket", socket_of)
        patched.setattr(pidfd, "os", SimpleNamespace(close=closed.append))
        assert made.look(5) is None
    assert closed == [number]
    made.close()


def test_a_process_that_is_let_go_leaves_no_handle() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    made = Copies(os.getpid())
    assert len(os.listdir("/proc/self/fd")) == before + 1  # noqa: PTH208
    made.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_connection_that_was_reset_has_ended_and_one_that_never_was_says_nothing_of_a_state() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with server:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            select.select([server], [], [], 20)
            said = pidfd._tcp(server)
            assert said.tcp == "CLOSE" and said.level is not None and "HUP" in said.level.split("|")


@pytest.mark.parametrize(("state", "name"), [(None, proc.TCP_STATES[0]), (1, "ESTABLISHED"), (10, "LISTEN")])
def test_a_state_s_name(state: int | None, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pidfd.queue_probe, "of_tcp", lambda fd, known, ours: (0, 1, 2, 3, state, None, 6, 7, 8))
    with socket.socket() as ours:
        assert pidfd._tcp(ours) == Queues(recv=1, unsent=2, unacked=3, tcp=name, accepts=6, backlog=7)


def test_what_has_ended_does_not_stand_still() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    made = Copies(child)
    os.waitpid(child, 0)
    assert not made.still() and made.look(0) is None
    made.close()
    with pytest.raises(OSError, match="No such process"):
        Copies(child)
