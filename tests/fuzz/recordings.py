"""Recordings that are nearly right: of real sessions and of made-up events, with anything changed in any line, an
index and keyframes that lie under a checksum that is right, cut, put together, packed."""

# ruff: noqa: E501 - tables whose rows are long

from __future__ import annotations

import copy
import gzip
import json
import random
import zlib
from array import array
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args

import zstandard

from muxviz.calls import READS, WAITS, WRITES
from muxviz.events import FLAG_BITS, FormatError, Kind, decode_event, decode_header
from muxviz.kernel.descriptors import EFFECTS
from muxviz.recording import Recorder
from muxviz.recording.compression import open_recording
from muxviz.trace import Trace
from muxviz.trace.array_codec import PackError, pack, unpack
from tests.fuzz.values import WORDS, any_value, dumped, mutate, small

SEEDS: Final = Path(__file__).parent.parent / "recording" / "written_before"
_MOST: Final = 400
"""Events of one input."""
_CALL_NAMES: Final = (*sorted({*EFFECTS, *WAITS, *READS, *WRITES}), "execve", "fork", "epoll_pwait2", "nanosleep")
_ERRORS: Final = (
    "EAGAIN",
    "EBADF",
    "EINTR",
    "EMFILE",
    "EPIPE",
    "EEXIST",
    "EPERM",
    "ECONNRESET",
    "timeout",
    "EINPROGRESS",
)
_LANES: Final = ("edge", "select", "program", "")
_KINDS: Final = get_args(Kind)


@cache
def seeds() -> dict[str, list[bytes]]:
    """The lines of real sessions, without their ends."""
    found = {}
    for path in sorted(SEEDS.glob("*.muxviz*")):
        with open_recording(path)[0] as file:
            lines = file.read().split(b"\n")[:-1]
        found[path.name] = [line for line in lines if not line.startswith((b'{"index"', b'{"end"'))]
    return found


def made(number: int, seed: int, path: Path) -> None:
    """Write input `number` of a seed."""
    rng = random.Random(f"{seed}/{number}")
    header, events = _session(rng)
    few = rng.choice((0, 1, 1, 2, 3, 8))
    if rng.random() < 0.5:
        _write_indexed(path, header, events, rng, few)
    else:
        everything: list[Any] = [header, *events]
        lines = _mutated(everything, rng, few or 1)
        path.write_bytes(b"".join(line + b"\n" for line in lines))
    path.write_bytes(_shaken(path.read_bytes(), rng))


# --- sessions --------------------------------------------------------------------------------------------------------


def _session(rng: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A header, and events in their order."""
    name = rng.choice(sorted(seeds()))
    lines = seeds()[name]
    header = json.loads(lines[0])
    count = rng.choice((5, 30, 60, 120, _MOST)) if rng.random() < 0.9 else 1200
    begin = rng.randrange(len(lines)) if rng.random() < 0.3 else 1
    real = (json.loads(line) for line in lines[begin:] if b'"keyframe"' not in line)
    events = [event for event in islice(real, count) if isinstance(event, dict)]
    lanes = [info["lane"] for info in header["lanes"]] + list(_LANES)
    for _ in range(rng.choice((0, 0, 1, 5, 40))):
        events.insert(rng.randrange(len(events) + 1), _event(rng, lanes))
    for n, event in enumerate(events):
        event["n"] = n
    return header, events


def _event(rng: random.Random, lanes: list[str]) -> dict[str, Any]:
    """An event as no session may have it, with every field of the right type."""
    fd = small(rng)
    event: dict[str, Any] = {
        "n": 0,
        "t": rng.choice((0, rng.randrange(1 << 34), (1 << 62) - 1)),
        "lane": rng.choice(lanes),
    }
    event["role"] = rng.choice(("server", "server", "client", "observer"))
    kind = rng.choice((*_KINDS, "call", "call", "call"))
    if kind in ("call", "enter"):
        event |= {
            "call": rng.choice(_CALL_NAMES),
            "fd": fd,
            "ret": rng.choice((0, 1, fd, -1, (1 << 63) - 1, -(1 << 63), 1 << 31)),
        }
        event["args"] = {key: make(rng) for key, make in _ARGS.items() if rng.random() < 0.25}
        if rng.random() < 0.3:
            event |= {"ret": -1, "error": rng.choice(_ERRORS)}
        if event["call"] in WAITS and rng.random() < 0.8:
            event["ready"] = _pairs(rng)
        if kind == "enter":
            event["phase"] = "enter"
    more = {
        "action": lambda: {"beat": small(rng), "action": rng.choice(("A sends 4 bytes", *WORDS))},
        "look": lambda: {"look": "outside"},
        "mark": lambda: {"mark": rng.choice(WORDS)},
        "exit": lambda: {"exit": {"status": small(rng), "signal": rng.choice((None, "SIGKILL", *WORDS)), "next": {
            "call": rng.choice(_CALL_NAMES), "at": ["epoll_echo.py", small(rng)], "fd": small(rng)}}},
        "keyframe": lambda: {"keyframe": {}},
        "source": lambda: {"source": rng.choice(("a\nb\n" * 40, *WORDS)), "file": rng.choice(("epoll_echo.py", *WORDS))},
        "note": lambda: {"note": rng.choice(("a ring is full", *WORDS)), "args": {"unread": rng.choice((1, (1 << 63) - 1, -5))}},
    }.get(kind)  # fmt: skip
    event |= more() if more is not None else {}
    optional: dict[str, Callable[[], Any]] = {
        "step": lambda: rng.choice((0, 3, rng.randrange(40), (1 << 31) - 1)),
        "pid": lambda: small(rng), "tid": lambda: small(rng), "client": lambda: rng.choice(("A", "B", *WORDS)),
        "took": lambda: rng.choice((0, 1, 5000, (1 << 62) - 1, rng.randrange(1 << 40))),
        "data": lambda: rng.choice(WORDS), "at": lambda: [rng.choice(("epoll_echo.py", *WORDS)), small(rng)],
        "via": lambda: [rng.choice(WORDS), small(rng)],
        "queues": lambda: {str(rng.choice((5, fd, small(rng)))): _queues(rng) for _ in range(rng.randrange(1, 3))},
    }  # fmt: skip
    return event | {key: make() for key, make in optional.items() if rng.random() < 0.4}


def _flags(rng: random.Random) -> str:
    return "|".join(rng.sample([*FLAG_BITS, "R", "W", "X", "0xffffffff", ""], rng.randrange(4)))


def _pairs(rng: random.Random) -> list[Any]:
    return [[small(rng), _flags(rng)] for _ in range(rng.choice((0, 1, 1, 3, 300)))]


def _queues(rng: random.Random) -> dict[str, Any]:
    sizes = (0, 1, 8, 65536, 1 << 31, (1 << 53) + 1, (1 << 62) - 1)
    names = ("recv", "unsent", "unacked", "accepts", "backlog", "queued", "messages")
    found: dict[str, Any] = {name: rng.choice(sizes) for name in names if rng.random() < 0.4}
    found |= {"tcp": rng.choice(("LISTEN", "CLOSE", "ESTABLISHED"))} if rng.random() < 0.4 else {}
    found |= {"level": _flags(rng)} if rng.random() < 0.6 else {}
    return found | ({"kept": {rng.choice(WORDS): rng.choice(sizes)}} if rng.random() < 0.2 else {})


def _anything(*usual: Any) -> Callable[[random.Random], Any]:
    return lambda rng: rng.choice(usual) if rng.random() < 0.6 else any_value(rng)


_ARGS: Final[dict[str, Callable[[random.Random], Any]]] = {
    "timeout": _anything(-1, 0, 100, 0.5, (1 << 63) - 1, 1e15), "maxevents": _anything(1, 1023, (1 << 63) - 1),
    "op": _anything("ADD", "MOD", "DEL"), "fd": small, "events": _flags, "interest": _pairs,
    "peer": _anything(["127.0.0.1", 5], [], ["x"], "path"), "local": _anything(["127.0.0.1", 5], ["::1", 1 << 40, 0, 0]),
    "fds": lambda rng: [small(rng), small(rng)], "closed": lambda rng: [small(rng) for _ in range(3)],
    "also": lambda rng: {rng.choice(_LANES): [small(rng)]}, "seen": lambda rng: {str(small(rng)): rng.choice(("socket", "pipe", ""))},
    "moved": lambda rng: {str(small(rng)): rng.choice(_LANES)}, "watches": lambda rng: {"4": _pairs(rng)},
    "size": _anything(0, 4, 65536, (1 << 63) - 1), "bytes": _anything(5, (1 << 62) - 1, -5), "flags": _anything("PEEK", "DONTWAIT|PEEK"),
    "how": _anything("RD", "WR", "RDWR"), "to": small, "from": small, "type": _anything("SOCK_STREAM", "SOCK_DGRAM"),
    "backlog": _anything(0, 128, (1 << 63) - 1), "by": _anything("hand"), "former": _anything(True), "still": _anything(True),
    "file": _anything("/bin/x", ""), "level": _anything("SOL_SOCKET"), "name": _anything("SO_RCVLOWAT"), "value": _anything(1, 0),
    "data": _anything((1 << 64) - 1, [1 << 63, 4]), "unknown": _anything([[(1 << 64) - 1, "IN"]]),
    "address": _anything(["127.0.0.1", 5]), "interrupted": _anything(True), "slept": _anything(1),
}  # fmt: skip
"""What `args` can hold, by name."""


# --- lines and their mutations -----------------------------------------------------------------------------------------


def _mutated(trees: list[Any], rng: random.Random, count: int) -> list[bytes]:
    """The trees as lines, with so many changes."""

    def other() -> Any:
        tree = rng.choice(trees)
        return copy.deepcopy(rng.choice(list(tree.values()))) if isinstance(tree, dict) and tree else tree

    lines: dict[int, bytes] = {}
    for _ in range(count):
        at = 0 if rng.random() < 0.1 else rng.randrange(len(trees))
        way = rng.randrange(12)
        if way < 9:
            old = trees[at]
            for _ in range(rng.choice((1, 8, 8))):  # what is read goes further than what is refused
                trees[at] = copy.deepcopy(old)
                mutate(trees[at], rng, other)
                if _is_read(trees[at], header=at == 0):
                    break
        elif way == 9:
            trees.insert(at, rng.choice(trees))
        elif way == 10 and len(trees) > 2:
            trees[at], trees[-1] = trees[-1], trees[at]
        else:  # a key that stands twice
            key = rng.choice((*trees[at], "n", "t", "call")) if isinstance(trees[at], dict) else "n"
            lines[at] = dumped(trees[at])[:-1] + b"," + dumped(key) + b":" + dumped(any_value(rng)) + b"}"
    return [lines.get(at) or dumped(tree) for at, tree in enumerate(trees)]


def _is_read(tree: Any, *, header: bool) -> bool:
    try:
        (decode_header if header else decode_event)(dumped(tree))
    except FormatError:
        return False
    return True


def _shaken(data: bytes, rng: random.Random) -> bytes:
    """Cut, put together, packed, or left alone."""
    way = rng.randrange(24)
    if way == 0:
        data = data[: rng.randrange(len(data) + 1)]
    elif way == 1:
        data += data
    elif way == 2:
        at = rng.randrange(len(data) + 1)
        data = (
            data[:at] + bytes(rng.randrange(256) for _ in range(rng.choice((1, 3, 40)))) + data[at + rng.randrange(3) :]
        )
    elif way == 3:
        data = data[rng.randrange(len(data) + 1) :]
    if rng.random() < 0.15:
        data = gzip.compress(data, 1) if rng.random() < 0.5 else zstandard.compress(data)
        if rng.random() < 0.3:
            data = data[: rng.randrange(len(data) + 1)] + bytes(rng.randrange(3))
    return data


# --- an index and keyframes that lie -----------------------------------------------------------------------------------


def _write_indexed(
    path: Path, header: dict[str, Any], events: list[dict[str, Any]], rng: random.Random, few: int
) -> None:
    """A whole recording, as the recorder writes it, and then changes in its index, its keyframes, and the lines under
    them, with a checksum that is right."""
    if rng.random() < 0.5:
        lines = _mutated([header, *events], rng, rng.choice((0, 0, 1, 3)))
    else:
        lines = [dumped(header), *map(dumped, events)]
    path.unlink(missing_ok=True)
    try:
        recorded = Trace(decode_header(lines[0]))
    except FormatError:
        path.write_bytes(b"\n".join(lines))
        return
    recorder = Recorder(path, recorded)
    for line in lines[1:]:
        try:
            event = decode_event(line)
        except FormatError:
            continue
        event.n = -1
        if event.mark is None and event.keyframe is None:
            recorder.write(recorded.append(event))
    recorder.close()
    recorded.close()
    body, _, ends = path.read_bytes().rpartition(b'\n{"index":')
    parts = body.split(b"\n")
    index = json.loads(b'{"index":' + ends.split(b"\n")[0])
    for _ in range(few):
        if rng.random() < 0.7:
            _lie(index["index"], rng)
        else:
            at = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
            frames = [k for k, line in enumerate(parts) if b'"keyframe":' in line[:70]]
            at = rng.choice(frames) if frames and rng.random() < 0.7 else at
            try:
                tree = json.loads(parts[at])
                mutate(tree, rng, lambda: any_value(rng))
            except ValueError:
                continue
            parts[at] = dumped(tree)
    body = b"\n".join(parts) + b"\n"
    if rng.random() < 0.95 and isinstance(index.get("index"), dict):
        index["index"]["crc"] = zlib.crc32(body)
    marks = b'{"n":%d,"t":0,"mark":"x"}\n' % rng.choice((0, 3, 1 << 31)) if rng.random() < 0.1 else b""
    path.write_bytes(body + dumped(index) + b"\n" + marks + b'{"end":{"index":%d}}\n' % len(body))


def _lie(index: dict[str, Any], rng: random.Random) -> None:
    """Change a place of an index; its packed numbers too."""
    packed = [(inside, key) for inside in (index, index.get("index", {}), *_lanes_of(index)) if isinstance(inside, dict)
              for key, value in inside.items() if isinstance(value, str)]  # fmt: skip
    if packed and rng.random() < 0.5:
        inside, key = rng.choice(packed)
        code = "Q" if key in ("blocks", "frames", "clock") else "i" if key == "steps" else "I"
        try:
            numbers = unpack(inside[key], code, 1 << 16)
        except PackError:
            numbers = array(code)
        top = {"Q": (1 << 64) - 1, "I": (1 << 32) - 1, "i": (1 << 31) - 1}[code]
        for _ in range(rng.choice((1, 1, 2, 30))):
            new = max(0, min(top, rng.choice((0, 1, 255, 256, 10_000, top, rng.randrange(1 << 12), *numbers[-2:]))))
            way = rng.randrange(4)
            at = rng.randrange(len(numbers)) if numbers else 0
            if way == 0 or not numbers:
                numbers.insert(at, new)
            elif way == 1:
                del numbers[at]
            elif way == 2:
                numbers[at] = new
            else:
                numbers[at] = max(0, min(top, numbers[at] + rng.choice((-1, 1, 7))))
        inside[key] = pack(array(code, sorted(numbers)) if rng.random() < 0.8 else numbers)
        return
    heads = [index.get(name) for name in ("now", "findings", "extent", "index", "marks")]
    mutate(
        rng.choice([head for head in heads if isinstance(head, dict) and head] or [index]), rng, lambda: any_value(rng)
    )


def _lanes_of(index: dict[str, Any]) -> list[Any]:
    inner, found = index.get("index"), index.get("findings")
    counted = found.get("counted") if isinstance(found, dict) else None
    lists = [inner.get("calls"), inner.get("wakeups")] if isinstance(inner, dict) else []
    return lists + (list(counted.values()) if isinstance(counted, dict) else [])
