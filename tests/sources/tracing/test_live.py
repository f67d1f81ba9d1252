"""Real programs under a live strace: what is seen of them, and what they see of us."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from muxviz.events import Event, Queues
from muxviz.sources.strace.attached import known_fds
from muxviz.sources.strace.launch import Plan
from muxviz.sources.strace.session import TraceSession
from muxviz.trace import Trace
from tests.sources.tracing.programs import PYTHON, SERVER, connected, echoed, free_port, load, tracer_of
from tests.waiting import LIMIT_SECONDS, until

pytestmark = pytest.mark.needs("strace")

MUXVIZ = [sys.executable, "-m", "muxviz"]


@contextmanager
def traced(plan: Plan, **options: object) -> Iterator[TraceSession]:
    """A session that runs."""
    session = TraceSession(plan, **options)  # type: ignore[arg-type]
    session.start()
    try:
        until(lambda: session.status.phase in ("running", "failed"), "strace starts")
        assert session.status.phase == "running", session.status.trouble
        yield session
    finally:
        session.close()
        session.trace.close()


def server(port: int, *options: str) -> tuple[str, ...]:
    return (*PYTHON, str(SERVER), "--port", str(port), *options)


def asleep(session: TraceSession) -> bool:
    lanes = list(session.status.lanes.values())
    return bool(lanes) and all(lane.place in ("asleep", "ended") for lane in lanes) and not session.pending


def events(trace: Trace) -> list[Event]:
    return [trace[n] for n in range(len(trace))]


def test_a_launched_server_is_seen_to_sleep_and_its_queues_from_outside() -> None:
    port = free_port()
    with traced(Plan(server(port, "--edge", "--recv-size", "4"))) as session, connected(port) as client:
        last = lambda: [one for one in events(session.trace) if one.call is not None][-1]  # noqa: E731
        until(lambda: asleep(session) and (last().call, last().phase) == ("epoll_wait", "enter"), "it sleeps")
        client.sendall(b"twelve bytes")
        assert client.recv(100) == b"twel"
        seen = lambda: [fd for fd in _lane(session).fds.values() if fd.queues.recv == 8]  # noqa: E731
        until(seen, "8 bytes are seen to lie unread")
        look = [one for one in events(session.trace) if one.look == "outside"][-1]
        assert look.role == "observer" and look.call is None
        until(lambda: any(one.rule == "stranded-data" for one in session.trace.findings.until(1 << 30)), "a finding")


def _lane(session: TraceSession):  # type: ignore[no-untyped-def]
    trace = session.trace
    return next(iter(trace.state(len(trace) - 1).lanes.values()))


def test_a_look_tells_only_what_has_changed() -> None:
    port = free_port()
    with traced(Plan(server(port))) as session, connected(port) as client:
        echoed(client)
        until(lambda: asleep(session), "it sleeps")
        until(
            lambda: len(_lane(session).fds) >= 3 and _lane(session).fds[5].queues.recv == 0,
            "the connection is looked at",
        )
        count = len(session.trace)
        echoed(client)
        until(lambda: len(session.trace) > count + 3 and asleep(session), "it sleeps again")
        later = events(session.trace)[count:]
        assert any(one.call == "recv" for one in later)
        known: dict[str, Queues] = {}
        for one in events(session.trace):
            for fd, queues in one.queues.items():
                assert known.get(fd) != queues, (fd, queues)
                known[fd] = queues


def test_a_paused_program_stands_and_no_call_of_it_is_interrupted() -> None:
    port = free_port()
    with traced(Plan(server(port))) as session, connected(port) as client:
        echoed(client)
        session.hold()
        until(lambda: session.status.phase == "held", "it stands")
        client.sendall(b"later")
        until(lambda: any(fd.queues.recv == 5 for fd in _lane(session).fds.values()), "what waits is seen")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(100)
        count = len(session.trace)
        session.run()
        client.settimeout(LIMIT_SECONDS)
        assert client.recv(100) == b"later"
        until(lambda: asleep(session) and len(session.trace) > count, "it goes on")
        assert not [one for one in events(session.trace) if one.error == "EINTR"]


def test_attaching_begins_with_what_is_open_and_leaves_the_program_running() -> None:
    port = free_port()
    process = subprocess.Popen(server(port), stdout=subprocess.DEVNULL)
    try:
        with connected(port) as before:
            echoed(before)
            known = known_fds(process.pid)
            of = {one.kind: fd for fd, one in known.items()}
            watches = {(fd, interest) for fd, interest, _ in known[of["epoll"]].watches}
            assert watches == {(of["listener"], "IN|PRI"), (of["connection"], "IN|PRI")}
            with traced(Plan(pids=(process.pid,))) as session:
                assert tracer_of(process.pid)
                echoed(before)
                with connected(port) as another:
                    echoed(another)
                    until(lambda: asleep(session), "it sleeps")
                    ready = [tuple(one.ready[0]) for one in events(session.trace) if one.ready]
                    assert (of["connection"], "IN") in ready and (of["listener"], "IN") in ready
                    assert not [one for one in events(session.trace) if "unknown" in one.args]
                session.close()
                interrupted = [one for one in events(session.trace) if one.error == "EINTR"]
                assert len(interrupted) <= 2, interrupted
                assert session.runs_on
            assert tracer_of(process.pid) == 0
            echoed(before)
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)


SEES = """
import json, os, signal
print(json.dumps([sorted(os.listdir("/proc/self/fd")), sorted(map(int, signal.sigpending())),
    [line for line in open("/proc/self/status") if line[:3] == "Sig"]]))
"""


def test_a_program_sees_the_fds_and_signals_that_it_would_see_alone() -> None:
    alone = subprocess.run([*PYTHON, "-c", SEES], check=True, capture_output=True, text=True).stdout
    command = [*MUXVIZ, "trace", "--headless", "--", *PYTHON, "-c", SEES]
    under = subprocess.run(command, check=True, capture_output=True, text=True)
    mask = lambda told: [line for line in told if not line.startswith("SigQ")]  # noqa: E731
    fds, pending, signals = json.loads(alone)
    seen_fds, seen_pending, seen_signals = json.loads(under.stdout)
    assert (seen_fds, seen_pending, mask(seen_signals)) == (fds, pending, mask(signals))


def test_waits_only_has_waits_and_fds_and_looks_for_no_findings() -> None:
    port = free_port()
    with (
        traced(Plan(server(port, "--edge", "--recv-size", "4"), waits_only=True)) as session,
        connected(port) as client,
    ):
        client.sendall(b"twelve bytes")
        assert client.recv(100) == b"twel"
        until(lambda: asleep(session), "it sleeps")
        calls = {one.call for one in events(session.trace) if one.call is not None}
        assert {"epoll_wait", "accept", "epoll_ctl"} <= calls and not calls & {"recv", "send", "read", "write"}
        assert not len(session.trace.findings)
        assert session.trace.header.source.only == "waits"


def test_slow_motion_delays_each_wait() -> None:
    port = free_port()
    with traced(Plan(server(port), slow_ms=100)) as session, connected(port) as client:
        echoed(client)
        until(lambda: asleep(session), "it sleeps")
        calls = [one for one in events(session.trace) if one.call is not None]
        woken = [(one, after) for one, after in pairwise(calls) if one.is_wakeup]
        assert woken
        begin = lambda one: one.t - (one.took or 0)  # noqa: E731
        for one, after in woken:  # strace takes the time before it delays, and nothing ends a delay before its time
            assert begin(after) - begin(one) >= 100_000_000, (one, after)


UNIX_AND_UDP = """
import select, socket
ours, theirs = socket.socketpair()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
poll = select.poll()
poll.register(datagrams, select.POLLPRI)
poll.register(ours, select.POLLPRI)
theirs.send(b"seven77")
datagrams.sendto(b"three", datagrams.getsockname())
poll.poll()
"""


def test_unix_and_udp_sockets_are_looked_at_through_copies() -> None:
    with traced(Plan((*PYTHON, "-c", UNIX_AND_UDP))) as session:

        def unread() -> set[int | None]:
            trace = session.trace
            lanes = trace.state(len(trace) - 1).lanes.values()
            return {
                fd.queues.recv for lane in lanes for fd in lane.fds.values() if fd.kind in ("connection", "datagram")
            }

        until(lambda: unread() >= {0, 5, 7}, "all three are looked at")


def test_where_copies_are_not_permitted_tcp_is_seen_and_the_rest_is_unknown(tmp_path: Path) -> None:
    port = free_port()
    recorded = tmp_path / "a.muxviz"
    code = f"import sys; sys.argv[1:] = []\n{UNIX_AND_UDP.replace('poll.poll()', '')}" + (
        f"listener = socket.create_server(('127.0.0.1', {port}))\n"
        "peer = socket.create_connection(listener.getsockname()); conn, _ = listener.accept(); peer.send(b'x' * 11)\n"
        "poll.register(0, select.POLLIN); poll.poll()\n"
    )
    denied = [sys.executable, "-m", "tests.sources.tracing.denied", "pidfd_getfd"]
    command = [*denied, *MUXVIZ, "trace", "--headless", "-o", str(recorded), "--", *PYTHON, "-c", code]

    def seen() -> list[dict[str, object]]:
        lines = recorded.read_text().split("\n")[:-1] if recorded.exists() else []
        looks = [json.loads(line) for line in lines if '"look":"outside"' in line]
        return [queues for look in looks for queues in look["queues"].values()]

    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        until(lambda: any(one.get("recv") == 11 for one in seen()) or process.poll() is not None, "it is looked at")
        process.communicate(timeout=LIMIT_SECONDS)  # the end of its input ends the program
    assert process.returncode == 0
    assert any(one.get("recv") == 11 for one in seen())
    assert all(one.get("tcp") for one in seen()), seen()


def test_programs_that_fork_and_threads_are_followed() -> None:
    code = "import os, threading; os.fork() or os._exit(3); threading.Thread(target=print).start(); os.wait()"
    with traced(Plan((*PYTHON, "-c", code))) as session:
        until(lambda: session.status.phase == "ended", "it ends")
        exits = [one.exit.status for one in events(session.trace) if one.exit is not None]
        assert sorted(filter(None, exits)) == [3] and len(exits) == 2
        assert session.output(session.trace.lanes[0]) == [""] or session.output(session.trace.lanes[0])


def test_a_loaded_server_is_read_without_a_line_lost(tmp_path: Path) -> None:
    port = free_port()
    with traced(Plan(server(port))) as session:
        connected(port).close()
        with load(port) as clients:
            clients.more(300)
        trace = session.trace

        def moved(call: str) -> int:
            return sum(one.ret or 0 for one in events(trace) if one.call == call and (one.ret or 0) > 0)

        # it may sleep now and then between two requests: what the clients had answered is what must be there
        until(lambda: moved("send") >= 300 * len(b"hello") and asleep(session), "every line is read, and it sleeps")
        assert moved("recv") == moved("send")
        assert not [one.note for one in events(trace) if one.note]


def test_what_it_leaves_open_is_nothing() -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(2):
        with traced(Plan(("true",))) as session:
            until(lambda: session.status.phase == "ended", "it ends")
    assert len(os.listdir("/proc/self/fd")) <= len(before) + 1  # noqa: PTH208
    with socket.socket():
        pass


def test_a_wait_that_sleeps_is_told_once_also_where_strace_leaves_it() -> None:
    port = free_port()
    process = subprocess.Popen(server(port), stdout=subprocess.DEVNULL)
    try:
        connected(port).close()
        with traced(Plan(pids=(process.pid,))) as session:
            until(lambda: asleep(session), "it sleeps")
            session.close()
            sleeps = [one for one in events(session.trace) if one.phase == "enter"]
            assert len(sleeps) == 1, sleeps
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)
