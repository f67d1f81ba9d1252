"""What a session's thread does with what the screen asks, and says of it: a lab of plain objects, and no thread."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import LaneInfo
from muxviz.scenarios.model import connect
from muxviz.sources.lab import session as session_module
from muxviz.sources.lab.programs import programs, under
from muxviz.sources.lab.session import LabSession
from muxviz.sources.session import SessionStatus


class Conductor:
    """Does as a table says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.free, self.done, self.busy, self.reachable = False, False, False, True
        self.notes: list[str] = []
        self.pace = SimpleNamespace(beats=(1, 2, 3), done=2)
        self.asked: list[Any] = []
        self.answers: list[bool] = []
        """Of steps and acts, in turn; `True` where there are none left."""
        self.happens: list[bool] = []

    def _answer(self, *asked: Any) -> bool:
        self.asked.append(asked)
        return self.answers.pop(0) if self.answers else True

    def step(self, lane: str | None = None) -> bool:
        return self._answer("step", lane)

    def drive(self, beat: Any) -> bool:
        return self._answer("drive", beat.label)

    def type(self, lane: str, data: bytes) -> bool:
        return self._answer("type", lane, data)

    def run_free(self) -> None:
        self.asked.append("run")
        self.free = True

    def hold(self) -> None:
        self.asked.append("hold")
        self.free = False

    def end(self, grace: float) -> None:
        self.asked.append(("end", grace))

    def pump(self) -> bool:
        self.asked.append("pump")
        return bool(self.happens and self.happens.pop(0))

    def notice(self) -> bool:
        self.asked.append("notice")
        return bool(self.happens and self.happens.pop(0))

    def status(self) -> dict[str, Any]:
        return {"a": len(self.asked)}


class Trace(list[Any]):
    """Of which it is known at how many steps a wakeup and an action come."""

    wakeup = action = 10**9

    def __init__(self, conductor: Conductor) -> None:
        super().__init__([0, 1, 2])
        self._conductor = conductor

    def wakeup_after(self, n: int) -> int | None:
        assert n == 2, "what was there before does not count"
        return 7 if len(self._conductor.asked) >= self.wakeup else None

    def action_after(self, n: int) -> int | None:
        assert n == 2
        return 7 if len(self._conductor.asked) >= self.action else None


class Recorder:
    """A recorder of which only the ends matter."""

    def __init__(self) -> None:
        self.path, self.failed = Path("new.muxviz"), None
        self.did: list[Any] = []
        self.write = object()

    def stop(self, why: str) -> None:
        self.did.append(("stop", why))

    def close(self) -> None:
        self.did.append("close")


def made(*, recorder: Any = None, own: bool = False, start: Any = None) -> tuple[LabSession, Conductor, Any]:
    conductor = Conductor()
    closed: list[int] = []
    watchers: list[Any] = []
    lab: Any = SimpleNamespace(
        conductor=conductor, trace=Trace(conductor), own=own, cut=None, lanes=[], closed=closed, watchers=watchers,
        start=start or (lambda: None), close=lambda: closed.append(1), watch=watchers.append,
        output=SimpleNamespace(tail=lambda lane: [lane, "said"]),
    )  # fmt: skip
    return LabSession(lab, recorder=recorder), conductor, lab


def serve(session: LabSession) -> None:
    """All that was asked, in this thread, and the end."""
    session._commands.put(None)
    session._serve()


def phases(session: LabSession, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    real = session._tell

    def tell(phase: Any) -> None:
        told.append(phase)
        real(phase)

    monkeypatch.setattr(session, "_tell", tell)
    return told


@pytest.mark.parametrize("moved", [True, False])
def test_a_step_says_whether_anything_moved(moved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    session, conductor, _ = made()
    told = phases(session, monkeypatch)
    conductor.answers = [moved]
    session.step("a")
    assert session.pending == 1 and session.status.beats_total == 3 and session.status.phase == "starting"
    serve(session)
    assert ("step", "a") in conductor.asked and session.pending == 0
    assert session.status.exhausted is not moved
    assert [phase for phase in told if phase != "held"] == ["stepping"] and told[0] == told[-1] == "held"


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("reached", [True, False])
def test_a_client_action_of_a_person(free: bool, reached: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    session, conductor, _ = made()
    conductor.free, conductor.answers = free, [reached]
    told = phases(session, monkeypatch)
    session._drive(connect("A"))
    assert told == ([] if free else ["stepping"]) and conductor.asked == [("drive", connect("A").label)]
    assert session.status.exhausted is not reached


@pytest.mark.parametrize("free", [True, False])
def test_input_that_is_taken_and_that_is_not(free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    session, conductor, _ = made()
    conductor.free, conductor.answers = free, [True, False]
    told = phases(session, monkeypatch)
    session._type("a", b"x")
    assert session.status.trouble is None and told == ([] if free else ["stepping"])
    session._type("a", b"y")
    assert session.status.trouble == "a takes no more input"
    assert conductor.asked == [("type", "a", b"x"), ("type", "a", b"y")]


@pytest.mark.parametrize(
    ("goal", "wakeup", "action", "answers", "steps", "exhausted"),
    [
        ("wakeup", 3, 5, [], 3, False), ("action", 3, 5, [], 5, False), ("wakeup", 99, 99, [], 20, False),
        ("wakeup", 9, 9, [True, True, False], 3, True),
    ],
)  # fmt: skip
def test_a_search_ends_where_it_has_found_where_nothing_moves_and_at_its_limit(
    goal: Any, wakeup: int, action: int, answers: list[bool], steps: int, exhausted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(session_module, "_SEEK_STEPS", 20)
    session, conductor, lab = made()
    lab.trace.wakeup, lab.trace.action, conductor.answers = wakeup, action, answers
    told = phases(session, monkeypatch)
    session._hurry.set()  # from before: it is no reason to stop
    session._seek(goal)
    assert conductor.asked == [("step", None)] * steps and session.status.exhausted is exhausted
    assert told == ["stepping"]


@pytest.mark.parametrize("why", ["hurry", "done"])
def test_a_search_ends_when_it_is_told_to_and_with_the_scenario(why: str) -> None:
    session, conductor, _ = made()

    def step(lane: str | None = None) -> bool:
        conductor.asked.append("step")
        if len(conductor.asked) == 4:
            if why == "hurry":
                session.hold()
            else:
                conductor.done = True
        return True

    conductor.step = step  # type: ignore[method-assign]
    session._seek("wakeup")
    assert conductor.asked == ["step"] * 4 and session._hurry.is_set() is (why == "hurry")


def test_running_and_held(monkeypatch: pytest.MonkeyPatch) -> None:
    session, conductor, lab = made(own=True)
    told = phases(session, monkeypatch)
    session.hold()  # is held already
    session.run()
    session.hold()
    session.run()
    serve(session)
    assert [each for each in conductor.asked if each in ("run", "hold")] == ["run", "hold", "run"]
    changes = [phase for before, phase in zip(["", *told], told, strict=False) if phase != before]
    assert changes == ["held", "running", "held", "running"]
    assert conductor.asked[-1] == ("end", session_module._GRACE_SECONDS), "a person's own is asked to end"
    assert not session._hurry.is_set() and lab.closed == [1]
    assert session.status.phase == "closed" and session.output("a") == ["a", "said"] and session.trace is lab.trace


def test_the_lab_s_own_servers_get_no_grace() -> None:
    session, conductor, _ = made()
    serve(session)
    assert conductor.asked[-1] == ("end", 0)


@pytest.mark.parametrize("free", [True, False])
def test_what_lanes_do_unasked_goes_on_before_the_next_command(free: bool) -> None:
    session, conductor, _ = made()
    conductor.free, conductor.happens = free, [True, True, False]
    assert session._watch_lanes() is True
    assert session.status.phase == ("running" if free else "held")
    session._commands.put(None)
    assert session._next() is None
    assert conductor.asked == ["pump" if free else "notice"] * 2
    session.step()
    assert session._next() is not None and conductor.asked == ["pump" if free else "notice"] * 3


def test_a_start_that_fails_is_told_and_stays_told() -> None:
    def start() -> None:
        raise OSError("no room")

    session, _, lab = made(start=start)
    serve(session)
    assert (session.status.phase, session.status.trouble, lab.closed) == ("failed", "OSError: no room", [1])


def test_what_is_told_of_a_lab() -> None:
    recorder: Any = Recorder()
    session, conductor, lab = made(recorder=recorder)
    assert lab.watchers == [recorder.write]
    session._tell("held")
    said = session.status
    assert said.lanes == {"a": 0} and said.beats_done == 2 and said.recording == Path("new.muxviz")
    assert (said.busy, said.reachable, said.patient, said.note, said.trouble) == (False, True, False, None, None)
    conductor.busy, conductor.reachable, conductor.done, conductor.notes = True, False, True, ["one", "two", "three"]
    lab.cut = "cut off"
    session._tell("running")
    said = session.status
    assert (said.phase, said.busy, said.reachable, said.patient) == ("running", True, False, True)
    assert (said.note, said.trouble) == ("three", "cut off")
    recorder.failed = "disk full"
    session._tell("running")
    assert session.status.recording is None and session.status.trouble == "disk full"
    recorder.failed, lab.cut = None, None
    session._tell("running")
    assert session.status.trouble == "disk full", "what was wrong once is not forgotten"


@pytest.mark.parametrize(
    ("cut", "failed", "did"), [(None, None, ["close"]), ("cut off", "disk full", [("stop", "cut off"), "close"])]
)
def test_the_recording_s_end(cut: str | None, failed: str | None, did: list[Any]) -> None:
    recorder: Any = Recorder()
    session, _, lab = made(recorder=recorder)
    lab.cut, recorder.failed = cut, failed
    session._finish()
    assert recorder.did == did and session.status.lost == failed and session.status.phase == "closed"


def test_the_screen_s_words_reach_the_thread_in_their_order() -> None:
    session, conductor, lab = made()
    assert session.live
    lab.trace.wakeup, lab.trace.action = 99, 0
    session.drive(connect("A"))
    session.type("a", b"x")
    session.seek("action")
    assert session.pending == 3 and conductor.asked == []
    serve(session)
    done = [asked for asked in conductor.asked if asked not in ("notice", "pump")]
    assert done[:3] == [("drive", connect("A").label), ("type", "a", b"x"), ("step", None)] and session.pending == 0


def test_a_session_is_a_thread_that_its_close_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_CLOSE_SECONDS", 0.01)
    killed: list[str] = []
    let_go = threading.Event()
    session, _, lab = made(start=lambda: let_go.wait(20))

    def kill() -> None:
        killed.append("a")
        if len(killed) == 2:
            let_go.set()  # what it hung on has ended

    lab.lanes = [SimpleNamespace(kill=kill)]
    assert session._thread.daemon and session._thread.name == "lab"
    session.start()
    session.close()
    assert killed == ["a", "a"] and not session._thread.is_alive()
    assert lab.closed == [1] and session.status.phase == "closed" and session._hurry.is_set()


def test_a_recording_may_begin_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _, lab = made()
    recorder: Any = Recorder()
    recorder.catch_up = lambda: recorder.did.append("caught up")
    monkeypatch.setattr("muxviz.sources.session.Recorder", lambda path, trace: recorder)
    session.record(tmp_path / "new")
    session.record(tmp_path / "another")
    serve(session)
    assert recorder.did == ["caught up", "close"] and lab.watchers == [recorder.write]


def test_a_recording_that_can_not_be_made_is_trouble_and_a_marker_goes_into_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path, trace: Any) -> None:
        raise OSError("it exists")

    recorder: Any = Recorder()
    recorder.annotate = recorder.did.append
    session, _, lab = made()
    lab.trace.mark = lambda n, text: (n, text)
    monkeypatch.setattr("muxviz.sources.session.Recorder", refuse)
    session.record(Path("x"))
    session.mark(3, "here")
    assert session.pending == 2
    serve(session)
    assert session.status.trouble == "it exists" and lab.watchers == []
    session, _, lab = made(recorder=recorder)
    lab.trace.mark = lambda n, text: (n, text)
    assert session.mark(3, "here") is None and session.pending == 1
    serve(session)
    assert recorder.did == [(3, "here"), "close"]


def test_nothing_is_so_before_anything_has_happened() -> None:
    assert SessionStatus() == ("starting", {}, 0, 0, False, False, False, False, None, None, None, None, 0)


@pytest.mark.parametrize(
    ("commands", "lanes", "titles"),
    [
        (["a.py"], ["program"], ["a.py"]), (["a.py", "b.py"], ["a", "b"], ["a.py", "b.py"]),
        (["longer-name.py", "b.py"], ["longer-n", "b"], ["longer-name.py", "b.py"]),
        (["old/server.py -v", "new/server.py"], ["old", "new"], ["old/server.py", "new/server.py"]),
        (["directory-a/server.py", "directory-b/server.py"], ["direct 1", "direct 2"],
         ["directory-a/server.py", "directory-b/server.py"]),
        (["-m server x", "-m server y"], ["server 1", "server 2"], ["server", "server"]),
        (["-m server", "new/server.py"], ["server", "new"], ["server", "new/server.py"]),
        (["-m longer_name", "-m longer_name"], ["longer 1", "longer 2"], ["longer_name", "longer_name"]),
    ],
)  # fmt: skip
def test_lanes_have_names_of_their_own(commands: list[str], lanes: list[str], titles: list[str]) -> None:
    made = programs([command.split() for command in commands])
    assert [one.info.lane for one in made] == lanes and [one.info.title for one in made] == titles
    assert [one.argv for one in made] == [command.split() for command in commands] and all(one.own for one in made)
    assert under(["-m", "x", "-v"], "mine").info == LaneInfo("mine", "mine", ["x", "-v"])
    assert under(["a/b.py", "-v"], "mine").info == LaneInfo("mine", "mine", ["b.py", "-v"])


def test_what_never_started_is_closed_all_the_same_and_once() -> None:
    session, _, lab = made()
    session.close()
    assert lab.closed == [1] and session.status.phase == "closed"
    session.close()
    assert lab.closed == [1]
