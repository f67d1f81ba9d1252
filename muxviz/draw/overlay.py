"""What is drawn over the picture: the help, and one event in full."""

from __future__ import annotations

import json
from typing import Final

from muxviz import printable
from muxviz.draw.grid import Grid, box, rule
from muxviz.draw.scene import Scene
from muxviz.draw.wrapping import wrap
from muxviz.events import Event, encode, split
from muxviz.language import say
from muxviz.words import explain, subject
from muxviz.words.meanings import ERRNOS, FLAGS, errno_meaning, flag_meaning

_Key = tuple[str, str, str]
"""Keys, what they do, and the same in fewer words."""

_HELP_KEYS: Final[tuple[tuple[str, tuple[_Key, ...]], ...]] = (
    (
        "Move",
        (
            ("n N", "one step", "one step"),
            ("w W", "next wakeup", "wakeup"),
            ("b B", "next client action", "client action"),
            ("s S", "step this lane only", "this lane"),
            ("v V E", "next finding; all", "finding; all"),
            ("] [", "next marker", "marker"),
            ("g G", "first, newest", "first, newest"),
            (":", "to a step, event, time", "step, n, time"),
            ("space", "play, hold", "play, hold"),
            ("< > P", "slower, faster; pace", "speed, pace"),
        ),
    ),
    (
        "Look",
        (
            ("1–4 tab", "focus a lane", "focus a lane"),
            ("f F", "follow next client", "next client"),
            ("i", "IN wire, OUT wire", "IN, OUT wire"),
            ("e a", "event in full, about", "event, about"),
            ("y", "payload bytes", "payload bytes"),
            ("x z C", "time, panel, cost curve", "time, panel"),
            ("O I", "output, type input", "output, input"),
            ("t", "dark, light", "dark, light"),
            ("/ \\ . ,", "ask: a condition; again", "ask, again"),
            ("|", "filter", "filter"),
            ("u h j", "fd changes, event, call", "fd, event"),
        ),
    ),
    (
        "Act",
        (
            ("c", "run freely, hold", "run freely, hold"),
            ("d", "drain: read to EAGAIN", "drain: to EAGAIN"),
            ("k", "drive a client", "drive a client"),
            ("p", "predict the reports", "predict"),
            ("l", "lanes on and off", "lanes on, off"),
            ("m", "mark this moment", "mark this moment"),
            ("r", "record", "record"),
            ("R", "restart", "restart"),
            ("o", "scenarios, recordings", "open another"),
            ("ctrl+p", "every command", "all commands"),
            ("q", "quit", "quit"),
        ),
    ),
)
_WIRE: Final = (
    (("      ╭──●─────●──╮", "blue"), "high: there is something to read. low: nothing"),
    (("  ────╯12    8    ╰────", "blue"), "the number: bytes unread, or FIN, or RST"),
    (("         ●", "yellow"), "a select, poll or level wait named this client"),
    (("         ▲", "yellow"), "an edge wait named it: once for each arrival"),
    (("      ╌╌╌╌╌╌", "dim"), "dashed: it sleeps in its wait. solid: awake"),
    (("      ╍╍╍╍╍╍", "orange"), "high and dashed: asleep on something to read"),
    (("      ┊ A sends", "violet"), "a client acts, in every lane at once"),
    (("      ║ newer", "text.bold"), "the cursor; right of it newer steps, or none yet"),
)
_WORDS: Final = (
    (("asks", "what the server asked to hear about"), ("reported", "what the newest wait named, or ··")),
    (("unread", "in the kernel, not read yet"), ("queued", "in the program, kept to send later")),
    (("unsent", "in the kernel, not at the client yet"), ("≠", "differs from most lanes")),
    (("quiet", "nothing to read, nothing to accept"), ("for nothing", "wakeups that led to no work")),
)


def draw_help(grid: Grid) -> None:
    """Keys, how to read the wire, the words in a lane: as much as there is room for, keys first."""
    wide = grid.width >= 108
    width = 106 if wide else min(grid.width - 2, 78)
    tall = grid.height >= 32
    keys = max(len(rows) for _, rows in _HELP_KEYS) + 1
    height = 2 + keys + (1 + len(_WIRE)) + ((1 + len(_WORDS)) if tall else 0) + (1 if tall else 0)
    x, y = box(grid, say("help"), say("lower case goes forward, upper case back"), width, min(height, grid.height - 1))
    y += 1 if tall else 0
    step, gap = (35, 10) if wide else (25, 9)
    for column, (title, rows) in enumerate(_HELP_KEYS):
        at = x + 1 + column * step
        grid.put(at, y, say(title), "violet.bold")
        behind = at + (gap if column < 2 or wide else 7)
        for row, (key, full, brief) in enumerate(rows):
            grid.put(at, y + 1 + row, key, "text.bold")
            grid.put(behind, y + 1 + row, say(full if wide else brief), "dim", end=x + width - 3)
    y += keys
    rule(grid, x, y, width, say("how to read the wire"))
    lead = 27 if wide else 24
    for row, ((picture, style), what) in enumerate(_WIRE):
        grid.put(x, y + 1 + row, say(picture), style)
        grid.put(x + lead, y + 1 + row, printable.clip(say(what), width - lead - 4), "text")
    y += 1 + len(_WIRE)
    if not tall:
        return
    rule(grid, x, y, width, say("words in a lane"))
    second = width // 2 + 1
    for row, pair in enumerate(_WORDS):
        for begin, end, (word, what) in ((0, second - 1, pair[0]), (second, width - 4, pair[1])):
            at = x + 1 + begin
            grid.put(at, y + 1 + row, say(word), "text.bold")
            lead = 12 if begin else 8
            grid.put(at + lead, y + 1 + row, printable.clip(say(what), end - begin - lead), "dim")


_FIELDS: Final = 11
"""Rows of fields that do not give way to what its flags mean: up to the call's arguments."""


def draw_event(grid: Grid, scene: Scene) -> None:
    """The event that the sentence speaks of: every field that it has, then every sentence."""
    n = subject(scene.trace, scene.n, scene.state, scene.focus)
    if n < 0:
        return
    event = scene.trace[n]
    fields = json.loads(encode(event))
    width = min(grid.width - 4, 100)
    lines: list[tuple[str, str]] = []
    for key, value in fields.items():
        shown = json.dumps(value, ensure_ascii=True)
        first, rest = shown[: width - 18], shown[width - 18 :]
        lines.append((key, first))
        while rest and len(lines) < 60:
            lines.append(("", rest[: width - 18]))
            rest = rest[width - 18 :]
    room = grid.height - 5
    inside = width - 4
    words = [line for sentence in explain(scene.trace, n, scene.state) for line in wrap(sentence, inside)]
    meanings = [(name, printable.clip(meaning, inside - 12)) for name, meaning in meanings_of(event)]
    keep = max(min(len(lines), _FIELDS), min(len(lines), room - len(words) - len(meanings)))
    meanings = meanings[: max(0, room - len(words) - keep)]
    height = keep + len(words) + len(meanings) + 3
    title = say("event {n}", n=n)
    x, y = box(grid, title, say("as muxviz show prints it"), width, min(grid.height - 1, height))
    for key, value in lines[:keep]:
        grid.put(x, y, printable.text(key, 11), "violet")
        grid.put(x + 12, y, printable.text(value, width - 16), "text")
        y += 1
    rule(grid, x, y, width, say("in words"))
    for word in words:
        y += 1
        grid.put(x, y, word, "text")
    for name, meaning in meanings:
        y += 1
        grid.put(x, y, name, "yellow" if name in FLAGS else "orange")
        grid.put(x + 12, y, meaning, "dim")


def meanings_of(event: Event) -> list[tuple[str, str]]:
    """The errno and the flags of an event, each with what it means: what was reported, then what is asked for."""
    reported = {name for _number, names in event.ready or () for name in split(names)}
    asked = set(split(event.events))
    for _fd, flags in event.interest or ():
        asked |= set(split(flags))
    found = [(event.error, errno_meaning(event.error))] if event.error in ERRNOS else []
    for group in (reported, asked - reported):
        found += [(name, flag_meaning(name)) for name in FLAGS if name in group]
    return found
