"""A recording's limits at their edges, and indexes that fit their recording in everything but one number."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from muxviz.events import FORMAT, Event, Header, LaneInfo, Source, encode
from muxviz.recording import Recorder, RecordingError, load, read, reader, recover
from muxviz.recording.index_format import END_PREFIX, INDEX_PREFIX, end_line
from muxviz.recording.indexed import by_index
from muxviz.trace import Trace
from muxviz.trace.array_codec import PackError, pack, positions, unpack

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a")])
COUNT = 600
"""Events: three blocks, the last of them short."""


def call(n: int, **fields: Any) -> Event:
    return Event(n=-1, t=n, lane="a", role="server", call="send", fd=4, ret=1, **fields)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A whole recording, with its index."""
    trace = Trace(HEADER)
    recorder = Recorder(tmp_path / "whole.muxviz", trace)
    for n in range(COUNT):
        recorder.write(trace.append(call(n)))
    recorder.close()
    trace.close()
    return tmp_path / "whole.muxviz"


def taken_by_index(path: Path) -> bool:
    with path.open("rb") as file:
        opened = by_index(file)
    if opened is not None:
        opened.lines.close()
        opened.frames.close()
    return opened is not None


def forge(path: Path, changed: Callable[[dict[str, Any]], object], rest: bytes = b"") -> None:
    """Change the index of a recording; everything before it, and so its checksum, stays."""
    *lines, index, end = path.read_bytes().splitlines(keepends=True)
    assert index.startswith(INDEX_PREFIX) and end.startswith(END_PREFIX)
    found = msgspec.json.decode(index)
    changed(found["index"])
    before = b"".join(lines)
    path.write_bytes(before + msgspec.json.encode(found) + b"\n" + rest + end_line(len(before)) + b"\n")


def places(change: Callable[[array[int]], object]) -> Callable[[dict[str, Any]], None]:
    """Change the blocks' offsets."""

    def changed(index: dict[str, Any]) -> None:
        numbers = unpack(index["blocks"], "Q", COUNT)
        change(numbers)
        index["blocks"] = pack(numbers)

    return changed


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "equal places": places(lambda blocks: blocks.__setitem__(1, blocks[0])),
    "places that fall": places(lambda blocks: blocks.__setitem__(1, blocks[2] + 1)),
    "a place behind the end": places(lambda blocks: blocks.__setitem__(-1, blocks[-1] + 10_000)),
    "a place too few": places(lambda blocks: blocks.pop()),
    "a place too many": places(lambda blocks: blocks.append(blocks[-1] + 1)),
    "a frame without a place": lambda index: index.update(framed=pack(array("I", [5]))),
    "a place without a frame": lambda index: index.update(frames=pack(array("Q", [5]))),
    "frames that fall": lambda index: index.update(framed=pack(array("I", [5, 5])), frames=pack(array("Q", [5, 6]))),
    "a frame behind the last event": lambda index: index.update(
        framed=pack(array("I", [COUNT])), frames=pack(array("Q", [5]))),
    "frames at equal places": lambda index: index.update(
        framed=pack(array("I", [5, 6])), frames=pack(array("Q", [5, 5]))),
    "another checksum": lambda index: index.update(crc=index["crc"] ^ 1),
    "too many lanes": lambda index: index.update(lanes=[str(n) for n in range(1001)]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_an_index_that_does_not_fit_is_not_used_and_nothing_is_lost(name: str, recorded: Path) -> None:
    assert taken_by_index(recorded)
    forge(recorded, FORGED[name])
    assert not taken_by_index(recorded)
    trace = load(recorded)
    assert [trace[n].t for n in range(len(trace))] == list(range(COUNT))
    trace.close()


def test_an_index_with_as_many_lanes_as_there_may_be_is_used(recorded: Path) -> None:
    forge(recorded, lambda index: index.update(lanes=[str(n) for n in range(1000)]))
    assert taken_by_index(recorded)


def test_markers_behind_an_index_are_the_newest_and_belong_to_events(recorded: Path) -> None:
    marks = ((0, "first"), (COUNT - 1, "last"), (COUNT, "none"), (7, "once"), (7, "twice"), (8, "gone"), (8, ""))
    forge(recorded, lambda index: None, b"".join(encode(Event(n=n, t=0, mark=text)) + b"\n" for n, text in marks))
    trace = load(recorded)
    assert trace.marks() == [(0, "first"), (7, "twice"), (COUNT - 1, "last")]
    trace.close()


def test_an_index_may_be_longer_than_a_line(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = max(len(line) for line in recorded.read_bytes().splitlines() if not line.startswith(INDEX_PREFIX))
    index = next(line for line in recorded.read_bytes().splitlines() if line.startswith(INDEX_PREFIX))
    monkeypatch.setattr(reader, "LINE_LIMIT", longest + 2)
    assert len(index) > 2 * reader.LINE_LIMIT
    assert sum(1 for _ in read(recorded)[1]) == COUNT


def test_an_index_larger_than_its_recording_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LINE_LIMIT", 1000)
    path = tmp_path / "large.muxviz"
    path.write_bytes(encode(HEADER) + b"\n" + INDEX_PREFIX + b"1" * 9000 + b"\n")
    assert "line 2: an index larger than its recording" in (recover(path).damage or "")


@pytest.mark.parametrize(("more", "read_whole"), [(-1, True), (0, True), (1, False)])
def test_a_line_has_a_longest_length(
    more: int, read_whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = encode(msgspec.structs.replace(call(0), n=0, args={"x": "y" * 3000}))
    monkeypatch.setattr(reader, "LINE_LIMIT", len(line) + 1 - more)  # with its end
    path = tmp_path / "long.muxviz"
    path.write_bytes(encode(HEADER) + b"\n" + line + b"\n")
    found = recover(path)
    assert (len(found.trace), found.damage is None) == ((1, True) if read_whole else (0, False)), found.damage
    found.trace.close()


def refused(path: Path, header: Header, *events: Event) -> str | None:
    """What is said of a recording of these; None where it is read whole."""
    lines = [msgspec.structs.replace(event, n=n) for n, event in enumerate(events)]
    path.write_bytes(b"".join(encode(line) + b"\n" for line in (header, *lines)))
    try:
        load(path).close()
    except RecordingError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("many", "says"), [(1000, None), (1001, "line 1: more than 1000 lanes")])
def test_a_header_has_a_thousand_lanes_at_most(many: int, says: str | None, tmp_path: Path) -> None:
    lanes = [LaneInfo(str(n), "x") for n in range(many)]
    told = refused(tmp_path / "f.muxviz", msgspec.structs.replace(HEADER, lanes=lanes))
    assert (told is None) == (says is None) and (says or "") in (told or "")


@pytest.mark.parametrize(("length", "says"), [(1000, None), (1001, "name is longer than 1000 characters")])
def test_a_lane_s_name_has_a_longest_length(length: int, says: str | None, tmp_path: Path) -> None:
    named = msgspec.structs.replace(HEADER, lanes=[LaneInfo("x" * length, "x")])
    for told in (
        refused(tmp_path / "header.muxviz", named),
        refused(tmp_path / "event.muxviz", HEADER, msgspec.structs.replace(call(0), lane="x" * length)),
    ):
        assert (told is None) == (says is None) and (says or "") in (told or "")


@pytest.mark.parametrize(("more", "says"), [(0, None), (1, "line 2: more than")])
def test_a_lane_has_a_largest_number_of_descriptors(
    more: int, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FDS_LIMIT", 3)
    numbers = list(range(10, 13 + more))
    asked = Event(
        n=0, t=0, lane="a", role="server", call="poll", ret=0, args={"interest": [[n, "IN"] for n in numbers]}
    )
    made = Event(n=0, t=0, lane="a", role="server", call="pipe", ret=0, args={"fds": numbers})
    for event in (asked, made):
        told = refused(tmp_path / f"{event.call}.muxviz", HEADER, event)
        assert (told is None) == (says is None) and (says or "") in (told or "")


def test_events_that_open_more_lanes_than_there_may_be(tmp_path: Path) -> None:
    events = [Event(n=0, t=0, lane=str(n), role="server", call="send", fd=1, ret=1) for n in range(1000)]
    assert refused(tmp_path / "a.muxviz", HEADER, *events[:999]) is None
    assert "line 1001: more than 1000 lanes" in (refused(tmp_path / "b.muxviz", HEADER, *events) or "")


def test_packed_numbers_are_held_to_their_bound() -> None:
    assert list(positions(pack(array("I", [0, 3, 9])), 10)) == [0, 3, 9]
    assert list(positions(pack(array("I")), 0)) == []
    for numbers, below in (([0, 3, 9], 9), ([3, 3], 10), ([4, 3], 10)):
        with pytest.raises(PackError):
            positions(pack(array("I", numbers)), below)
    assert list(unpack(pack(array("Q", [1, 2])), "Q", 2)) == [1, 2]
    for text, most in ((pack(array("Q", [1, 2])), 1), ("é!", 9), ("AAAA", 9)):
        with pytest.raises(PackError):
            unpack(text, "Q", most)
