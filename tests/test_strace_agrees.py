"""The first oracle: what we recorded of a lane is what strace saw it do. None missing, none invented."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.events import Event, split
from muxviz.recording import load
from muxviz.scenarios import CATALOGUE
from tests.strace_log import NAMES, TRACED, Call, calls
from tests.waiting import LIMIT_SECONDS

pytestmark = pytest.mark.needs("strace", "x86_64")

SAME = {"recvfrom": "recv", "sendto": "send"}
"""recv(2) and send(2) are these system calls on x86_64: one name for both."""
COMPARED = {*NAMES.values(), *SAME}
FEWER = """
from msgspec.structs import replace
from muxviz.scenarios import CATALOGUE
CROWD = CATALOGUE["crowd"]
SCENARIO = replace(CROWD, beats=CROWD.beats[:[beat.label for beat in CROWD.beats].index("crowd grows to 3000")])
"""
"""Ten thousand connections under strace take a quarter of a minute for each lane; a thousand are made in the same way,
of which each select and poll tells as well."""


def recorded(event: Event) -> Call:
    """An event in the oracle's words."""
    ready = tuple((fd, frozenset(split(flags))) for fd, flags in event.ready or ())
    detail: tuple[str, ...] = ()
    if event.call == "epoll_ctl":
        events = "" if event.args["op"] == "DEL" else "|".join(sorted(split(event.args["events"])))
        detail = (event.args["op"], str(event.args["fd"]), events)
    elif event.call in ("select", "poll"):
        detail = tuple(f"{fd}:{'|'.join(sorted(split(flags)))}" for fd, flags in event.args["interest"])
    if event.call == "getsockopt":
        value = event.args["value"]
        detail = (event.args["option"], errno.errorcode.get(value, str(value)))
    if event.call == "select":
        ready, detail = tuple(sorted(ready)), tuple(sorted(detail, key=lambda word: int(word.partition(":")[0])))
    ret = None if event.phase == "enter" else event.ret
    return Call(SAME.get(event.call or "", event.call or ""), event.fd, ret, event.error, ready, detail)


@pytest.mark.parametrize(
    ("name", "drain"),
    [*((name, False) for name in CATALOGUE), ("partial-read", True), ("reset", True)],
    ids=lambda value: value if isinstance(value, str) else "drain" if value else "plain",
)
def test_strace_agrees(name: str, drain: bool, tmp_path: Path) -> None:
    file, log, what = tmp_path / "x.muxviz", tmp_path / "log", name
    if name == "crowd":
        what = str(tmp_path / "fewer.py")
        Path(what).write_text(FEWER)
    command = [
        sys.executable,
        "-m",
        "muxviz",
        "lab",
        what,
        "--headless",
        "-o",
        str(file),
        *(["--drain"] * drain),
    ]
    # The filter lets calls that are not traced run as fast as they would alone: strace(1), --seccomp-bpf.
    strace = [
        "strace",
        "-ff",
        "--seccomp-bpf",
        "-qq",
        "-v",
        "-s",
        "0",
        "-e",
        "signal=none",
        "-e",
        f"trace={TRACED}",
        "-o",
        str(log),
    ]
    subprocess.run([*strace, *command], check=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)
    trace = load(file)
    compared = 0
    for lane in trace.lanes:
        events = [e for e in map(trace.__getitem__, range(len(trace))) if e.lane == lane and e.role == "server"]
        # A wait that began and then returned is one call; only the one that never returned stays an enter.
        ours = [recorded(e) for i, e in enumerate(events) if _compared(e) and not _returned(events, i)]
        theirs = calls(log.with_name(f"log.{events[0].pid}"), (3, 4) if CATALOGUE[name].inherits else ())
        assert ours == theirs
        compared += len(ours)
    trace.close()
    assert compared > (4_000 if name == "crowd" else 20)


def _compared(event: Event) -> bool:
    return event.call in COMPARED and (event.call != "getsockopt" or event.args["option"] == "SO_ERROR")


def _returned(events: list[Event], i: int) -> bool:
    return events[i].phase == "enter" and i + 1 < len(events)
