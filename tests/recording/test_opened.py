"""Opening a recording, adding a marker to it, and telling of it in a few words."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from muxviz.events import FORMAT, Event, Header, LaneInfo, Source, encode
from muxviz.recording import Recorder, RecordingError, load, read, recover
from muxviz.recording import compression as bytes_module
from muxviz.recording import reader as reader_module
from muxviz.recording.annotate import annotate
from muxviz.recording.header import summary
from muxviz.recording.indexed import FileLines, by_index
from muxviz.trace import Trace

HEADER = Header(FORMAT, "6.18.3-generic", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a")])


def recorded(path: Path, count: int = 3, *, close: bool = True) -> Path:
    trace = Trace(HEADER)
    recorder = Recorder(path, trace)
    for n in range(count):
        recorder.write(trace.append(Event(n=-1, t=n, lane="a", role="server", call="send", fd=4, ret=1)))
    recorder.flush()
    data = path.read_bytes()
    recorder.close()
    if not close:
        path.write_bytes(data)
    trace.close()
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "can't read {path}: No such file or directory"),
        (lambda path: path.mkdir(), "{path} is no regular file"),
        (os.mkfifo, "{path} is no regular file"),
        (lambda path: path.symlink_to(path), "can't read {path}: Too many levels of symbolic links"),
    ],
)
def test_what_can_t_be_opened_is_said(make: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.muxviz"
    make(path)
    before = list(Path("/proc/self/fd").iterdir())
    for opens in (read, load, recover):
        with pytest.raises(RecordingError) as caught:
            opens(path)  # type: ignore[operator]
        assert str(caught.value) == says.format(path=path)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_a_name_that_no_file_can_have_is_said() -> None:
    with pytest.raises(RecordingError, match=r"can't read .*: (open: )?embedded null"):
        load(Path("a\0b"))


def test_what_is_cut_short_is_told_of_and_what_is_whole_is_not(tmp_path: Path) -> None:
    whole, cut = recorded(tmp_path / "whole.muxviz"), recorded(tmp_path / "cut.muxviz", close=False)
    told: list[str] = []
    assert [event.n for event, _ in read(whole, told.append)[1]] == [0, 1, 2] and told == []
    assert [event.n for event, _ in read(cut, told.append)[1]] == [0, 1, 2]
    said = f"{cut}: cut short after line 4: it was killed, or is still being written"
    assert told == [said]
    found = recover(cut)
    assert (found.whole, found.cut, found.damage, len(found.trace)) == (False, said, None, 3)
    found.trace.close()
    found = recover(whole)
    assert (found.whole, found.cut, found.damage, len(found.trace)) == (True, None, None, 3)
    found.trace.close()


def test_line_ends_of_windows(tmp_path: Path) -> None:
    """It is read, without its index, whose places are other ones; what is shown of it is the same."""
    whole, file = recorded(tmp_path / "a.muxviz", 600), tmp_path / "b.muxviz"
    file.write_bytes(whole.read_bytes().replace(b"\n", b"\r\n"))
    (header, events), (as_written, expected) = read(file), read(whole)
    found = list(events)
    assert header == as_written and found == list(expected) and len(found) == 600
    opened = recover(file)
    assert (opened.damage, opened.cut, opened.whole, len(opened.trace)) == (None, None, False, 600)
    opened.trace.close()


@pytest.mark.parametrize("chunk", [64, 1 << 16], ids=["in many pieces", "smaller than a piece"])
def test_a_packed_one_that_is_damaged_is_read_as_far_as_it_goes(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bytes_module, "_CHUNK", chunk)
    path = tmp_path / "a.muxviz"
    data = recorded(tmp_path / "b.muxviz", 3000).read_bytes()
    packed = bytearray(gzip.compress(data))
    middle = len(packed) // 2
    packed[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(bytes(packed))
    found = recover(path)
    assert 0 < len(found.trace) < 3000 and "its packing is damaged after" in (found.damage or "")
    with pytest.raises(RecordingError, match="its packing is damaged after") as caught:
        load(path)
    assert caught.value.readable == len(found.trace)
    found.trace.close()


def test_how_much_is_done_is_told_while_a_long_one_is_read(tmp_path: Path) -> None:
    done: list[float] = []
    recover(recorded(tmp_path / "a.muxviz", 4100, close=False), done.append).trace.close()
    assert len(done) == 2 and 0 < done[0] < done[1] <= 1


def test_markers_are_those_of_events_that_are_there(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.muxviz", close=False)
    with path.open("ab") as file:
        for n, text in ((0, "first"), (2, "x" * 2000), (3, "none"), (1, "gone"), (1, "")):
            file.write(encode(Event(n=n, t=0, mark=text)) + b"\n")
    trace = load(path)
    assert trace.marks() == [(0, "first"), (2, "x" * 1000)]
    trace.close()


# --- limits over all lanes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "says"), [(4, None), (3, "line 4: more than 3 descriptors in all lanes")])
def test_the_descriptors_of_all_lanes_have_a_largest_number(
    most: int, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "ALL_FDS_LIMIT", most)
    path = tmp_path / "a.muxviz"
    made = (("a", "pipe", [5, 6]), ("b", "pipe", [5]), ("b", "pipe", [6]))
    events = [
        Event(n=n, t=0, lane=lane, role="server", call=call, ret=0, args={"fds": fds})
        for n, (lane, call, fds) in enumerate(made)
    ]
    closed = Event(n=3, t=0, lane="a", role="server", call="close", fd=5, ret=0)
    again = msgspec.structs.replace(events[2], n=4, args={"fds": [7]})
    path.write_bytes(b"".join(encode(one) + b"\n" for one in (HEADER, *events, closed, again)))
    found = recover(path)
    assert (found.damage or "").endswith(says or "") and (found.damage is None) == (says is None)
    found.trace.close()


@pytest.mark.parametrize(("most", "says"), [(4, None), (3, "line 5: more than 3 connections, counted in each lane")])
def test_the_connections_of_clients_have_a_largest_number(
    most: int, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "NAMES_LIMIT", most)
    path = tmp_path / "a.muxviz"
    server = [Event(n=n, t=0, lane=lane, role="server", call="send", fd=1, ret=1) for n, lane in enumerate("ab")]
    clients = [
        Event(n=2 + n, t=0, role="client", client="A", call="connect", ret=0, args={"local": ["::1", n]})
        for n in range(2)
    ]
    path.write_bytes(b"".join(encode(one) + b"\n" for one in (HEADER, *server, *clients)))
    found = recover(path)
    assert (found.damage or "").endswith(says or "") and (found.damage is None) == (says is None)
    found.trace.close()


# --- markers and words -----------------------------------------------------------------------------------------------


def test_a_marker_is_added_behind_the_end(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.muxviz")
    for n, text in ((1, "one"), (2, "two"), (1, "")):
        assert annotate(path, encode(Event(n=n, t=0, mark=text))) is None
    with path.open("rb") as file:
        opened = by_index(file)
    assert opened is not None and opened.marks == {2: "two"} and opened.count == 3
    opened.lines.close()
    opened.frames.close()


def test_a_marker_that_can_t_be_kept_is_said_and_the_file_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = encode(Event(n=1, t=0, mark="x"))
    lasts = "the marker lasts until you quit"
    missing = tmp_path / "no.muxviz"
    assert annotate(missing, line) == f"{lasts}: can't write to {missing}: No such file or directory"
    for path in (recorded(tmp_path / "a.gz"), recorded(tmp_path / "cut.muxviz", close=False)):
        before = path.read_bytes()
        assert annotate(path, line) == f"{lasts}: {path} is compressed, or was changed"
        assert path.read_bytes() == before
    path = recorded(tmp_path / "whole.muxviz")
    before, write = path.read_bytes(), os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: write(handle, data[:9]))
        assert annotate(path, line) == f"{lasts}: {path} could not be written whole"
    assert path.read_bytes() == before
    path.write_bytes(before[:-1] + b"x\n")
    assert (annotate(path, line) or "").startswith(f"{lasts}: ")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"began": "2025-11-03T10:00:00+00:00"}, "a.muxviz · recorded 3 Nov on Linux 6.18"),
        ({"began": None}, "a.muxviz · recorded on Linux 6.18"),
        ({"began": "yesterday"}, "a.muxviz · recorded on Linux 6.18"),
        ({"began": None, "kernel": "7"}, "a.muxviz · recorded on Linux 7"),
    ],
)
def test_a_recording_in_a_few_words(fields: dict[str, Any], words: str) -> None:
    assert summary(Path("/x/a.muxviz"), msgspec.structs.replace(HEADER, **fields)) == words


def test_the_words_are_safe_to_show() -> None:
    words = summary(Path("\x1b[2J" * 90), HEADER)
    assert words.isprintable() and len(words) == 90


def test_a_file_that_is_changed_while_it_is_open_is_said(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.muxviz", 300)
    trace = load(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    with pytest.raises(RecordingError, match="was changed while it was open"):
        for n in (299, 0):
            trace.line(n)
    trace.close()
    assert isinstance(trace._lines, FileLines)


@pytest.mark.parametrize(("more", "says"), [(0, None), (-1, "unpacks to more than 0 times its size: not a recording")])
def test_a_packed_one_has_a_largest_size(
    more: int, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = recorded(tmp_path / "a.muxviz").read_bytes()
    path = tmp_path / "b.muxviz"
    path.write_bytes(gzip.compress(plain))
    monkeypatch.setattr(bytes_module, "_ALWAYS_ALLOWED", len(plain) + more)
    monkeypatch.setattr(bytes_module, "_MOST_EXPANSION", 0)
    if says is None:
        assert recover(path).damage is None
    else:
        with pytest.raises(RecordingError, match=says):
            recover(path)
