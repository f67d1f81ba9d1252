"""Stepping real lanes: who moves, who is held, who sleeps, and what a lane that misbehaves does to the others."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from muxviz.events import Event, LaneInfo, Queues, split
from muxviz.recording import load
from muxviz.scenarios import CATALOGUE, Scenario
from muxviz.scenarios.model import busy, connect, send
from muxviz.sources.lab.build import SERVERS, Lab, Program, lab_programs, lab_source
from muxviz.sources.outside import proc
from muxviz.sources.outside.proc import TcpRow
from muxviz.trace import Trace
from tests.waiting import until

PARTIAL = CATALOGUE["partial-read"]
Open = Callable[..., Lab]


@pytest.fixture
def open_lab() -> Iterator[Open]:
    """Labs that are closed whatever happens."""
    labs: list[Lab] = []

    def make(scenario: Scenario | None = PARTIAL, lanes: tuple[str, ...] = ("level", "edge"), **programs: Path) -> Lab:
        chosen = lab_programs(scenario, lanes) if scenario is not None else []
        chosen += [Program(LaneInfo(name, name), [str(path)]) for name, path in programs.items()]
        lab = Lab(chosen, lab_source(scenario or PARTIAL), scenario)
        labs.append(lab)
        lab.start()
        return lab

    yield make
    for lab in labs:
        lab.close()
        lab.trace.close()


def events(trace: Trace) -> list[Event]:
    return [trace[n] for n in range(len(trace))]


def script(directory: Path, text: str) -> Path:
    path = directory / "script.py"
    path.write_text(text)
    return path


def test_nothing_has_happened_before_the_first_step(open_lab: Open) -> None:
    lab = open_lab()
    assert len(lab.trace) == 0
    assert {lane: upcoming.call for lane, upcoming in lab.trace.announced.items()} == {
        "level": "socket",
        "edge": "socket",
    }


def test_a_step_is_one_call_of_each_lane(open_lab: Open) -> None:
    lab = open_lab()
    for step, call in enumerate(("socket", "setsockopt", "bind", "listen", "epoll_create"), 1):
        before = len(lab.trace)
        assert lab.conductor.step()
        new = events(lab.trace)[before:]
        assert [(event.lane, event.call, event.step) for event in new] == [("level", call, step), ("edge", call, step)]


def test_one_lane_can_be_stepped_alone(open_lab: Open) -> None:
    lab = open_lab()
    while lab.conductor.step("edge"):
        pass
    assert {event.lane for event in events(lab.trace)} == {"edge"}
    assert lab.trace.now.lanes["edge"].status == "asleep"
    assert lab.conductor.pace.done == 0, "a client acts in every lane, once all of them have settled"
    assert lab.conductor.step() and events(lab.trace)[-1].lane == "level"


def test_busy_servers_are_held_before_their_wait(open_lab: Open) -> None:
    scenario = Scenario(
        name="two", title="", group="", summary="", story="", question="", watch="",
        beats=(busy("A and B connect", connect("A"), connect("B")),),
    )  # fmt: skip
    lab = open_lab(scenario)
    while lab.conductor.step() and lab.conductor.pace.done == 0:
        pass
    assert not any(event.phase == "enter" for event in events(lab.trace))
    assert all(lane.place == "gate" for lane in lab.conductor.status().values())
    while lab.conductor.step():
        pass
    told = [event for event in events(lab.trace) if event.call == "epoll_wait" and event.lane == "edge" and event.ready]
    assert told and told[0].queues["3"].accepts == 2, "both had connected when the server looked"


def test_a_lane_that_is_killed_ends_alone(open_lab: Open) -> None:
    lab = open_lab()
    for _ in range(3):
        lab.conductor.step()
    edge = next(lane for lane in lab.lanes if lane.name == "edge")
    edge.kill()
    assert lab.conductor.notice(), "an end that nobody asked for is told at once"
    while lab.conductor.step():
        pass
    ends = [event for event in events(lab.trace) if event.exit is not None]
    assert [(event.lane, event.exit and event.exit.signal) for event in ends] == [("edge", "SIGKILL")]
    fd = lab.trace.now.lanes["level"].of_client("A")
    assert fd is not None and fd.received == 16


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("import socket\nsocket.socket()\nwhile True: pass", "busy"),
        ("import socket, time\nsocket.socket()\ntime.sleep(1000)", "busy"),
        ("import socket\ns = socket.socket()\nwhile True: print('x' * 5000)", "busy"),
        ("import socket\ns = socket.socket()\n1/0", "ended"),
        ("import socket, sys\ns = socket.socket()\nsys.exit(3)", "ended"),
        ("import socket, os\ns = socket.socket()\nos._exit(3)", "ended"),
    ],
    ids=["computes", "sleeps", "floods", "raises", "exits", "vanishes"],
)
def test_a_bad_lane_harms_no_other(text: str, place: str, open_lab: Open, tmp_path: Path) -> None:
    lab = open_lab(PARTIAL, ("level",), bad=script(tmp_path, text))
    for _ in range(40):
        if not lab.conductor.step():
            break
    assert lab.conductor.status()["bad"].place == place
    level = lab.trace.now.lanes["level"].of_client("A")
    assert level is not None and level.received == 16


def test_a_lane_that_was_stopped_keeps_its_one_token(open_lab: Open) -> None:
    lab = open_lab()
    edge = next(lane for lane in lab.lanes if lane.name == "edge")
    os.kill(edge.pid, signal.SIGSTOP)
    lab.conductor.step()
    lab.conductor.step()
    assert lab.conductor.status()["edge"].place == "busy"
    assert {event.lane for event in events(lab.trace)} == {"level"}
    os.kill(edge.pid, signal.SIGCONT)
    until(lab.conductor.notice, "the lane's call is told")
    calls = [event.call for event in events(lab.trace) if event.lane == "edge"]
    assert calls == ["socket"], "two steps without it are not two calls to make at once"


def test_an_end_tells_its_status_and_traceback(open_lab: Open, tmp_path: Path) -> None:
    lab = open_lab(None, (), bad=script(tmp_path, "import socket\ns = socket.socket()\nraise KeyError('[bold]')"))
    while lab.conductor.step():
        pass
    end = events(lab.trace)[-1].exit
    assert end is not None and end.status == 1
    assert end.traceback is not None and end.traceback.strip().endswith("KeyError: '[bold]'")
    assert "muxviz" not in end.traceback


def test_what_happens_without_us_is_a_step(open_lab: Open) -> None:
    lab = open_lab(None, (), server=SERVERS / "poll_echo.py")
    while lab.conductor.step():
        pass
    assert not lab.conductor.notice()
    port = lab.lanes[0].port
    assert port is not None
    step = lab.conductor.step_number
    with socket.create_connection(("127.0.0.1", port)):
        until(lab.conductor.notice, "the client is told")
        woken = events(lab.trace)[-1]
        assert (woken.call, woken.step, woken.ready) == ("poll", step + 1, [(3, "IN")])


def test_free_running_plays_the_scenario_and_can_be_held(open_lab: Open) -> None:
    lab = open_lab()
    lab.conductor.run_free()
    conductor = lab.conductor
    until(
        lambda: not conductor.pump() and conductor.pace.done == len(conductor.pace.beats) and _all_asleep(lab),
        "the scenario is played",
    )
    conductor.hold()
    edge = lab.trace.now.lanes["edge"]
    assert edge.status == "asleep"
    assert [fd.client for fd in edge.stranded] == ["A"]
    assert all(event.step is None for event in events(lab.trace))


def _all_asleep(lab: Lab) -> bool:
    return all(lane.place == "asleep" for lane in lab.conductor.status().values())


def test_hostile_payload_is_not_in_the_recording(open_lab: Open) -> None:
    payload = b"\x1b[2J\x00[bold]\xff[/]secret"
    scenario = Scenario(
        name="hostile", title="", group="", summary="", story="", question="", watch="",
        beats=(connect("A"), send("A", payload)),
    )  # fmt: skip
    lab = open_lab(scenario)
    while lab.conductor.step():
        pass
    lines = b"".join(lab.trace.line(n) for n in range(len(lab.trace)) if lab.trace[n].source is None)
    assert b"secret" not in lines and b"[bold]" not in lines and b"\x1b" not in lines
    assert sum(event.ret or 0 for event in events(lab.trace) if event.call == "recv") == 2 * len(payload)


@pytest.mark.parametrize(
    ("row", "before", "after"),
    [
        (TcpRow("ESTABLISHED", 12, 0), Queues(), Queues(recv=12, tcp="ESTABLISHED", level="IN|OUT")),
        (TcpRow("ESTABLISHED", 0, 9), Queues(), Queues(recv=0, tcp="ESTABLISHED", level="")),
        (TcpRow("CLOSE_WAIT", 1, 0), Queues(), Queues(recv=0, tcp="CLOSE_WAIT", level="IN|OUT|RDHUP")),
        (TcpRow("CLOSE_WAIT", 13, 0), Queues(), Queues(recv=12, tcp="CLOSE_WAIT", level="IN|OUT|RDHUP")),
        (TcpRow("LISTEN", 2, 0), Queues(backlog=5), Queues(tcp="LISTEN", accepts=2, backlog=5, level="IN")),
        (None, Queues(recv=3), Queues(recv=3, tcp="CLOSE", level="IN|OUT|HUP|RDHUP")),
    ],
)
def test_an_outside_look_says_what_an_inside_one_would(row: TcpRow | None, before: Queues, after: Queues) -> None:
    assert proc.seen(row, before) == after


@pytest.mark.parametrize("name", CATALOGUE)
def test_outside_and_inside_agree(name: str, recordings: dict[str, Path]) -> None:
    """Each outside look at bytes and connections is what the lane itself saw when it woke."""
    compared = 0
    trace = load(recordings[name])
    for n, event in enumerate(events(trace)):
        if event.look != "outside" or event.lane is None:
            continue
        woken = trace.call_after(n, event.lane)
        if woken is None or not trace[woken].is_wakeup:
            continue
        for fd, outside in event.queues.items():
            inside = trace[woken].queues.get(fd)
            if inside is None:
                continue
            if outside.tcp is None:  # of datagrams it is seen that there is one, and no more
                assert "IN" in split(outside.level or "") and "IN" in split(inside.level or "")
                continue
            flags = {flag for _, names in trace[woken].ready or () for flag in split(names)}
            if flags & {"PRI", "X"} and outside.recv:
                outside.recv -= 1  # the urgent byte, which FIONREAD does not count
            assert (outside.recv, outside.accepts, outside.tcp) == (inside.recv, inside.accepts, inside.tcp)
            compared += 1
    trace.close()
    assert compared > COMPARED.get(name, -1)


COMPARED = {"partial-read": 8, "echo": 20, "half-close": 4}
"""Of some, how many looks at least there have to be."""
