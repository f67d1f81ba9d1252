"""Where the screen's events come from: a lab that runs now, and anything else that keeps the same promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from muxviz.language import say
from muxviz.scenarios.for_any_server import for_any_server
from muxviz.scenarios.model import FOUR, Fix, Scenario, lanes_of, next_fix
from muxviz.scenarios.run_options import RunOptions
from muxviz.tui.capabilities import Kind

if TYPE_CHECKING:
    from muxviz.sources.lab.build import Lab
    from muxviz.sources.session import Session


EVERY_LANE: Final = tuple(specimen.name for specimen in FOUR)
"""The lanes of the four echo servers, in the order of the screen."""


class _Spec:
    """What a session is made of, and made again of."""

    kind: ClassVar[Kind]
    described: str | None = None
    """The header's words for a recording."""

    @property
    def next_fix(self) -> Fix | None:
        """What the fix key leads to: the next one, or none behind the last."""
        return None


def _session(lab: Lab, record: Path | None) -> Session:
    """Of a lab, not started. Where it can't be recorded the lab is put away. Raises RecordingError."""
    from muxviz.recording import Recorder
    from muxviz.sources.lab.session import LabSession

    try:
        recorder = Recorder(record, lab.trace) if record is not None else None
    except BaseException:
        lab.close()
        raise
    return LabSession(lab, recorder=recorder)


@dataclass(frozen=True)
class LabSpec(_Spec):
    """A scenario with its lanes: what a restart makes again, and a switch makes otherwise."""

    kind = "lab"

    scenario: Scenario
    wanted: tuple[str, ...] = ()
    """The lanes that were asked for; a scenario which has none of them runs all of its own."""
    fix: Fix | None = None
    payload: int = 0
    record: Path | None = None
    """Where the first session of this spec is recorded; a restart would overwrite it and records nothing."""

    @property
    def name(self) -> str:
        """The header's first word."""
        return self.scenario.name

    @property
    def title(self) -> str:
        """The header's words."""
        return f"{self.fix.name}: {self.fix.words}" if self.fix is not None else self.scenario.title

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes that run."""
        return lanes_of(self.scenario, self.wanted)

    @property
    def next_fix(self) -> Fix | None:
        return next_fix(self.scenario, self.fix)

    @property
    def beats(self) -> int:
        """How many client actions there are."""
        return len(self.scenario.beats)

    def make(self) -> Session:
        """A session, not started. Raises RecordingError."""
        from muxviz.sources.lab.build import Lab, lab_programs, lab_source

        programs = lab_programs(self.scenario, self.lanes, fix=self.fix)
        lab = Lab(programs, lab_source(self.scenario, self.fix), self.scenario, payload=self.payload)
        return _session(lab, self.record)

    def again(self, *, lanes: tuple[str, ...] | None = None) -> LabSpec:
        """The same scenario from its beginning."""
        return replace(self, wanted=self.wanted if lanes is None else lanes, record=None)

    def fixed(self) -> LabSpec:
        """The same scenario with the next fix."""
        return replace(self, fix=self.next_fix, record=None)


@dataclass(frozen=True)
class ProgramSpec(_Spec):
    """A person's own programs, with the clients of a scenario or without."""

    kind = "programs"

    commands: tuple[tuple[str, ...], ...]
    """Of each: a script with its arguments, or `-m`, a module and its arguments."""
    scenario: Scenario | None = None
    wishes: RunOptions = field(default_factory=RunOptions)

    @property
    def name(self) -> str:
        """The header's first word."""
        from muxviz.sources.lab.programs import programs

        return " | ".join(" ".join([one.info.title, *one.info.program[1:]]) for one in programs(self.commands))

    @property
    def title(self) -> str:
        """The header's words."""
        if self.scenario is not None:
            return say("the clients of {scenario}", scenario=self.scenario.name)
        return say("your program under the probe") if len(self.commands) == 1 else say("your programs side by side")

    @property
    def beats(self) -> int | None:
        """How many client actions there are; None where there are no clients but those driven by hand."""
        return len(for_any_server(self.scenario).beats) if self.scenario is not None else None

    def make(self) -> Session:
        """A session, not started. Raises RecordingError."""
        from muxviz.sources.lab.build import Lab
        from muxviz.sources.lab.programs import programs, source

        scenario = self.scenario
        told = source(self.commands, scenario.name if scenario is not None else None, self.wishes.watch)
        made = for_any_server(scenario) if scenario is not None else None
        lab = Lab(programs(self.commands), told, made, **self.wishes.lab())
        return _session(lab, self.wishes.record)

    def again(self) -> ProgramSpec:
        """The same programs from their beginning; nothing is recorded over."""
        return replace(self, wishes=self.wishes._replace(record=None))


@dataclass(frozen=True)
class RecordingSpec(_Spec):
    """A recording."""

    kind = "recording"

    path: Path
    maker: Callable[[], Session]
    described: str
    """The header's words for it."""
    beats: int | None = None
    title: str = ""

    @property
    def name(self) -> str:
        """What a new recording of it would be named after."""
        return self.path.name

    def make(self) -> Session:
        """The recording, opened. Raises RecordingError."""
        return self.maker()

    def again(self) -> RecordingSpec:
        """The same from its beginning."""
        return self


@dataclass(frozen=True)
class TraceSpec(_Spec):
    """A program that strace watches. It can be paused, and not stepped."""

    kind = "trace"

    name: str
    maker: Callable[[], Session]
    title: str
    """The command, or the processes, in the header's words."""
    launched: bool
    """muxviz started it, and ends it when it quits."""
    beats: int | None = None

    def make(self) -> Session:
        """A session, not started. Raises RecordingError."""
        return self.maker()

    def again(self) -> TraceSpec:
        """The same from its beginning."""
        return self


SessionSpec = LabSpec | ProgramSpec | RecordingSpec | TraceSpec
