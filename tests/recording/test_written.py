"""The recorder: what is in its file when, and what it says where that fails."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from muxviz.events import FORMAT, Event, Header, LaneInfo, Source, encode
from muxviz.recording import Recorder, RecordingError, load, recover, writer
from muxviz.trace import Trace

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a")])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the file is there because somebody asked for it, and not by the clock."""
    monkeypatch.setattr(writer, "_FLUSH_SECONDS", 3600)


def line(trace: Trace, **fields: Any) -> bytes:
    return trace.append(Event(n=-1, t=len(trace), lane="a", role="server", call="send", fd=4, ret=1, **fields))


def test_lines_gather_and_a_full_buffer_goes_out(slow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace, file = Trace(HEADER), tmp_path / "a.muxviz"
    recorder = Recorder(file, trace)
    head = file.stat().st_size
    assert head == len(encode(HEADER)) + 1
    first = line(trace)
    monkeypatch.setattr(writer, "_BUFFER", 2 * (len(first) + 1))
    recorder.write(first)
    recorder.write(line(trace))
    assert file.stat().st_size == head, "as much as the buffer holds"
    recorder.write(line(trace))
    assert file.stat().st_size > head + 2 * len(first)
    recorder.annotate(trace.mark(1, "here"))
    before = file.stat().st_size
    recorder.flush()
    assert file.stat().st_size > before
    recorder.close()
    recorder.close()
    trace.close()
    found = load(file)
    assert len(found) == 3 and found.marks() == [(1, "here")]
    found.close()


def test_what_has_gathered_goes_out_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_FLUSH_SECONDS", 0.01)
    gone = threading.Event()
    trace, file = Trace(HEADER), tmp_path / "a.muxviz"
    recorder = Recorder(file, trace)
    write_out = recorder._write_out
    monkeypatch.setattr(recorder, "_write_out", lambda data: (write_out(data), gone.set()))
    recorder.write(line(trace))
    assert gone.wait(60)
    assert file.read_bytes().count(b"\n") == 2
    recorder.close()
    trace.close()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
def test_no_signal_is_delivered_to_the_recorder_s_thread(tmp_path: Path) -> None:
    mine = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    trace = Trace(HEADER)
    recorder = Recorder(tmp_path / "a.muxviz", trace)
    try:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mine
        status = Path(f"/proc/self/task/{recorder._flusher.native_id}/status").read_text()
        blocked = int(next(line for line in status.splitlines() if line.startswith("SigBlk")).split()[1], 16)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGWINCH, signal.SIGHUP):
            assert blocked >> (number - 1) & 1
        assert recorder._flusher.daemon
    finally:
        recorder.close()
        trace.close()


def test_who_stops_says_why_and_what_came_before_is_kept(slow: None, tmp_path: Path) -> None:
    told: list[str] = []
    trace, file = Trace(HEADER), tmp_path / "a.muxviz"
    recorder = Recorder(file, trace, told.append)
    recorder.write(line(trace))
    recorder.stop("enough")
    assert recorder.failed == f"recording to {file} stopped: enough" and told == [recorder.failed]
    assert file.read_bytes().count(b"\n") == 2
    recorder.write(line(trace))
    recorder.annotate(trace.mark(0, "late"))
    recorder.stop("again")
    recorder.close()
    assert file.read_bytes().count(b"\n") == 2 and told == [recorder.failed]
    trace.close()
    found = recover(file)
    assert len(found.trace) == 1 and not found.whole and "cut short" in (found.cut or "")
    found.trace.close()


class Full:
    """A disk that is full from some write on; a write may also be cut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, recorder: Recorder, after: int) -> None:
        write = os.write

        def written(handle: int, data: bytes) -> int:
            nonlocal after
            if handle == recorder._handle:
                after -= 1
                if after < 0:
                    raise OSError(28, "No space left on device")
                return write(handle, data[:7])
            return write(handle, data)

        monkeypatch.setattr(writer.os, "write", written)


def test_a_write_that_is_cut_goes_on_where_it_was(slow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace, file = Trace(HEADER), tmp_path / "a.muxviz"
    recorder = Recorder(file, trace)
    Full(monkeypatch, recorder, 1 << 20)
    recorder.write(line(trace))
    recorder.close()
    assert recorder.failed is None
    trace.close()
    found = load(file)
    assert len(found) == 1
    found.close()


@pytest.mark.parametrize("suffix", [".muxviz", ".gz"])
def test_a_full_disk_is_said_once_whichever_write_meets_it(
    suffix: str, slow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    for after in range(4):
        trace, file = Trace(HEADER), tmp_path / f"{after}{suffix}"
        recorder = Recorder(file, trace, told.append)
        with monkeypatch.context() as patch:
            Full(patch, recorder, after)
            recorder.write(line(trace))
            recorder.flush()
            recorder.close()
        assert told == [recorder.failed] and "No space left on device" in told.pop()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(recorder._handle)
        trace.close()


def test_a_failure_of_the_very_last_write_or_of_the_close_is_said(
    slow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    told: list[str] = []
    trace = Trace(HEADER)
    recorder = Recorder(tmp_path / "a.muxviz.gz", trace, told.append)
    handle = recorder._handle
    recorder.write(line(trace))
    with monkeypatch.context() as patch:
        patch.setattr(writer.os, "close", fails)
        recorder.close()
    os.close(handle)
    assert told == [recorder.failed] and "Input/output error" in told[0]
    trace.close()


def test_every_256th_event_and_every_keyframe_has_its_place(slow: None, tmp_path: Path) -> None:
    trace, file = Trace(HEADER), tmp_path / "a.muxviz"
    recorder = Recorder(file, trace)
    for _ in range(600):
        recorder.write(line(trace))
    recorder.close()
    data = file.read_bytes()
    assert len(recorder._blocks) == 4 and data[recorder._blocks[3] :].startswith(b'{"index":')
    for n, place in zip((0, 256, 512), recorder._blocks, strict=False):
        assert data[place:].startswith(b'{"n":%d,' % n)
    assert len(recorder._frames) == len(recorder._framed)
    for n, place in zip(recorder._framed, recorder._frames, strict=True):
        assert data[place:].startswith(b'{"n":%d,"t":%d,"keyframe":' % (n, n))
    trace.close()


@pytest.mark.parametrize(("suffix", "magic"), [(".muxviz", b'{"'), (".gz", b"\x1f\x8b"), (".zst", b"\x28\xb5\x2f\xfd")])
def test_a_file_s_ending_says_how_it_is_packed(suffix: str, magic: bytes, slow: None, tmp_path: Path) -> None:
    trace, file = Trace(HEADER), tmp_path / f"a{suffix}"
    recorder = Recorder(file, trace)
    recorder.write(line(trace))
    recorder.flush()
    assert file.read_bytes().startswith(magic) and file.stat().st_mode & 0o777 == 0o600
    found = recover(file)
    assert len(found.trace) == 1, "what was flushed can be read"
    found.trace.close()
    recorder.close()
    trace.close()


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    there, link = tmp_path / "a.muxviz", tmp_path / "b.muxviz"
    there.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for path in (there, link):
        with pytest.raises(RecordingError, match="exists: choose another name"):
            Recorder(path, Trace(HEADER))
    assert there.read_text() == "mine" and not (tmp_path / "nowhere").exists()
    for path, says in ((tmp_path / "no" / "a.muxviz", "No such file"), (Path("a\0b"), "null")):
        with pytest.raises(RecordingError, match=f"can't record to .*{says}"):
            Recorder(path, Trace(HEADER))
