"""The menu's mode: which scenario."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from muxviz.draw import Grid, menu
from muxviz.draw.overlay import draw_help
from muxviz.draw.pages import draw_page, page_count
from muxviz.draw.view import Overlay
from muxviz.language import _, of_scenario, say
from muxviz.portable import is_linux, release, system
from muxviz.printable import text
from muxviz.scenarios import CATALOGUE, FIRST, Scenario
from muxviz.trace import Trace
from muxviz.tui.actions import Action, by_key
from muxviz.tui.host import Host
from muxviz.tui.prompts import LanesPrompt, LinePrompt, Prompt
from muxviz.tui.source import LabSpec

_OWN: Final = _("your own program: leave with q, then  muxviz run SCRIPT  or  muxviz run -m MODULE")


class MenuMode:
    """The list of scenarios, with what was typed to search it."""

    actions: tuple[Action[MenuMode], ...]

    def __init__(self, host: Host, lanes: tuple[str, ...], every: tuple[str, ...], last: Mapping[str, Trace]) -> None:
        self.host = host
        self.lanes = lanes
        self.fixed = False
        self.payload = 0
        self.record: Path | None = None
        """Where the first session that is started here is recorded."""
        self.chosen = FIRST
        self.search: str | None = None
        self.notice: str | None = None
        self.helping: Overlay | None = None
        self._page = 0
        self._size = (120, 36)
        self.prompt: Prompt | None = None
        self._every = every
        self._last = last
        """The last run of each scenario, by its name."""

    @property
    def listed(self) -> list[Scenario]:
        """The scenarios that the search leaves, in the order of the screen."""
        wanted = (self.search or "").lower().split()
        found = []
        for one in CATALOGUE.values():
            parts = ("summary", "title", "story", "question", "watch")
            said = [text for part in parts for text in (getattr(one, part), of_scenario(one.name, part, ""))]
            words = " ".join((one.name, one.group, say(one.group), *said)).lower()
            if all(word in words for word in wanted):
                found.append(one)
        return found

    @property
    def at(self) -> int:
        """The chosen one's place in the list."""
        names = [one.name for one in self.listed]
        return names.index(self.chosen) if self.chosen in names else 0

    # --- what the application calls ----------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """A key: the prompt's, the search's, or an action's."""
        self.notice = None
        if self.prompt is not None:
            if self.prompt.press(key):
                self.prompt = None
        elif self.search is not None and self._typed(key):
            return
        elif self.helping and key != "?":
            self.helping = None
        elif (action := _KEYS.get(key)) is not None:
            self.do(action)

    def leave(self, status: int = 0) -> None:
        """Quit."""
        self.host.leave(status)

    def do(self, action: Action[Any]) -> None:
        """An action was chosen."""
        action.do(self)

    def _typed(self, key: str) -> bool:
        assert self.search is not None
        if key == "space" or (len(key) == 1 and key.isprintable()):
            self.search = (self.search + (" " if key == "space" else key))[:40]
        elif key == "backspace":
            self.search = self.search[:-1]
        elif key == "escape":
            self.search = None
        else:
            return False
        return True

    def click(self, x: int, y: int, size: tuple[int, int]) -> None:
        """A click on a name chooses it; on the chosen one, starts it."""
        if x >= size[0] // 2:
            return
        row = self.grid(size).text().splitlines()[y : y + 1]
        words = row[0][:18].replace("►", " ").split() if row else []
        if words and words[0] in CATALOGUE:
            if words[0] == self.chosen:
                self.start()
            self.chosen = words[0]

    def pulse(self, now: float) -> bool:
        """Nothing happens here by itself."""
        return False

    @property
    def hurried(self) -> bool:
        """Never."""
        return False

    def grid(self, size: tuple[int, int]) -> Grid:
        """The picture."""
        self._size = size
        listed = self.listed
        last = self._last.get(listed[self.at].name) if listed else None
        versions = f"{system()} {'.'.join(release().split('.')[:2])} · Python {platform.python_version()}"
        grid = menu(
            listed, self.at, size, lanes=self.lanes, last=last, theme=self.host.picture_theme, search=self.search,
            versions=versions,
        )  # fmt: skip
        if self.helping and grid.width >= 80 and grid.height >= 24:
            draw_help(grid) if self.helping == "help" else draw_page(grid, self.helping, self._page)
        news = self.prompt.text if self.prompt is not None else self.notice
        if news is not None:
            grid.put(0, grid.height - 1, text(f" {news}", grid.width).ljust(grid.width), "yellow", "raised")
        return grid

    # --- deeds -------------------------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Choose another one."""
        listed = self.listed
        if listed:
            self.chosen = listed[max(0, min(self.at + by, len(listed) - 1))].name

    def start(self) -> None:
        """Start the chosen one, where programs can be watched."""
        if not is_linux():
            self.notice = say("the lab needs Linux; here o opens a recording")
            return
        listed = self.listed
        if listed:
            chosen = listed[self.at]
            fix = chosen.fixes[0] if self.fixed and chosen.fixes else None
            if self.host.start_lab(LabSpec(chosen, self.lanes, fix, self.payload, self.record)):
                self.record = None

    def choose_lanes(self) -> None:
        """Ask which lanes run."""
        self.prompt = LanesPrompt(self._every, self.lanes, self._take_lanes)

    def _take_lanes(self, lanes: tuple[str, ...]) -> None:
        self.lanes = lanes

    def switch_fix(self) -> None:
        """The servers of the next start have the scenario's fix, or not."""
        self.fixed = not self.fixed
        self.notice = (
            say("fix on: what you start has the scenario's fix, such as drain: read until EAGAIN")
            if self.fixed
            else say("fix off: what you start is as the scenario tells it")
        )

    def open(self) -> None:
        """Ask for a recording, and replay it."""
        known = recordings_here()
        words = say("open recording")
        help = say("tab: the next one here") if known else say("a file's name")
        self.prompt = LinePrompt(words, self._open, text=known[0] if known else "", help=help, complete=_next_of(known))

    def _open(self, name: str) -> str | None:
        if not name.strip():
            return say("name a file; escape goes back")
        from muxviz.recording import RecordingError
        from muxviz.tui.replay import replay_spec

        try:
            spec = replay_spec(Path(name).expanduser())
        except (RecordingError, RuntimeError) as error:
            return text(str(error))
        self.host.start_lab(spec)
        return None

    def begin_search(self) -> None:
        """Type to search."""
        self.search = ""

    def tell(self, words: str) -> None:
        """Say something in the key row."""
        self.notice = words

    def toggle_help(self) -> None:
        """The help, then the pages of the words, then neither."""
        self._page += 1
        if self.helping == "glossary" and self._page < page_count("glossary", self._size):
            return
        following: dict[Overlay | None, Overlay | None] = {None: "help", "help": "glossary"}
        self.helping, self._page = following.get(self.helping), 0

    def back(self) -> None:
        """To the lab that was left."""
        if not self.host.show_lab():
            self.notice = say("enter starts the chosen scenario; q quits")


def recordings_here() -> list[str]:
    """Recordings of the working directory, the newest first."""
    try:
        found = [(path.stat().st_mtime, path.name) for path in Path.cwd().glob("*.muxviz*")]
    except OSError:
        return []
    return [name for _, name in sorted(found, reverse=True)[:_MOST_LISTED]]


_MOST_LISTED: Final = 200


def _next_of(known: list[str]) -> Callable[[str], str]:
    """The one behind the one that was typed, or the first that begins with it."""

    def complete(line: str) -> str:
        if line in known:
            return known[(known.index(line) + 1) % len(known)]
        return next((name for name in known if name.startswith(line)), line)

    return complete


_ROWS: Final = (
    ("down j", "down", "Next scenario", "further down the list", lambda f: f.move(1)),
    ("up k", "up", "Previous scenario", "further up", lambda f: f.move(-1)),
    ("home", "top", "First scenario", "the top of the list", lambda f: f.move(-1000)),
    ("end", "bottom", "Last scenario", "the end of the list", lambda f: f.move(1000)),
    ("enter", "start", "Start the chosen scenario", "its servers start, held", lambda f: f.start()),
    ("l", "lanes", "Lanes on and off", "which servers will run", lambda f: f.choose_lanes()),
    ("d", "fix", "Drain, or the scenario's other fix, on or off", "for what is started", lambda f: f.switch_fix()),
    ("/", "search", "Search the scenarios", "by any word", lambda f: f.begin_search()),
    ("o", "open", "Open a recording", "a file, stepped the same way", lambda f: f.open()),
    ("p", "own", "Your own program", "how to step it", lambda f: f.tell(say(_OWN))),
    ("escape", "back", "Back to the lab", "that is running", lambda f: f.back()),
    ("t", "theme", "Switch dark and light theme", "colours", lambda f: f.host.switch_theme()),
    ("?", "help", "Help: keys, the wire; again: the words", "two pages", lambda f: f.toggle_help()),
    ("ctrl+p", "palette", "Every command by name", "this list", lambda f: f.host.open_palette()),
    ("ctrl+z", "suspend", "Suspend to the shell", "fg brings it back", lambda f: f.host.suspend_to_shell()),
    ("q ctrl+q", "quit", "Quit", "ends every program", lambda f: f.leave()),
    ("ctrl+c", "interrupt", "Quit with exit status 130 (Ctrl-C)", "ends every program", lambda f: f.leave(130)),
)

MenuMode.actions = tuple(
    Action(tuple(keys.split()), id, name, "Menu", tooltip, do) for keys, id, name, tooltip, do in _ROWS
)
_KEYS: Final = by_key(MenuMode.actions)
