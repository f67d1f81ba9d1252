"""Files that are damaged, hostile, or not ours: one printable line, a bounded time, bounded memory, never a traceback.

MUXVIZ_MUTATIONS says how many files are made of real recordings by chance; the suite makes a few hundred.
"""

# ruff: noqa: E501 - a table of files, each on a line of its own

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from muxviz.draw import View, draw, story
from muxviz.events import FormatError
from muxviz.recording import RecordingError, read, recover
from muxviz.words.listing import line as listed
from tests.conftest import run_muxviz
from tests.waiting import LIMIT_SECONDS

MUTATIONS = int(os.environ.get("MUXVIZ_MUTATIONS", "600"))
HEADER = b'{"muxviz":1,"kernel":"6","machine":"x","python":"3","source":{},"lanes":[{"lane":"edge","title":"e"}]}\n'


def event(n: int, **more: object) -> bytes:
    """A line."""
    return json.dumps({"n": n, "t": n, "lane": "edge", "role": "server", **more}).encode() + b"\n"


def after_header(*lines: bytes) -> bytes:
    """A recording of these lines."""
    return HEADER + b"".join(lines)


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """JSON inside JSON."""
    return opening * depth + closing * depth


def indexed(**changes: object) -> bytes:
    """A recording whose index says something else, under a checksum that is right."""
    body = after_header(*(event(n, call="recv", fd=5, ret=1) for n in range(20)))
    index: dict[str, object] = {
        "count": 20, "crc": zlib.crc32(body), "blocks": "", "framed": "", "frames": "", "lanes": ["edge"],
        "index": {
            "ticks": "", "steps": "", "clock": "", "actions": "", "sources": "", "calls": {}, "wakeups": {},
        },
        "extent": {}, "now": {"lanes": {}},
    }  # fmt: skip
    line = json.dumps({"index": index | changes}).encode() + b"\n"
    return body + line + b'{"end":{"index":%d}}\n' % len(body)


def zstd_of_runs(blocks: int) -> bytes:
    """A small frame of RLE blocks of 128 KiB each (RFC 8878): gigabytes in one call that asks for all of it."""
    head = b"\x28\xb5\x2f\xfd\x00\x58" + (len(HEADER) << 3).to_bytes(3, "little") + HEADER
    return head + ((128 << 10 << 3) | 2).to_bytes(3, "little").join([b""] + [b"\n"] * blocks)


BIG = 10**30
FILES: dict[str, bytes | Callable[[], bytes]] = {
    "empty": b"",
    "one byte": b"{",
    "newline": b"\n",
    "newlines": b"\n" * 100_000,
    "nul": bytes(10_000),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "elf": lambda: Path(sys.executable).resolve().read_bytes()[:100_000],
    "utf-16": HEADER.decode().encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + HEADER,
    "latin-1": b'{"muxviz":1,"kernel":"\xe9"}\n',
    "array": b"[1,2,3]\n",
    "string": b'"muxviz"\n',
    "number": b"1\n",
    "null": b"null\n",
    "other json": b'{"a":1}\n',
    "newer": HEADER.replace(b'"muxviz":1', b'"muxviz":2'),
    "older": HEADER.replace(b'"muxviz":1', b'"muxviz":0'),
    "huge version": HEADER.replace(b'"muxviz":1', b'"muxviz":%d' % BIG),
    "text version": HEADER.replace(b'"muxviz":1', b'"muxviz":"1"'),
    "no lanes": HEADER.replace(b'"lanes"', b'"planes"'),
    "lanes are a text": HEADER.replace(b'[{"lane":"edge","title":"e"}]', b'"edge"'),
    "many lanes": lambda: HEADER.replace(b'[{"lane":"edge","title":"e"}]', b"[" + b",".join(b'{"lane":"%d","title":""}' % n for n in range(5000)) + b"]"),
    "deep header": HEADER.replace(b'"source":{}', b'"source":{"a":' + nested(100_000) + b"}"),
    "header without end": HEADER[:-1],
    "a gigabyte of one line": lambda: HEADER[:-2] + b" " * (64 << 20) + b"}\n",
    "a long first line": lambda: b"x" * (20 << 20),
    "control characters": HEADER.replace(b'"kernel":"6"', b'"kernel":"\x1b[2J"'),
    "escaped control": HEADER.replace(b'"kernel":"6"', b'"kernel":"\\u001b[2J"'),
    "lone surrogate": HEADER.replace(b'"kernel":"6"', b'"kernel":"\\ud800"'),
    "garbage behind": after_header(b"garbage\n"),
    "half an event": after_header(event(0, call="recv"), b'{"n":1,'),
    "deep event": after_header(b'{"n":0,"t":0,"args":{"a":' + nested(100_000) + b"}}\n"),
    "deep objects": after_header(b'{"n":0,"t":0,"args":' + nested(50_000, b'{"a":', b"}").replace(b":}", b":1}") + b"}\n"),
    "many lists": lambda: after_header(b'{"n":0,"t":0,"args":{"a":[' + b"[]," * 2_000_000 + b"0]}}\n"),
    "gap": after_header(event(0), event(2)),
    "twice": after_header(event(0), event(0)),
    "backwards": after_header(event(1), event(0)),
    "negative n": after_header(event(-1)),
    "very negative n": after_header(event(-5)),
    "huge n": after_header(event(BIG)),
    "float n": after_header(b'{"n":0.5,"t":0}\n'),
    "text n": after_header(b'{"n":"0","t":0}\n'),
    "no t": after_header(b'{"n":0}\n'),
    "negative t": after_header(event(0, t=-5)),
    "huge t": after_header(event(0, t=BIG)),
    "NaN": after_header(b'{"n":0,"t":NaN}\n'),
    "infinity": after_header(b'{"n":0,"t":1e999}\n'),
    "negative step": after_header(event(0, step=-1)),
    "huge step": after_header(event(0, step=2**40)),
    "huge fd": after_header(event(0, call="recv", fd=BIG, ret=BIG)),
    "huge ret": after_header(event(0, call="socket", ret=2**62), event(1, call="close", fd=2**62, ret=0)),
    "negative fd": after_header(event(0, call="socket", ret=-7), event(1, call="recv", fd=-7, ret=3)),
    "text fd": after_header(event(0, call="recv", fd="5")),
    "huge queues": after_header(event(0, call="socket", ret=5), event(1, call="recv", fd=5, ret=1, queues={"5": {"recv": 2**62, "unsent": 2**62, "level": "IN"}})),
    "negative queues": after_header(event(0, call="socket", ret=5), event(1, call="recv", fd=5, ret=1, queues={"5": {"recv": -9, "queued": -3, "accepts": -1}})),
    "odd queue keys": after_header(event(0, call="recv", queues={"": {}, "x": {"recv": 1}, "²": {"recv": 1}, "-1": {"recv": 2}})),
    "wrong queues": after_header(event(0, queues=[1])),
    "odd flags": after_header(event(0, call="poll", ready=[[5, "IN|\x1b[2J|FOO||"]], ret=1)),
    "wrong ready": after_header(event(0, call="poll", ready=[[5]], ret=1)),
    "ready of text": after_header(event(0, call="poll", ready="IN", ret=1)),
    "odd interest": after_header(event(0, call="poll", args={"interest": [[{}, []], [5, None], 7, "x", [1, 2, 3]]}, ret=0)),
    "interest of lists": after_header(event(0, call="select", args={"interest": [[[1], "R"]]}, ret=0)),
    "odd args": after_header(event(0, call="epoll_ctl", args={"op": [], "fd": {}, "events": 5}, ret=0)),
    "odd accept": after_header(event(0, call="accept", args={"peer": [[], {}]}, ret=7), event(1, call="accept", args={"peer": "x"}, ret=8)),
    "odd connect": after_header(event(0, call="connect", role="client", client="A", args={"local": [None, None]})),
    "odd role": after_header(event(0, role="king")),
    "odd phase": after_header(event(0, phase="leave")),
    "odd at": after_header(event(0, call="recv", at=["x", -5])),
    "at beyond": after_header(b'{"n":0,"t":0,"file":"a.py","source":"one line"}\n', event(1, call="recv", at=["a.py", 10**9])),
    "empty source": after_header(b'{"n":0,"t":0,"file":"a.py","source":""}\n', event(1, call="recv", at=["a.py", 1])),
    "hostile source": after_header(json.dumps({"n": 0, "t": 0, "file": "\x1b[2J", "source": "\x1b]0;owned\x07\u202e\n" * 50}).encode() + b"\n", event(1, call="recv", at=["\x1b[2J", 3])),
    "hostile action": after_header(b'{"n":0,"t":0,"beat":1,"action":"\\u001b[2J\\u0000\\ud800"}\n'),
    "empty action": after_header(b'{"n":0,"t":0,"beat":1,"action":""}\n', b'{"n":1,"t":0,"beat":2,"action":"   "}\n'),
    "huge beat": after_header(b'{"n":0,"t":0,"beat":%d,"action":"A sends"}\n' % BIG),
    "hostile exit": after_header(event(0, exit={"status": BIG, "signal": "\x1b[2J", "traceback": "\x07" * 500})),
    "wrong exit": after_header(event(0, exit=5)),
    "hostile call": after_header(event(0, call="\x1b[2J" * 50, fd=5, ret=1)),
    "empty names": after_header(event(0, lane="", call="", client="")),
    "hostile lane": after_header(event(0, lane="\x1b[2J\u202e", call="poll", ready=[], ret=0)),
    "wide text": after_header(event(0, call="漢字" * 40, lane="漢" * 20)),
    "hostile error": after_header(event(0, call="recv", fd=5, ret=-1, error="\x1b[2J" * 20)),
    "hostile payload": after_header(event(0, call="recv", fd=5, ret=1, data="\x1b[2J\n\x00")),
    "mark at nowhere": after_header(event(0), b'{"n":4000000000,"t":0,"mark":"x"}\n'),
    "mark before all": after_header(b'{"n":0,"t":0,"mark":"x"}\n'),
    "many marks": lambda: after_header(event(0), *(b'{"n":%d,"t":0,"mark":"x"}\n' % n for n in range(50_000))),
    "hostile mark": after_header(event(0), b'{"n":0,"t":0,"mark":"\\u001b[2J\\u0007"}\n'),
    "mark of a number": after_header(event(0), b'{"n":0,"t":0,"mark":5}\n'),
    "lying keyframe": after_header(event(0), b'{"n":0,"t":0,"keyframe":{"lanes":{"edge":{"lane":"edge","calls":999}}}}\n', event(1)),
    "keyframe of nothing": after_header(event(0), b'{"n":0,"t":0,"keyframe":5}\n', event(1)),
    "keyframe elsewhere": after_header(event(0), b'{"t":0,"n":77,"keyframe":{}}\n', event(1)),
    "many lanes later": lambda: after_header(*(event(n, lane=str(n), call="recv") for n in range(3000))),
    "many fds": lambda: after_header(*(event(n, call="socket", ret=n) for n in range(30_000))),
    "many fds and waits": lambda: after_header(*(event(n, call="socket", ret=n) for n in range(4_000)), *(event(4_000 + n, call="epoll_wait", ret=1, ready=[[n, "IN"]]) for n in range(4_000))),
    "many ready": lambda: after_header(event(0, call="epoll_wait", ret=1, ready=[[n % 9, "IN"] for n in range(100_000)])),
    "crlf": after_header(event(0), event(1)).replace(b"\n", b"\r\n"),
    "cr": after_header(event(0), event(1)).replace(b"\n", b"\r"),
    "end alone": HEADER + b'{"end":{"index":5}}\n',
    "end beyond": HEADER + event(0) + b'{"end":{"index":99999999999999999999}}\n',
    "end negative": HEADER + event(0) + b'{"end":{"index":-4}}\n',
    "end of text": HEADER + event(0) + b'{"end":{"index":"x"}}\n',
    "end in the header": HEADER + event(0) + b'{"end":{"index":3}}\n',
    "end deep": HEADER + event(0) + b'{"end":' + nested(100, b'{"end":', b"}") + b"}\n",
    "index of nothing": HEADER + event(0) + b'{"index":5}\n{"end":{"index":%d}}\n' % len(HEADER + event(0)),
    "index empty": indexed(),
    "index of many": indexed(count=10**9),
    "index negative": indexed(count=-3),
    "index bomb": lambda: indexed(blocks=__import__("base64").b64encode(zlib.compress(bytes(200 << 20))).decode()),
    "index no base64": indexed(blocks="é!"),
    "index wrong crc": indexed(crc=5),
    "index of other lanes": indexed(lanes=[str(n) for n in range(2000)]),
    "gzip bomb": lambda: gzip.compress(HEADER + b" " * (120 << 20)),
    "gzip of newlines": lambda: gzip.compress(HEADER + b"\n" * (120 << 20)),
    "zstd bomb": lambda: zstandard.compress(HEADER + b" " * (120 << 20)),
    "gzip cut": lambda: gzip.compress(after_header(*(event(n) for n in range(500))))[:900],
    "gzip of garbage": b"\x1f\x8b" + bytes(range(256)),
    "zstd of garbage": b"\x28\xb5\x2f\xfd" + bytes(range(256)),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(after_header(event(0)))),
    "many runs in zstd": lambda: zstd_of_runs(60_000),
    "bytes behind gzip": lambda: gzip.compress(after_header(event(0))) + bytes(64 << 20),
    "much interest": lambda: after_header(event(0, call="poll", ret=0, args={"interest": [[fd, ""] for fd in range(100_000)]}), *(event(n, call="epoll_wait", ret=0) for n in range(1, 20_000))),
    "many flags": lambda: after_header(*(event(n, call="poll", ret=1, ready=[[1, str(n * 1000 + k)] for k in range(1000)]) for n in range(500))),
    "long flags": after_header(event(0, call="poll", ret=1, ready=[[5, "IN|" * 1_000_000]])),
    "long lane": HEADER.replace(b'"edge"', b'"' + b"e" * 1_000_000 + b'"'),
    "thousands of digits": after_header(event(0, call="accept", ret=5), b'{"n":1,"t":1,"lane":"edge","role":"server","call":"recv","fd":5,"ret":' + b"9" * 4300 + b"}\n"),
    "a timeout of hundreds of digits": after_header(b'{"n":0,"t":1,"lane":"edge","role":"server","call":"poll","phase":"enter","args":{"timeout":' + b"9" * 400 + b"}}\n"),
    "thousands of digits in queues": after_header(event(0, call="accept", ret=5), event(1, call="recv", fd=5, ret=1, queues={"5": {"recv": 10**400, "level": "IN"}})),
    "thousands of digits in a key": after_header(event(0, call="recv", queues={"9" * 5000: {"recv": 1}})),
    "deep, but not too deep to be read": after_header(*(event(n, call="recv", fd=5, ret=1) for n in range(600)), b'{"n":600,"t":0,"lane":"edge","call":"recv","args":{"a":' + nested(900) + b"}}\n"),
    "zstd window": b"\x28\xb5\x2f\xfd\x00\xff" + bytes(64),
}  # fmt: skip


def looked_at(path: Path) -> str:
    """Everything that can be done with a file; what was wrong with it, or "fine"."""
    told = "fine"
    try:
        for one, _ in read(path)[1]:
            assert listed(one).isprintable()
    except RecordingError as error:
        told = str(error)
    try:
        found = recover(path)
    except RecordingError as error:
        return str(error)
    trace = found.trace
    try:
        last = len(trace) - 1
        for n in {-1, 0, last // 2, last}:
            for size in ((120, 36), (80, 24)):
                for view in (View(focus="edge", panel=True), View(side="OUT", overlay="event", payload=True)):
                    text = draw(trace, min(n, last), size, view).text()
                    assert all(char.isprintable() or char == "\n" for char in text)
        if last < 5_000:
            assert all(char.isprintable() or char == "\n" for char in story(trace))
    except FormatError as error:  # an index that lies, found out when something is asked of it
        told = str(error)
    finally:
        trace.close()
    return found.damage or told


def stand(path: Path) -> str:
    """A file may be anything: it is looked at within the test's limit, and what is wrong is said in a printable
    line."""
    told = looked_at(path)
    assert told.isprintable() and len(told) < 1000
    return told


def bytes_read() -> int:
    """How many bytes this process has read from files and pipes so far (proc_pid_io(5))."""
    return int(Path("/proc/self/io").read_text().partition("rchar: ")[2].split()[0])


LARGE = [
    "a gigabyte of one line",
    "many lists",
    "gzip bomb",
    "gzip of newlines",
    "zstd bomb",
    "index bomb",
    "many fds",
    "many runs in zstd",
    "bytes behind gzip",
    "much interest",
    "many flags",
]
"""Looked at in one process of their own, whose memory is measured."""


MAY_BE_READ = frozenset({
    "escaped control", "half an event", "huge ret", "negative fd", "huge queues", "negative queues", "odd queue keys",
    "odd flags", "odd interest", "interest of lists", "odd args", "odd accept", "odd connect", "odd at", "at beyond",
    "empty source", "hostile source", "empty action", "hostile call", "empty names", "hostile lane", "wide text",
    "hostile error", "hostile payload", "mark at nowhere", "mark before all", "many marks", "hostile mark",
    "lying keyframe", "keyframe of nothing", "keyframe elsewhere", "many fds and waits", "many ready", "crlf",
    "end alone", "end beyond", "end negative", "end of text", "end in the header", "end deep", "index of nothing",
    "index empty", "index of many", "index negative", "index no base64", "index wrong crc", "index of other lanes",
    "gzip cut", "a timeout of hundreds of digits", "thousands of digits in a key",
})  # fmt: skip
"""Odd, but an event each can be made of their lines, or their index is passed over: every other one is refused."""


@pytest.mark.parametrize("name", [name for name in FILES if name not in LARGE])
def test_hostile_files(name: str, tmp_path: Path) -> None:
    made = FILES[name]
    path = tmp_path / "hostile.muxviz"
    path.write_bytes(made if isinstance(made, bytes) else made())
    told = stand(path)
    assert told != "fine" or name in MAY_BE_READ


def test_there_are_a_hundred() -> None:
    assert len(FILES) >= 100


def test_memory_is_bounded(tmp_path: Path) -> None:
    for name in LARGE:
        made = FILES[name]
        (tmp_path / f"{name}.muxviz").write_bytes(made if isinstance(made, bytes) else made())
    code = (
        "import sys; from pathlib import Path; from tests.recording.test_hostile import most_memory, stand\n"
        "for name in sys.argv[1:]:\n"
        "    stand(Path(name))\n"
        "print(most_memory())"
    )
    paths = [str(tmp_path / f"{name}.muxviz") for name in LARGE]
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 700, "MiB"


def most_memory() -> int:
    """The most that this process has had resident, in MiB (VmHWM, proc_pid_status(5)); getrusage(2) would give that of
    the one which started it, where that was more."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


@pytest.mark.parametrize("name", ["empty", "newer", "gap", "garbage behind", "deep event", "gzip of garbage", "png"])
def test_the_commands_say_it_in_one_line(name: str, tmp_path: Path) -> None:
    made = FILES[name]
    path = tmp_path / "hostile.muxviz"
    path.write_bytes(made if isinstance(made, bytes) else made())
    for command in (["show", path], ["replay", path], ["export", path, tmp_path / "out.svg"]):
        done = run_muxviz(*command)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, (command, done.stderr)
        assert "Traceback" not in done.stderr and "line" in done.stderr


def test_large_events_are_not_kept(tmp_path: Path) -> None:
    large = b'{"n":%d,"t":0,"args":{"a":[' + b"[]," * 2_700_000 + b"0]}}\n"
    (tmp_path / "large.muxviz.gz").write_bytes(gzip.compress(after_header(*(large % n for n in range(7))), 1))
    code = (
        "import sys; from pathlib import Path; from muxviz.recording import recover\n"
        "from tests.recording.test_hostile import most_memory\n"
        "print(len(recover(Path(sys.argv[1])).trace), most_memory())"
    )
    command = [sys.executable, "-c", code, tmp_path / "large.muxviz.gz"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS)
    events, mib = map(int, done.stdout.split())
    assert events == 7 and mib < 600


def test_a_hole_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "hole.muxviz"
    for end in (b'\n{"index":{"count":1,"crc":0,"blocks":"","framed":"","frames":"","lanes":[],"index":', b'{"index":'):
        with path.open("wb") as file:
            file.write(after_header(event(0)) + end)
            file.truncate(400 << 30)
            file.seek(0, os.SEEK_END)
            file.write(b'\n{"end":{"index":%d}}\n' % (file.tell() + 1 - (300 << 30)))
        before = bytes_read()
        assert "line" in looked_at(path)
        assert bytes_read() - before < 64 << 20, "of 400 GiB"


def test_json_lines_are_ascii_and_keep_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "odd.muxviz"
    odd = b'{"n":0,"t":0,\r\t"later":[1e999,%s,"\xff\x7f",%s],"note":"\xc3\xa9 \xf0\x9f\x90\x8d"}\n' % (
        b"9" * 5000,
        nested(400),
    )
    path.write_bytes(after_header(odd))
    done = run_muxviz("show", path, "--format", "jsonl")
    line = done.stdout.splitlines()[1]
    assert done.returncode == 0 and line.isascii() and line.isprintable()
    assert "1e999" in line and "9" * 5000 in line and json.loads(line.replace("9" * 5000, "9"))["note"] == "é 🐍"


def test_one_problem_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.muxviz"
    path.write_bytes(zstd_of_runs(60_000))
    for what in (path, tmp_path):
        done = run_muxviz("show", what)
        assert done.returncode == 2 and done.stderr.count(str(what)) == 1, done.stderr


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (
        tmp_path,
        tmp_path / "pipe",
        Path("/dev/null"),
        Path("/dev/zero"),
        tmp_path / "nothing",
        Path("x" * 300),
    ):
        done = run_muxviz("replay", path)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, (path, done.stderr)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A recording with something wrong."""
    lines = data.splitlines(keepends=True)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(lines))
        kind = chance.randrange(9)
        if kind == 0:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        elif kind == 1:
            del lines[at]
        elif kind == 2:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif kind == 3:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 4:
            line = bytearray(lines[at])
            for _ in range(chance.choice((1, 3, 20))):
                line[chance.randrange(len(line))] = chance.randrange(256)
            lines[at] = bytes(line)
        elif kind == 5:
            old = chance.choice((b"1", b"5", b"0", b"true", b"[", b"{", b'"'))
            new = chance.choice((b"99999999999999999999", b"-1", b"null", b"[]", b"{}", b"1e9", b'"\\u001b"', b""))
            lines[at] = lines[at].replace(old, new, chance.choice((1, 3)))
        elif kind == 6:
            names = (b'"call"', b'"fd"', b'"lane"', b'"ready"', b'"queues"', b'"args"', b'"step"', b'"role"', b'"ret"')
            lines[at] = lines[at].replace(chance.choice(names), chance.choice(names))
        elif kind == 7:
            lines[-chance.choice((1, 2))] = lines[at]
        else:
            whole = b"".join(lines)
            return whole[: chance.randrange(len(whole))]
        if not lines:
            break
    return b"".join(lines)


def test_recordings_with_something_wrong(recordings: dict[str, Path], tmp_path: Path) -> None:
    chance = random.Random(11)
    sources = [recordings[name].read_bytes() for name in ("partial-read", "reset")]
    path = tmp_path / "mutated.muxviz"
    fine = 0
    for number in range(MUTATIONS):
        path.write_bytes(mutated(chance.choice(sources), chance))
        try:
            if number % 10 == 0:
                told = looked_at(path)
            else:
                told = "fine"
                for one, _ in read(path)[1]:
                    assert listed(one).isprintable()
                found = recover(path)
                told = found.damage or told
                found.trace.close()
        except RecordingError as error:
            told = str(error)
        assert told.isprintable() and "\n" not in told, told
        fine += told == "fine"
    assert MUTATIONS * 0.02 < fine < MUTATIONS * 0.9
