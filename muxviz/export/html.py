"""One HTML file that steps through a recording in a browser, with the screen's keys and no network.

Every picture that a key can lead to is drawn here and packed: a picture is a list of numbers of rows, a row is drawn
once however often it is seen. What is drawn for each tick is each lane with the focus, and, while that stays within
`_MOST_PICTURES`, each side of the wire and each client followed. The page (`page.js`) knows nothing of events: it looks
up where the keys lead in lists of ticks. All text goes into it as JSON and onto the screen as text, never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from rich.cells import cell_len
from rich.style import Style

from muxviz.draw import Grid, View, draw, story, styles
from muxviz.draw.grid import Runs
from muxviz.draw.pages import page_count
from muxviz.draw.scene import scene
from muxviz.draw.view import Side
from muxviz.export.options import ExportError, Options, Progress, title
from muxviz.language import current
from muxviz.printable import text
from muxviz.quoting import allowed_by_hash, element, empty, end, raw_text, script_json, start
from muxviz.trace import Trace

_MOST_TICKS: Final = 5_000
_MOST_PICTURES: Final = 3_000
_MOST_CLIENTS: Final = 8
_LABEL: Final = 80
_WORD: Final = re.compile(" *[^ ]+ *| +")
_OTHER_LETTER: Final = re.compile(r"[^\W\0-\u052f]")
"""Neither Latin nor Greek nor Cyrillic, which a monospace font has."""


def page(trace: Trace, options: Options, progress: Progress) -> Iterator[str]:
    """The parts of an HTML document. Raises ExportError for too many moments."""
    if options.frames > _MOST_TICKS:
        raise ExportError(
            f"{options.frames} moments are too many for one page: choose at most {_MOST_TICKS} with --from and --to"
        )
    name = title(trace)
    drawn = _Pictures(trace, options, progress)
    data = drawn.everything()
    style, script = _resource("page.css") + drawn.css(), _resource("page.js")
    policy = {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}
    yield "<!DOCTYPE html>\n" + start("html", {"lang": "zh-Hans" if current() == "zh" else "en"}) + "\n"
    head = [
        empty("meta", {"charset": "utf-8"}),
        empty("meta", policy),
        empty("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", {}, name),
        raw_text("style", {}, style),
    ]
    yield element("head", {}, *head) + "\n"
    yield start("body", {"class": options.theme}) + "\n"
    yield element("div", {"id": "screen", "tabindex": 0, "aria-label": name}) + "\n"
    yield element("noscript", {}, element("pre", {}, _still(trace, options))) + "\n"
    yield raw_text("script", {"id": "data", "type": "application/json"}, script_json(data)) + "\n"
    yield raw_text("script", {}, script) + "\n"
    yield end("body") + "\n" + end("html") + "\n"


def _policy(style: str, script: str) -> str:
    """Nothing but this style and this script, each known by its hash (Content Security Policy, level 3)."""
    allowed = {
        "default-src": "'none'",
        "style-src": allowed_by_hash(style),
        "script-src": allowed_by_hash(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {source}" for name, source in allowed.items())


def _still(trace: Trace, options: Options) -> str:
    """For a browser that runs no scripts: the last picture, and the story."""
    last = draw(trace, trace.tick_end(options.last), options.size, options.view(trace)).text()
    told = story(trace, trace.tick_start(max(options.first, 0)), trace.tick_end(options.last) + 1)
    return f"{last}\n\n{told}"


def _resource(name: str) -> str:
    return files("muxviz.export").joinpath(name).read_text(encoding="utf-8")


class _Pictures:
    """Draws, and interns rows and styles."""

    def __init__(self, trace: Trace, options: Options, progress: Progress) -> None:
        self._trace, self._options, self._progress = trace, options, progress
        self._rows: dict[Runs, int] = {}
        self._styles: dict[str, int] = {}
        self._done = 0
        self._lanes = list(trace.lanes)[:9]
        self._names = _names(self._lanes)
        clients = list(trace.now.clients)[:_MOST_CLIENTS]
        self._clients: list[str | None] = [None, *clients] if len(clients) > 1 else [None]
        self._sides: list[Side] = ["IN", "OUT"]
        least = options.frames * max(1, len(self._lanes)) * 2  # the event in full is a picture, too
        if least * 2 > _MOST_PICTURES:
            self._sides = ["IN"]
        if least * len(self._sides) * len(self._clients) > _MOST_PICTURES:
            self._clients = [None]
        if least > _MOST_PICTURES:
            self._lanes = [options.view(trace).focus]
        self._all = options.frames * len(self._lanes) * (len(self._sides) * len(self._clients) + 1)

    def everything(self) -> dict[str, Any]:
        """What the page needs."""
        trace, options = self._trace, self._options
        ticks = range(options.first, options.last + 1)
        ends = [trace.tick_end(tick) for tick in ticks]
        view = options.view(trace)
        pictures = {}
        for focus in self._lanes:
            for number, client in enumerate(self._clients):
                for side in self._sides:
                    looks = replace(view, focus=focus, client=client, side=side)
                    pictures[f"{self._names[focus]}/{number}/{side}"] = [self._picture(n, looks) for n in ends]
            looks = replace(view, focus=focus, overlay="event")
            pictures[f"{self._names[focus]}/event"] = [self._picture(n, looks) for n in ends]
        last = ends[-1]
        return {
            "size": options.size,
            "help": [
                *self._pages(last, replace(view, overlay="help")),
                *self._pages(last, replace(view, overlay="glossary")),
            ],
            "about": {
                self._names[lane]: self._pages(last, replace(view, focus=lane, overlay="about")) for lane in self._lanes
            },
            "pictures": pictures,
            "lanes": [self._names[lane] for lane in self._lanes],
            "focus": self._names.get(view.focus),
            "clients": [None if client is None else text(client, 16) for client in self._clients],
            "sides": self._sides,
            "n": ends,
            "step": [trace.tick_step(tick) if tick >= 0 else 0 for tick in ticks],
            "t": self._clock(ends),
            "wakeups": self._where(trace.wakeup_after),
            "actions": self._where(trace.action_after),
            "findings": self._where(trace.finding_after),
            "calls": {
                self._names[lane]: self._where(lambda n, lane=lane: trace.call_after(n, lane)) for lane in self._lanes
            },
            "marks": [
                [trace.tick_of(n) - options.first, text(words, _LABEL)]
                for n, words in trace.marks()
                if options.first <= trace.tick_of(n) <= options.last
            ],
            "rows": [[self._run(piece, style) for run, style in row for piece in _pieces(run)] for row in self._rows],
        }

    def _picture(self, n: int, view: View, *, counts: bool = True) -> list[int]:
        grid = draw(self._trace, n, self._options.size, view)
        if counts:
            self._done += 1
            self._progress(self._done / self._all)
        return self._intern(grid)

    def _intern(self, grid: Grid) -> list[int]:
        return [self._rows.setdefault(row, len(self._rows)) for row in grid.rows()]

    def _run(self, run: str, style: str) -> list[str | int]:
        """A run for the page: its text, its style, and its cells where they are not as many as its characters."""
        made: list[str | int] = [run, self._styles.setdefault(style, len(self._styles))]
        return made if cell_len(run) == len(run) else [*made, cell_len(run)]

    def _pages(self, n: int, view: View) -> list[list[int]]:
        """An overlay's pages."""
        count = page_count(view.overlay, self._options.size, scene(self._trace, n, self._options.size, view))
        return [self._picture(n, replace(view, page=page), counts=False) for page in range(count)]

    def _clock(self, ends: list[int]) -> list[float]:
        """Seconds at each tick, the latest so far: an event's own may lie before an earlier one's."""
        latest, found = 0, []
        for n in ends:
            latest = max(latest, self._trace[n].t if n >= 0 else 0)
            found.append(round(latest / 1e9, 6))
        return found

    def _where(self, following: Any) -> list[int]:
        """The chosen ticks that hold one of something, counted from the first."""
        trace, options = self._trace, self._options
        found: list[int] = []
        n = trace.tick_start(max(options.first, 0)) - 1
        end = trace.tick_end(options.last)
        while (at := following(n)) is not None and at <= end:
            tick = trace.tick_of(at)
            found.append(tick - options.first)
            n = trace.tick_end(tick)
        return found

    def css(self) -> str:
        """A class for each style, in both themes."""
        lines = []
        for theme in ("dark", "light"):
            known = styles(theme)
            plain = known["text on base"]
            lines.append(f"body.{theme}{{{_declarations(plain)}}}")
            lines += [f".{theme} .s{number}{{{_declarations(known[name])}}}" for name, number in self._styles.items()]
        return "\n".join(lines) + "\n"


def _pieces(run: str) -> list[str]:
    """A run as the page pins it to its columns: word by word where it has letters that a browser takes from a font of
    another width."""
    return _WORD.findall(run) if _OTHER_LETTER.search(run) or cell_len(run) != len(run) else [run]


def _names(lanes: list[str]) -> dict[str, str]:
    """What the page calls each lane: printable, and no two alike."""
    names: dict[str, str] = {}
    for number, lane in enumerate(lanes, 1):
        name = text(lane, _LABEL)
        names[lane] = name if name not in names.values() else f"{name} ({number})"
    return names


def _declarations(style: Style) -> str:
    parts = []
    if style.color is not None:
        parts.append(f"color:{style.color.get_truecolor().hex}")
    if style.bgcolor is not None:
        parts.append(f"background:{style.bgcolor.get_truecolor().hex}")
    if style.bold:
        parts.append("font-weight:bold")
    return ";".join(parts)
