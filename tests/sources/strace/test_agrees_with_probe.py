"""The same Python server under `muxviz run` and under strace: the same calls, ready lists and findings.

One script of client actions is played to both. After each the clients look into /proc until the server sleeps in its
wait again, so that neither run depends on who was faster. Compared is what the server does on its own sockets, epolls
and copies of these, from its first socket on: strace sees files and terminals too, which the probe leaves alone.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from muxviz import servers
from muxviz.calls import WAITS
from muxviz.events import FORMAT, Event, Header, Source, split
from muxviz.recording import load
from muxviz.sources.strace import Translator
from muxviz.trace import Trace
from tests.conftest import MUXVIZ
from tests.processes import descendants
from tests.strace_log import calls as oracle
from tests.waiting import LIMIT_SECONDS, until

SERVERS: Final = Path(servers.__file__).parent
STRACE: Final = ["strace", "-f", "-ttt", "-T", "-y", "-s", "0", "-v", "-q", "--seccomp-bpf"]
CALLS: Final = (
    "?select,?pselect6,?poll,?ppoll,?epoll_create,?epoll_create1,?epoll_ctl,?epoll_wait,?epoll_pwait,?accept,?accept4,"
    "socket,socketpair,listen,bind,connect,shutdown,read,recvfrom,recvmsg,write,sendto,sendmsg,close,?dup2,dup,fcntl,"
    "?pipe,pipe2,setsockopt,getsockopt,clone,?clone3,execve"
)
PROGRAMS: Final = {
    "select": ["select_echo.py"],
    "poll": ["poll_echo.py"],
    "level": ["epoll_echo.py"],
    "edge": ["epoll_echo.py", "--edge", "--drain"],
    "edge-broken": ["epoll_echo.py", "--edge", "--recv-size", "4"],
    "oneshot": ["epoll_echo.py", "--oneshot"],
    "asyncio": ["asyncio_echo.py"],
}
FINDS: Final = {"edge-broken": {"stranded-data"}, "oneshot": {"disarmed"}}
_MAKERS: Final = frozenset({"socket", "accept", "epoll_create", "dup"})
_COMPARED: Final = _MAKERS | WAITS | {
    "socketpair", "bind", "listen", "epoll_ctl", "recv", "send", "shutdown", "close", "setsockopt", "getsockopt"
}  # fmt: skip
_WAIT_NUMBERS: Final = {"7", "23", "232", "270", "271", "281", "441"}
"""poll, select, epoll_wait, pselect6, ppoll, epoll_pwait, epoll_pwait2 on x86_64."""
PARKED: Final = {"edge-broken": 0.06, "oneshot": 1.2}
"""Seconds that it has to leave something lying, by the clock, before that is a finding."""


pytestmark = pytest.mark.needs("strace", "x86_64")

# --- the clients ---------------------------------------------------------------------------------------------------


class Clients:
    """One script of actions; after each the server sleeps again."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port
        self.settle()

    def settle(self) -> None:
        until(self._asleep, "the server sleeps", 0.002)

    def _asleep(self) -> bool:
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return stat == "S" and Path(f"/proc/{self.pid}/syscall").read_text().split()[0] in _WAIT_NUMBERS

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_SECONDS)
        made.setblocking(False)
        self.settle()
        return made

    def send(self, client: socket.socket, data: bytes) -> None:
        client.sendall(data)
        self.settle()
        with suppress(BlockingIOError):
            client.recv(4096)  # a close on unread bytes would be a reset: tcp(7)

    def play(self, parked: float) -> None:
        a = self.connect()
        self.send(a, b"hello")
        b = self.connect()
        self.send(b, b"0123456789")
        time.sleep(parked)  # what the server has left lying by now it has left lying
        self.send(a, b"12")
        self.send(b, b"34")
        b.shutdown(socket.SHUT_WR)
        self.settle()
        a.close()
        self.settle()
        b.close()
        self.settle()


@contextmanager
def running(command: list[str], script: str) -> Iterator[tuple[int, int]]:
    """The server's process and port, from its first line; it is ended by SIGTERM."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as above:
        try:
            assert above.stdout is not None
            port = int(above.stdout.readline().split()[-1])
            pid = next(pid for pid in descendants(above.pid) if _runs(pid, script))
            yield pid, port
            os.kill(pid, signal.SIGTERM)
            above.wait(LIMIT_SECONDS)
        finally:
            for pid in descendants(above.pid) if above.poll() is None else ():
                os.kill(pid, signal.SIGKILL)
            above.kill()


def _runs(pid: int, script: str) -> bool:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return any(word.endswith(script.encode()) for word in words) and b"strace" not in words[0]


# --- what they saw -------------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """A call as both tell it."""

    call: str
    fd: int | None
    ret: int | None
    error: str | None
    ready: tuple[tuple[int, frozenset[str]], ...]
    detail: Any


def seen(trace: Trace) -> list[Seen]:
    """The server's calls, from its first socket or epoll on; that which `selectors` makes to see whether it can, and
    closes at once, is the standard library's."""
    own: set[int] = set()
    found: list[Seen] = []
    events = [trace[n] for n in range(len(trace)) if trace[n].call in _COMPARED]
    tried = {a.n for a, b in pairwise(events) if a.call == "epoll_create" and (b.call, b.fd) == ("close", a.ret)}
    for event in events:
        if event.phase is not None or event.error == "EINTR" or event.n in tried:
            continue
        begun = bool(own) or event.call in ("socket", "socketpair", "epoll_create")
        made = event.args.get("fds") or ([event.ret] if event.call in _MAKERS else [])
        made = [fd for fd in made if fd is not None and fd >= 0]
        if not begun or (event.fd is not None and event.fd not in own):
            continue
        own.update(made)
        if event.call == "close" and event.fd is not None:
            own.discard(event.fd)
        found.append(_seen(event))
    return found


def _seen(event: Event) -> Seen:
    ready = [(fd, frozenset(split(flags))) for fd, flags in event.ready or ()]
    if event.call == "select":
        ready.sort(key=lambda pair: pair[0])  # of three sets nobody knows an order
    names = {
        "epoll_ctl": ("op", "fd", "events"), "epoll_wait": ("timeout", "maxevents"), "select": ("timeout", "interest"),
        "poll": ("timeout", "interest"), "recv": ("size",), "send": ("size",), "socket": ("family", "type"),
        "socketpair": ("family", "type", "fds"), "listen": ("backlog",), "shutdown": ("how",),
        "setsockopt": ("level", "option", "value"), "getsockopt": ("level", "option", "value"),
    }.get(event.call or "", ())  # fmt: skip
    detail = {name: event.args.get(name) for name in names}
    if "interest" in detail:
        detail["interest"] = sorted((fd, sorted(split(flags))) for fd, flags in detail["interest"])
    if "events" in detail:
        detail["events"] = sorted(split(detail["events"] or ""))
    return Seen(event.call or "", event.fd, event.ret, event.error, tuple(ready), detail)


def findings(trace: Trace) -> list[tuple[str, int]]:
    """What was found, by rule and fd, but for what only a look decides and calls leave open: whether a connection waits
    behind the one that an edge-triggered listener has accepted."""
    found = trace.findings.until(len(trace))
    return sorted((one.rule, one.fd) for one in found if one.rule != "stranded-connection")


def under_run(script: list[str], parked: float, directory: Path) -> Trace:
    file = directory / "run.muxviz"
    with running([*MUXVIZ, "run", "--headless", "-o", str(file), *script], script[0]) as (pid, port):
        Clients(pid, port).play(parked)
    return load(file)


def under_strace(script: list[str], parked: float, directory: Path) -> tuple[Trace, bytes]:
    log = directory / "log"
    command = [*STRACE, "-e", f"trace={CALLS}", "-o", str(log), sys.executable, *script]
    with running(command, script[0]) as (pid, port):
        Clients(pid, port).play(parked)
    data = log.read_bytes()
    translator = Translator()
    trace = Trace(Header(muxviz=FORMAT, kernel="", machine="", python="", source=Source(kind="trace"), lanes=[]))
    for event in [*translator.lines(data), *translator.end()]:
        trace.append(event)
    assert translator.counted.words() is None
    return trace, data


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_probe_and_strace_tell_the_same(name: str, tmp_path: Path) -> None:
    file, *options = PROGRAMS[name]
    script = [str(SERVERS / file), *options]
    parked = PARKED.get(name, 0.0)
    probed = under_run(script, parked, tmp_path)
    traced, log = under_strace(script, parked, tmp_path)
    ours, theirs = seen(probed), seen(traced)
    assert ours == theirs
    assert len(ours) >= 18
    assert findings(probed) == findings(traced)
    assert {rule for rule, _ in findings(traced)} == FINDS.get(name, set())
    _oracle_agrees(traced, log, tmp_path)
    probed.close()
    traced.close()


def _oracle_agrees(trace: Trace, log: bytes, directory: Path) -> None:
    """The translator against the parser of `tests.strace_log`, which shares no line with it."""
    text = log.decode()
    for what, instead in (
        (r"(?m)^\d+ +\d+\.\d+ ", ""),
        (r"(?m) <\d+\.\d+>$", ""),
        (r"(\d)<(?:sock|pipe|anon)[^>]*>", r"\1"),
    ):
        text = re.sub(what, instead, text)
    plain = directory / "plain"
    plain.write_text(text)
    wanted = [
        (one.call, one.fd, one.ret, one.error, one.ready)
        for one in oracle(plain)
        if one.ret is not None and one.error != "EINTR"
    ]
    found = [
        (one.call, one.fd, one.ret, one.error, one.ready)
        for one in seen(trace)
        if one.call not in ("setsockopt", "socketpair")
        and (one.call != "getsockopt" or one.detail["option"] == "SO_ERROR")
    ]
    assert found == wanted
