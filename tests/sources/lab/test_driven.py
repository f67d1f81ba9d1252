"""Client actions by hand, seen from the conductor: told apart, the same each time, refused where they reach none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from muxviz.scenarios import CATALOGUE, Scenario
from muxviz.scenarios.client_actions import DEEDS, connects
from muxviz.scenarios.model import datagram
from muxviz.sources.lab.build import Lab, lab_programs, lab_source
from tests.test_deterministic import without_chance

PARTIAL = CATALOGUE["partial-read"]


def driven(script: Callable[[Lab], object]) -> list[Any]:
    """The events of a session in which a hand drives, without what differs by chance."""
    lab = Lab(lab_programs(PARTIAL), lab_source(PARTIAL), PARTIAL)
    try:
        lab.start()
        script(lab)
        assert lab.trace.now.driven == sum(lab.trace[n].args.get("by") == "hand" for n in lab.trace.actions())
        return [without_chance(lab.trace.line(n)) for n in range(len(lab.trace))]
    finally:
        lab.close()
        lab.trace.close()


def everything(lab: Lab) -> None:
    """A hand in between the scenario's actions, and after them."""
    conductor = lab.conductor
    while not lab.trace.actions():
        conductor.step()
    assert conductor.drive(connects("B", PARTIAL))
    for _ in range(3):
        conductor.step()
    for deed in DEEDS:
        assert conductor.drive(deed.make("B", b"hello"))
    while conductor.step():
        pass
    assert conductor.pace.done == len(PARTIAL.beats)


def test_the_same_hand_gives_the_same_events() -> None:
    first = driven(everything)
    assert all(driven(everything) == first for _ in range(3))
    labels = [event["action"] for event in first if "action" in event]
    assert labels[:3] == ["A connects", "B connects", "B sends 5 bytes"] and labels[-1] == "A sends 4 more"


def test_a_wait_that_was_woken_is_told_before_the_next_action() -> None:
    def twice(lab: Lab) -> None:
        conductor = lab.conductor
        send = DEEDS[0]
        while not lab.trace.actions():
            conductor.step()
        while any(conductor._motion.can_move(lane) for lane in lab.lanes):
            conductor.step()
        conductor.drive(send.make("A", b"first"))
        conductor.drive(send.make("A", b"and second"))
        first, second = lab.trace.actions()[-2:]
        woken = {lab.trace[n].lane for n in range(first, second) if lab.trace[n].is_wakeup}
        assert woken == {lane.name for lane in lab.lanes}
        state = lab.trace.state(len(lab.trace) - 1)
        for lane in state.lanes.values():
            fd = lane.of_client("A")
            assert fd is not None and fd.unread == len(b"firstand second")

    driven(twice)


def test_an_action_that_reaches_no_program_is_none() -> None:
    def before_listen(lab: Lab) -> None:
        assert not lab.conductor.reachable
        assert not lab.conductor.drive(connects("A", PARTIAL))
        assert len(lab.trace.actions()) == 0

    driven(before_listen)


def test_clients_of_a_udp_server_have_udp_sockets() -> None:
    udp = Scenario("udp", "t", "g", "s", "s", "q", "w", (datagram("A"),))
    assert [act.do for act in connects("B", udp).acts] == ["datagram"]
    assert [act.do for act in connects("B", PARTIAL).acts] == ["connect"]
