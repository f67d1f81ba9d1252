"""The application without a terminal: real sessions, keys, and what stands on the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from muxviz.scenarios import CATALOGUE, Scenario
from muxviz.scenarios.model import DRAIN
from muxviz.scenarios.run_options import RunOptions
from muxviz.tui.app import MuxvizApp
from muxviz.tui.canvas import Canvas
from muxviz.tui.lab import LabMode
from muxviz.tui.replay import replay_spec
from muxviz.tui.source import EVERY_LANE, LabSpec, ProgramSpec, RecordingSpec, SessionSpec
from tests.waiting import within


class Screen:
    """An application under test."""

    def __init__(self, app: MuxvizApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def lab(self) -> LabMode:
        """The lab's mode, which must be shown."""
        assert isinstance(self.app.mode, LabMode)
        return self.app.mode

    @property
    def text(self) -> str:
        """What stands on the screen."""
        canvas = self.app.query_one(Canvas)
        return "\n".join(canvas.render_line(y).text.rstrip() for y in range(canvas.size.height))

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait for something."""
        for _ in within(lambda: f"{what}; the screen was:\n{self.text}"):
            if true():
                return
            await asyncio.sleep(0.002)

    async def settled(self) -> None:
        """Wait until no command is under way and the clock has seen that."""
        lab = self.lab
        await self.until(lambda: lab.source.status.phase != "starting" and not lab.player.busy, "a command goes on")
        lab.pulse(time.monotonic())
        self.app.query_one(Canvas).show()

    async def press(self, *keys: str) -> str:
        """Press keys (as the tables name them), one after another, each to its end; returns the screen."""
        for key in keys:
            self.app.pressed(key)
            if isinstance(self.app.mode, LabMode):
                await self.settled()
        return self.text

    async def to_the_end(self, key: str = "n") -> None:
        """Step until nothing can move."""
        while "scenario is over" not in await self.press(key):
            assert self.lab.source.trace.ticks < 5_000


@asynccontextmanager
async def screen(spec: SessionSpec | None = None, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Screen]:
    """An application that runs; its programs are ended however the test ends."""
    app = MuxvizApp(spec, EVERY_LANE)
    try:
        async with app.run_test(size=size) as pilot:
            shown = Screen(app, pilot)
            if spec is not None:
                await shown.until(lambda: isinstance(app.mode, LabMode))
                await shown.settled()
            yield shown
    finally:
        app.put_away()


def lab(name: str = "partial-read", *, drain: bool = False, lanes: tuple[str, ...] = EVERY_LANE) -> LabSpec:
    """A scenario of the catalogue."""
    return LabSpec(CATALOGUE[name], lanes, DRAIN if drain else None)


def spec(scenario: Scenario, lanes: tuple[str, ...] = EVERY_LANE) -> LabSpec:
    """A scenario that only a test has."""
    return LabSpec(scenario, lanes)


def program(script: Path, clients: str | None = None, **wishes: Any) -> ProgramSpec:
    """A script under the probe, as `muxviz run` has it."""
    return ProgramSpec(((str(script),),), CATALOGUE[clients] if clients else None, RunOptions(**wishes))


def replay(file: Path) -> RecordingSpec:
    """A recording, as `muxviz replay` has it."""
    return replay_spec(file)


def play(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Make a test of a coroutine."""

    def run() -> None:
        asyncio.run(test())  # type: ignore[arg-type]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run
