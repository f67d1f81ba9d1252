"""Whose turn it is, by a table: lanes that stand, sleep, compute or listen nowhere, and clients that wait for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import Event, Header, LaneInfo, Source
from muxviz.scenarios import Act, Beat, Scenario
from muxviz.scenarios.model import connect
from muxviz.sources.lab import schedule as pace_module
from muxviz.sources.lab.addresses import Address, Addresses
from muxviz.sources.lab.client_actions import parts
from muxviz.sources.lab.conductor import Conductor
from muxviz.sources.lab.quiescence import Rest
from muxviz.sources.lab.schedule import Schedule
from muxviz.sources.lab.stepper import Stepper
from muxviz.sources.lane_status import place_of, stands_before, upcoming_of
from muxviz.sources.outside import proc
from muxviz.sources.ring.lane_reader import NextCall, Where
from muxviz.trace import Trace


def scenario(*beats: Beat, **fields: Any) -> Scenario:
    return Scenario("mine", "t", "g", "s", "s", "q", "w", beats, **fields)


def lane(name: str = "a", *, port: int | None = None, **is_: Any) -> Any:
    """A lane that lives, stands nowhere and has done nothing."""
    reach = Addresses()
    if port is not None:
        reach.take(Event(n=0, t=0, call="listen", fd=3, ret=0, args={"address": ["127.0.0.1", port]}), 1)
    announced, entered = is_.pop("announced", None), is_.pop("entered", None)
    link = SimpleNamespace(
        serial=1, where=is_.pop("where", Where.RUNNING), announced=lambda: announced, entered=lambda: entered
    )
    return SimpleNamespace(**{
        "name": name, "alive": True, "lost": False, "pending": [], "at_gate": False, "asleep": False, "exited": False,
        "reach": reach, "link": link, "pid": 1,
    } | is_)  # fmt: skip


def conductor(lanes: list[Any], played: Scenario | None) -> Conductor:
    none: Any = SimpleNamespace()
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="run"), [LaneInfo(one.name, one.name) for one in lanes]))
    return Conductor(lanes, none, none, trace, played, epoch_ns=0)


# --- may the clients act? -------------------------------------------------------------------------------------------

LISTENS = {"port": 4000}


@pytest.mark.parametrize(
    ("other", "moves", "waits"),
    [
        (LISTENS, False, False), (LISTENS, True, False), (LISTENS | {"lost": True}, False, False),
        ({}, False, False),  # it sleeps: nothing can be expected of it
        ({}, True, True),  # it has something to do yet
        ({"lost": True}, False, True),  # it computes, and may listen in a moment
        ({"lost": True}, True, True),
        ({"lost": True, "alive": False}, False, False), ({"alive": False}, True, False),
    ],
)  # fmt: skip
def test_clients_wait_for_programs_that_may_listen_yet(other: dict[str, Any], moves: bool, waits: bool) -> None:
    first, second = lane("a", port=3999), lane("b", **other)
    made = conductor([first, second], scenario(connect("A"), idle=5))
    movers: list[Any] = [second] if moves else []
    assert made._clients_can_act(movers) is not waits
    made.step_number = 5  # out of patience
    assert made._clients_can_act(movers)
    made.pace.done = 1
    assert not made._clients_can_act(()), "there is no other action"


def test_clients_that_wait_act_only_where_somebody_listens() -> None:
    made = conductor([lane("a"), lane("b")], scenario(connect("A"), idle=5))
    made.step_number = 99
    assert not made._clients_can_act(())


def test_clients_of_the_lab_s_own_servers_wait_for_nobody() -> None:
    made = conductor([lane("a"), lane("b", lost=True)], scenario(connect("A")))
    assert made._clients_can_act(made.lanes)
    assert not conductor([lane("a")], None)._clients_can_act(())


# --- is it time? ----------------------------------------------------------------------------------------------------


def call(name: str, **fields: Any) -> Event:
    return Event(n=0, t=0, role=fields.pop("role", "server"), call=name, **fields)


@pytest.mark.parametrize(
    ("event", "works"),
    [
        (call("recv", ret=4), True), (call("recv", ret=0), False), (call("read", ret=0), False),
        (call("send", ret=0), True), (call("recv", ret=-1, error="EAGAIN"), False),
        (call("accept", ret=-1, error="EAGAIN"), False), (call("accept", ret=5), True), (call("close", ret=0), True),
        (call("epoll_wait", ret=1, ready=[(3, "IN")]), False), (call("poll", ret=0), False),
        (call("select", ret=1), False),
        (call("recv", phase="enter"), False), (call("recv", ret=4, role="client"), False),
        (Event(n=0, t=0, role="server", note="x"), False),
    ],
)  # fmt: skip
def test_what_counts_as_getting_something_done(event: Event, works: bool) -> None:
    turn = Schedule(scenario(connect("A"), idle=3))
    turn.acted(10)
    turn.stepped(12, [event])
    assert (turn.impatient(12), turn.impatient(13), turn.impatient(14)) == (False, not works, not works)
    assert turn.impatient(15)


def test_servers_that_go_on_getting_things_done_have_an_end_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "_LONGEST", 50)
    turn = Schedule(scenario(connect("A"), idle=3))
    turn.acted(10)
    for step in range(11, 61):
        assert turn.impatient(step) == (step == 60)
        turn.stepped(step, [call("recv", ret=1)])


@pytest.mark.parametrize(
    ("patience", "after", "at"), [(None, None, None), (4, None, 4), (4, 2, 2), (None, 2, 2), (2, 4, 4)]
)
def test_patience_is_the_scenario_s_or_the_next_action_s(
    patience: int | None, after: int | None, at: int | None
) -> None:
    turn = Schedule(scenario(Beat("x", (), after=after), patience=patience))
    turn.acted(10)
    turn.stepped(12, [call("recv", ret=1)])  # work does not count where the patience is known
    assert [step for step in range(10, 20) if turn.impatient(step)] == ([] if at is None else list(range(10 + at, 20)))
    turn.done = 1
    assert turn.next is None and turn.impatient(10 + (patience or 99)) is (patience is not None)


@pytest.mark.parametrize(
    ("fields", "after", "limited"),
    [({}, None, False), ({"patience": 3}, None, True), ({}, 3, True), ({"idle": 3}, None, True)],
)
def test_running_free_patience_is_seconds(
    fields: dict[str, Any], after: int | None, limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=50.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(pace_module, "time", clock)
    turn = Schedule(scenario(Beat("x", (), after=after), **fields))
    turn.acted(1)
    clock.now += pace_module._FREE_SECONDS
    assert not turn.impatient_free()
    clock.now += 0.01
    assert turn.impatient_free() is limited
    assert Schedule(None).next is None and not Schedule(None).impatient(99) and not Schedule(None).impatient_free()
    assert (turn.listens_first, Schedule(None).listens_first) == ("idle" in fields, False)


# --- can a lane move? -----------------------------------------------------------------------------------------------


def announced(call: str, told: bool | None) -> NextCall:
    return NextCall(call, 3, {}, ("server.py", 7), call == "epoll_wait", told, 9)


def motion(*, timed: bool = False) -> Stepper:
    none: Any = SimpleNamespace()
    return Stepper(none, none, Rest(), timed=timed)


PENDING = [call("recv", ret=1, fd=5, at=("server.py", 5), tid=8)]


@pytest.mark.parametrize(
    ("is_", "moves", "while_busy"),
    [
        ({}, False, False),
        ({"pending": PENDING}, True, True),
        ({"alive": False}, True, True),  # its end is to be told
        ({"alive": False, "exited": True}, False, False),
        ({"at_gate": True}, True, True),
        ({"at_gate": True, "announced": announced("recv", None)}, True, True),
        ({"at_gate": True, "announced": announced("epoll_wait", True)}, True, True),
        ({"at_gate": True, "announced": announced("epoll_wait", None)}, True, True),
        ({"at_gate": True, "announced": announced("epoll_wait", False)}, True, False),
        ({"at_gate": True, "announced": announced("epoll_wait", False), "pending": PENDING}, True, True),
    ],
)
def test_which_lane_can_move(is_: dict[str, Any], moves: bool, while_busy: bool) -> None:
    one = lane(**is_)
    assert (motion().can_move(one), motion().can_move(one, busy=True)) == (moves, while_busy)


def test_a_lane_that_was_held_while_clients_acted_is_let_go_once() -> None:
    moves, one = motion(), lane(at_gate=True, announced=announced("epoll_wait", False))
    moves.acted_on(one)
    assert moves.can_move(one, busy=True)
    one.link.serial += 1
    assert not moves.can_move(one, busy=True)


@pytest.mark.parametrize(
    ("timeout", "timed", "asleep", "wakes"),
    [
        (0, True, True, True), (2000, True, True, True), (2001, True, True, False), (-1, True, True, False),
        (None, True, True, False), (10, False, True, False), (10, True, False, False), (1.5, True, True, True),
    ],
)  # fmt: skip
def test_a_sleep_that_ends_by_itself_is_waited_for_where_the_scenario_is_about_it(
    timeout: float | None, timed: bool, asleep: bool, wakes: bool
) -> None:
    entered = call("epoll_wait", args={"timeout": timeout} if timeout is not None else {})
    assert motion(timed=timed).can_move(lane(asleep=asleep, entered=entered)) is wakes
    assert not motion(timed=True).can_move(lane(asleep=True))


@pytest.mark.parametrize(
    ("is_", "input_", "place"),
    [
        ({"alive": False, "at_gate": True}, False, "ended"), ({"at_gate": True}, False, "gate"),
        ({"pending": PENDING, "where": Where.CALL}, False, "gate"), ({"where": Where.CALL}, True, "asleep"),
        ({}, True, "input"), ({}, False, "busy"),
    ],
)  # fmt: skip
def test_where_a_lane_stands(is_: dict[str, Any], input_: bool, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "reads_input", lambda pid: input_)
    assert place_of(lane(**is_)) == place


def test_what_a_lane_does_next_is_what_it_did_already_or_what_it_stands_before() -> None:
    stands = {"announced": announced("epoll_wait", True)}
    assert upcoming_of(lane(pending=PENDING, at_gate=True, **stands)) == ("recv", ("server.py", 5), 5, 8)
    assert upcoming_of(lane(pending=[Event(n=0, t=0, note="x")], at_gate=True, **stands)) is None
    assert upcoming_of(lane(at_gate=True, **stands)) == ("epoll_wait", ("server.py", 7), 3, 9)
    assert upcoming_of(lane(**stands)) is None and upcoming_of(lane(at_gate=True)) is None
    before = stands_before(lane(at_gate=True, **stands))
    assert before is not None and (before.call, before.at, before.fd) == ("epoll_wait", ("server.py", 7), 3)
    assert stands_before(lane(**stands)) is None and stands_before(lane(at_gate=True)) is None


# --- where clients go -----------------------------------------------------------------------------------------------


def listening(*addresses: tuple[int, Any], port: int | None = None) -> Addresses:
    reach = Addresses(port)
    for fd, address in addresses:
        reach.take(call("listen", fd=fd, ret=0, args={"address": address}), 1)
    return reach


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        (["127.0.0.1", 80], Address("127.0.0.1", 80)), (["0.0.0.0", 80], Address("127.0.0.1", 80)),
        (["", 80], Address("127.0.0.1", 80)), (["::", 80, 0, 0], Address("::1", 80)),
        (["::1", 80, 0, 0], Address("::1", 80)),
        (["localhost", 80], None), ("/run/socket", None), (["127.0.0.1"], None), (["127.0.0.1", "80"], None),
        (None, None),
    ],
)  # fmt: skip
def test_which_addresses_a_client_reaches(told: Any, reached: Address | None) -> None:
    assert listening((3, told)).address() == reached


def test_of_several_ports_the_first_or_the_one_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(3, ["::1", 80, 0, 0]), (4, ["127.0.0.1", 80]), (5, ["127.0.0.1", 90])]
    assert listening(*both).address() == Address("127.0.0.1", 80), "IPv4 where it is the same port"
    assert listening(*both, port=90).address() == Address("127.0.0.1", 90)
    assert listening(*both, port=91).address() is None and listening().address() is None
    assert listening(*both).ports() == [80, 90]
    reach = listening(*both)
    for number, event in enumerate([call("close", fd=3, ret=0), call("close", fd=4, ret=0)]):
        reach.take(event, 1)
        assert reach.ports() == [[80, 90], [90]][number]
    reach.take(call("close", fd=5, ret=-1, error="EIO"), 1)
    reach.take(call("listen", fd=6, ret=-1, error="EADDRINUSE", args={"address": ["127.0.0.1", 7]}), 1)
    reach.take(Event(n=0, t=0, call="listen", ret=0, args={"address": ["127.0.0.1", 7]}), 1)
    assert reach.ports() == [90]
    reach.inherit(70)
    assert reach.address() == reach.address(datagram=True) == Address("127.0.0.1", 70)


def test_datagrams_go_to_udp_sockets_and_connections_to_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {5: 53, 6: 54, 7: None}
    monkeypatch.setattr(proc, "udp_port", lambda pid, fd: ports[fd])
    reach = listening((3, ["127.0.0.1", 80]))
    assert reach.address(datagram=True) is None
    for fd, host in ((5, "0.0.0.0"), (6, "::1"), (7, "127.0.0.1")):
        reach.take(call("bind", fd=fd, ret=0, args={"address": [host, 0]}), 1)
    assert reach.address(datagram=True) == Address("127.0.0.1", 53)
    assert reach.address(datagram=False) == reach.address() == Address("127.0.0.1", 80)
    reach.take(call("close", fd=5, ret=0), 1)
    assert reach.address(datagram=True) == Address("::1", 54)
    reach.take(call("close", fd=3, ret=0), 1)
    assert reach.address(datagram=False) is None and reach.address() == Address("::1", 54)
    nameless = Addresses()
    nameless.take(call("bind", fd=5, ret=0), 1)
    assert nameless.address() == Address("127.0.0.1", 53)


@pytest.mark.parametrize(("count", "each"), [(1, [1]), (500, [500]), (501, [500, 1]), (1000, [500, 500]), (0, [])])
def test_a_crowd_comes_in_parts_that_an_accept_queue_holds(count: int, each: list[int]) -> None:
    assert [part.count for part in parts(Act("A", "connect", count=count))] == each


def test_a_lane_s_act_reaches_the_lanes_that_it_names_and_one_of_those_that_share() -> None:
    lanes = [lane("a", port=1), lane("b", port=2), lane("c", port=3, alive=False), lane("d")]
    made = conductor(lanes, scenario(connect("A")))
    assert [one.name for one in made.reached_by(connect("A"))] == ["a", "b"]
    named = Beat("x", (Act("A", "connect", lanes=("b", "c")),))
    assert [one.name for one in made.reached_by(named)] == ["b"]
    assert made.reached_by(Beat("x", (Act("A", "datagram"),))) == []
    shared = conductor(lanes, scenario(connect("A"), inherits=True))
    assert [one.name for one in shared.reached_by(connect("A"))] == ["a"]
