"""Everything that muxviz does with a recording, in one process: opened, listed, drawn, explained, judged, exported,
asked, and shown with keys pressed. A `FormatError` is an answer; any other exception is a finding."""

# ruff: noqa: E501 - tables whose rows are long

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from muxviz.check import FORMATS as CHECKS
from muxviz.check import report
from muxviz.draw import View, draw, story
from muxviz.events import FormatError, encode
from muxviz.export import FORMATS as EXPORTS
from muxviz.export import ExportError, Options
from muxviz.kernel import decode_state
from muxviz.quoting import ascii_line
from muxviz.recording import Recording, read, recover, summary
from muxviz.trace import PositionError, Trace, position
from muxviz.trace.ask import Condition, ConditionError, Filter, Search, changed, parse
from muxviz.trace.costs import costs
from muxviz.tui.lab import LabMode
from muxviz.tui.lab_actions import ACTIONS
from muxviz.tui.replay import replay_spec
from muxviz.words import explain
from muxviz.words.listing import line as listed
from tests.fuzz.running import TooLong

SIZES: Final = ((120, 36), (80, 24), (230, 70))
OVERLAYS: Final = (None, "help", "glossary", "event", "about", "findings")
QUESTIONS: Final = (
    "fd == 5 and unread > 0", "took > 20ms", "not reported and high", "call in (read, recv, epoll_wait)", "ret < 0",
    "size > 4K or exited", "client == A", "step > 3", "reports > 1 and not eof", "ready", "error == EAGAIN", "t > 1.5s",
    "asleep and unread == 0", "wakeups > 2", "calls > 3", "unacked > 0 or unsent > 0 or queued > 0", "stranded",
    "HUP in reported", "IN in interest", "tid > 0 and pid > 0", "kind == listener", "tcp == CLOSE", "n > 3", "action",
)  # fmt: skip
PLACES: Final = ("", "3", "n5", "b1", "1.5s", "0:01", "x", "99999999999", "n4294967296", "-1")
VIEWS: Final[tuple[dict[str, Any], ...]] = (
    {"cost": True}, {"cost": True, "axis": "time"}, {"panel": True}, {"panel": True, "axis": "time"}, {"cost": False, "side": "IN"},
    {"cost": False, "side": "OUT", "axis": "time"}, {"overlay": "findings", "chosen": 0}, *({"overlay": name} for name in OVERLAYS[1:]),
)  # fmt: skip
"""Every way to look at one moment."""
_KEYS: Final = tuple(
    key for action in ACTIONS for key in action.keys if action.id not in ("record", "suspend", "input")
)
_TYPED: Final = (*"0123456789bnsx. ", "enter", "backspace", "escape", "up", "down", "pagedown", "home", "end")


def looked_at(path: Path, rng: random.Random, touched: Sequence[int] = ()) -> str:
    """Do everything with a file; returns what was wrong with it, or `fine`. Raises whatever is a finding. The events
    that were `touched` are shown in every way, with the keys pressed there; without any, some events in some ways."""
    told = _tried(lambda: _listed(path)) or "fine"
    try:
        found = recover(path)
    except FormatError as error:
        printable(str(error))
        return str(error)
    trace, whole = found.trace, found.damage or told
    errors: list[Exception] = []

    def tried(look: Callable[[], None]) -> None:
        nonlocal told
        try:
            told = _tried(look) or told
        except (TooLong, MemoryError):
            raise
        except Exception as error:  # the other looks may find another
            errors.append(error)

    try:
        printable(whole)
        printable(summary(path, trace.header))
        for look in (_drawn, _explained, _judged, _exported, _asked, _moved, _folded):
            tried(partial(look, trace, rng))
        for n in sorted({near for one in touched for near in (one, one + 1) if near < len(trace)}):
            for way in VIEWS:
                tried(partial(_viewed, trace, n, way))
            tried(partial(_told, trace, n))
        tried(partial(_shown, path, found, rng, touched))
    finally:
        trace.close()
    if errors:
        raise ExceptionGroup("what is wrong", errors)
    return whole if whole != "fine" else told


def _tried(look: Callable[[], None]) -> str | None:
    try:
        look()
    except FormatError as error:  # an index that lies, found out when something is asked of it
        printable(str(error))
        return str(error)
    return None


def printable(text: str, *, lines: bool = False) -> None:
    """Untrusted bytes do not reach a terminal."""
    bad = next((char for char in text if not char.isprintable() and not (lines and char == "\n")), None)
    assert bad is None, f"{bad!r} is not printable"


def _listed(path: Path) -> None:
    header, events = read(path)
    printable(ascii_line(encode(header)))
    for event, raw in events:
        printable(listed(event))
        printable(ascii_line(raw))


def _some(trace: Trace, rng: random.Random, most: int) -> list[int]:
    last = len(trace) - 1
    return sorted({-1, last, *(rng.randrange(-1, len(trace)) for _ in range(most) if len(trace))})


def _view(trace: Trace, rng: random.Random) -> View:
    clients = [None, "A", "#1", *list(trace.now.clients)[:3]]
    return View(
        focus=rng.choice(["", *trace.lanes[:9]]), client=rng.choice(clients), panel=rng.random() < 0.5, cost=rng.choice((None, True, False)),
        side=rng.choice((None, "IN", "OUT")), axis=rng.choice(("steps", "time")), overlay=rng.choice(OVERLAYS),  # type: ignore[arg-type]
        payload=rng.random() < 0.5, printed=rng.random() < 0.1, replay=rng.choice((None, "a · b")), theme=rng.choice(("dark", "light")),
        page=rng.randrange(3), chosen=rng.choice((None, 0, 1, 99)),
    )  # fmt: skip


def _drawn(trace: Trace, rng: random.Random) -> None:
    views = [View(), View(cost=True, panel=True, axis="time"), View(side="OUT", overlay="event", payload=True)]
    for n in _some(trace, rng, 3):
        for size in SIZES:
            view = views.pop() if views else _view(trace, rng)
            printable(draw(trace, n, size, view).text(), lines=True)
    begin = rng.randrange(len(trace) + 1)
    printable(story(trace, begin, min(len(trace), begin + 300)), lines=True)


def _viewed(trace: Trace, n: int, way: dict[str, Any]) -> None:
    focus = trace[n].lane or ""
    view = View(focus=focus if focus in trace.lanes else "", payload=True, **way)
    printable(draw(trace, n, (120, 36), view).text(), lines=True)


def _told(trace: Trace, n: int) -> None:
    for sentence in explain(trace, n):
        printable(sentence)
    printable(story(trace, n, n + 1), lines=True)


def _explained(trace: Trace, rng: random.Random) -> None:
    for n in _some(trace, rng, 12):
        for sentence in explain(trace, n):
            printable(sentence)


def _judged(trace: Trace, rng: random.Random) -> None:
    if not trace.findings.known:
        trace.look_for_findings()
    judged = report(trace, rng.choice((None, "cut")))
    printable(CHECKS["text"](judged), lines=True)
    json.loads(CHECKS["json"](judged))
    json.loads(CHECKS["sarif"](judged))


def _exported(trace: Trace, rng: random.Random) -> None:
    for suffix in rng.sample(sorted(EXPORTS), 2):
        if suffix == ".html" and rng.random() < 0.7:  # a hundred pictures
            continue
        form = EXPORTS[suffix]
        last = rng.randrange(-1, trace.ticks) if trace.ticks else -1
        first = max(-1, last - rng.choice((0, 1, 3)))
        size = (80, 24) if suffix == ".html" else rng.choice(SIZES)
        for animate in (False, True) if suffix == ".svg" else (False,):
            options = Options(
                first=last if suffix == ".svg" and not animate else first, last=last, size=size, animate=animate,
                pace=rng.choice(("reading", "recorded")), speed=rng.choice((0.1, 1.0, 100.0)), cast_version=rng.choice((2, 3)),
                replay="a" if suffix == ".html" else None,
            )  # fmt: skip
            try:
                for part in form.write(trace, options, lambda done: None):
                    part.encode()
            except ExportError as error:
                printable(str(error))


def _asked(trace: Trace, rng: random.Random) -> None:
    questions: list[Condition] = [parse(words) for words in rng.sample(QUESTIONS, 3)]
    if trace.lanes:
        questions.append(changed(rng.choice(trace.lanes), 5))
    for question in questions:
        search = Search(
            trace, question, rng.randrange(-1, len(trace)) if len(trace) else -1, forward=rng.random() < 0.5
        )
        while not search.advance(1.0):
            pass
    try:
        only = Filter(trace, rng.choice(QUESTIONS))
    except ConditionError:
        return
    while not only.done:
        only.advance(1.0)
    for n in _some(trace, rng, 1):
        draw(trace, n, (120, 36), View(filter=only, panel=True))


def _moved(trace: Trace, rng: random.Random) -> None:
    for words in PLACES:
        try:
            position(trace, words)
        except PositionError as error:
            printable(str(error))
    costs(trace)
    trace.at_time(rng.choice((0, 1 << 40, 1 << 62)))


def _folded(trace: Trace, rng: random.Random) -> None:
    for n in _some(trace, rng, 2):
        decode_state(encode(trace.state(n)))  # as a keyframe


class _Host:
    """An application that does nothing."""

    picture_theme: Any = "dark"

    def leave(self, status: int = 0) -> None: ...

    def show_menu(self) -> None: ...

    def show_lab(self) -> bool:
        return False

    def start_lab(self, spec: Any, *, actions: int = 0, notice: str | None = None) -> bool:
        return False

    def switch_theme(self) -> None: ...

    def open_palette(self) -> None: ...

    def suspend_to_shell(self) -> None: ...


def _shown(path: Path, found: Recording, rng: random.Random, touched: Sequence[int]) -> None:
    spec = replay_spec(path, found)
    source: Any = spec.make()
    source.mark = lambda n, text: None  # the file stays as it is
    mode = LabMode(_Host(), spec, source)
    printable(mode.grid((120, 36)).text(), lines=True)
    for n in touched:
        for key in ("escape", *":", *f"n{n}", "enter", *rng.sample(_KEYS, 8)):
            mode.press(key)
            mode.pulse(time.monotonic())
        printable(mode.grid((120, 36)).text(), lines=True)
    for _ in range(rng.choice((3, 25))):
        if mode.prompt is not None and rng.random() < 0.8:
            mode.press(rng.choice(_TYPED))
        elif rng.random() < 0.15:
            mode.click(rng.randrange(120), rng.randrange(36), (120, 36))
        else:
            mode.press(rng.choice(_KEYS))
        mode.pulse(time.monotonic())
        if rng.random() < 0.4:
            printable(mode.grid(rng.choice(SIZES)).text(), lines=True)
