"""The passive look and the foreseen wait, against what poll and select say of the same descriptors."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from muxviz.probe import fd_registry as kinds
from muxviz.probe import queue_probe, readiness
from muxviz.probe.fd_registry import FdRegistry, KnownSocket
from muxviz.probe.queue_probe import HUP, IN, OUT, RDHUP, SEEN
from muxviz.probe.readiness import NOTHING, SOMETHING, UNKNOWN

Kept = Callable[[Any], Any]


def _pair(keep: Kept) -> tuple[socket.socket, socket.socket]:
    listener, client = keep(socket.create_server(("127.0.0.1", 0))), keep(socket.socket())
    client.connect(listener.getsockname())
    return client, keep(listener.accept()[0])


def _settled(sock: socket.socket, flags: int) -> None:
    """Wait until poll says so: what the peer did has arrived."""
    poller = select.poll()
    poller.register(sock, flags)
    assert poller.poll(20_000)


def _new(keep: Kept) -> Any:
    return keep(socket.socket())


def _open(keep: Kept) -> Any:
    return _pair(keep)[1]


def _unread(keep: Kept) -> Any:
    client, server = _pair(keep)
    client.send(b"data")
    _settled(server, select.POLLIN)
    return server


def _below_low_water(keep: Kept) -> Any:
    client, server = _pair(keep)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 5)
    client.send(b"data")
    while queue_probe.number(server.fileno(), queue_probe.FIONREAD) != 4:
        pass
    return server


def _at_low_water(keep: Kept) -> Any:
    client, server = _pair(keep)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 4)
    client.send(b"data")
    _settled(server, select.POLLIN)
    return server


def _ended_by_peer(keep: Kept) -> Any:
    client, server = _pair(keep)
    client.shutdown(socket.SHUT_WR)
    _settled(server, select.POLLIN)
    return server


def _shut(how: int) -> Callable[[Kept], Any]:
    def make(keep: Kept) -> Any:
        server = _pair(keep)[1]
        server.shutdown(how)
        return server

    return make


def _ended_by_both(keep: Kept) -> Any:
    client, server = _pair(keep)
    server.shutdown(socket.SHUT_WR)
    client.shutdown(socket.SHUT_WR)
    _settled(server, select.POLLHUP)
    return server


def _reset(keep: Kept) -> Any:
    client, server = _pair(keep)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    _settled(server, select.POLLHUP)
    return server


def _full(keep: Kept) -> Any:
    client, server = _pair(keep)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.setblocking(False)
    while select.select([], [server], [], 0.3)[1]:  # an acknowledgement may make room once more
        try:
            server.send(bytes(16384))
        except BlockingIOError:
            continue
    return server


def _refused(keep: Kept) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()
    client = keep(socket.socket())
    client.connect_ex(nobody)
    return client


def _refused_later(keep: Kept) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()
    client = keep(socket.socket())
    client.setblocking(False)
    client.connect_ex(nobody)
    _settled(client, select.POLLHUP)
    return client


def _listener(keep: Kept) -> Any:
    return keep(socket.create_server(("127.0.0.1", 0)))


def _listener_with_one(keep: Kept) -> Any:
    listener = keep(socket.create_server(("127.0.0.1", 0)))
    keep(socket.create_connection(listener.getsockname()))
    _settled(listener, select.POLLIN)
    return listener


def _udp(keep: Kept) -> Any:
    return keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def _udp_with_one(keep: Kept) -> Any:
    sock = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    sock.sendto(b"", sock.getsockname())
    _settled(sock, select.POLLIN)
    return sock


def _unix(keep: Kept) -> Any:
    one, other = socket.socketpair()
    keep(other).send(b"x")
    return keep(one)


def _unix_gone(keep: Kept) -> Any:
    one, other = socket.socketpair()
    other.close()
    return keep(one)


class _File:
    """An fd that is no socket."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        os.close(self._fd)


def _pipe(end: int, data: bytes = b"", *, gone: bool = False) -> Callable[[Kept], Any]:
    def make(keep: Kept) -> Any:
        ends = [_File(fd) for fd in os.pipe()]
        if data:
            os.write(ends[1].fileno(), data)
        if gone:
            ends.pop(1 - end).close()
            return keep(ends[0])
        return [keep(one) for one in ends][end]

    return make


STANDS: Final[dict[str, Callable[[Kept], Any]]] = {
    "a new socket": _new,
    "an open connection": _open,
    "with unread data": _unread,
    "with less than SO_RCVLOWAT": _below_low_water,
    "with just SO_RCVLOWAT": _at_low_water,
    "whose peer has ended": _ended_by_peer,
    "that has shut its reading side": _shut(socket.SHUT_RD),
    "that has shut its writing side": _shut(socket.SHUT_WR),
    "that has shut both sides": _shut(socket.SHUT_RDWR),
    "that both have ended": _ended_by_both,
    "that was reset": _reset,
    "that is full": _full,
    "that was refused": _refused,
    "that was refused and not told": _refused_later,
    "a listener": _listener,
    "a listener with a connection": _listener_with_one,
    "a UDP socket": _udp,
    "a UDP socket with an empty datagram": _udp_with_one,
    "a UNIX stream with data": _unix,
    "a UNIX stream whose peer is gone": _unix_gone,
    "the empty pipe's end to read": _pipe(0),
    "a pipe with data": _pipe(0, b"data"),
    "a pipe nobody writes": _pipe(0, gone=True),
    "a pipe's end to write": _pipe(1),
    "a pipe nobody reads": _pipe(1, gone=True),
}
ERR: Final = 0x008


@pytest.fixture
def keep() -> Iterator[Kept]:
    with ExitStack() as stack:

        def keep(made: Any) -> Any:
            stack.callback(made.close)
            return made

        yield keep


def learned(made: Any, name: str) -> tuple[FdRegistry, int]:
    """A table that knows it as the probe would, which saw every call that was made on it."""
    table, fd = FdRegistry(), made.fileno()
    if isinstance(made, socket.socket):
        known = table.learn(made, used=name not in ("a new socket", "that was refused"))
        assert known is not None
        known.shut_read = name in ("that has shut its reading side", "that has shut both sides")
    else:
        table.other(fd)
    return table, fd


def polled(fd: int, mask: int) -> int:
    """What poll(2) says."""
    poller = select.poll()
    poller.register(fd, mask)
    found = poller.poll(0)
    return found[0][1] if found else 0


@pytest.mark.parametrize("name", STANDS)
def test_a_look_and_a_foreseen_wait_say_what_the_kernel_says(name: str, keep: Kept) -> None:
    made = STANDS[name](keep)
    table, fd = learned(made, name)
    known = table.sockets.get(fd)
    look = queue_probe.of_known(fd, known, made) if known is not None else queue_probe.of_other(fd)
    asked: dict[int, int] = {}
    foreseen: dict[int, int] = {}
    for mask in (0, IN, OUT, IN | OUT, RDHUP, HUP, IN | RDHUP, OUT | RDHUP, 0x002):
        foreseen[mask] = readiness.poll_tells([(fd, mask)], table)
        asked[mask] = SOMETHING if polled(fd, mask) else NOTHING
    assert foreseen == asked
    level = polled(fd, SEEN) & SEEN
    assert look[5] == (level & IN if name.startswith("a listener") else level), "ERR and PRI can't be seen passively"
    for sides in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)):
        lists = [[fd] if side else [] for side in sides]
        told = SOMETHING if any(select.select(*lists, 0)) else NOTHING
        assert readiness.select_tells(*lists, table) == told, sides


@pytest.mark.parametrize("name", STANDS)
def test_of_two_the_second_is_foreseen_as_well(name: str, keep: Kept) -> None:
    """What is asked first has nothing to tell."""
    quiet = keep(socket.create_server(("127.0.0.1", 0)))
    made = STANDS[name](keep)
    table, fd = learned(made, name)
    table.learn(quiet)
    told = SOMETHING if polled(fd, IN) else NOTHING
    assert readiness.poll_tells([(quiet.fileno(), IN), (fd, IN)], table) == told
    assert readiness.poll_tells([(fd, IN), (quiet.fileno(), IN)], table) == told
    told = SOMETHING if select.select([quiet, fd], [], [], 0)[0] else NOTHING
    assert readiness.select_tells([quiet.fileno(), fd], [], [], table) == told
    assert readiness.select_tells([fd, quiet.fileno()], [], [], table) == told


def test_a_closed_number_is_foreseen_to_be_told_and_a_foreign_socket_is_not_known(keep: Kept) -> None:
    table = FdRegistry()
    sock = socket.socket()
    fd = sock.fileno()
    foreign, quiet = keep(socket.socket()), keep(socket.create_server(("127.0.0.1", 0)))
    table.learn(quiet)
    assert readiness.poll_tells([(foreign.fileno(), IN)], table) == UNKNOWN
    assert readiness.poll_tells([(foreign.fileno(), IN), (quiet.fileno(), IN)], table) == UNKNOWN
    assert readiness.select_tells([foreign.fileno()], [], [], table) == UNKNOWN
    assert readiness.select_tells([foreign.fileno(), quiet.fileno()], [], [], table) == UNKNOWN
    assert readiness.poll_tells([], table) == readiness.select_tells([], [], [], table) == NOTHING
    sock.close()
    assert readiness.poll_tells([(fd, IN)], table) == readiness.select_tells([fd], [], [], table) == SOMETHING
    table.learn(quiet)
    with quiet:
        os.close(number := quiet.fileno())
        assert readiness.poll_tells([(number, IN)], table) == SOMETHING
        assert readiness.select_tells([number], [], [], table) == SOMETHING
        quiet.detach()


def test_an_epoll_s_ready_list_is_foreseen(keep: Kept) -> None:
    r, w = (keep(_File(fd)) for fd in os.pipe())
    epoll = keep(select.epoll())
    epoll.register(r.fileno(), select.EPOLLIN)
    assert readiness.epoll_tells(epoll.fileno()) == NOTHING
    os.write(w.fileno(), b"x")
    assert readiness.epoll_tells(epoll.fileno()) == SOMETHING


# --- a TCP socket's level, by state and memory ----------------------------------------------------------------------

ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, _, CLOSING = range(1, 12)
BOTH: Final = IN | OUT | HUP | RDHUP


def level(state: int, *, recv: int = 0, low: int = 1, sndbuf: int = 9, queued: int = 0, shut: bool = False) -> int:
    """`looks.tcp_level`, of a socket whose options say this."""

    def answered(sock: object, level: int, option: int, size: int = 0) -> object:
        return low if option == socket.SO_RCVLOWAT else struct.pack("@9I", 0, 0, 0, sndbuf, 0, queued, 0, 0, 0)

    known = KnownSocket(None, kinds.TCP)
    known.used, known.shut_read = True, shut
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_probe, "_getsockopt", answered)
        sock: Any = None
        return queue_probe.tcp_level(known, sock, state, recv)


@pytest.mark.parametrize(
    ("state", "expected", "shut"),
    [
        (ESTABLISHED, OUT, IN | OUT | RDHUP), (SYN_SENT, 0, 0), (SYN_RECV, 0, 0), (FIN_WAIT1, OUT, BOTH),
        (FIN_WAIT2, OUT, BOTH), (TIME_WAIT, BOTH, BOTH), (CLOSE, BOTH, BOTH),
        (CLOSE_WAIT, IN | OUT | RDHUP, IN | OUT | RDHUP), (LAST_ACK, BOTH, BOTH), (CLOSING, BOTH, BOTH),
    ],
)  # fmt: skip
def test_the_level_of_each_state(state: int, expected: int, shut: int) -> None:
    """net/ipv4/tcp.c, tcp_poll."""
    assert (level(state), level(state, shut=True)) == (expected, shut)


@pytest.mark.parametrize(
    ("sndbuf", "queued", "room"),
    [(300, 0, True), (300, 150, True), (300, 151, True), (300, 200, True), (300, 201, False), (300, 300, False),
     (300, 301, False), (301, 201, True), (2, 1, True), (1, 1, True), (0, 0, True)],
)  # fmt: skip
def test_out_needs_half_as_much_room_as_is_queued(sndbuf: int, queued: int, room: bool) -> None:
    """include/net/sock.h, sk_stream_is_writeable: free room is at least wmem_queued >> 1."""
    assert level(ESTABLISHED, sndbuf=sndbuf, queued=queued) == (OUT if room else 0)


@pytest.mark.parametrize(
    ("recv", "low", "there"), [(0, 1, 0), (1, 1, IN), (3, 4, 0), (4, 4, IN), (5, 4, IN), (0, 0, 0)]
)
def test_in_needs_so_rcvlowat(recv: int, low: int, there: int) -> None:
    assert level(ESTABLISHED, recv=recv, low=low) == OUT | there


# --- which of very many are looked at -------------------------------------------------------------------------------


def fill(table: FdRegistry, count: int, keep: Kept) -> list[socket.socket]:
    made = [keep(one) for _ in range(count // 2) for one in socket.socketpair()]
    for one in made:
        table.learn(one)
    return made


def test_the_held_look_goes_through_all_up_to_a_limit_and_then_to_whom_it_concerns(keep: Kept) -> None:
    table = FdRegistry()
    made = fill(table, queue_probe.EVERY, keep)
    found = queue_probe.changes(table, {})
    assert found is not None and len(found) == queue_probe.EVERY
    made[0].send(b"abc")
    assert [look[:2] for look in queue_probe.changes(table, {}) or ()] == [(made[1].fileno(), 3)]
    assert queue_probe.changes(table, {}) is None
    r, w = os.pipe()
    keep(_File(r)), keep(_File(w))
    table.other(r)
    table.other(w)
    made[1].send(b"d")
    assert queue_probe.changes(table, {}) is None
    assert [look[:2] for look in queue_probe.changes(table, {}, [made[0].fileno()]) or ()] == [(made[0].fileno(), 1)]
    pipe = [(look[0], look[10]) for look in queue_probe.changes(table, {}, [w, r]) or () if len(look) > 10]
    assert pipe == [(r, "pipe"), (w, "pipe")]
    queued = {made[2].fileno(): (7, 1)}
    assert [(look[0], look[8:10]) for look in queue_probe.changes(table, queued) or ()] == [(made[2].fileno(), (7, 1))]
    assert queue_probe.changes(table, queued) is None
    assert [(look[0], look[8:10]) for look in queue_probe.changes(table, {made[2].fileno(): (0, 0)}) or ()] == [
        (made[2].fileno(), (0, 0))
    ]


def test_a_number_that_is_another_s_now_is_forgotten(keep: Kept) -> None:
    table = FdRegistry()
    sock = keep(socket.socket())
    table.learn(sock)
    fd = sock.detach()
    keep(_File(fd))
    assert queue_probe.changes(table, {}) is None and fd not in table.sockets
    r, w = os.pipe()
    table.other(r)
    os.close(r)
    os.close(w)
    assert queue_probe.changes(table, {}) is None and r not in table.others


def test_what_is_watched_is_told_with_each_look(keep: Kept) -> None:
    table = FdRegistry()
    one, _ = (keep(sock) for sock in socket.socketpair())
    table.learn(one)
    fd, absent = one.fileno(), (("inbox", None),)
    assert [look[10:] for look in queue_probe.changes(table, {}, (), {}, absent) or ()] == [(None, absent)]
    assert queue_probe.changes(table, {}, (), {}, absent) is None
    grown = {fd: (("inbox", 3),)}
    assert [look[10:] for look in queue_probe.changes(table, {}, (), grown, absent) or ()] == [(None, grown[fd])]
    r, w = os.pipe()
    keep(_File(r)), keep(_File(w))
    table.other(r)
    assert [look[10:] for look in queue_probe.changes(table, {}, (), grown, absent) or ()] == [("pipe", absent)]
    grown |= {r: (("inbox", 1),)}
    assert [look[10:] for look in queue_probe.changes(table, {}, (), grown, absent) or ()] == [(None, grown[r])]


def test_the_look_of_a_free_run_has_no_level(keep: Kept) -> None:
    client, server = _pair(keep)
    table = FdRegistry()
    table.learn(server)
    client.send(b"12345")
    _settled(server, select.POLLIN)
    fd = server.fileno()
    assert queue_probe.at_end(fd, table) == ((fd, 5, 0, None, 1, None, None, None, None, None),)
    assert queue_probe.at_ready(fd, table) == (fd, 5, 0, None, 1, None, None, None, None, None)
    r, w = (keep(_File(end)).fileno() for end in os.pipe())
    os.write(w, b"123")
    assert queue_probe.at_end(r, table) is None
    assert queue_probe.at_ready(r, table) == (r, 3, None, None, None, None, None, None, None, None)
    one, _ = (keep(sock) for sock in socket.socketpair())
    table.learn(one)
    assert queue_probe.at_end(one.fileno(), table) is None


def test_what_an_fd_is_in_a_word(keep: Kept, tmp_path: Any) -> None:
    r, w = os.pipe()
    made = {
        "pipe": _File(r), "device": _File(os.open("/dev/null", os.O_RDONLY)),
        "file": _File(os.open(tmp_path / "x", os.O_CREAT | os.O_WRONLY)), "eventpoll": select.epoll(),
    }  # fmt: skip
    keep(_File(w))
    for word, one in made.items():
        assert queue_probe.file_of(keep(one).fileno()) == word
    assert queue_probe.is_epoll(made["eventpoll"].fileno()) and not queue_probe.is_epoll(r)
    assert queue_probe.is_foreign_socket(r) is False
    assert queue_probe.is_foreign_socket(keep(socket.socket()).fileno()) is True
    assert (
        queue_probe.is_foreign_socket(1 << 20) is None
        and queue_probe.file_of(1 << 20) is None
        and not queue_probe.is_epoll(1 << 20)
    )


def test_both_ends_of_a_near_pipe_are_watched(keep: Kept) -> None:
    table = FdRegistry()
    ends = [keep(_File(end)).fileno() for end in os.pipe()]
    places = ((ends[0], 300), (ends[1], 301), (ends[1], 341))
    r, w, _far = (keep(_File(fcntl.fcntl(end, fcntl.F_DUPFD, at))).fileno() for end, at in places)
    table.other(r)
    assert table.watched == {r, w} and list(table.others) == [r]
    table.forget(r)
    assert table.watched == {w} and not table.others
    table.other(-1)
    assert not table.others
    table.other(w)
    table.clear()
    assert (table.sockets, table.streams, table.others, table.first, table.watched) == ({}, set(), {}, {}, set())


def test_what_is_known_of_a_socket_is_its_own_object_s(keep: Kept) -> None:
    table = FdRegistry()
    tcp, udp = keep(socket.socket()), keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    one, other = (keep(sock) for sock in socket.socketpair())
    six = keep(socket.socket(socket.AF_INET6))
    packets, far = (keep(sock) for sock in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    kind = {sock: known.kind for sock in (tcp, six, udp, one, packets) if (known := table.get(sock)) is not None}
    assert list(kind.values()) == [kinds.TCP, kinds.TCP, kinds.OTHER, kinds.STREAM, kinds.OTHER]
    assert table.streams == {tcp.fileno(), six.fileno(), one.fileno()}
    assert table.watched == {sock.fileno() for sock in kind}
    known = table.get(one)
    assert table.get(one) is known and known is not None and known.socket() is one
    table.first[other.fileno()] = "seen"
    learned = table.get(other)
    assert learned is not None and learned.last == "seen" and not table.first and not learned.used
    again = socket.socket(fileno=one.fileno())
    assert table.get(again) is not known and (table.sockets[one.fileno()]).socket() is again
    again.detach()
    assert table.learn(again) is None
    far.close()
