"""Whose move it is, what a step has in it and in which order, asked of lanes that are no processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from muxviz.scenarios import Act, Beat, Scenario
from muxviz.scenarios.model import connect
from muxviz.sources.lab.addresses import Address
from muxviz.sources.lab.clients import ClientsLost
from muxviz.sources.ring.lane_reader import Mode, Where
from tests.sources.lab.scripted import LISTENS, SLEEPS, Scripted, end, recv

Play = Callable[..., Scripted]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    made: list[Scripted] = []

    def begin(*beats: Beat, own: bool = False, scripts: dict[str, Any], **fields: Any) -> Scripted:
        scenario = Scenario("mine", "t", "g", "s", "s", "q", "w", beats, **fields) if beats else None
        made.append(Scripted(monkeypatch, scenario, own, **scripts))
        return made[-1]

    yield begin
    for one in made:
        one.close()


TWO = {"a": [LISTENS, SLEEPS, recv(3), SLEEPS], "b": [LISTENS, recv(1), SLEEPS, recv(4)]}


def test_a_step_moves_each_lane_once_and_clients_act_when_none_can(play: Play) -> None:
    lab = play(connect("A"), Beat("B talks", (Act("B", "send", lanes=("b",)),)), scripts=TWO)
    conductor = lab.conductor
    conductor.start()
    assert lab.clients.started == 1 and lab.told() == [] and lab.conductor.step_number == 0
    assert {name: (call.call, call.at) for name, call in lab.trace.announced.items()} == {
        "a": ("listen", ("server.py", 7)), "b": ("listen", ("server.py", 7)),
    }  # fmt: skip
    steps = []
    while conductor.step():
        before = sum(map(len, steps))
        steps.append(lab.told(before))
    assert steps == [
        ["1 a: listen", "1 b: listen"],
        ["2 a: epoll_wait enter", "2 b: recv"],
        ["3 b: epoll_wait enter"],
        ["4 None: A connects", "4 a: connect A", "4 b: connect A"],
        ["5 a: epoll_wait", "5 b: epoll_wait"],
        ["6 a: recv", "6 b: recv"],
        ["7 a: epoll_wait enter"],
        ["8 None: B talks", "8 b: send B"],
    ]
    assert [(lane, act.client) for lane, _, act in lab.clients.done] == [("a", "A"), ("b", "A"), ("b", "B")]
    assert {address for _, address, _ in lab.clients.done} == {Address("127.0.0.1", 4000)}
    assert lab.trace[5].beat == 1 and lab.trace[5].args == {} and lab.trace[13].args == {"lanes": ["b"]}
    assert lab.asked == [["A"], ["B"]], "what its clients did is looked for in lanes that sleep"
    assert (conductor.pace.done, conductor.step_number, conductor.pace.next) == (2, 8, None)
    assert len(lab.lines) == len(lab.trace)
    assert not conductor.step() and conductor.step_number == 8
    assert list(lab.trace.announced) == [] and lab.link("b").where is Where.RUNNING


def test_one_lane_steps_alone_and_no_client_acts_for_it(play: Play) -> None:
    lab = play(connect("A"), scripts=TWO)
    lab.conductor.start()
    assert [lab.conductor.step("a") for _ in range(3)] == [True, True, False]
    assert lab.told() == ["1 a: listen", "2 a: epoll_wait enter"] and lab.clients.done == []


def test_a_patient_client_waits_no_longer(play: Play) -> None:
    """Servers that never rest get their steps; then the clients act, though somebody could move."""
    lab = play(connect("A"), scripts={"a": [LISTENS, *[recv(1)] * 9]}, patience=3)
    lab.conductor.start()
    while lab.conductor.pace.next is not None:
        lab.conductor.step()
    assert lab.told() == ["1 a: listen", "2 a: recv", "3 a: recv", "4 None: A connects", "4 a: connect A"]


def test_a_busy_server_is_held_before_its_wait_until_the_clients_have_acted(play: Play) -> None:
    beat = Beat("A and B come", (Act("A", "connect"), Act("B", "connect")), busy=True)
    lab = play(beat, scripts={"a": [LISTENS, SLEEPS | {"sleeps": False, "told": False}, recv(1)]})
    lab.conductor.start()
    assert lab.conductor.busy
    while lab.conductor.step():
        pass
    assert lab.told() == [
        "1 a: listen", "2 None: A and B come", "2 a: connect A", "2 a: connect B", "3 a: epoll_wait", "4 a: recv",
    ]  # fmt: skip
    assert not lab.conductor.busy and lab.link("a").modes == [Mode.HELD]


@pytest.mark.parametrize(("count", "made"), [(1, [1]), (3, [1, 2]), (501, [1, 499, 1])])
def test_in_a_free_beat_the_lanes_run_until_they_sleep_and_are_held_again(
    count: int, made: list[int], play: Play
) -> None:
    beat = Beat("many come", (Act("A", "connect", count=count),), free=True)
    lab = play(beat, scripts={"a": [LISTENS, SLEEPS, recv(1), recv(2), SLEEPS, recv(3)], "b": [LISTENS, SLEEPS]})
    lab.conductor.start()
    while lab.conductor.step():
        pass
    assert [act.count for lane, _, act in lab.clients.done if lane == "a"] == made
    assert lab.link("a").modes == [Mode.HELD, *[Mode.RECORD, Mode.HELD] * len(range(0, count, 500))]
    after = [one for one in lab.told() if "a: " in one and "connect" not in one]
    assert after[:5] == ["1 a: listen", "2 a: epoll_wait enter", "3 a: epoll_wait", "3 a: recv", "3 a: recv"]


def test_lanes_that_share_a_listener_are_asked_once(play: Play) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, SLEEPS], "b": [LISTENS, SLEEPS]}, inherits=True)
    lab.conductor.start()
    while lab.conductor.step():
        pass
    assert [lane for lane, _, _ in lab.clients.done] == [None]
    assert lab.told()[4:] == ["3 None: A connects", "3 None: connect A", "4 a: epoll_wait", "4 b: epoll_wait"]
    assert lab.asked == [[], [], ["A"], []], "what one takes from the listener is gone for all"


def test_room_that_depends_on_late_acknowledgements_is_waited_for(play: Play) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, SLEEPS]}, acknowledged=True)
    lab.conductor.start()
    steps = 0
    while lab.conductor.step():
        steps += 1
    assert lab.asked.count("acknowledged") == steps + 2, "before each step, the one that there was not too, and an act"


def test_what_a_person_makes_the_clients_do(play: Play) -> None:
    lab = play(scripts={"a": [LISTENS, SLEEPS, recv(1)], "b": [SLEEPS]})
    conductor = lab.conductor
    conductor.start()
    assert lab.clients.started == 0, "a lab without a scenario may need no clients"
    beat = Beat("A connects", (Act("A", "connect"),))
    assert not conductor.reachable and not conductor.drive(beat) and lab.told() == []
    for _ in range(2):
        conductor.step()
    assert conductor.reachable and conductor.drive(beat)
    assert lab.told(3) == ["3 None: A connects", "3 a: connect A"]
    assert lab.trace[3].args == {"by": "hand"} and lab.trace[3].beat == 1
    assert lab.trace.announced["a"].call == "epoll_wait"
    assert conductor.drive(beat), "the wait that the first has ended is older than the second"
    assert lab.told(5) == ["4 a: epoll_wait", "5 None: A connects", "5 a: connect A"]
    assert lab.trace[6].beat == 2 and lab.trace.announced["a"].call == "recv"
    end(lab.lanes[0], 0)
    assert not conductor.reachable and not conductor.drive(beat)


def test_what_a_person_types(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = play(scripts={"a": [recv(1), recv(1)], "b": [SLEEPS]})
    lab.conductor.start()
    takes, typed = True, []

    def type_(data: bytes) -> bool:
        typed.append(data)
        return takes

    monkeypatch.setattr(lab.lanes[0], "type", type_)
    for data in (b"x", b"xy", b""):
        assert lab.conductor.type("a", data)
    assert lab.told() == ["1 None: You type 1 byte", "2 None: You type 2 bytes", "3 None: You end its input"]
    assert lab.trace[0].args == {"by": "hand", "lanes": ["a"]}
    takes = False
    assert not lab.conductor.type("a", b"x") and len(lab.trace) == 3 and lab.conductor.step_number == 3
    takes = True
    lab.conductor.run_free()
    assert lab.conductor.type("a", b"x") and lab.told(3) == ["None None: You type 1 byte"]
    assert lab.conductor.step_number == 3 and typed == [b"x", b"xy", b"", b"x", b"x"]


def test_the_clients_are_gone(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, SLEEPS]})

    def do(lane: str | None, address: Address, act: Act) -> Any:
        raise ClientsLost("the client process ended")

    monkeypatch.setattr(lab.clients, "do", do)
    lab.conductor.start()
    while lab.conductor.step():
        pass
    assert lab.told()[2:] == ["3 None: A connects", "3 a: the client process ended"]


def second(port: int) -> dict[str, Any]:
    return LISTENS | {"fd": port, "args": {"address": ["127.0.0.1", port]}}


@pytest.mark.parametrize(
    ("ports", "wanted", "note"),
    [((), None, None), ((4001,), 4001, None),
     ((4001,), None, "the a one listens on ports 4000, 4001: clients go to 4000, --port chooses another")],
)  # fmt: skip
def test_which_of_several_ports_clients_go_to_is_said_once(
    ports: tuple[int, ...], wanted: int | None, note: str | None, play: Play
) -> None:
    lab = play(connect("A"), connect("B"), scripts={"a": [LISTENS, *map(second, ports), SLEEPS]}, idle=50)
    lab.lanes[0].reach.wanted = wanted
    lab.conductor.start()
    while lab.conductor.step():
        pass
    assert lab.conductor.notes == ([note] if note else [])
    at = 3 + len(ports)
    assert [one for one in lab.told() if "listens on ports" in one] == ([f"{at} a: {note}"] if note else [])


def test_the_lab_s_own_servers_have_one_port_that_matters(play: Play) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, second(4001), SLEEPS]})
    lab.conductor.start()
    while lab.conductor.step():
        pass
    assert lab.conductor.notes == []


# --- what happens without us ----------------------------------------------------------------------------------------


def test_what_happened_without_us_is_noticed(play: Play) -> None:
    lab = play(scripts={"a": [LISTENS, SLEEPS, recv(1)], "b": [SLEEPS], "c": [recv(9)]})
    conductor = lab.conductor
    conductor.start()
    for _ in range(2):
        conductor.step()
    assert not conductor.notice() and conductor.step_number == 2
    lab.link("a").wake()
    end(lab.lanes[1], 3)
    before = len(lab.trace)
    assert conductor.notice() and lab.told(before) == ["3 a: epoll_wait", "3 b: exit 3"]
    assert lab.trace.announced["a"].call == "recv" and "b" not in lab.trace.announced
    assert not conductor.notice(), "an end is told once"
    lab.link("b").done.clear()
    end(lab.lanes[0], 0)
    lab.lanes[0].pending = lab.link("a").drain()
    before = len(lab.trace)
    assert conductor.notice() and lab.told(before) == ["4 a: exit 0"]


def test_what_a_lane_has_done_and_not_told_is_no_news(play: Play) -> None:
    lab = play(scripts={"a": [SLEEPS, recv(1)]})
    lab.conductor.start()
    lab.conductor.step()
    lab.link("a").wake()
    lab.lanes[0].pending = lab.link("a").drain()
    end(lab.lanes[0], 0)
    assert not lab.conductor.notice()


def test_an_end_is_a_step(play: Play) -> None:
    lab = play(scripts={"a": [recv(1)], "b": [SLEEPS]})
    lab.conductor.start()
    lab.conductor.step()
    end(lab.lanes[0], -15)
    assert lab.conductor.step() and lab.told(2) == ["2 a: SIGTERM"]
    assert not lab.conductor.step()


# --- free -----------------------------------------------------------------------------------------------------------


def test_lanes_that_run_free_are_pumped_and_held_again(play: Play) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, recv(1), SLEEPS, recv(2), SLEEPS, recv(3)], "b": [SLEEPS]})
    conductor = lab.conductor
    conductor.start()
    conductor.step()
    conductor.run_free()
    assert conductor.free and lab.trace.announced == {} and lab.link("a").modes == [Mode.HELD, Mode.RECORD]
    before = len(lab.trace)
    assert not conductor.pump() and lab.told(before) == ["None a: recv"]
    assert conductor.pump(7), "all rest, so that the client acts, and there may be more at once"
    assert lab.told(before)[1:] == ["None a: epoll_wait enter", "None None: A connects", "None a: connect A"]
    assert lab.link("a").drained[-1] == 7 and conductor.pace.done == 1
    before = len(lab.trace) - 2
    assert not conductor.pump() and lab.told(before)[2:] == ["None a: epoll_wait", "None a: recv"]
    conductor.hold()
    assert not conductor.free and lab.link("a").modes == [Mode.HELD, Mode.RECORD, Mode.HELD]
    assert lab.told(before)[4:] == ["None a: epoll_wait enter"]
    assert lab.asked == [], "from outside a free lane is not looked at"


def test_a_client_does_not_act_while_a_free_lane_has_something_to_do(play: Play) -> None:
    lab = play(connect("A"), scripts={"a": [LISTENS, SLEEPS], "b": [SLEEPS]})
    lab.conductor.start()
    lab.conductor.run_free()
    lab.conductor.pump()
    lab.asleep = lambda pid, tid: False
    assert not lab.conductor.pump() and lab.clients.done == []
    lab.asleep = lambda pid, tid: True
    lab.link("b").wake()
    assert not lab.conductor.pump() and lab.clients.done == []
    end(lab.lanes[1], 1)  # who has ended rests
    assert not lab.conductor._publish.now() < 0
    lab.conductor.pump()
    assert lab.told()[-2:] == ["None None: A connects", "None a: connect A"]


@pytest.mark.parametrize(("count", "more"), [(499, False), (500, True)])
def test_a_pump_that_brought_much_is_worth_another(count: int, more: bool, play: Play) -> None:
    lab = play(scripts={"a": [recv(1)] * count, "b": [recv(1)]})
    lab.conductor.start()
    lab.conductor.run_free()
    assert lab.conductor.pump() is more and len(lab.trace) == count + 1


def test_an_end_while_running_free(play: Play) -> None:
    lab = play(scripts={"a": [recv(1)]})
    lab.conductor.start()
    lab.conductor.run_free()
    end(lab.lanes[0], 0)
    lab.conductor.pump()
    lab.conductor.pump()
    assert lab.told() == ["None a: recv", "None a: exit 0"]


# --- the end --------------------------------------------------------------------------------------------------------


def test_the_end_leaves_out_nothing_that_a_lane_did(play: Play) -> None:
    lab = play(scripts={"a": [SLEEPS, recv(1)], "b": [recv(2), recv(3)], "c": [recv(4)]})
    conductor = lab.conductor
    conductor.start()
    conductor.step()
    lab.link("a").wake()
    end(lab.lanes[2], 5)
    before = len(lab.trace)
    conductor.end()
    assert lab.told(before) == ["2 a: epoll_wait", "None a: SIGKILL", "None b: SIGKILL", "None c: exit 5"]
    exits = {event.lane: event.exit for n in range(before, len(lab.trace)) if (event := lab.trace[n]).exit is not None}
    assert [(name, one.by, one.next and one.next.call) for name, one in exits.items()] == [
        ("a", "muxviz", "recv"), ("b", "muxviz", "recv"), ("c", None, None),
    ]  # fmt: skip
    assert lab.trace.announced == {}
    assert lab.link("a").drained[-1] == 1 << 30


def test_a_lane_that_is_asked_to_end_gets_its_time(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = play(scripts={"a": [SLEEPS, recv(1)]})
    lab.conductor.start()
    asked: list[Any] = []
    monkeypatch.setattr(lab.lanes[0], "terminate", asked.append)
    lab.conductor.run_free()
    lab.link("a").wake()
    end(lab.lanes[0], 0)
    lab.conductor.end(2.5)
    assert asked == [2.5] and lab.told() == ["None a: epoll_wait", "None a: recv", "None a: exit 0"]


def test_where_each_lane_stands(play: Play) -> None:
    lab = play(scripts={"a": [SLEEPS], "b": [recv(1)], "c": [recv(1)]})
    lab.conductor.start()
    lab.conductor.step("a")
    lab.link("b").full_waits = 4
    lab.conductor.step("c")
    assert {name: (one.place, one.full_waits) for name, one in lab.conductor.status().items()} == {
        "a": ("asleep", 0), "b": ("gate", 4), "c": ("busy", 0),
    }  # fmt: skip
