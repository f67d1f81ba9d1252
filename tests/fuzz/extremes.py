"""Recordings of every scenario in which one number or two are at an edge, all else as it was.

A field is chosen before an event, so that one which few events have is as likely as one that each has; of the events
waits, and those on which a finding rests, are the likelier ones. The index stays right about everything but the
numbers: it was written before they changed.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from array import array
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from muxviz.calls import WAITS
from muxviz.events import FormatError, decode_event, decode_header
from muxviz.recording import Recorder
from muxviz.trace import Trace
from muxviz.trace.array_codec import pack, unpack
from tests.fuzz.values import EDGES, dumped

_SCENARIOS: Final = Path(__file__).parent / "scenarios.jsonl.gz"
"""The first events of a session of each scenario, one session behind the other."""
_QUEUES: Final = ("recv", "unsent", "unacked", "accepts", "backlog", "queued", "messages")
_FIELDS: Final = (*(f"queues.{name}" for name in _QUEUES), "took", "step", "pid", "tid", "ret", "fd", "args.timeout")
"""Numbers that an event may get which has none there."""

Place = tuple[int | str, ...]
"""Keys and indexes that lead to a number within an event."""


class Session(NamedTuple):
    """A whole recording, taken apart."""

    lines: tuple[bytes, ...]
    """Header, events and keyframes."""
    events: tuple[int, ...]
    """Where in `lines` the events stand, by their number."""
    ending: dict[str, Any]
    """What its index line holds."""
    places: dict[str, list[tuple[int, Place]]]
    """By field: the events that have a number there, and where."""
    rests: tuple[int, ...]
    """Events on which a finding rests, as far as its numbers tell."""
    waits: tuple[int, ...]


@cache
def sessions() -> tuple[Session, ...]:
    """The scenarios' sessions, as this muxviz records them."""
    heads = gzip.decompress(_SCENARIOS.read_bytes()).split(b'{"muxviz":')[1:]
    with TemporaryDirectory() as directory:
        return tuple(
            _session(lines[:end], Path(directory, f"{n}-{end}.muxviz"))
            for n, text in enumerate(heads)
            for lines in ((b'{"muxviz":' + text).splitlines(),)
            for end in sorted({*_after_waits(lines), len(lines)})
        )


def _after_waits(lines: list[bytes]) -> list[int]:
    """Where a session of one report is cut, and one of three: what one number does is not lost among others there."""
    waits = [at for at, line in enumerate(lines) if b'"ready":[[' in line]
    return [at + 2 for at in (*waits[:1], *waits[2:3])]


def _session(lines: list[bytes], path: Path) -> Session:
    trace = Trace(decode_header(lines[0]))
    recorder = Recorder(path, trace)
    for line in lines[1:]:
        recorder.write(trace.append(decode_event(line)))
    recorder.close()
    trace.close()
    written = path.read_bytes().splitlines()
    ending = json.loads(written[-2])["index"]
    body = written[:-2]
    events = tuple(at for at, line in enumerate(body) if at and b'"keyframe":' not in line[:70])
    places: dict[str, list[tuple[int, Place]]] = {}
    for n, at in enumerate(events):
        for place in _numbers(json.loads(body[at])):
            places.setdefault(_field(place), []).append((n, place))
    found = (ending.get("findings") or {}).get("found", ())
    rests = sorted({n for n in _integers(found) if 0 <= n < len(events)})
    waits = [n for n, at in enumerate(events) if json.loads(body[at]).get("call") in WAITS]
    return Session(tuple(body), events, ending, places, tuple(rests), tuple(waits))


def _numbers(tree: Any, at: Place = ()) -> Iterator[Place]:
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, part in parts:
        if isinstance(part, int | float) and not isinstance(part, bool):
            yield (*at, key)
        else:
            yield from _numbers(part, (*at, key))


def _integers(tree: Any) -> Iterator[int]:
    if isinstance(tree, list):
        for part in tree:
            yield from _integers(part)
    elif type(tree) is int:
        yield tree


def _field(place: Place) -> str:
    """`("queues", "5", "recv")` -> `queues.recv`: positions and fds are left out."""
    return ".".join(key for key in place if isinstance(key, str) and not key.isdecimal())


def made(number: int, seed: int, path: Path) -> list[int]:
    """Write input `number` of a seed; returns the events that are affected."""
    rng = random.Random(f"{seed}/{number}/extremes")
    session = rng.choice(sessions())
    lines = list(session.lines)
    touched: list[int] = []
    if rng.random() < 0.1:
        touched += _misnumbered(session, lines, rng)
    for _ in range(0 if touched else rng.choice((1, 1, 2))):
        touched.append(_changed(session, lines, touched, rng))
    path.write_bytes(_whole(session, lines, indexed=rng.random() < 0.7))
    return touched


def _misnumbered(session: Session, lines: list[bytes], rng: random.Random) -> list[int]:
    """Give some events in a row numbers that are not theirs; the first and the last of them."""
    count = len(session.events)
    first = rng.randrange(count)
    last = min(count - 1, first + rng.choice((0, 3, count)))
    by = rng.choice((-1, 1, 1, 100, 1 << 31))
    for n in range(first, last + 1):
        at = session.events[n]
        lines[at] = dumped(json.loads(lines[at]) | {"n": n + by})
    return [first, last]


def _changed(session: Session, lines: list[bytes], touched: list[int], rng: random.Random) -> int:
    """Put one number at an edge; the event that it is in."""
    place: Place | None = None
    if rng.random() < 0.25:  # where none stood
        field = rng.choice(_FIELDS)
        every = range(len(session.events))
        n = rng.choice(rng.choice((every, session.rests or every, session.waits or every)))
    else:
        head = rng.choice(sorted({field.partition(".")[0] for field in session.places}))
        field = rng.choice([field for field in sorted(session.places) if field.partition(".")[0] == head])
        having = session.places[field]
        likelier = rng.choice((touched, session.rests, session.waits))
        n, place = rng.choice([one for one in having if one[0] in likelier] or having)
    at = session.events[n]
    old = json.loads(lines[at])
    for _ in range(rng.choice((1, 12, 12, 12))):  # what is read goes further than what is refused
        event = json.loads(lines[at])
        inside, key = _new(event, field, rng) if place is None else (_inside(event, place), place[-1])
        inside[key] = _edge(inside.get(key) if isinstance(inside, dict) else inside[key], old, len(session.events), rng)
        try:
            decode_event(dumped(event))
        except FormatError:
            continue
        break
    lines[at] = dumped(event)
    return n


def _inside(tree: Any, place: Place) -> Any:
    for key in place[:-1]:
        tree = tree[key]
    return tree


def _new(event: dict[str, Any], field: str, rng: random.Random) -> tuple[dict[str, Any], str]:
    """Where a number of this field belongs."""
    head, _, name = field.partition(".")
    if not name:
        return event, field
    inside = event.setdefault(head, {})
    if head == "queues":
        fd = event["fd"] if rng.random() < 0.7 and "fd" in event else event.get("ret", 5)
        inside = inside.setdefault(rng.choice(sorted(inside)) if inside and rng.random() < 0.5 else str(fd), {})
    return inside, name


def _edge(old: Any, event: dict[str, Any], count: int, rng: random.Random) -> Any:
    """An edge of a type, of the session, or of another number of the same event."""
    near = (old or 0) + rng.choice((-1, 1)) if isinstance(old, int | float) or old is None else 0
    others = [_inside(event, place)[place[-1]] for place in _numbers(event)]
    small = (-1, 0, 1, 2, count - 1, count, 1 << 62, (1 << 62) - 1)
    return rng.choice((rng.choice(EDGES), rng.choice(EDGES), rng.choice(small), near, rng.choice(others)))


def _whole(session: Session, lines: list[bytes], *, indexed: bool) -> bytes:
    """The recording, with its places and its checksum made right where it has an index."""
    body = b"".join(line + b"\n" for line in lines)
    if not indexed:
        return body
    index = dict(session.ending)
    moved: dict[int, int] = {}
    old = new = 0
    for before, after in zip(session.lines, lines, strict=True):
        moved[old] = new
        old, new = old + len(before) + 1, new + len(after) + 1
    moved[old] = new
    for name in ("blocks", "frames"):
        index[name] = pack(array("Q", (moved[place] for place in unpack(index[name], "Q", len(lines)))))
    index["crc"] = zlib.crc32(body)
    return body + dumped({"index": index}) + b'\n{"end":{"index":%d}}\n' % len(body)
