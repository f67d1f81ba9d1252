"""Puts a lab together: the lanes of a scenario, their clients, and the conductor over them."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from muxviz import servers
from muxviz.events import LaneInfo, Source
from muxviz.recording.header import header_of
from muxviz.scenarios import Fix, Scenario, next_fix
from muxviz.sources.lab.clients import Clients
from muxviz.sources.lab.conductor import Conductor
from muxviz.sources.lab.inherited_fds import handed, port_of
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.output import Output
from muxviz.sources.lab.run_directory import RunDirectory
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, Where
from muxviz.trace import Trace

SERVERS: Final = Path(servers.__file__).parent
_LEAST_BYTES: Final = 32 << 20
"""Of address space, for the threads and what they read. With less a lab might start, but Python does not survive a
thread that runs out of memory: CPython 3.11 can loop for ever in the unwinding."""


class Program(NamedTuple):
    """What one lane runs."""

    info: LaneInfo
    argv: list[str]
    """A script with its arguments, or `-m`, a module and its arguments."""
    own: bool = False
    """A person's: what it prints comes at once, and a line can be typed into its standard input."""


class Begun(NamedTuple):
    """A trace, and the moment at which its clock was zero."""

    trace: Trace
    epoch_ns: int
    """Of time.monotonic_ns."""


def begin(
    lanes: Sequence[LaneInfo], source: Source, scenario: Scenario | None, sources: dict[str, str] | None = None
) -> Begun:
    """A session in which nothing has happened yet; `sources` are texts of programs."""
    epoch_ns = time.monotonic_ns()
    beats = [beat.label for beat in scenario.beats] if scenario else []
    return Begun(Trace(header_of(source, lanes, sources=sources, beats=beats)), epoch_ns)


class Lab:
    """Everything that a session consists of, and its end."""

    def __init__(
        self,
        programs: Sequence[Program],
        source: Source,
        scenario: Scenario | None = None,
        *,
        queue_name: str = "message_queues",
        watch: Sequence[str] = (),
        mode: Mode = Mode.HELD,
        payload: int = 0,
        port: int | None = None,
        begun: Begun | None = None,
    ) -> None:
        """`payload`: how many bytes of what each call moves are recorded; `port`: where clients go, where a program
        listens on several; `watch`: names of the program's own mappings whose sizes are shown; `begun`: a trace to go
        on with, in place of a new one."""
        _expect_memory()
        source = msgspec.structs.replace(source, payload=payload or None)
        mine = begun is None
        begun = begun or begin([program.info for program in programs], source, scenario, _specimen_sources(programs))
        self.trace, epoch_ns = begun
        self.lanes: list[Lane] = []
        self._clients = Clients(epoch_ns, payload)
        self.own = any(program.own for program in programs)
        """A person's programs run in it."""
        self._handed: tuple[int, ...] = ()
        self._watchers: list[Callable[[bytes], None]] = []
        with ExitStack() as made:  # a start that fails leaves nothing of it
            if mine:
                made.callback(self.trace.close)
            self.output = Output()
            made.callback(self.output.close)
            self._directory = RunDirectory()
            made.callback(self._directory.close)
            self._bell = Bell(self._directory.owner)
            made.callback(self._bell.close)
            self._handed = handed() if scenario is not None and scenario.inherits else ()
            made.callback(self._let_handed_go)
            for program in programs:
                link = Link.create(
                    program.info.lane,
                    self._directory.path,
                    self._bell,
                    mode=mode,
                    queue_name=queue_name,
                    watch=watch,
                    payload=payload,
                    epoch_ns=epoch_ns,
                )
                made.callback(link.close)
                self.lanes.append(Lane(program.info, link, program.argv, own=program.own, port=port))
                if self._handed:
                    self.lanes[-1].reach.inherit(port_of(self._handed[0]))
            made.pop_all()
        self.conductor = Conductor(
            self.lanes, self._bell, self._clients, self.trace, scenario, epoch_ns=epoch_ns, on_line=self._line,
            first_step=self.trace.now.step or 0,
        )  # fmt: skip

    @property
    def cut(self) -> str | None:
        """Why not all that happens is in the trace any more, in one line; None where it is."""
        if self.trace.full is not None:
            return f"not recorded from here on: {self.trace.full}"
        return next((lane.link.broken for lane in self.lanes if lane.link.broken is not None), None)

    def watch(self, watcher: Callable[[bytes], None]) -> None:
        """Call `watcher` with every line that the trace takes from now on."""
        self._watchers.append(watcher)

    def _line(self, line: bytes) -> None:
        for watcher in self._watchers:
            watcher(line)

    def start(self, *, inherit: bool = False) -> None:
        """Start the programs and wait until each stands before its first call; `inherit`: with our own standard
        streams, and in our process group. The calling thread must live as long
        as they: their kernel ends them when it ends (PR_SET_PDEATHSIG, prctl(2))."""
        for lane in self.lanes:
            if inherit:
                lane.start_inheriting()
            else:
                self.output.add(lane.name, lane.start(self._handed))
        self._let_handed_go()
        self.output.start()
        self.conductor.start()
        self.forget_names()

    def _let_handed_go(self) -> None:
        """The lanes have what they inherit: it must end with them."""
        for handle in self._handed:
            os.close(handle)
        self._handed = ()

    def forget_names(self) -> bool:
        """Take what others could find in shared memory out of it, once every lane has opened it; then nothing stays
        behind even where we are killed. True where that is done."""
        if any(lane.alive and lane.link.where is Where.NEW for lane in self.lanes):
            return False
        for lane in self.lanes:
            lane.link.forget_names()
        self._bell.close()
        self._directory.close()
        return True

    def close(self) -> None:
        """End every process and give everything back. Safe to call in any state, and twice."""
        for lane in self.lanes:
            lane.kill()
        self._let_handed_go()
        self._clients.close()
        self.output.close()  # before the pipes that it reads
        for lane in self.lanes:
            lane.close()
        self._bell.close()
        self._directory.close()


def lab_programs(scenario: Scenario, lanes: Sequence[str] = (), *, fix: Fix | None = None) -> list[Program]:
    """What the lanes of a scenario run: those that are named, or all; with a fix where one is on."""
    programs = []
    for specimen in scenario.lanes:
        if lanes and specimen.name not in lanes:
            continue
        options = [*specimen.options, *scenario.server_options]
        if fix is not None:
            options = [*_without(options, fix.without), *fix.options]
        path = SERVERS / specimen.program  # an absolute one stays as it is
        info = LaneInfo(specimen.name, specimen.title, [path.name, *options], specimen.mechanism)
        programs.append(Program(info, [str(path), *options]))
    return programs


def _expect_memory() -> None:
    """Raises MemoryError where there is too little for a lab."""
    try:
        mmap.mmap(-1, _LEAST_BYTES).close()
    except OSError:
        raise MemoryError from None


def _without(options: list[str], lost: Sequence[str]) -> list[str]:
    """The options but those that are named, with the values behind them."""
    kept, losing = [], False
    for option in options:
        losing = option in lost or (losing and not option.startswith("-"))
        if not losing:
            kept.append(option)
    return kept


def lab_source(scenario: Scenario, fix: Fix | None = None) -> Source:
    """The header's `source` of a lab session."""
    after = next_fix(scenario, fix)
    return Source(
        kind="lab",
        scenario=scenario.name,
        title=scenario.title,
        fix=fix.name if fix is not None else None,
        offers=f"{after.name}: {after.words}" if after is not None else f"{fix.name} off" if fix is not None else None,
        follow=scenario.follow,
        side=scenario.side,
        shared=bool(scenario.inherits),
        panel=scenario.panel if scenario.panel != "wire" else None,
    )


def _specimen_sources(programs: Sequence[Program]) -> dict[str, str]:
    paths = {Path(program.argv[0]) for program in programs if Path(program.argv[0]).parent == SERVERS}
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(paths)}
