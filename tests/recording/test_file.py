"""The file: what is written is read back, with its index and without it, whole and cut, plain and compressed."""

from __future__ import annotations

import json
import random
import resource
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from muxviz.events import Event, Header, Source
from muxviz.recording import Recorder, RecordingError, annotate, load, read, recover
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.limits import UNCOMPILED, no_larger_here


def write(path: Path, source: Trace, rounds: int, marks: dict[int, str] | None = None) -> Trace:
    """Record the events of a session again and again; returns the trace that was recorded."""
    trace = Trace(source.header)
    recorder = Recorder(path, trace)
    for _ in range(rounds):
        for n in range(len(source)):
            recorder.write(trace.append(msgspec.structs.replace(source[n])))
    for n, text in (marks or {}).items():
        recorder.annotate(trace.mark(n, text))
    recorder.close()
    assert recorder.failed is None
    return trace


def alike(one: Trace, other: Trace) -> None:
    """Two traces of the same session say the same of every moment."""
    assert len(one) == len(other) and one.ticks == other.ticks and one.lanes == other.lanes
    assert one.marks() == other.marks() and one.actions() == other.actions() and one.sources == other.sources
    assert one.now == other.now
    assert one.findings.until(len(one)) == other.findings.until(len(one))
    assert (one.extent.most, one.extent.reported, one.extent.connections) == (
        other.extent.most, other.extent.reported, other.extent.connections,
    )  # fmt: skip
    chance = random.Random(3)
    for n in [-1, 0, len(one) - 1, *(chance.randrange(len(one)) for _ in range(60))]:
        assert one.state(n) == other.state(n)
        assert one.tick_of(n) == other.tick_of(n) and one.wakeup_after(n) == other.wakeup_after(n)
        assert one.finding_before(n) == other.finding_before(n) and one.findings_at(n) == other.findings_at(n)
        if n >= 0:
            assert one[n] == other[n] and one.line(n) == other.line(n)
        for lane in one.lanes:
            assert one.wakeup_before(n, lane) == other.wakeup_before(n, lane)
            assert one.next_call(n, lane) == other.next_call(n, lane)
    for t in (0, one.now.t // 2, one.now.t * 2):
        assert one.at_time(t) == other.at_time(t)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_what_is_written_is_read_back(suffix: str, partial_read: Trace, tmp_path: Path) -> None:
    file = tmp_path / f"long.muxviz{suffix}"
    written = write(file, partial_read, 9, {17: "one", 400: "two ◆"})
    found = recover(file)
    assert found.whole and found.damage is None
    alike(written, found.trace)
    found.trace.close()
    if not suffix:
        lines = file.read_bytes().splitlines(keepends=True)
        assert sum(b'"keyframe":' in line[:60] for line in lines) >= 3
        assert all(json.loads(line) for line in lines)
        (tmp_path / "cut.muxviz").write_bytes(b"".join(lines[:-1]))
        through = recover(tmp_path / "cut.muxviz")
        assert not through.whole and through.damage is None
        alike(written, through.trace)
        through.trace.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written.close()


def test_any_cut_leaves_a_prefix(partial_read: Trace, tmp_path: Path) -> None:
    file, cut = tmp_path / "a.muxviz", tmp_path / "cut.muxviz"
    write(file, partial_read, 3).close()
    data = file.read_bytes()
    whole = load(file)
    chance = random.Random(5)
    first = data.index(b"\n") + 1
    for end in [
        first,
        first + 1,
        len(data) - 1,
        len(data) - 30,
        *(chance.randrange(first, len(data)) for _ in range(40)),
    ]:
        cut.write_bytes(data[:end])
        found = recover(cut)
        assert found.damage is None and not found.whole
        count = len(found.trace)
        assert [found.trace.line(n) for n in range(count)] == [whole.line(n) for n in range(count)]
        assert count <= len(whole) and data[:end].count(b"\n") - 8 <= count
        assert annotate(cut, found.trace.mark(0, "no")) is not None and cut.read_bytes() == data[:end]
        found.trace.close()
    whole.close()


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_one_that_was_cut_is_read_as_far_as_it_goes(
    suffix: str, partial_read: Trace, tmp_path: Path
) -> None:
    file = tmp_path / f"a.muxviz{suffix}"
    trace = Trace(partial_read.header)
    recorder = Recorder(file, trace)
    for n in range(len(partial_read)):
        recorder.write(trace.append(msgspec.structs.replace(partial_read[n])))
    recorder.flush()
    found = recover(file)  # as a killed session leaves it
    assert len(found.trace) == len(partial_read)
    found.trace.close()
    recorder.close()
    trace.close()


def test_markers_are_added_to_a_recording_that_has_ended(partial_read: Trace, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    trace = write(file, partial_read, 2)
    before = file.read_bytes()
    for n, text in ((40, "first"), (7, "second"), (40, "")):
        assert annotate(file, trace.mark(n, text)) is None
    assert file.read_bytes().startswith(before), "what was written is as it was"
    found = recover(file)
    assert found.whole and found.trace.marks() == trace.marks() == [(7, "second")]
    found.trace.close()
    assert [event.mark for event, _ in read(file)[1] if event.mark is not None] == ["first", "second", ""]
    file.chmod(0o400)
    trace.close()


def test_a_changed_byte_is_found_and_the_rest_is_kept(partial_read: Trace, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    write(file, partial_read, 2).close()
    lines = file.read_bytes().splitlines(keepends=True)
    lines[101] = lines[101].replace(b'{"n"', b'{"n', 1)
    file.write_bytes(b"".join(lines))
    with pytest.raises(RecordingError, match="line 102"):
        load(file)
    found = recover(file)
    assert len(found.trace) == 100
    found.trace.close()


def test_recording_switched_on_late_has_everything(tmp_path: Path) -> None:
    from muxviz.scenarios import CATALOGUE
    from muxviz.sources.lab.build import Lab, lab_programs, lab_source

    scenario = CATALOGUE["partial-read"]
    lab = Lab(lab_programs(scenario, ("select", "edge")), lab_source(scenario), scenario)
    try:
        lab.start()
        for _ in range(9):
            lab.conductor.step()
        lab.trace.mark(5, "early")
        recorder = Recorder(tmp_path / "late.muxviz", lab.trace)
        recorder.catch_up()
        lab.watch(recorder.write)
        while lab.conductor.step():
            pass
        lab.conductor.end()
        recorder.close()
        found = load(tmp_path / "late.muxviz")
        alike(lab.trace, found)
        found.close()
    finally:
        lab.close()
        lab.trace.close()


def test_a_file_that_is_there_or_can_t_be_made_is_said_before_anything_starts(tmp_path: Path) -> None:
    there = tmp_path / "there.muxviz"
    there.write_text("mine")
    for path, words in ((there, "exists"), (tmp_path / "no" / "a.muxviz", "No such file"), (tmp_path, "exists")):
        done = run_muxviz("lab", "echo", "--headless", "-o", path)
        assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert there.read_text() == "mine"


def test_a_full_disk_ends_the_recording_and_not_the_session(tmp_path: Path) -> None:
    from muxviz.scenarios import CATALOGUE
    from muxviz.sources.lab.build import Lab, lab_programs, lab_source

    file, scenario = tmp_path / "full.muxviz", CATALOGUE["echo"]
    lab = Lab(lab_programs(scenario, ("select", "edge")), lab_source(scenario), scenario)
    try:
        recorder = Recorder(file, lab.trace)
        lab.watch(recorder.write)
        lab.start()
        with no_larger_here(24 << 10):
            while lab.conductor.step():
                recorder.flush()
            lab.conductor.end()
            recorder.close()
    finally:
        lab.close()
    assert recorder.failed == f"recording to {file} stopped: File too large"
    assert len(lab.trace.actions()) == len(scenario.beats), "the session has gone on"
    found = recover(file)
    count = len(found.trace)
    assert found.damage is None and 0 < count < len(lab.trace)
    assert [found.trace.line(n) for n in range(count)] == [lab.trace.line(n) for n in range(count)]
    found.trace.close()
    lab.trace.close()


def test_nothing_is_lost_behind_a_changed_line(partial_read: Trace, tmp_path: Path) -> None:
    """Also where the header is short, as that of a person's own program is."""
    file = tmp_path / "a.muxviz"
    short = Trace(msgspec.structs.replace(partial_read.header, sources={}))
    recorder = Recorder(file, short)
    for _ in range(5):
        for n in range(len(partial_read)):
            recorder.write(short.append(msgspec.structs.replace(partial_read[n])))
    recorder.close()
    data = file.read_bytes()
    assert data.index(b"\n") < 4096
    file.write_bytes(data.replace(b'"ret":3', b'"ret":7', 1))
    found = recover(file)
    assert found.damage is None and found.cut is None and len(found.trace) == len(short)
    found.trace.close()
    short.close()


def test_a_cut_recording_says_where_it_stops(recordings: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "cut.muxviz"
    file.write_bytes(recordings["partial-read"].read_bytes()[:30_000])
    line = file.read_bytes().count(b"\n")
    for command in (["show", file], ["replay", file], ["export", file, tmp_path / "out.txt"]):
        done = run_muxviz(*command)
        assert done.returncode == 0 and len(done.stderr.splitlines()) == 1
        assert f"cut short after line {line}" in done.stderr
    assert run_muxviz("show", recordings["partial-read"]).stderr == ""


def test_a_large_block_is_read_line_by_line(partial_read: Trace, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    trace = Trace(partial_read.header)
    recorder = Recorder(file, trace)
    for n in range(300):
        recorder.write(trace.append(Event(n=-1, t=n, note=str(n) * ((n % 7 == 0 and 150_000) or 1))))
    recorder.close()
    found = recover(file)
    assert found.whole
    for n in (299, 0, 254, 7, 255, 256, 1):
        assert found.trace.line(n) == trace.line(n)
    found.trace.close()
    trace.close()


def test_a_disk_that_is_full_at_the_start_is_said_then(tmp_path: Path) -> None:
    with no_larger_here(16), pytest.raises(RecordingError, match="File too large"):
        Recorder(tmp_path / "a.muxviz", Trace(Header(1, "6", "x", "3", Source(), [])))
    assert not list(tmp_path.iterdir())


TALKS = """
import socket, select, sys
a, b = socket.socketpair()
for word in ("ready", "done"):
    for _ in range(100):
        a.send(b"x"); select.select([b], [], []); b.recv(1)
    print(word, flush=True)
    sys.stdin.readline()
"""


def test_a_full_disk_is_said_while_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "talks.py").write_text(TALKS)
    command = [sys.executable, "-m", "muxviz", "run", "--headless", "-o", tmp_path / "a.muxviz", tmp_path / "talks.py"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=UNCOMPILED) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, 1))
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        assert "stopped: File too large" in process.stderr.readline()  # the program still waits for us
        process.stdin.close()
        assert (process.stdout.read(), process.stderr.read(), process.wait()) == ("", "", 0)


def test_a_failure_of_the_last_write_is_said(partial_read: Trace, tmp_path: Path) -> None:
    told: list[str] = []
    trace = Trace(partial_read.header)
    recorder = Recorder(tmp_path / "a.muxviz", trace, told.append)
    recorder.write(trace.append(msgspec.structs.replace(partial_read[0])))
    with no_larger_here(1):
        recorder.close()
    assert told == [recorder.failed] and "File too large" in told[0]
    trace.close()


def test_a_full_temporary_directory_does_not_end_a_session() -> None:
    from muxviz.trace.spool import Spool

    spool = Spool()
    lines = [b"%d" % n * 2000 for n in range(1500)]
    for line in lines[:400]:
        spool.append(line)
    with no_larger_here(1 << 20):
        for line in lines[400:1200]:
            spool.append(line)
    for line in lines[1200:]:
        spool.append(line)
    assert [spool[n] for n in range(len(spool))] == lines
    spool.close()
