"""How long a scenario is waited for, why its clients could not do everything, and what came of it: by tables."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import Event, Exit, Header, LaneInfo, Source
from muxviz.scenarios import Act, Beat, Scenario
from muxviz.scenarios.model import connect
from muxviz.scenarios.run_options import RunOptions
from muxviz.sources.lab import playing, run
from muxviz.sources.lab.outcome import Outcome, outcome
from muxviz.sources.lab.quiescence import START_SECONDS
from muxviz.sources.lab.schedule import Schedule
from muxviz.trace import Trace

MINE = Scenario("mine", "t", "g", "s", "s", "q", "w", (connect("A"), connect("B")))


def lane(name: str = "a", timeout: Any = None, *, title: str | None = None, **is_: Any) -> Any:
    """A lane that lives and sleeps; `timeout`: of the wait that it is in."""
    entered = None if timeout is None else SimpleNamespace(timeout=timeout if timeout != "none" else None)
    link = SimpleNamespace(entered=lambda: entered, broken=is_.pop("broken", None))
    ports, wanted = is_.pop("ports", []), is_.pop("wanted", None)
    return SimpleNamespace(**{
        "name": name, "alive": True, "lost": False, "link": link, "returncode": None, "pid": 1,
        "reach": SimpleNamespace(ports=lambda: ports, wanted=wanted),
        "info": SimpleNamespace(program=[f"{name}.py", "--argument"], title=title or name),
    } | is_)  # fmt: skip


def lab(*lanes: Any, done: int = 0, beats: int = 2, reached: Any = (), place: str = "asleep") -> Any:
    pace = SimpleNamespace(done=done, beats=range(beats), next="beat" if done < beats else None)
    return SimpleNamespace(lanes=list(lanes), conductor=SimpleNamespace(
        pace=pace, reached_by=lambda beat: list(reached),
        status=lambda: {one.name: SimpleNamespace(place=place) for one in lanes},
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("timeout", "ends"),
    [(None, False), ("none", False), (-1, False), (-0.5, False), (0, True), (0.0, True), (5, True), (2.5, True),
     ("5", False)],
)  # fmt: skip
def test_a_wait_ends_by_itself_where_it_has_a_timeout(timeout: Any, ends: bool) -> None:
    assert playing._times_out(lane(timeout=timeout)) is ends


LOST, ENDED, TIMED = {"lost": True}, {"alive": False, "lost": True}, {"timeout": 9}


@pytest.mark.parametrize(
    ("lanes", "done", "seconds"),
    [
        ([ENDED], 0, 0.0), ([ENDED, ENDED], 2, 0.0), ([{}], 2, 0.0), ([LOST], 2, playing._STILL_SECONDS),
        ([{}, LOST], 2, playing._STILL_SECONDS), ([{}, ENDED], 2, 0.0), ([TIMED], 2, 0.0),
        ([{}], 1, playing._STILL_SECONDS), ([LOST], 1, START_SECONDS), ([TIMED], 1, START_SECONDS),
        ([{}, TIMED], 1, START_SECONDS), ([{}, ENDED], 1, playing._STILL_SECONDS),
    ],
)  # fmt: skip
def test_how_long_nothing_may_happen(lanes: list[dict[str, Any]], done: int, seconds: float) -> None:
    assert playing._patience(lab(*(lane(**one) for one in lanes), done=done)) == seconds


GONE = {"alive": False}


@pytest.mark.parametrize(
    ("lanes", "reached", "place", "why"),
    [
        ([GONE, {}], [], "asleep", "a.py ended before the clients were done: 1 of 2 client actions were made"),
        ([GONE, GONE], [], "asleep",
         "a.py and b.py ended before the clients were done: 1 of 2 client actions were made"),
        ([{}, {}], [0, 1], "busy", "a.py and b.py did not come to rest: 1 of 2 client actions were made"),
        ([{}, {"title": "The second"}], [0], "input",
         "The second reads its standard input and listens nowhere: 1 of 2 client actions were made"),
        ([{}], [], "asleep",
         "a.py does not listen where these clients could reach it: 1 of 2 client actions were made"),
        ([{"wanted": 80, "ports": [1, 22]}], [], "asleep",
         "a.py does not listen on port 80, but on TCP port 1, 22: 1 of 2 client actions were made"),
        ([{"wanted": 80}, {}], [], "asleep",
         "a.py and b.py does not listen on port 80: 1 of 2 client actions were made"),
        ([{"wanted": 0}], [], "asleep", "a.py does not listen on port 0: 1 of 2 client actions were made"),
    ],
)  # fmt: skip
def test_why_the_clients_could_not_do_everything(
    lanes: list[dict[str, Any]], reached: list[int], place: str, why: str
) -> None:
    made = [lane("ab"[number], **one) for number, one in enumerate(lanes)]
    assert playing._why(lab(*made, done=1, reached=[made[number] for number in reached], place=place)) == why


class Clock:
    """Passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def played(monkeypatch: pytest.MonkeyPatch, steps: Any, *lanes: Any, **about: Any) -> tuple[str | None, float, Any]:
    """What came of it, how long it took, and the lab; `steps` answers whether anything moved."""
    clock, made = Clock(), lab(*lanes, **about)
    monkeypatch.setattr(playing, "time", clock)
    made.conductor.done = False
    made.conductor.made = 0

    def step() -> bool:
        made.conductor.made += 1
        return bool(steps(made, clock))

    made.conductor.step = step
    return playing.play_out(made), clock.now - 100, made


def test_a_scenario_is_played_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def over(made: Any, clock: Clock) -> bool:
        made.conductor.done = made.conductor.made == 4
        return True

    why, took, made = played(monkeypatch, over, lane(), done=2)
    assert (why, took, made.conductor.made) == (None, 0, 4)


def test_and_while_anything_may_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "_STEP_LIMIT", 900)
    why, took, made = played(monkeypatch, lambda made, clock: True, lane())
    assert (took, made.conductor.made) == (0, 900) and why is not None, "what goes on for ever has an end"
    why, took, _ = played(monkeypatch, lambda made, clock: False, lane())
    assert why is not None and playing._STILL_SECONDS < took < playing._STILL_SECONDS + 0.02
    why, took, _ = played(monkeypatch, lambda made, clock: False, lane(alive=False))
    assert why is not None and 0 < took < 0.02, "what has ended is looked at once more"
    # what moves in between begins the seconds anew
    moved: list[float] = []

    def once(made: Any, clock: Clock) -> bool:
        if not moved and clock.now > 100.8:
            moved.append(clock.now)
            return True
        return False

    why, took, _ = played(monkeypatch, once, lane())
    assert moved and took > 0.8 + playing._STILL_SECONDS


# --- what came of it -------------------------------------------------------------------------------------------------


def trace(*events: Event) -> Trace:
    made = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="run"), [LaneInfo("mine", "m"), LaneInfo("b", "b")]))
    for event in events:
        made.append(event)
    return made


def read(lane: str, as_sent: bool | None, role: Any = "client") -> Event:
    args: dict[str, Any] = {"size": 9} | ({} if as_sent is None else {"as_sent": as_sent})
    return Event(n=-1, t=1, lane=lane, role=role, client="A", call="recv", fd=9, ret=3, args=args)


def test_a_row_counts_what_its_own_clients_got_back() -> None:
    due = Beat("reads", (Act("A", "read", size=3, expect=b"abc"), Act("B", "read", size=3), Act("A", "read", size=3)))
    played = Scenario("mine", "t", "g", "s", "s", "q", "w", (connect("A"), due, due))
    seen = trace(read("mine", True), read("mine", False), read("mine", None), read("b", True), read("mine", True))
    row = outcome(seen, played, 2, "asleep", "no")
    assert row == Outcome("mine", 2, 3, 2, 2, 0, {}, "asleep", "no")


def test_a_row_counts_its_own_findings_as_known_at_the_end() -> None:
    asked: list[int] = []

    def found(lane: str, sure: str) -> Any:
        return SimpleNamespace(lane=lane, sure=lambda n: sure if n == 4 else "?")

    def until(n: int) -> list[Any]:
        asked.append(n)
        return [found("mine", "certain"), found("b", "certain"), found("mine", "possible"), found("mine", "certain"),
                found("mine", "information")]  # fmt: skip

    class Five(list[Event]):
        now = SimpleNamespace(lanes={"mine": SimpleNamespace(wakeups=7, exit_n=None)})
        findings = SimpleNamespace(until=until)

    row = outcome(Five([read("mine", True)] * 5), MINE, 0, "asleep", None)  # type: ignore[arg-type]
    assert row.findings == {"certain": 2, "possible": 1} and asked == [4] and row.wakeups == 7


@pytest.mark.parametrize(
    ("place", "end"), [("starting", "starting"), ("gate", "running"), ("busy", "running"),
                       ("input", "reads its input"), ("asleep", "asleep"), ("ended", "ended")],
)  # fmt: skip
def test_how_the_program_stood(place: Any, end: str) -> None:
    assert outcome(trace(), MINE, 0, place, None).end == end


@pytest.mark.parametrize(
    ("exit_", "end"),
    [
        (Exit(status=3), "ended with status 3"), (Exit(status=0), "ended with status 0"),
        (Exit(signal="SIGSEGV"), "killed by SIGSEGV"), (Exit(status=1, traceback="\n \n"), "ended with status 1"),
        (Exit(status=1, traceback="Traceback:\n  x\nOSError: no\n\n"), "ended: OSError: no"),
    ],
)  # fmt: skip
def test_how_it_ended(exit_: Exit, end: str) -> None:
    seen = trace(Event(n=-1, t=1, lane="mine", role="server", pid=5, exit=exit_))
    assert outcome(seen, MINE, 0, "ended", None).end == end
    assert outcome(seen, MINE, 0, "asleep", None).end == "asleep"


# --- run -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "status"), [(0, 0), (1, 1), (255, 255), (-9, 137), (-1, 129)])
def test_a_status_as_a_shell_says_it(code: int, status: int) -> None:
    assert run.status_of(lane(returncode=code)) == status


@pytest.mark.parametrize(
    ("codes", "status"), [([None], 0), ([0], 0), ([0, 3], 3), ([None, -15], 143), ([4, 3], 4), ([0, 0], 0)]
)
@pytest.mark.parametrize("cut", [None, "cut off"])
def test_a_program_s_own_status_is_taken_before_it_is_ended(
    codes: list[int | None], status: int, cut: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[Any] = []
    lanes = [lane(returncode=code, alive=code is None) for code in codes]

    def end(seconds: float) -> None:
        did.append(("end", seconds))
        for one in lanes:
            one.alive, one.returncode = False, 77

    made = SimpleNamespace(
        lanes=lanes, cut=cut, trace=SimpleNamespace(close=lambda: did.append("trace closed")),
        conductor=SimpleNamespace(end=end, notes=["a note"]), close=lambda: did.append("closed"),
        start=lambda inherit: did.append(("start", inherit)),
    )  # fmt: skip
    monkeypatch.setattr(run, "Lab", lambda *args, **named: made)
    monkeypatch.setattr(run, "ending", contextlib.nullcontext)
    monkeypatch.setattr(run, "play_out", lambda lab: "why")
    monkeypatch.setattr(run, "tell", did.append)
    assert run.run_with_clients([["a.py"]], MINE, RunOptions()) == (status, "why")
    said = ["a note", *([cut] if cut else [])]
    assert did == [("start", True), ("end", playing.GRACE_SECONDS), *said, "closed", "trace closed"]


@pytest.mark.parametrize(("ended", "killed"), [(None, [(1, 15)]), (0, [])])
def test_a_signal_is_passed_on_to_who_lives(
    ended: int | None, killed: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(run.os, "kill", lambda pid, number: sent.append((pid, number)))
    run._pass_on_to(lane(returncode=ended))(15)
    assert sent == killed


def test_what_has_happened_is_read_until_there_is_no_more_or_no_room() -> None:
    stopped: list[str] = []
    recorder: Any = SimpleNamespace(stop=stopped.append)
    left = [True, True, False, True, True, True]
    one = lane()
    one.link.mode = "record"
    made: Any = SimpleNamespace(
        lanes=[one], cut=None, trace=SimpleNamespace(full=None), conductor=SimpleNamespace(pump=lambda: left.pop(0))
    )
    assert run._read(made, recorder) and len(left) == 3 and not stopped and one.link.mode == "record"
    made.trace.full, made.cut = "no room", "no room"
    assert not run._read(made, recorder) and len(left) == 2
    assert stopped == ["no room"] and one.link.mode == run.Mode.FREE
    assert not run._read(made, None)


def test_each_scenario_s_acts_are_made_in_the_lane_of_its_name() -> None:
    mine = run._in_its_lane(MINE)
    assert [act.lanes for beat in mine.beats for act in beat.acts] == [("mine",)] * 2
    assert [beat.label for beat in mine.beats] == [beat.label for beat in MINE.beats]


# --- the pace at its limits ------------------------------------------------------------------------------------------


def test_a_program_that_gets_things_done_is_waited_for_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muxviz.sources.lab.schedule._LONGEST", 20)
    pace = Schedule(Scenario("mine", "t", "g", "s", "s", "q", "w", (connect("A"),), idle=5))
    assert pace.listens_first and not Schedule(MINE).listens_first and not Schedule(None).listens_first
    done = Event(n=0, t=0, role="server", call="send", fd=3, ret=3)
    pace.acted(10)
    assert [pace.impatient(step) for step in (10, 14, 15, 16)] == [False, False, True, True]
    pace.stepped(13, [done])
    assert [pace.impatient(step) for step in (15, 17, 18)] == [False, False, True]
    for step in range(14, 40):
        pace.stepped(step, [done])
        assert pace.impatient(step) is (step - 10 >= 20)
    pace.acted(40)
    assert not pace.impatient(44) and pace.impatient(45)
    pace.stepped(44, [])
    assert pace.impatient(45), "a step in which nothing was done is none"


def test_the_next_action_until_there_is_none() -> None:
    pace = Schedule(MINE)
    seen = []
    while pace.next is not None:
        seen.append(pace.next)
        pace.done += 1
    assert tuple(seen) == MINE.beats and pace.done == 2 and Schedule(None).next is None
