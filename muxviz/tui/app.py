"""The application: one canvas, two modes (the menu and the lab), one clock.

Nothing here waits for a program. The clock looks at the mode, which looks at the session: 16 times a second, and
faster while a command is under way, so that its end is seen at once. An event costs the screen nothing; a frame costs
one picture.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.theme import Theme
from textual.timer import Timer

from muxviz.draw import Grid, styles
from muxviz.draw.view import ThemeName
from muxviz.events import FormatError
from muxviz.scenarios.model import Fix, Scenario
from muxviz.scenarios.run_options import RunOptions
from muxviz.trace import Trace
from muxviz.tui.actions import Action
from muxviz.tui.canvas import Canvas
from muxviz.tui.host import Mode
from muxviz.tui.palette import Actions
from muxviz.tui.source import EVERY_LANE, LabSpec, ProgramSpec, RecordingSpec, SessionSpec, TraceSpec
from muxviz.tui.terminal import Ending, TerminalApp, run

if TYPE_CHECKING:
    from muxviz.recording import Recording
    from muxviz.sources.session import Session
    from muxviz.tui.lab import LabMode
    from muxviz.tui.menu import MenuMode

_FRAME_SECONDS: Final = 1 / 16
_HURRY_SECONDS: Final = 1 / 120
_GC_THRESHOLD: Final = 50_000
"""Full collections cost frames of 70 ms at the default; cells and events are freed by counting."""


class MuxvizApp(TerminalApp):
    """muxviz in a terminal."""

    TITLE = "muxviz"
    CSS = "Screen { overflow: hidden; } CommandPalette SearchIcon { display: none; }"  # an emoji, two cells or one
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[Any] = {Actions}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(
        self,
        spec: SessionSpec | None,
        lanes: tuple[str, ...],
        theme: ThemeName = "dark",
        *,
        at: int = -1,
        predict: bool = False,
    ) -> None:
        super().__init__()
        self._predict = predict
        self._at = at
        self.picture_theme: ThemeName = theme
        for name in ("dark", "light"):
            self.register_theme(_textual_theme(name))
        self.theme = f"muxviz-{theme}"
        self._first = spec
        self._last: dict[str, Trace] = {}
        self._lanes = lanes
        self._lab: LabMode | None = None
        self._mode: Mode | None = self._menu if spec is None else None
        self._retiring: threading.Thread | None = None
        """Ends the session before; each waits for the one before it."""
        self._source: Session | None = None
        self._canvas = Canvas(
            self._picture, lambda: styles(self.picture_theme, self.colours), self.pressed, self.clicked
        )
        self._hurry: Timer | None = None
        self.ending = Ending(self, self.put_away)

    @cached_property
    def _menu(self) -> MenuMode:
        from muxviz.tui.menu import MenuMode  # a mode is imported when it is shown: the first frame waits for one

        return MenuMode(self, self._lanes, EVERY_LANE, self._last)

    @property
    def mode(self) -> Mode:
        """What is shown: the menu or the lab."""
        return self._mode or self._menu

    def ask_of_menu(self, *, fixed: bool, payload: int, record: Path | None) -> None:
        """What the command asked for, for the session that is chosen from the menu."""
        self._menu.fixed, self._menu.payload, self._menu.record = fixed, payload, record

    # --- Textual -----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The canvas is all there is."""
        yield self._canvas

    def on_load(self) -> None:
        """Before the terminal is changed: from here on whatever ends us has to change it back."""
        self.ending.watch()

    def on_mount(self) -> None:
        """The first frame first; everything that costs comes after it."""
        self._canvas.focus()
        self._hurry = self.set_interval(_HURRY_SECONDS, self._pulse, pause=True)
        self.set_interval(_FRAME_SECONDS, self._pulse)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD, 20, 50)
        if self._first is not None and self.start_lab(self._first) and self._at >= 0 and self._lab is not None:
            self._lab.player.stand_at(self._at)

    def _pulse(self) -> None:
        if self._mode is None or self._hurry is None:
            return
        try:
            if self._mode.pulse(time.monotonic()):
                self._canvas.show()
        except FormatError as error:
            self._damaged(error)
        (self._hurry.resume if self._mode.hurried else self._hurry.pause)()

    def _picture(self, size: tuple[int, int]) -> Grid:
        try:
            return _starting(size) if self._mode is None else self._mode.grid(size)
        except FormatError as error:
            self._damaged(error)
            return Grid(*size)

    def _damaged(self, error: FormatError) -> None:
        """A recording that was changed while it was open, or whose index lies."""
        self.last_words = str(error)
        self.leave(2)

    def pressed(self, key: str) -> None:
        """A key that reached the canvas."""
        if self._mode is not None:
            try:
                self._mode.press(key)
            except FormatError as error:
                self._damaged(error)
        elif key == "q":
            self.leave()
        self._after()

    def do(self, action: Action[Any]) -> None:
        """An action from the palette."""
        self.mode.do(action)
        self._after()

    def clicked(self, x: int, y: int) -> None:
        """A click that reached the canvas."""
        if self._mode is not None:
            self._mode.click(x, y, self._canvas.size)
        self._after()

    def action_interrupt(self) -> None:
        """Ctrl-C ends it wherever it is pressed: in the palette too, whose input line would copy."""
        if self._mode is None:
            self.leave(130)
            return
        self._mode.leave(130)
        if self._mode.prompt is not None and len(self.screen_stack) > 1:
            self.pop_screen()  # the palette hides the question
        self._after()

    def _after(self) -> None:
        self._canvas.show()
        self._pulse()

    # --- what the modes ask for --------------------------------------------------------------------------------------

    def show_menu(self) -> None:
        """The list of scenarios."""
        if self._lab is not None and isinstance(self._lab.spec, LabSpec):
            self._menu.lanes, self._menu.chosen = self._lab.spec.wanted or EVERY_LANE, self._lab.spec.scenario.name
            self._last[self._lab.spec.scenario.name] = self._lab.source.trace
        self._mode = self._menu

    def show_lab(self) -> bool:
        """Back to the lab that was left for the menu."""
        if self._lab is None:
            return False
        self._mode = self._lab
        return True

    def start_lab(self, spec: SessionSpec, *, actions: int = 0, notice: str | None = None) -> bool:
        """Another session in place of this one; the old one is ended first, in a thread, as a program's port may be
        wanted again."""
        try:
            source = spec.make()
        except Exception as error:  # a file that can't be made, a directory that is full: said, and nothing is lost
            if self._lab is not None:
                self._lab.notice = str(error)
            elif self._first is None:
                self._menu.notice = str(error)
            else:
                self.last_words = str(error)
                self.leave(2)
            return False
        old, self._source = self._source, source
        if old is None:
            source.start()
        else:
            self._retire(old, source)
        from muxviz.tui.lab import LabMode
        from muxviz.tui.view_state import ViewState
        from muxviz.words.prediction import Tally

        look = self._lab.view_state if self._lab is not None else ViewState(predict=Tally(on=self._predict))
        if spec.kind == "recording":
            look.panel = True
        self._lab = LabMode(self, spec, source, look)
        if notice is not None:
            self._lab.depart(notice, actions, time.monotonic())
        self._mode = self._lab
        self._canvas.show()
        return True

    def _retire(self, old: Session, new: Session) -> None:
        before = self._retiring

        def retire() -> None:
            if before is not None:
                before.join()
            self._close(old)
            if self._source is new:
                new.start()

        self._retiring = threading.Thread(target=retire, name="retire", daemon=True)
        self._retiring.start()

    def put_away(self) -> None:
        """End every program. Safe to call twice."""
        source, self._source = self._source, None
        if self._retiring is not None:
            self._retiring.join()
        if source is not None:
            self._close(source)

    def _close(self, source: Session) -> None:
        """What its end could not be written of, nobody sees on a screen that has gone: it is said after it."""
        source.close()
        if source.status.lost is not None:
            self.last_words = self.last_words or source.status.lost

    def switch_theme(self) -> None:
        """Dark to light and back."""
        self.picture_theme = "light" if self.picture_theme == "dark" else "dark"
        self.theme = f"muxviz-{self.picture_theme}"

    def open_palette(self) -> None:
        """Every command by name."""
        self.action_command_palette()

    def suspend_to_shell(self) -> None:
        """Ctrl-Z."""
        self.action_suspend_process()


def _starting(size: tuple[int, int]) -> Grid:
    grid = Grid(*size)
    grid.shade(0, 0, size[0], "raised")
    grid.put(1, 0, "muxviz", "text.bold", "raised")
    grid.put(9, 0, "starting", "dim", "raised")
    return grid


def _textual_theme(name: str) -> Theme:
    """Our colours for what Textual draws itself: the palette."""

    def colours(style: str) -> tuple[str, str]:
        found = styles(name)[style]
        assert found.color is not None and found.bgcolor is not None
        return found.color.name, found.bgcolor.name

    text, base = colours("text on base")
    violet, raised = colours("violet on raised")
    yellow, cursor = colours("yellow on cursor")
    return Theme(
        name=f"muxviz-{name}",
        dark=name == "dark",
        primary=violet,
        secondary=yellow,
        accent=yellow,
        foreground=text,
        background=base,
        surface=raised,
        panel=cursor,
    )


def run_lab(
    scenario: Scenario | None,
    lanes: tuple[str, ...],
    *,
    fix: Fix | None = None,
    record: Path | None = None,
    payload: int = 0,
    theme: str | None = None,
    predict: bool = False,
) -> int:
    """The lab on the screen; the menu first where no scenario is named. Returns the exit status."""
    spec = LabSpec(scenario, lanes, fix, payload, record) if scenario is not None else None
    app = MuxvizApp(spec, lanes or EVERY_LANE, "light" if theme == "light" else "dark", predict=predict)
    if spec is None:
        app.ask_of_menu(fixed=fix is not None, payload=payload, record=record)
    return run(app, app.ending.put_away)


def run_replay(
    path: Path, recording: Recording, *, at: int = -1, theme: str | None = None, predict: bool = False
) -> int:
    """A recording on the screen, from an event on. Returns the exit status."""
    from muxviz.tui.replay import replay_spec

    tone: ThemeName = "light" if theme == "light" else "dark"
    app = MuxvizApp(replay_spec(path, recording), EVERY_LANE, tone, at=at, predict=predict)
    return run(app, app.ending.put_away)


def run_saved(spec: RecordingSpec, *, theme: str | None = None) -> int:
    """What strace has printed before, on the screen. Returns the exit status."""
    app = MuxvizApp(spec, EVERY_LANE, "light" if theme == "light" else "dark")
    return run(app, app.ending.put_away)


def run_programs(commands: Sequence[tuple[str, ...]], scenario: Scenario | None, wishes: RunOptions) -> int:
    """A person's programs on the screen. Returns the exit status."""
    app = MuxvizApp(ProgramSpec(tuple(commands), scenario, wishes), EVERY_LANE)
    return run(app, app.ending.put_away)


def run_trace(spec: TraceSpec, *, theme: str | None = None) -> int:
    """A program under strace on the screen. Returns the exit status."""
    app = MuxvizApp(spec, EVERY_LANE, "light" if theme == "light" else "dark")
    return run(app, app.ending.put_away)
