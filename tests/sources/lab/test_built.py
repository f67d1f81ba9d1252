"""How a lab is put together, who closes what when it starts, fails or ends, and what its header says."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from muxviz.events import LaneInfo, Source
from muxviz.scenarios import Fix, Scenario
from muxviz.scenarios.model import DRAIN, Specimen, connect
from muxviz.sources.lab import build
from muxviz.sources.lab.build import Begun, Lab, Program, begin, lab_programs, lab_source
from muxviz.sources.ring.lane_reader import Link, Mode, Where

MINE = Scenario("mine", "t", "g", "s", "s", "q", "w", (connect("A"), connect("B")))
SHARED = msgspec.structs.replace(MINE, inherits=True)
PROGRAMS = [Program(LaneInfo("a", "a", ["a.py"]), ["a.py"]), Program(LaneInfo("b", "b", ["b.py"]), ["b.py"])]


def is_open(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What each lane was started with; nothing runs."""
    did: list[tuple[str, Any]] = []

    def start(lane: Any, handed: tuple[int, ...]) -> Any:
        did.append((lane.name, tuple(map(is_open, handed))))
        return SimpleNamespace()

    monkeypatch.setattr(build.Lane, "start", start)
    monkeypatch.setattr(build.Lane, "start_inheriting", lambda lane: did.append((lane.name, "ours")))
    monkeypatch.setattr(build.Lane, "kill", lambda lane: None)
    monkeypatch.setattr(build.Output, "add", lambda output, lane, pipe: None)
    monkeypatch.setattr(build.Output, "start", lambda output: did.append(("output", None)))
    monkeypatch.setattr(build.Conductor, "start", lambda conductor: did.append(("conductor", None)))
    monkeypatch.setattr(build.Lab, "forget_names", lambda lab: did.append(("names", None)))
    return did


def test_what_programs_inherit_is_theirs_alone_once_they_have_it(started: list[tuple[str, Any]]) -> None:
    lab = Lab(PROGRAMS, Source(), SHARED)
    handed = lab._handed
    assert len(handed) == 2 and all(map(is_open, handed))
    assert lab.lanes[0].port == lab.lanes[1].port is not None, "they have one listener"
    lab.start()
    assert started == [("a", (True, True)), ("b", (True, True)), ("output", None), ("conductor", None), ("names", None)]
    assert not any(map(is_open, handed)) and lab._handed == ()
    lab.close()
    lab.trace.close()


def test_programs_with_our_own_streams(started: list[tuple[str, Any]]) -> None:
    lab = Lab(PROGRAMS, Source(), MINE)
    lab.start(inherit=True)
    assert started == [("a", "ours"), ("b", "ours"), ("output", None), ("conductor", None), ("names", None)]
    assert lab._handed == () and lab.lanes[0].port is None
    lab.close()
    lab.trace.close()


def test_a_lab_that_never_starts_gives_everything_back_and_twice(started: list[tuple[str, Any]]) -> None:
    lab = Lab(PROGRAMS, Source(), SHARED)
    handed, directory = lab._handed, lab._directory.path
    assert len(list(directory.iterdir())) == 2
    lab.close()
    assert not any(map(is_open, handed)) and not directory.exists() and lab.lanes[1].link._closed
    lab.close()
    lab.trace.close()
    assert not [name for name in os.listdir(directory.parent) if directory.name in name]  # noqa: PTH208


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("step", ["RunDirectory", "Link", "Lane"])
def test_a_start_that_fails_leaves_nothing_but_a_trace_that_is_another_s(
    mine: bool, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    made: dict[str, Any] = {}
    trace: Any = SimpleNamespace(close=lambda: closed.append("trace"), now=SimpleNamespace(step=None))

    def keep(name: str, real: Any) -> Any:
        def make(*args: Any, **named: Any) -> Any:
            if name == step and (name != "Lane" or "Lane" in made):
                raise OSError("no room")
            made[name] = real(*args, **named)
            return made[name]

        return make

    for name in ("Output", "RunDirectory", "Bell", "handed"):
        monkeypatch.setattr(build, name, keep(name, getattr(build, name)))
    monkeypatch.setattr(build, "Lane", keep("Lane", build.Lane))
    monkeypatch.setattr(build, "Link", SimpleNamespace(create=keep("Link", Link.create)))
    monkeypatch.setattr(build, "begin", lambda *args: Begun(trace, 5))
    with pytest.raises(OSError, match="no room"):
        Lab(PROGRAMS, Source(), SHARED, begun=None if mine else Begun(trace, 5))
    assert closed == (["trace"] if mine else [])
    assert not is_open(made["Output"]._wake_in)
    if step != "RunDirectory":
        assert not made["RunDirectory"].path.exists() and made["Bell"]._closed
        assert not any(map(is_open, made["handed"]))
    if step == "Lane":
        assert made["Link"]._closed


def test_a_trace_that_goes_on_is_gone_on_with(tmp_path: Path) -> None:
    begun = begin([program.info for program in PROGRAMS], Source(title="whole"), MINE)
    begun.trace.now.step = 41
    lab = Lab(PROGRAMS, Source(title="part"), MINE, begun=begun, payload=7, port=99)
    assert lab.trace is begun.trace and lab.trace.header.source.title == "whole"
    assert lab.conductor.step_number == 41 and [lane.reach.wanted for lane in lab.lanes] == [99, 99]
    assert [lane.link.mode for lane in lab.lanes] == [Mode.HELD] * 2 and not lab.own
    lab.close()
    begun.trace.close()


@pytest.mark.parametrize("payload", [0, 9])
def test_what_a_new_trace_says_of_itself(payload: int) -> None:
    mine = PROGRAMS[0]._replace(own=True)
    lab = Lab([mine], Source(title="x"), MINE, payload=payload, mode=Mode.RECORD, watch=["q"])
    header = lab.trace.header
    assert header.source.payload == (payload or None) and header.source.title == "x" and lab.own
    assert header.beats == ["A connects", "B connects"] and [lane.lane for lane in header.lanes] == ["a"]
    assert lab.lanes[0].link.mode is Mode.RECORD and lab.lanes[0].link._watch == "q" and lab.conductor.step_number == 0
    lab.close()
    lab.trace.close()


def test_whoever_watches_gets_each_line_and_one_own_program_makes_it_a_person_s() -> None:
    lab = Lab([PROGRAMS[0], PROGRAMS[1]._replace(own=True)], Source(), None)
    assert lab.own and lab.trace.header.source.payload is None and lab._handed == ()
    seen: list[Any] = []
    lab.watch(lambda line: seen.append(("one", line)))
    lab._line(b"first")
    lab.watch(lambda line: seen.append(("two", line)))
    lab._line(b"second")
    assert seen == [("one", b"first"), ("one", b"second"), ("two", b"second")]
    lab.close()
    lab.trace.close()


def test_the_texts_of_the_lab_s_own_servers_are_in_it_and_no_other_s(tmp_path: Path) -> None:
    other = tmp_path / "select_echo.py"
    other.write_text("other")
    programs = [
        *lab_programs(MINE),
        Program(LaneInfo("o", "o"), [str(other)]),
        Program(LaneInfo("m", "m"), ["-m", "x"]),
    ]
    sources = build._specimen_sources(programs)
    assert (
        list(sources) == ["epoll_echo.py", "poll_echo.py", "select_echo.py"] and "import" in sources["select_echo.py"]
    )


@pytest.mark.parametrize(
    ("full", "broken", "cut"),
    [
        (None, [None, None], None), ("no room", [None, None], "not recorded from here on: no room"),
        (None, [None, "b"], "b"), (None, ["a", "b"], "a"),
        ("no room", ["a", None], "not recorded from here on: no room"),
    ],
)  # fmt: skip
def test_why_not_all_is_in_the_trace(full: str | None, broken: list[str | None], cut: str | None) -> None:
    lanes = [SimpleNamespace(link=SimpleNamespace(broken=one)) for one in broken]
    lab: Any = SimpleNamespace(trace=SimpleNamespace(full=full), lanes=lanes)
    assert Lab.cut.fget(lab) == cut  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("lanes", "forgets"),
    [
        ([(True, Where.GATE), (True, Where.CALL)], True), ([(True, Where.GATE), (True, Where.NEW)], False),
        ([(False, Where.NEW), (True, Where.GATE)], True), ([(True, Where.NEW)], False), ([(False, Where.ENDED)], True),
    ],
)  # fmt: skip
def test_names_are_forgotten_once_every_lane_that_lives_has_begun(lanes: list[Any], forgets: bool) -> None:
    did: list[str] = []
    made = [
        SimpleNamespace(alive=alive, link=SimpleNamespace(where=where, forget_names=lambda: did.append("lane")))
        for alive, where in lanes
    ]
    lab: Any = SimpleNamespace(
        lanes=made, _bell=SimpleNamespace(close=lambda: did.append("bell")),
        _directory=SimpleNamespace(close=lambda: did.append("directory")),
    )  # fmt: skip
    assert Lab.forget_names(lab) is forgets
    assert did == (["lane"] * len(lanes) + ["bell", "directory"] if forgets else [])


def test_with_too_little_memory_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(fd: int, size: int) -> Any:
        asked.append(size)
        raise OSError

    monkeypatch.setattr(build, "mmap", SimpleNamespace(mmap=refuse))
    with pytest.raises(MemoryError):
        Lab(PROGRAMS, Source(), MINE)
    assert asked == [32 << 20]


# --- what lanes run ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "lost", "kept"),
    [
        ([], ["--a"], []), (["--a"], [], ["--a"]), (["--a", "--b"], ["--a"], ["--b"]),
        (["--a", "1", "2", "--b", "3"], ["--a"], ["--b", "3"]), (["--b", "3", "--a", "1"], ["--a"], ["--b", "3"]),
        (["--b", "3", "--a", "1"], ["--a", "--b"], []), (["--a", "-1"], ["--a"], ["-1"]),
        (["x", "--a"], ["--a"], ["x"]),
    ],
)  # fmt: skip
def test_options_are_lost_with_their_values(options: list[str], lost: list[str], kept: list[str]) -> None:
    assert build._without(options, lost) == kept


def test_what_each_lane_runs() -> None:
    played = msgspec.structs.replace(
        MINE, server_options=("--size", "4"),
        lanes=(Specimen("one", "The one", "poll_echo.py", ("--edge",), "edge"), Specimen("two", "T", "/x/own.py")),
    )  # fmt: skip
    one, two = lab_programs(played)
    path = str(build.SERVERS / "poll_echo.py")
    assert one == (LaneInfo("one", "The one", ["poll_echo.py", "--edge", "--size", "4"], "edge"),
                   [path, "--edge", "--size", "4"], False)  # fmt: skip
    assert two == (LaneInfo("two", "T", ["own.py", "--size", "4"], None), ["/x/own.py", "--size", "4"], False)
    assert lab_programs(played, ["two"]) == [two] and lab_programs(played, ["three"]) == []
    fix = Fix("big", "a larger buffer", ("--big",), ("--size",))
    assert [program.argv for program in lab_programs(played, fix=fix)] == [
        [path, "--edge", "--big"], ["/x/own.py", "--big"],
    ]  # fmt: skip


def test_what_the_header_says_of_a_lab() -> None:
    plain = lab_source(MINE)
    assert plain == Source(kind="lab", scenario="mine", title="t", offers="drain: read until EAGAIN")
    assert lab_source(MINE, DRAIN) == msgspec.structs.replace(plain, fix="drain", offers="drain off")
    other = Fix("big", "a larger buffer", ())
    two = msgspec.structs.replace(MINE, fixes=(DRAIN, other), inherits=True, panel="cost", side="OUT", follow="B")
    said = lab_source(two, DRAIN)
    assert (said.offers, said.shared, said.panel, said.side, said.follow) == (
        "big: a larger buffer", True, "cost", "OUT", "B",
    )  # fmt: skip
    assert lab_source(two, other).offers == "big off"
    assert lab_source(msgspec.structs.replace(MINE, fixes=())).offers is None
