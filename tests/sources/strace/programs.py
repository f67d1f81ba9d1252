"""The programs that are traced: how each is started, what its clients do, and what is to be found in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from muxviz.findings import Confidence, RuleName
from tests.sources.strace import clients
from tests.sources.strace.clients import Drive

HERE: Final = Path(__file__).parent
SAVED: Final = HERE / "saved"


@dataclass(frozen=True)
class Found:
    """A finding that has to be there."""

    rule: RuleName
    fd: int
    sure: tuple[Confidence, ...]
    """How sure it may be at the end of the trace: calls alone can't tell whether a queue was empty."""


@dataclass(frozen=True)
class Program:
    """A program under strace."""

    name: str
    command: Callable[[Path, int], list[str]]
    """Its words, given a directory of its own and a port; writes what it needs into the directory."""
    drive: Drive
    found: tuple[Found, ...] = ()
    """Everything that is to be found in it, beside what `hedged` names."""
    hedged: frozenset[RuleName] = field(default_factory=frozenset)
    """Rules that may say `possible` or `information` of it."""
    needs: tuple[str, ...] = ()
    """Programs beside strace and Python (tests/packages.py)."""


def python(directory: Path) -> str:
    """An interpreter: ours; for saved traces one whose path says nothing about a machine."""
    return os.environ.get("MUXVIZ_TRACED_PYTHON", sys.executable)


def _script(path: str) -> Callable[[Path, int], list[str]]:
    def command(directory: Path, port: int) -> list[str]:
        script = directory / Path(path).name
        shutil.copy(HERE / path, script)
        return [python(directory), "-I", "-S", str(script), str(port)]

    return command


def _redis(directory: Path, port: int) -> list[str]:
    return ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(directory), "--save", "",
            "--appendonly", "no", "--logfile", str(directory / "log")]  # fmt: skip


def _memcached(directory: Path, port: int) -> list[str]:
    user = ["-u", "root"] if os.geteuid() == 0 else []
    return ["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", "2", *user]


def _nginx(directory: Path, port: int) -> list[str]:
    www = directory / "www"
    www.mkdir()
    (www / "index.html").write_text("hello\n")
    with (www / "large").open("wb") as large:
        large.truncate(clients.LARGE)
    conf = directory / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text((HERE / "sound" / "nginx.conf").read_text().format(directory=directory, port=port, user=user))
    return ["nginx", "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(conf)]


def _node(directory: Path, port: int) -> list[str]:
    script = directory / "http.js"
    shutil.copy(HERE / "sound" / "http.js", script)
    return ["node", str(script), str(port)]


def _planted(name: str, drive: Drive, *found: Found) -> Program:
    return Program(name, _script(f"planted/{name}.py"), drive, found)


def _sound(name: str, drive: Drive = clients.talk, *hedged: RuleName) -> Program:
    return Program(name, _script(f"sound/{name}.py"), drive, hedged=frozenset(hedged))


OPEN: Final[tuple[Confidence, ...]] = ("possible", "likely")
SURE: Final[tuple[Confidence, ...]] = ("certain",)

PLANTED: Final = (
    _planted("reads_once", clients.more_than_one_read, Found("stranded-data", 5, ("likely",))),
    _planted("accepts_once", clients.two_at_once, Found("stranded-connection", 3, ("likely",))),
    _planted("ignores_the_edge", clients.unheard, Found("ignored-edge", 5, OPEN)),
    _planted("leaves_the_end", clients.end_with_the_data, Found("unread-eof", 5, OPEN)),
    _planted("never_rearmed", clients.second_message, Found("disarmed", 5, OPEN)),
    _planted("ignores_a_level", clients.without_a_pause, Found("level-ignored", 5, SURE)),
    _planted("leaves_out_on", clients.one_is_answered, Found("writable-spin", 5, SURE)),
    _planted("keeps_the_end", clients.says_no_more, Found("end-spin", 5, SURE)),
    _planted("ignores_a_hangup", clients.gone_with_a_reset, Found("hangup-spin", 5, SURE)),
    _planted("runs_out_of_fds", clients.a_crowd, Found("accept-exhausted", 3, SURE)),
    _planted("leaks_a_dup", clients.a_short_life, Found("ghost-fd", 7, SURE)),
    _planted("blocks", clients.half_a_line, Found("blocking-io", 5, SURE)),
)
SOUND: Final = (
    _sound("drains"),
    _sound("asyncio_echo"),
    _sound("threads"),
    _sound("pool"),
    _sound("prefork"),
    _sound("remembers", clients.read_later, "ignored-edge", "stranded-data"),
    _sound("datagrams", clients.datagrams),
    Program("redis", _redis, clients.benchmark, needs=("redis-server", "redis-benchmark")),
    Program("memcached", _memcached, clients.cached, needs=("memcached",)),
    Program("node", _node, clients.requests, needs=("node", "curl")),
    Program("nginx", _nginx, clients.requests, needs=("nginx", "curl")),
    Program("nginx_slow", _nginx, clients.slowly("/large"), hedged=frozenset({"ignored-edge"}), needs=("nginx",)),
    Program("nginx_between", _nginx, clients.slowly("/through/large"),
            hedged=frozenset({"ignored-edge", "stranded-data"}), needs=("nginx",)),
)  # fmt: skip
PROGRAMS: Final = {one.name: one for one in (*PLANTED, *SOUND)}
TRACED: Final = [pytest.param(one.name, marks=pytest.mark.needs("strace", *one.needs)) for one in PROGRAMS.values()]
"""Their names, for tests that run them under strace."""
