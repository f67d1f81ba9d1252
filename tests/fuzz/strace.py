"""Lines of strace's that are nearly right: of real runs, with any field changed, put through the translator and into a
trace whose recording must open again."""

# ruff: noqa: E501 - tables whose rows are long

from __future__ import annotations

import gzip
import random
import re
from functools import cache
from pathlib import Path
from typing import Final

from muxviz.draw import View, draw, story
from muxviz.events import FORMAT, Header, LaneInfo, Source, decode_event, encode
from muxviz.kernel import decode_state
from muxviz.printable import text as safe
from muxviz.recording import Recorder, load
from muxviz.sources.strace import TraceError, Translator
from muxviz.trace import Trace
from muxviz.words import explain
from muxviz.words.listing import line as listed
from tests.fuzz.looks import printable

_HERE: Final = Path(__file__).parent.parent / "sources" / "strace"
_NUMBER: Final = re.compile(rb"-?\b\d+\b|0x[0-9a-f]+")
_WORD: Final = re.compile(rb"\b[A-Z][A-Z0-9_]{2,}\b")
_PIECE: Final = re.compile(rb"\"[^\"]*\"|<[^>]*>|\[[^]]*\]|\{[^}]*\}|, | = |\(|\)")
_NUMBERS: Final = (
    *(b"%d" % (sign * (1 << bits) + off) for bits in (0, 7, 16, 31, 32, 53, 63, 64) for sign in (1, -1) for off in (-1, 0, 1)),
    b"9" * 30, b"9" * 5000, b"0x" + b"f" * 16, b"0x" + b"f" * 40, b"1e308", b"?", b"-0", b"00000000000000000001", b"4", b"5",
)  # fmt: skip
_TEXTS: Final = (
    b"", b" ", b"\x00", b"\x1b[2J", b"\xff\xfe", "漢字\u202e".encode(), b'"', b'\\"', b"\\", b"(", b"((((((", b"[[[[[[[", b"{{{{", b"<", b">", b"<unfinished ...>",
    b"<... epoll_wait resumed>", b"<detached ...>", b"= ", b") = 3", b"?", b"EPOLLIN|EPOLLET|0xffffffff", b"POLLNVAL", b"NULL", b"...", b"x" * 70_000,
    b"<TCP:[1.2.3.4:5->6.7.8.9:10]>", b"<socket:[1]>", b"<anon_inode:[eventpoll]>", b"[pid 12345678901] ", b"+++ exited with 4294967296 +++", b"--- SIGCHLD {} ---",
    b"+++ killed by SIGKILL +++", b"ERESTARTSYS (To be restarted)", b", ", b"(" * 3000, b"[" * 3000 + b"]" * 3000, b"|" * 500,
)  # fmt: skip


@cache
def samples() -> tuple[tuple[bytes, ...], ...]:
    """The lines of real runs, without their ends."""
    plain = [path.read_bytes() for path in sorted((_HERE / "samples").glob("*.txt"))]
    packed = [gzip.decompress(path.read_bytes()) for path in sorted((_HERE / "saved").glob("*.txt.gz"))]
    return tuple(tuple(data.split(b"\n")[:3000]) for data in plain + packed)


def made(number: int, seed: int) -> bytes:
    """Input `number` of a seed."""
    rng = random.Random(f"{seed}/{number}")
    lines = list(rng.choice(samples()))
    begin, count = rng.randrange(len(lines)), rng.choice((20, 100, 400))
    lines = lines[: rng.choice((0, 30))] + lines[begin : begin + count] if rng.random() < 0.5 else lines[:count]
    for _ in range(rng.choice((1, 2, 5, 20, 100))):
        at = rng.randrange(len(lines))
        way = rng.randrange(14)
        if way < 8:
            lines[at] = _changed(lines[at], rng)
        elif way == 8:
            lines.insert(at, rng.choice(lines))
        elif way == 9 and len(lines) > 1:
            del lines[at]
        elif way == 10:
            lines.insert(at, rng.choice(rng.choice(samples())))
        elif way == 11:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif way == 12:
            lines.insert(at, rng.choice(_TEXTS))
        else:
            lines[at] = _halved(lines[at], rng)
    data = b"\n".join(lines) + b"\n"
    return data if rng.random() < 0.8 else data[: rng.randrange(len(data) + 1)]


def _changed(line: bytes, rng: random.Random) -> bytes:
    pattern, new = rng.choice(((_NUMBER, _NUMBERS), (_NUMBER, _NUMBERS), (_WORD, _TEXTS), (_PIECE, _TEXTS)))
    found = list(pattern.finditer(line))
    if not found:
        return line + rng.choice(_TEXTS)
    one = rng.choice(found)
    if rng.random() < 0.2:  # one more of it, or none
        return line[: one.start()] + one[0] * rng.choice((0, 2, 200)) + line[one.end() :]
    return line[: one.start()] + rng.choice(new) + line[one.end() :]


def _halved(line: bytes, rng: random.Random) -> bytes:
    """A call's first half alone, its second, or both on one line."""
    head, _, rest = line.partition(b"(")
    name = head.rpartition(b" ")[2]
    begun = line[: len(head) + 1 + rng.randrange(len(rest) + 1)] + b" <unfinished ...>"
    resumed = head.removesuffix(name) + b"<... " + name + b" resumed> " + rest[rng.randrange(len(rest) + 1) :]
    return rng.choice((begun, resumed, begun + b"\n" + resumed))


def one(number: int, seed: int, path: Path) -> str:
    """Translate one input, and look at what came of it."""
    data = made(number, seed)
    path.write_bytes(data)
    rng = random.Random(f"{seed}/{number}/looks")
    by = rng.choice(("process", "epoll"))
    translator = Translator(by=by)  # type: ignore[arg-type]
    cut = rng.randrange(len(data) + 1)
    try:
        events = translator.lines(data[:cut])
        if rng.random() < 0.3:
            events += translator.quiet()
        events += [*translator.lines(data[cut:]), *translator.end()]
    except TraceError as error:
        printable(str(error))
        return str(error)
    words = translator.counted.words()
    if words is not None:
        printable(safe(words))
    header = Header(FORMAT, "", "", "", Source(kind="trace", by=by), [LaneInfo("p", "p")])
    trace = Trace(header)
    record = path.with_suffix(".muxviz")
    record.unlink(missing_ok=True)
    recorder = Recorder(record, trace)
    try:
        for event in events:
            line = trace.append(event)
            recorder.write(line)
            assert encode(decode_event(line)) == line, "it is read otherwise than it was written"
            printable(listed(event))
    finally:
        recorder.close()
    try:
        decode_state(encode(trace.now))
        load(record).close()
        for n in {len(trace) - 1, rng.randrange(-1, len(trace))}:
            printable(draw(trace, n, (120, 36), View(panel=True)).text(), lines=True)
            for sentence in explain(trace, n):
                printable(sentence)
        printable(story(trace, 0, min(200, len(trace))), lines=True)
    finally:
        trace.close()
    return "fine"
