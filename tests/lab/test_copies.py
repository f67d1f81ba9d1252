"""Looks into a process through copies of its fds: how often its threads are looked at, and what of a socket is told."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from muxviz.events import Queues
from muxviz.outside import copies, kernel
from muxviz.outside.copies import Copies

pytestmark = pytest.mark.skipif(copies.permitted() is not None, reason="pidfd_getfd(2) is not permitted here")


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Copies]:
    """Looks into ourselves, who stand still by word alone."""
    made = Copies(os.getpid())
    monkeypatch.setattr(made, "still", lambda: True)
    yield made
    made.close()


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
    monkeypatch.setattr(kernel, "asleep", lambda pid, task: asleep and pid == os.getpid())
    monkeypatch.setattr(kernel, "state", lambda pid, task: state if pid == os.getpid() else "R")
    assert made.still() is stands
    if stands:
        first = os.getpid()
        monkeypatch.setattr(made, "_stands", lambda task: task != first)
        assert not made.still(), "every thread has to"
    made.close()


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
