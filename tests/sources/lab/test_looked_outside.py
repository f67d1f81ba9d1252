"""Which of a lane's sockets are looked at from outside, by which addresses, and what of the answer is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import Queues
from muxviz.kernel import FdState
from muxviz.sources.lab import outside
from muxviz.sources.outside import proc, sock_diag

PORT = 4000
ADDRESS = ("127.0.0.1", PORT)


def fd(number: int, kind: str, **fields: Any) -> Any:
    return FdState(fd=number, kind=kind, opened=0, **fields)  # type: ignore[arg-type]


KINDS = ("listener", "connection", "datagram", "socket", "epoll", "other")
EACH = [fd(number, kind) for number, kind in enumerate(KINDS, 3)]


def state(*fds: Any, led: dict[str, Any] | None = None) -> Any:
    listeners = [one for one in fds if one.kind == "listener"]
    return SimpleNamespace(fds={one.fd: one for one in fds}, listeners=lambda: listeners, of_client=(led or {}).get)


def test_of_few_descriptors_every_socket_that_was_connected_or_bound_is_looked_at() -> None:
    assert outside._concerned(state(*EACH), ()) == [3, 4, 5]


@pytest.mark.parametrize(("more", "all_of_them"), [(0, True), (1, False)])
def test_of_many_only_those_that_clients_have_just_acted_on(more: int, all_of_them: bool) -> None:
    crowd = [fd(number, "connection") for number in range(100, 100 + outside._EVERY - len(EACH) + more)]
    closed = fd(99, "connection", closed=7)
    led = {"A": crowd[5], "B": crowd[2], "C": closed}
    found = outside._concerned(state(*EACH, *crowd, led=led), ("A", "B", "C", "nobody"))
    assert found == ([3, 4, 5, *(one.fd for one in crowd)] if all_of_them else [3, 102, 105])


@pytest.mark.parametrize(
    ("port", "one", "addresses"),
    [
        (PORT, fd(3, "listener"), (ADDRESS, sock_diag.LISTENER)), (None, fd(3, "listener"), None),
        (PORT, fd(4, "connection", peer="127.0.0.1:7"), (ADDRESS, ("127.0.0.1", 7))),
        (None, fd(4, "connection", peer="127.0.0.1:7"), None), (PORT, fd(4, "connection"), None),
        (PORT, fd(4, "connection", peer="127.0.0.1:x"), None), (PORT, fd(4, "connection", peer="127.0.0.1:"), None),
        (PORT, fd(4, "connection", peer="127.0.0.2:7"), None), (PORT, fd(4, "connection", peer="/run/x"), None),
        (PORT, fd(5, "datagram", peer="127.0.0.1:7"), None),
    ],
)  # fmt: skip
def test_which_sockets_can_be_asked_for_one_by_one(port: int | None, one: Any, addresses: Any) -> None:
    lane: Any = SimpleNamespace(port=port)
    assert outside._addresses(lane, one) == addresses


@pytest.mark.parametrize(
    ("one", "told", "room"),
    [
        (fd(4, "connection", queues=Queues(level="IN")), sock_diag.Diag(in_flight=False, writable=True), True),
        (fd(4, "connection", queues=Queues(level="")), sock_diag.Diag(in_flight=True, writable=True), True),
        (fd(4, "connection", queues=Queues(level="IN")), sock_diag.Diag(in_flight=False, writable=False), False),
        (fd(4, "connection", queues=Queues(level="IN")), None, False),
        (fd(4, "connection", queues=Queues(level="IN|OUT")), sock_diag.Diag(in_flight=False, writable=True), False),
        (fd(4, "connection", queues=Queues()), sock_diag.Diag(in_flight=False, writable=True), False),
        (fd(4, "listener", queues=Queues(level="IN")), sock_diag.Diag(in_flight=False, writable=True), False),
    ],
)
def test_only_a_connection_that_was_full_is_asked_for_its_room(
    one: Any, told: sock_diag.Diag | None, room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sock_diag, "ask", lambda here, peer: told)
    one.peer = "127.0.0.1:7"
    lane: Any = SimpleNamespace(port=PORT)
    assert outside._has_room(lane, one) is room


class Machine:
    """What the kernel would tell: two lanes' sockets, the second lane in a network namespace of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tcp = {31: proc.TcpRow("LISTEN", 2, 0), 41: proc.TcpRow("ESTABLISHED", 5, 0)}
        self.asked: list[Any] = []
        self.tables: list[tuple[int, set[int]]] = []
        self.udp: dict[int, int] = {51: 768}
        for name, answer in {
            "inodes": lambda pid, numbers: {number: number * 10 + 1 for number in numbers},
            "network": lambda pid: 2 if pid == 8 else 1,
            "tcp_table": self._table,
            "udp_queues": lambda pid, inodes: {inode: self.udp[inode] for inode in inodes if inode in self.udp},
        }.items():
            monkeypatch.setattr(proc, name, answer)
        monkeypatch.setattr(sock_diag, "rows", self._rows)

    def _table(self, pid: int, inodes: Any) -> dict[int, proc.TcpRow]:
        self.tables.append((pid, set(inodes)))
        return {inode: self.tcp[inode] for inode in inodes if inode in self.tcp}

    def _rows(self, pairs: Any) -> list[Any]:
        self.asked += pairs
        listener = SimpleNamespace(inode=31, state=proc.TCP_STATES.index("LISTEN"), rx=2, tx=0)
        other = SimpleNamespace(inode=99, state=1, rx=9, tx=9)
        return [listener, other] if pairs else []


def looked(*lanes: Any, now: Any) -> list[Any]:
    bell: Any = SimpleNamespace(wait=lambda seconds: None)
    return list(outside.looks(lanes, now, bell))


def lane(name: str, pid: int, *, alive: bool = True) -> Any:
    class Hashed(SimpleNamespace):
        __hash__ = object.__hash__

    return Hashed(name=name, pid=pid, alive=alive, port=PORT)


def test_what_has_arrived_is_told_by_lane_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    full = {"queues": Queues(level="OUT")}
    fds = [
        fd(3, "listener", queues=Queues(accepts=1)), fd(4, "connection", **full), fd(5, "datagram", **full),
        fd(6, "connection", **full),
    ]  # fmt: skip
    now: Any = SimpleNamespace(lanes={name: state(*fds) for name in ("a", "b", "gone")} | {"none": state()})
    first, second = looked(lane("a", 7), lane("b", 8), lane("gone", 9, alive=False), lane("none", 10), now=now)
    for event, name in ((first, "a"), (second, "b")):
        assert (event.n, event.lane, event.role, event.look) == (-1, name, "observer", "outside")
        assert list(event.queues) == ["3", "4", "5"], "of what is in no table nothing has arrived"
        assert (event.queues["3"].accepts, event.queues["4"].recv, event.queues["5"].level) == (2, 5, "IN|OUT")
    assert machine.asked == [(ADDRESS, sock_diag.LISTENER)], "only of the lane that is in our network"
    assert machine.tables == [(7, {41, 61}), (8, {31, 41, 61})], "and the table is for what was not found so"


def test_where_all_is_as_it_was_there_is_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch)
    now: Any = SimpleNamespace(lanes={"a": state(fd(3, "listener", queues=Queues(accepts=2)))})
    assert looked(lane("a", 7), now=now) == []


def test_a_datagram_is_seen_where_it_is_the_only_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch)
    now: Any = SimpleNamespace(lanes={"a": state(fd(5, "datagram", queues=Queues(level="OUT")))})
    [event] = looked(lane("a", 7), now=now)
    assert event.queues["5"].level == "IN|OUT"


@pytest.mark.parametrize(("rounds", "late"), [(0, False), (3, False), (3, True)])
def test_an_own_fin_s_acknowledgement_is_waited_for_but_not_for_ever(
    rounds: int, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, waits = Machine(monkeypatch), []
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(outside, "time", clock)
    machine.tcp[41] = proc.TcpRow("FIN_WAIT1" if rounds else "ESTABLISHED", 5, 0)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += outside._ACK_SECONDS * late
        if len(waits) == rounds:
            machine.tcp[41] = proc.TcpRow("FIN_WAIT2", 5, 0)

    bell: Any = SimpleNamespace(wait=wait)
    known: Any = {4: fd(4, "connection")}
    table = outside._acknowledged(lane("a", 7), known, {4: 41}, bell, here=True)
    assert len(waits) == (2 if late else rounds)
    assert table[41].state == ("ESTABLISHED" if not rounds else "FIN_WAIT1" if late else "FIN_WAIT2")


def test_what_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [sock_diag.Diag(in_flight=True, writable=True)] * 3 + [sock_diag.Diag(in_flight=False, writable=True), None]
    monkeypatch.setattr(sock_diag, "ask", lambda here, peer: told.pop(0))
    waits: list[float] = []
    bell: Any = SimpleNamespace(wait=waits.append)
    fds = [fd(4, "connection", peer="127.0.0.1:7"), fd(3, "listener"), fd(6, "connection", peer="127.0.0.1:8")]
    now: Any = SimpleNamespace(lanes={"a": state(*fds)})
    outside.acknowledged([lane("a", 7)], now, bell)
    assert len(waits) == 3 and not told
