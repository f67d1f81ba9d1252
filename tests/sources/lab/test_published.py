"""What lanes and clients did on its way into the trace: the programs' texts, sleeps, ends, each once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import Announced, Event, Exit, Header, LaneInfo, Source
from muxviz.scenarios import Act, Beat
from muxviz.sources.lab import publisher, quiescence
from muxviz.sources.lab.client_actions import ClientActions
from muxviz.sources.lab.publisher import Publisher
from muxviz.sources.lab.quiescence import Rest
from muxviz.sources.lab.stepper import Stepper
from muxviz.sources.ring.lane_reader import Mode, Where
from muxviz.trace import Trace


@pytest.fixture
def published() -> Iterator[Publisher]:
    lanes = [LaneInfo("a", "a"), LaneInfo("b", "b")]
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="run"), lanes, sources={"known.py": "text"}))
    yield Publisher(trace, 0, lambda line: None)
    trace.close()


def call(name: str, **fields: Any) -> Event:
    return Event(**{"n": -1, "t": 5, "lane": "a", "role": "server", "call": name, "fd": 3, "ret": 0} | fields)


def lane(name: str = "a", **is_: Any) -> Any:
    link = SimpleNamespace(
        serial=1, where=is_.pop("where", Where.CALL), pending_bytes=lambda: is_.get("unread", 0), modes=[]
    )
    made = SimpleNamespace(
        **{"name": name, "alive": True, "exited": False, "pending": [], "entered_serial": -1, "entered": {}, "pid": 7,
           "asleep": True, "traceback": None, "raised_in": None, "link": link, "taken": []} | is_
    )  # fmt: skip
    made.reach = SimpleNamespace(take=lambda event, pid: made.taken.append((event.call, event.step, pid)))
    made.exit = lambda: Exit(status=4, traceback=made.traceback)
    made.sleepers = lambda: [call("epoll_wait", phase="enter", ret=None, t=2, args={"timeout": -1})]
    return made


def told(published: Publisher) -> list[Event]:
    return [published.trace[n] for n in range(len(published.trace))]


# --- texts ----------------------------------------------------------------------------------------------------------


def test_a_program_s_text_comes_before_its_first_line_at_work_and_once(
    published: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("server.py").write_bytes(b"x = 1\n\xff")
    for at in (None, ("known.py", 3), ("server.py", 1), ("server.py", 2), ("gone.py", 1)):
        published.event(call("recv", at=at, t=9))
    Path("gone.py").write_text("it came later")
    published.event(call("recv", at=("gone.py", 2), t=9))
    assert [(event.call, event.file, event.source, event.t) for event in told(published)] == [
        ("recv", None, None, 9), ("recv", None, None, 9), (None, "server.py", "x = 1\n\ufffd", 9),
        ("recv", None, None, 9), ("recv", None, None, 9), ("recv", None, None, 9), ("recv", None, None, 9),
    ]  # fmt: skip


def test_the_text_of_what_is_announced_has_the_time_of_now(
    published: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_SOURCE_LIMIT", 4)
    monkeypatch.setattr(published, "now", lambda: 77)
    (tmp_path / "long.py").write_text("12345")
    published.source((str(tmp_path / "long.py"), 1))
    [event] = told(published)
    assert (event.source, event.t) == ("1234", 77)
    published.source((str(tmp_path / "other.py"), 1), 3)
    assert len(published.trace) == 1 and publisher.Publisher(published.trace, 10**30, print).now() < 0


def test_lines_go_to_who_records_as_long_as_the_trace_takes_them(published: Publisher) -> None:
    lines: list[bytes] = []
    one = Publisher(published.trace, 0, lines.append)
    one.event(call("recv"))
    assert lines == [published.trace.line(0)]
    published.trace.append = lambda event: None  # type: ignore[method-assign]
    one.event(call("recv"))
    assert len(lines) == 1


def test_how_much_of_a_text_is_kept() -> None:
    assert publisher._SOURCE_LIMIT == 1 << 20


# --- calls, sleeps, ends --------------------------------------------------------------------------------------------


def test_the_last_words_of_a_program_are_told_with_its_end(published: Publisher) -> None:
    one = lane(pending=[call("recv"), call("exit", call=None, exit=Exit(status=1, traceback="words")), call("send")])
    published.pending(one, 3)
    assert one.pending == [] and one.traceback == "words" and one.taken == [("recv", 3, 7), ("send", 3, 7)]
    assert [(event.call, event.step) for event in told(published)] == [("recv", 3), ("send", 3)]


def test_a_sleep_is_told_once(published: Publisher) -> None:
    one = lane(where=Where.RUNNING)
    published.sleep(one, 1)
    assert told(published) == []
    one.link.where = Where.CALL
    for step in (2, 3):
        published.sleep(one, step)
    assert [(event.phase, event.step) for event in told(published)] == [("enter", 2)]
    assert one.entered_serial == 1 and one.entered == {None: 2}
    one.link.serial = 2
    published.sleep(one, 4)  # the same call, with another serial: another thread came and went
    assert len(published.trace) == 1 and one.entered_serial == 2


def test_a_stay_that_is_no_sleep_yet_is_looked_at_again(published: Publisher) -> None:
    one = lane(asleep=False)
    published.sleep(one, 2)
    assert one.entered_serial == -1 and len(published.trace) == 1
    one.asleep = True
    published.sleep(one, 3)
    assert one.entered_serial == 1 and len(published.trace) == 1


def test_a_lane_that_moves_meanwhile_is_not_told_asleep(published: Publisher) -> None:
    one = lane()
    sleepers = one.sleepers

    def moves() -> list[Event]:
        one.link.serial += 1
        return list(sleepers())

    one.sleepers = moves
    published.sleep(one, 2)
    assert told(published) == [] and one.entered_serial == -1

    class Moving(SimpleNamespace):
        @property
        def asleep(self) -> bool:
            self.link.serial += 1
            return True

    moving = Moving(**{name: value for name, value in vars(lane()).items() if name != "asleep"})
    published.sleep(moving, 2)  # type: ignore[arg-type]
    assert moving.entered_serial == -1 and len(published.trace) == 1


def test_one_that_sleeps_still_is_said_to_where_other_threads_have_moved(
    published: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lane()
    both = [call("recv", phase="enter", ret=None, t=1, tid=8), call("epoll_wait", phase="enter", ret=None, t=2)]
    one.sleepers = lambda: both
    published.sleep(one, 2)
    assert [(event.call, event.tid) for event in told(published)] == [("recv", 8), ("epoll_wait", None)]
    published.event(call("send", tid=9))
    one.link.serial = 5
    monkeypatch.setattr(published, "now", lambda: 99)
    published.sleep(one, 4)
    again = told(published)[-1]
    assert (again.call, again.args, again.step, again.t) == ("epoll_wait", {"still": True}, 4, 99)
    assert len(published.trace) == 4
    one.sleepers = list
    one.link.serial = 6
    published.event(call("send"))
    published.sleep(one, 5)
    assert len(published.trace) == 5


@pytest.mark.parametrize("is_", [{}, {"alive": False, "exited": True}, {"alive": False, "unread": 1}])
def test_who_has_no_end_to_tell(is_: dict[str, Any], published: Publisher) -> None:
    one = lane(**is_)
    published.end(one, 2)
    assert told(published) == [] and one.exited is is_.get("exited", False)


def test_an_end_with_the_script_that_it_was_raised_in(
    published: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("server.py").write_text("raise")
    one = lane(alive=False, raised_in="server.py", traceback="words")
    published.end(one, 2)
    text, ended = told(published)
    assert text.source == "raise" and (ended.exit, ended.step, ended.pid) == (Exit(status=4, traceback="words"), 2, 7)
    assert one.exited
    published.ended_by_us(one, None)
    assert len(published.trace) == 2
    other = lane("b")
    published.ended_by_us(other, Announced("recv", None, 3))
    last = told(published)[-1]
    assert last.exit == Exit(status=4, by="muxviz", next=Announced("recv", None, 3)) and other.exited
    assert (last.lane, last.pid) == ("b", 7)


# --- client actions -------------------------------------------------------------------------------------------------


def test_a_client_action_says_which_lanes_it_is_about(published: Publisher) -> None:
    clients: Any = SimpleNamespace(start=lambda: None)
    acting = ClientActions([], clients, published, shared=False)
    a, b, every = (Act("A", "send", lanes=("a", "x")), Act("B", "send", lanes=("b", "a")), Act("C", "send"))
    for acts in ((), (a,), (a, b), (a, every)):
        acting.open(Beat("words", acts), 3, {"by": "hand"})
    assert [(event.beat, event.action, event.step, event.args) for event in told(published)] == [
        (1, "words", 3, {"by": "hand"}), (2, "words", 3, {"by": "hand", "lanes": ["a", "x"]}),
        (3, "words", 3, {"by": "hand", "lanes": ["a", "b", "x"]}), (4, "words", 3, {"by": "hand"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("do", "datagram"), [("connect", False), ("begin", False), ("datagram", True), ("send", None), ("read", None)]
)
def test_to_which_kind_of_socket_an_act_goes(do: Any, datagram: bool | None) -> None:
    asked: list[bool | None] = []
    one: Any = SimpleNamespace(reach=SimpleNamespace(address=lambda *, datagram: asked.append(datagram)))
    assert ClientActions._address(one, Act("A", do)) is None and asked == [datagram]


# --- one lane's moves -----------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def stepper(published: Publisher, clock: Clock, patch: pytest.MonkeyPatch, wait: Any) -> Stepper:
    patch.setattr(quiescence, "time", clock)
    patch.setattr("muxviz.sources.lab.stepper.time", clock)
    bell: Any = SimpleNamespace(wait=wait)
    return Stepper(bell, published, Rest(), timed=True)


def sleeper(*waits: list[Event], **is_: Any) -> Any:
    """A lane that sleeps in a wait of a second; what each drain brings."""
    brought = list(waits)
    one = lane(**is_)
    one.at_gate, one.settled, one.unseen, one.lost, one.queued = False, True, False, False, 0.0
    one.link.entered = lambda: call("epoll_wait", args={"timeout": 1000}, phase="enter")
    one.link.drain = lambda: brought.pop(0) if brought else []
    one.link.mode = Mode.HELD
    return one


def test_a_timeout_is_waited_out(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, waits = Clock(), []
    one = sleeper([], [call("epoll_wait")])

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += 0.5
        if len(waits) == 3:
            one.link.serial += 1

    stepper(published, clock, monkeypatch, wait).move(one, 4)
    assert len(waits) == 3 and [(event.call, event.step) for event in told(published)][:1] == [("epoll_wait", 4)]


@pytest.mark.parametrize(("seconds", "times"), [(1.0, 4), (4.0, 1), (0.75, 5)])
def test_a_timeout_that_does_not_come_is_given_up(
    seconds: float, times: int, published: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its longest, 2 s, and a second more."""
    clock, waits = Clock(), []

    def wait(asked: float) -> None:
        waits.append(asked)
        clock.now += seconds

    stepper(published, clock, monkeypatch, wait).move(sleeper(), 4)
    assert len(waits) == times


def test_a_lane_that_has_ended_is_not_waited_for(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sleeper([], [], alive=False)
    one.sleepers = list
    stepper(published, Clock(), monkeypatch, pytest.fail).move(one, 4)
    assert [event.exit for event in told(published)] == [Exit(status=4)]


def test_a_timeout_that_ran_out_meanwhile_is_the_move(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sleeper([call("epoll_wait")], [call("recv")])
    stepper(published, Clock(), monkeypatch, pytest.fail).move(one, 4)
    assert [event.call for event in told(published)][:1] == ["epoll_wait"] and one.pending == []
    assert one.link.drain() != [], "what came behind it is the next step's"


def test_a_lane_is_let_go_until_it_rests(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    one = sleeper([call("recv")], [call("send")], [call("close")])
    modes: list[Mode] = []

    def wait(seconds: float) -> None:
        modes.append(one.link.mode)
        clock.now += 1
        one.settled = len(modes) == 2

    one.settled = False
    stepper(published, clock, monkeypatch, wait).let_go(one, 6)
    assert modes == [Mode.RECORD] * 2 and one.link.mode is Mode.HELD
    assert [(e.call, e.step) for e in told(published)] == [
        ("recv", 6), ("send", 6), ("close", 6), ("epoll_wait", 6),
    ]  # fmt: skip


def test_a_lane_that_never_rests_is_held_after_a_while(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, modes = Clock(), []
    one = sleeper()
    one.settled = False

    def wait(seconds: float) -> None:
        modes.append(one.link.mode)
        clock.now += 5
        one.settled = one.link.mode is Mode.HELD

    stepper(published, clock, monkeypatch, wait).let_go(one, 6)
    assert modes == [*[Mode.RECORD] * 4, Mode.HELD]
