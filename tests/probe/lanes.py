"""Runs a program as a lane and plays muxviz's part to its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from muxviz.events import Event, decode_event, encode
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, Where
from tests.waiting import LIMIT_SECONDS, within

PROGRAMS: Final = Path(__file__).parent / "programs"


class Done(NamedTuple):
    """A program that ended."""

    status: int
    out: str
    err: str
    events: list[Event]


class Lane:
    """A program under the probe, with what a session gives it; ended and put away on leaving the `with`."""

    def __init__(self, program: Sequence[str], mode: Mode, *, ring_bytes: int = 1 << 20):
        self._directory = Path(tempfile.mkdtemp(prefix="muxviz-", dir="/dev/shm"))
        self.bell = Bell()
        self.link = Link.create(
            "lane", self._directory, self.bell, mode=mode, ring_bytes=ring_bytes, epoch_ns=time.monotonic_ns()
        )
        self._out, self._err = (tempfile.TemporaryFile("w+") for _ in range(2))  # noqa: SIM115 - closed in __exit__
        self.process = subprocess.Popen(
            self.link.argv(list(program)),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )
        self.events: list[Event] = []

    def __enter__(self) -> Lane:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it and its children ended by themselves
        self.process.wait()
        self._out.close()
        self._err.close()
        self.link.close()
        self.bell.close()
        shutil.rmtree(self._directory)

    def stand(self) -> bool:
        """Wait until the lane stands at the gate or in a call, or has ended (then False)."""
        for _ in within("the lane comes to stand"):
            if self.process.poll() is not None:
                return False
            if self.link.where in (Where.GATE, Where.CALL):
                break
            self.bell.wait(0.01)
        return True

    def step(self) -> None:
        """Let the lane that stands make its call, and collect what it did."""
        serial = self.link.serial
        self.link.grant()
        while self.link.serial == serial and self.process.poll() is None:
            self.bell.wait(0.01)
        self.collect()

    def collect(self) -> None:
        """Take what is in the ring."""
        self.events += self.link.drain(1 << 20)

    def play(self) -> Done:
        """Grant every token and drain the ring until the program has ended."""
        for _ in within(lambda: f"the program ends: {self.link.where}, {self.events[-3:]}"):
            if self.process.poll() is not None:
                break
            if self.link.mode is Mode.HELD and self.link.where is Where.GATE:
                self.step()
            elif self.link.mode is Mode.HELD:
                self.bell.wait(0.005)
            elif new := self.link.drain():
                self.events += new
            else:
                time.sleep(0.002)
        self.collect()
        return self.done()

    def done(self) -> Done:
        """What it printed and did."""
        self._out.seek(0)
        self._err.seek(0)
        return Done(self.process.wait(), self._out.read(), self._err.read(), self.events)


def observed(program: Sequence[str], mode: Mode) -> Done:
    """Run a program to its end under the probe. Whatever it is, its events can be read again."""
    with Lane(program, mode) as lane:
        done = lane.play()
    for event in done.events:
        assert_read_again(event)
    return done


def assert_read_again(event: Event) -> None:
    """An event is within the bounds that hold where it is read."""
    line = encode(event)
    assert encode(decode_event(line)) == line


def alone(program: Sequence[str]) -> Done:
    """Run a program to its end without the probe."""
    done = subprocess.run(
        [sys.executable, *program],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT_SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr, [])
