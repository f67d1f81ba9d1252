"""Puts a lab together: the lanes of a scenario, their clients, and the conductor over them."""

from __future__ import annotations

import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from muxviz import __version__, servers
from muxviz.events import FORMAT, Header, LaneInfo
from muxviz.lab.clients import Clients
from muxviz.lab.conductor import Conductor
from muxviz.lab.lane import Lane
from muxviz.lab.output import Output
from muxviz.probe.link import Bell, Link, Mode, Where
from muxviz.scenarios import Scenario
from muxviz.trace import Trace


class Specimen(NamedTuple):
    """One of the lab's servers."""

    title: str
    program: str
    options: tuple[str, ...] = ()


SPECIMENS: Final[dict[str, Specimen]] = {
    "select": Specimen("select", "select_echo.py"),
    "poll": Specimen("poll", "poll_echo.py"),
    "level": Specimen("epoll level", "epoll_echo.py"),
    "edge": Specimen("epoll edge", "epoll_echo.py", ("--edge",)),
}
"""The lanes by mechanism, in the order of the screen."""

SERVERS: Final = Path(servers.__file__).parent


class Program(NamedTuple):
    """What one lane runs."""

    info: LaneInfo
    argv: list[str]
    """A script with its arguments, or `-m`, a module and its arguments."""


class Lab:
    """Everything that a session consists of, and its end."""

    def __init__(
        self,
        programs: Sequence[Program],
        source: dict[str, Any],
        scenario: Scenario | None = None,
        *,
        queue_name: str = "message_queues",
        mode: Mode = Mode.HELD,
        payload: int = 0,
    ) -> None:
        """`payload`: how many bytes of what each call moves are recorded."""
        epoch_ns = time.monotonic_ns()
        source = source | ({"payload": payload} if payload else {})
        header = Header(
            muxviz=FORMAT,
            kernel=platform.release(),
            machine=platform.machine(),
            python=platform.python_version(),
            source=source,
            lanes=[program.info for program in programs],
            began=datetime.now(UTC).isoformat(timespec="milliseconds"),
            sources=_specimen_sources(programs),
            beats=[beat.label for beat in scenario.beats] if scenario else [],
            version=__version__,
        )
        self.trace = Trace(header)
        self.lanes: list[Lane] = []
        self.output = Output()
        self._directory = Path(tempfile.mkdtemp(prefix="muxviz-", dir=_shared_memory()))
        self._bell = Bell()
        self._clients = Clients(epoch_ns, payload)
        self._watchers: list[Callable[[bytes], None]] = []
        for program in programs:
            link = Link.create(
                program.info.lane,
                self._directory,
                self._bell,
                mode=mode,
                queue_name=queue_name,
                payload=payload,
                epoch_ns=epoch_ns,
            )
            self.lanes.append(Lane(program.info, link, program.argv))
        self.conductor = Conductor(
            self.lanes, self._bell, self._clients, self.trace, scenario, epoch_ns=epoch_ns, on_line=self._line
        )

    def watch(self, watcher: Callable[[bytes], None]) -> None:
        """Call `watcher` with every line that the trace takes from now on."""
        self._watchers.append(watcher)

    def _line(self, line: bytes) -> None:
        for watcher in self._watchers:
            watcher(line)

    def start(self) -> None:
        """Start the programs and wait until each stands before its first call. The calling thread must live as long
        as they: their kernel ends them when it ends (PR_SET_PDEATHSIG, prctl(2))."""
        for lane in self.lanes:
            self.output.add(lane.name, lane.start())
        self.output.start()
        self.conductor.start()
        self.forget_names()

    def forget_names(self) -> bool:
        """Take what others could find in shared memory out of it, once every lane has opened it; then nothing stays
        behind even where we are killed. True where that is done."""
        if any(lane.alive and lane.link.where is Where.NEW for lane in self.lanes):
            return False
        for lane in self.lanes:
            lane.link.forget_names()
        self._bell.close()
        shutil.rmtree(self._directory, ignore_errors=True)
        return True

    def close(self) -> None:
        """End every process and give everything back. Safe to call in any state, and twice."""
        for lane in self.lanes:
            lane.kill()
        self._clients.close()
        self.output.close()  # before the pipes that it reads
        for lane in self.lanes:
            lane.close()
        self._bell.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def lab_programs(scenario: Scenario, mechanisms: Sequence[str], *, drain: bool = False) -> list[Program]:
    """The specimens of a scenario, one for each mechanism."""
    programs = []
    for mechanism in mechanisms:
        specimen = SPECIMENS[mechanism]
        options = [*specimen.options, *scenario.server_options, *(["--drain"] if drain else [])]
        info = LaneInfo(mechanism, specimen.title, [specimen.program, *options], mechanism)
        programs.append(Program(info, [str(SERVERS / specimen.program), *options]))
    return programs


def lab_source(scenario: Scenario, *, drain: bool) -> dict[str, Any]:
    """The header's `source` of a lab session."""
    return {"kind": "lab", "scenario": scenario.name, "title": scenario.title} | ({"drain": True} if drain else {})


def _specimen_sources(programs: Sequence[Program]) -> dict[str, str]:
    names = {Path(program.argv[0]) for program in programs if Path(program.argv[0]).parent == SERVERS}
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(names)}


def _shared_memory() -> str | None:
    """The directory for rings: memory where there is one, else wherever temporary files go."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() else None
