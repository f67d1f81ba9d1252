"""Numbers at the edges of their types, files that are larger than memory, and small ones that would become so."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from muxviz.draw import View, draw
from muxviz.events import Event, FormatError, decode_event, decode_header, encode
from muxviz.kernel import fold, initial
from muxviz.kernel.state import decode_state
from muxviz.recording import Recorder, recover
from muxviz.trace import PositionError, Trace
from muxviz.trace import position as place_of
from muxviz.trace.array_codec import PackError, pack, shared
from tests.conftest import run_muxviz
from tests.recording.test_hostile import HEADER, after_header, event

REFUSED: dict[str, dict[str, Any]] = {
    "took": {"took": -1},
    "fd": {"fd": 1 << 31},
    "pid": {"pid": -(1 << 31) - 1},
    "ret": {"ret": 1 << 63},
    "beat": {"beat": 1 << 31, "action": "A sends"},
    "t": {"t": -1},
    "step": {"step": 1 << 31},
    "at": {"at": ["a.py", 1 << 40]},
    "exit.status": {"exit": {"status": 1 << 40}},
    "ready": {"ready": [[1 << 31, "IN"]]},
    "queues[...].recv": {"queues": {"5": {"recv": -1}}},
    "queues[...].queued": {"queues": {"5": {"queued": 1 << 62}}},
    "args[...]": {"args": {"timeout": 1e300}},
    "args[...][0][0]": {"args": {"interest": [[1 << 63, "IN"]]}},
    "args[...][0][0][0][0]": {"args": {"x": [[[[[1]]]]]}},
}
"""By the field that is named: what no kernel and no program says."""


@pytest.mark.parametrize("field", REFUSED)
def test_a_number_out_of_range_is_refused_with_its_line_and_field(field: str, tmp_path: Path) -> None:
    path = tmp_path / "a.muxviz"
    path.write_bytes(after_header(event(0, call="recv", fd=5, ret=1), event(1, **({"call": "recv"} | REFUSED[field]))))
    found = recover(path)
    assert found.damage is not None and "line 3: " in found.damage and f"$.{field}" in found.damage
    assert len(found.trace) == 1
    found.trace.close()


def test_a_command_says_it_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.muxviz"
    path.write_bytes(after_header(event(0, call="recv", fd=5, ret=1, queues={"5": {"recv": -(1 << 63)}})))
    for command in (["check", path], ["show", path], ["export", path, tmp_path / "a.html"], ["replay", path]):
        done = run_muxviz(*command)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "line 2: Expected `int` >= 0 - at `$.queues[...].recv`" in done.stderr


def test_totals_of_the_largest_numbers_are_still_a_keyframe() -> None:
    state = initial(decode_header(HEADER))
    most = (1 << 63) - 1
    fold(state, Event(n=0, t=0, lane="edge", role="server", call="socket", ret=5, args={"type": "SOCK_DGRAM"}))
    for n in range(1, 6):
        for call in ("recv", "send"):
            args = {"bytes": most} if n % 2 else {}
            fold(state, Event(n=n, t=0, lane="edge", role="server", call=call, fd=5, ret=most, args=args))
    assert decode_state(encode(state)).lanes["edge"].fds[5].sent == (1 << 62) - 1


def test_what_a_program_keeps_with_a_registration_has_64_bits() -> None:
    for args in ({"data": (1 << 64) - 1}, {"data": [1, 1 << 63]}, {"unknown": [[(1 << 64) - 1, "IN"]]}):
        line = encode(Event(n=0, t=0, call="epoll_wait", args=args))
        assert decode_event(line).args == args and encode(decode_event(line)) == line
    for text in (
        b'{"data":18446744073709551616}',
        b'{"data":1,"fd":18446744073709551615}',
        b'{"data":[[[1]]],"x":1e300}',
    ):
        with pytest.raises(FormatError, match=r"\$\.args"):
            decode_event(b'{"n":0,"t":0,"args":%b}' % text)


def with_index(body: bytes, **changes: Any) -> bytes:
    """A recording with an index that fits nothing but its checksum."""
    index: dict[str, Any] = {
        "count": 1, "crc": zlib.crc32(body), "blocks": "", "framed": "", "frames": "", "lanes": ["edge"],
        "index": {"ticks": "", "steps": "", "clock": "", "actions": "", "sources": "", "calls": {}, "wakeups": {}},
        "extent": {}, "now": {"lanes": {}},
    }  # fmt: skip
    return body + json.dumps({"index": index | changes}).encode() + b'\n{"end":{"index":%d}}\n' % len(body)


def packed_zeros(mebibytes: int) -> str:
    packer = zlib.compressobj(9)
    return base64.b64encode(
        b"".join([packer.compress(bytes(1 << 20)) for _ in range(mebibytes)]) + packer.flush()
    ).decode()


_OPENS = """
import resource, sys
from pathlib import Path
from muxviz.draw import View, draw
from muxviz.recording import recover
import muxviz.check
room = int(sys.argv[1]) << 20
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + room, now + room))
for name in sys.argv[2:]:
    found = recover(Path(name))
    trace = found.trace
    for n in {-1, 0, len(trace) // 2, len(trace) - 1}:
        draw(trace, n, (120, 36), View())
    print(len(trace), found.damage, flush=True)
    trace.close()
"""


def opened_within(mebibytes: int, *paths: Path) -> list[str]:
    """What opening files says, in a process that gets only so much more memory."""
    command = [sys.executable, "-c", _OPENS, str(mebibytes), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_index_counts_no_more_than_the_bytes_before_it_hold(tmp_path: Path) -> None:
    bomb = packed_zeros(400)
    body = after_header(event(0, call="recv", fd=5, ret=1, later="A" * len(bomb)))
    inner = {"ticks": "", "steps": "", "clock": "", "actions": "", "sources": "", "calls": {}, "wakeups": {}}
    paths = []
    for count in (1, 1 << 31, (1 << 32) - 1):
        for where, changes in {
            "blocks": {"blocks": bomb}, "frames": {"frames": bomb}, "framed": {"framed": bomb},
            "ticks": {"index": inner | {"ticks": bomb}}, "clock": {"index": inner | {"clock": bomb}},
            "calls": {"index": inner | {"calls": {"edge": bomb}}},
            "counted": {"findings": {"counted": {"wasted": {"edge": bomb}}}},
        }.items():  # fmt: skip
            path = tmp_path / f"{where}-{count}.muxviz.gz"
            path.write_bytes(gzip.compress(with_index(body, count=count, **changes), 1))
            paths.append(path)
    assert opened_within(200, *paths) == ["1 None"] * len(paths)


def test_the_lists_of_all_lanes_together_are_no_longer_than_the_recording() -> None:
    text = pack(array("I", range(6)))
    assert [*shared({"a": text}, 6)["a"]] == [*range(6)]
    with pytest.raises(PackError):
        shared({"a": text, "b": text}, 6)


def test_one_line_can_t_open_descriptors_without_end(tmp_path: Path) -> None:
    numbers = list(range(60_000))
    lines = [event(n, lane=f"l{n}", call="socketpair", ret=0, args={"fds": numbers}) for n in range(40)]
    path = tmp_path / "a.muxviz.gz"
    path.write_bytes(gzip.compress(after_header(*lines), 1))
    (told,) = opened_within(900, path)
    assert "more than 262144 descriptors in all lanes" in told


def test_an_event_that_is_not_the_one_its_place_says_is_refused(partial_read: Trace, tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    trace = Trace(partial_read.header)
    recorder = Recorder(file, trace)
    for n in range(len(partial_read)):
        recorder.write(trace.append(msgspec.structs.replace(partial_read[n])))
    recorder.close()
    trace.close()
    body, index = file.read_bytes().split(b'\n{"index":')
    lied = body.replace(b'\n{"n":30,', b'\n{"n":31,', 1) + b"\n"
    assert len(lied) == len(body) + 1 and lied != body + b"\n"
    was = b'"crc":%d' % zlib.crc32(body + b"\n")
    assert was in index
    index = index.replace(was, b'"crc":%d' % zlib.crc32(lied))
    file.write_bytes(lied + b'{"index":' + index.rsplit(b"\n", 2)[0] + b'\n{"end":{"index":%d}}\n' % len(lied))
    found = recover(file)
    assert found.whole
    with pytest.raises(FormatError, match="event 31 stands where event 30 belongs"):
        found.trace[30]
    done = run_muxviz("show", file)
    assert done.returncode == 2 and "line 32" in done.stderr
    found.trace.close()


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_recording_larger_than_memory_opens(suffix: str, tmp_path: Path) -> None:
    """By its index, and read through where its end is cut off; 120 MB, in a process that gets 80 more."""
    path, cut = tmp_path / f"large.muxviz{suffix}", tmp_path / f"cut.muxviz{suffix}"
    trace = Trace(decode_header(HEADER))
    recorder = Recorder(path, trace)
    filler = random.Random(1).randbytes(10_000).hex()
    for n in range(6000):
        recorder.write(
            trace.append(Event(n=-1, t=n, lane="edge", role="server", call="recv", fd=5, ret=1, data=filler))
        )
    recorder.close()
    trace.close()
    assert opened_within(80, path) == ["6000 None"]
    shutil.move(path, cut)
    os.truncate(cut, cut.stat().st_size * 9 // 10)
    (told,) = opened_within(80, cut)
    assert 5000 < int(told.split()[0]) < 6000


def test_a_large_block_is_read_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose lines are not kept, since they are more than 16 MB; a keyframe and a marker are no events among them."""
    path = tmp_path / "large.muxviz"
    trace = Trace(decode_header(HEADER))
    recorder = Recorder(path, trace)
    filler = "A" * 100_000
    for n in range(300):
        recorder.write(
            trace.append(Event(n=-1, t=n, lane="edge", role="server", call="recv", fd=5, ret=n, data=filler))
        )
        if n == 7:
            recorder.annotate(trace.mark(n, "here"))
    recorder.close()
    trace.close()
    found = recover(path)
    assert found.whole and b'"keyframe"' in path.read_bytes()
    count = 0

    def counted(handle: int, size: int, place: int, pread: Callable[[int, int, int], bytes] = os.pread) -> bytes:
        nonlocal count
        data = pread(handle, size, place)
        count += len(data)
        return data

    monkeypatch.setattr(os, "pread", counted)
    assert [decode_event(found.trace.line(n)).ret for n in (*range(255, -1, -1), *range(256, 300))] == [
        *range(255, -1, -1),
        *range(256, 300),
    ]
    assert count < 3 * path.stat().st_size
    found.trace.close()


@pytest.mark.parametrize("n", [-1, 2, (1 << 32) - 1])
@pytest.mark.parametrize("indexed", [False, True])
def test_a_marker_of_no_event_is_left_out(n: int, indexed: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.muxviz"
    trace = Trace(decode_header(HEADER))
    recorder = Recorder(path, trace)
    for _ in range(2):
        recorder.write(trace.append(Event(n=-1, t=0, lane="edge", role="server", call="recv", fd=5, ret=1)))
    recorder.close()
    trace.close()
    *events, index, _ = path.read_bytes().splitlines(keepends=True)
    lines = b"".join(events)
    mark = b'{"n":%d,"t":0,"mark":"x"}\n' % n
    end = b'{"end":{"index":%d}}\n' % len(lines)
    path.write_bytes(lines + index + mark + end if indexed else lines + mark)
    found = recover(path)
    assert found.whole is indexed and found.trace.marks() == []
    assert found.trace.mark_after(-1) is found.trace.mark_before(2) is None
    for words in ("n4294967295", "n2", "99999999"):
        with contextlib.suppress(PositionError):
            assert -1 <= place_of(found.trace, words) < 2
    found.trace.close()


def test_waits_that_took_no_time_have_a_curve(tmp_path: Path) -> None:
    path = tmp_path / "a.muxviz"
    watched = {"interest": [[5, "IN"]], "timeout": -1}
    path.write_bytes(
        after_header(
            event(0, call="socket", ret=5, step=0),
            *(event(n, call="poll", ret=1, ready=[[5, "IN"]], args=watched, took=0, step=n) for n in range(1, 5)),
        )
    )
    found = recover(path)
    for axis in ("steps", "time"):
        assert "fds watched" in draw(found.trace, 4, (120, 36), View(cost=True, axis=axis)).text()  # type: ignore[arg-type]
    found.trace.close()
