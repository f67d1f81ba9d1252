"""Lanes that are no processes: each does what a script says, one call for each token, and sleeps where it says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.calls import WAITS
from muxviz.events import Event, Header, LaneInfo, Source
from muxviz.scenarios import Act, Scenario
from muxviz.sources.lab import lane as lane_module
from muxviz.sources.lab.addresses import Address
from muxviz.sources.lab.conductor import Conductor
from muxviz.sources.lab.lane import Lane
from muxviz.sources.ring.lane_reader import Mode, NextCall, Where
from muxviz.trace import Trace

LISTENS = {"call": "listen", "fd": 3, "ret": 0, "args": {"address": ["127.0.0.1", 4000]}}
SLEEPS = {"call": "epoll_wait", "fd": 4, "ret": 1, "args": {"timeout": -1}, "ready": [(3, "IN")]}
"""A wait that a client's act ends."""


def recv(size: int) -> dict[str, Any]:
    return {"call": "recv", "fd": 5, "ret": size, "args": {"size": 16}}


class ScriptedLink:
    """One lane's shared memory, as far as a conductor asks for it."""

    def __init__(self, name: str, script: Iterable[dict[str, Any]]) -> None:
        self.lane, self.broken, self.full_waits = name, None, 0
        self.script = deque(script)
        self.done: deque[Event] = deque()
        self.serial, self.where = 1, Where.GATE
        self.modes: list[Mode] = [Mode.HELD]
        self.drained: list[int] = []
        self.began = 0
        self.closed = 0

    @property
    def mode(self) -> Mode:
        return self.modes[-1]

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self.modes.append(mode)
        self._run()

    def announced(self) -> NextCall | None:
        if self.where is not Where.GATE or not self.script:
            return None
        call = self.script[0]
        is_wait = call["call"] in WAITS
        told = call.get("told", not self._sleeps(call)) if is_wait else None
        return NextCall(call["call"], call.get("fd"), call.get("args", {}), ("server.py", 7), is_wait, told, None)

    def entered(self) -> Event | None:
        if self.where is not Where.CALL:
            return None
        call = self.script[0]
        return self._event(call, t=self.began, phase="enter", ret=None, ready=None)

    def inside(self) -> list[Event]:
        return []

    def grant(self) -> None:
        assert self.where is Where.GATE
        self._move()

    def wake(self) -> None:
        """What it sleeps for has come."""
        if self.where is Where.CALL:
            self._finish()
            self._run()

    def pending_bytes(self) -> int:
        return len(self.done)

    def drain(self, limit: int = 10_000) -> list[Event]:
        self.drained.append(limit)
        return [self.done.popleft() for _ in range(min(limit, len(self.done)))]

    def forget_names(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    @staticmethod
    def _sleeps(call: dict[str, Any]) -> bool:
        return call.get("sleeps", call is SLEEPS)

    def _run(self) -> None:
        """What nobody holds runs until it sleeps."""
        while self.mode is not Mode.HELD and self.where is Where.GATE:
            self._move()

    def _move(self) -> None:
        if self.script and not self._sleeps(self.script[0]):
            self._finish()
            return
        self.where, self.began = Where.CALL if self.script else Where.RUNNING, self.began + 1
        self.serial += 1

    def _finish(self) -> None:
        self.done.append(self._event(self.script.popleft(), t=0))
        self.where = Where.GATE if self.script else Where.RUNNING
        self.serial += 1

    def _event(self, call: dict[str, Any], **fields: Any) -> Event:
        said = {name: value for name, value in call.items() if name not in ("sleeps", "told")}
        return Event(**{"n": -1, "lane": self.lane, "role": "server", "pid": 1} | said | fields)


class ScriptedClients:
    """Clients whose acts succeed, and wake the lanes that they reach."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = lanes
        self.started = 0
        self.done: list[tuple[str | None, Address, Act]] = []
        self.wakes = True

    def start(self) -> None:
        self.started += 1

    def do(self, lane: str | None, address: Address, act: Act) -> list[Event]:
        self.done.append((lane, address, act))
        for one in self.lanes if self.wakes else ():
            if lane in (None, one.name):
                one.link.wake()  # type: ignore[attr-defined]
        call = Event(n=-1, t=0, lane=lane, role="client", client=act.client, call=act.do, fd=9, ret=0)
        return [call] * act.count


class Scripted:
    """A conductor over such lanes."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        scenario: Scenario | None,
        own: bool = False,
        **scripts: Iterable[dict[str, Any]],
    ) -> None:
        self.asleep: Callable[[int, int | None], bool] = lambda pid, tid: True
        patch.setattr(lane_module.proc, "asleep", lambda pid, tid=None: self.asleep(pid, tid))
        patch.setattr(lane_module.proc, "has_threads", lambda pid: False)
        patch.setattr(lane_module.proc, "queued", lambda pid: 0.0)
        patch.setattr(lane_module.proc, "reads_input", lambda pid: False)
        patch.setattr("muxviz.sources.lab.outside.looks", self._looks)
        patch.setattr("muxviz.sources.lab.outside.acknowledged", lambda *_: self.asked.append("acknowledged"))
        self.asked: list[Any] = []
        """What was asked from outside."""
        self.lanes = [self._lane(name, script, own) for name, script in scripts.items()]
        infos = [lane.info for lane in self.lanes]
        self.trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind="lab"), infos))
        self.clients = ScriptedClients(self.lanes)
        self.lines: list[bytes] = []
        bell: Any = SimpleNamespace(wait=lambda seconds: True)
        clients: Any = self.clients
        self.conductor = Conductor(
            self.lanes, bell, clients, self.trace, scenario, epoch_ns=0, on_line=self.lines.append
        )

    @staticmethod
    def _lane(name: str, script: Iterable[dict[str, Any]], own: bool) -> Lane:
        link: Any = ScriptedLink(name, script)
        made = Lane(LaneInfo(name, f"the {name} one", ["server.py"]), link, ["server.py"], own=own)
        process: Any = SimpleNamespace(pid=1, returncode=None, stdin=None, stdout=None, waited=0, terminated=0)
        process.poll = lambda: process.returncode
        process.kill = lambda: end(made, -9) if process.returncode is None else None
        process.wait = lambda seconds=None: process.returncode
        made._process = process
        return made

    def _looks(self, lanes: Any, now: Any, bell: Any, clients: Any = ()) -> list[Event]:
        self.asked.append(sorted(clients))
        return []

    def link(self, name: str) -> Any:
        return next(lane.link for lane in self.lanes if lane.name == name)

    def told(self, after: int = 0) -> list[str]:
        """The events from one on: step, lane, what."""
        return [said(self.trace[n]) for n in range(after, len(self.trace))]

    def close(self) -> None:
        self.trace.close()


def end(lane: Lane, code: int) -> None:
    """It has ended, by itself or not."""
    process: Any = lane._process
    process.returncode = code


def said(event: Event) -> str:
    what = (
        event.call or event.action or event.note or (event.exit and (event.exit.signal or f"exit {event.exit.status}"))
    )
    extra = f" {event.phase}" if event.phase else " still" if event.args.get("still") else ""
    by = f" {event.client}" if event.client else ""
    return f"{event.step} {event.lane}: {what}{by}{extra}"
