"""A lane's standard input, what it prints, and who hears of its events."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import LaneInfo
from muxviz.recording import Recorder, load
from muxviz.scenarios import CATALOGUE
from muxviz.sources.lab import output
from muxviz.sources.lab.build import Lab, lab_programs, lab_source
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.output import Output
from muxviz.sources.lab.session import LabSession


@pytest.fixture
def typed() -> Iterator[tuple[Lane, int]]:
    """A lane, and the other end of its standard input."""
    link: Any = SimpleNamespace()
    lane = Lane(LaneInfo("a", "a"), link, ["server.py"], own=True)
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    with open(writes, "wb", buffering=0) as stdin:  # noqa: PTH123 - a descriptor
        process: Any = SimpleNamespace(stdin=stdin)
        lane._process = process
        yield lane, reads
    os.close(reads)


def test_what_is_typed_arrives_until_the_input_is_ended(typed: tuple[Lane, int]) -> None:
    lane, reads = typed
    assert lane.type(b"line\n") is True and os.read(reads, 99) == b"line\n"
    assert lane.type(b"") is True and os.read(reads, 99) == b""
    assert lane.type(b"more") is False and lane.type(b"") is False


def test_a_full_pipe_takes_nothing(typed: tuple[Lane, int]) -> None:
    lane, reads = typed
    assert lane.type(bytes(1 << 20)) is False, "not all of it"
    assert lane.type(bytes(4096)) is False and len(os.read(reads, 99)) == 99


def test_who_has_no_standard_input_takes_nothing() -> None:
    link: Any = SimpleNamespace()
    lane = Lane(LaneInfo("a", "a"), link, ["server.py"])
    assert lane.type(b"x") is False and not lane.alive and lane.port is None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lane, "_process", SimpleNamespace(stdin=None))
        assert lane.type(b"x") is False


def test_the_last_lines_that_a_lane_printed_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "LINES_KEPT", 3)
    monkeypatch.setattr(output, "_LINE_LIMIT", 5)
    printed = Output()
    reads, writes = os.pipe()
    with open(reads, "rb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor
        printed.add("a", pipe)
        printed.lines["a"] = type(printed.lines["a"])(maxlen=3)
        for data, tail in (
            (b"one\ntw", ["one", "tw"]), (b"o\n", ["one", "two"]), (b"3\n4\n5\n6\n7", ["4", "5", "6", "7"]),
            (b"89abcdef\n", ["5", "6", "789ab"]), (b"last", ["5", "6", "789ab", "last"]), (b"", ["6", "789ab", "last"]),
            (b"", ["6", "789ab", "last"]),
        ):  # fmt: skip
            printed._take("a", data)
            assert printed.tail("a") == tail, data
        assert printed.tail("b") == []
        printed.close()
    os.close(writes)


def test_every_event_reaches_all_who_watch_and_the_recording(tmp_path: Path) -> None:
    scenario = CATALOGUE["partial-read"]
    lab = Lab(lab_programs(scenario, ("level",)), lab_source(scenario), scenario)
    heard: list[bytes] = []
    try:
        recorder = Recorder(tmp_path / "a.muxviz", lab.trace)
        lab.watch(heard.append)
        LabSession(lab, recorder=recorder)
        lab.start()
        for _ in range(4):
            assert lab.conductor.step()
        recorder.close()
        assert heard == [lab.trace.line(n) for n in range(len(lab.trace))] and len(heard) > 3
        again = load(tmp_path / "a.muxviz")
        assert [again.line(n) for n in range(len(again))] == heard
        again.close()
    finally:
        lab.close()
        lab.trace.close()
