"""However muxviz, strace or the program ends: nothing is left behind, and nothing that should run on is left broken."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muxviz.sources.strace.guardian import has_begun
from tests.processes import descendants
from tests.sources.strace.traced import listens
from tests.sources.tracing.programs import PYTHON, SERVER, connected, echoed, free_port, lives, process_named, tracer_of
from tests.waiting import LIMIT_SECONDS, until, within

pytestmark = pytest.mark.needs("strace")

ROOT = Path(__file__).parents[3]
MUXVIZ = [sys.executable, "-m", "muxviz", "trace", "--headless"]
HOLDS = """
import sys, time
from muxviz.sources.strace.launch import Plan
from muxviz.sources.strace.session import TraceSession
plan = Plan(pids=(int(sys.argv[2]),)) if sys.argv[1] == "-p" else Plan(command=tuple(sys.argv[1:]))
session = TraceSession(plan)
session.start()
while not len(session.trace): time.sleep(0.01)
session.hold()
while session.status.phase != "held": time.sleep(0.01)
print("held", flush=True)
time.sleep(60)
"""


def server(port: int) -> list[str]:
    return [*PYTHON, str(SERVER), "--port", str(port)]


@contextmanager
def started(command: list[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    """A process of the test."""
    process = subprocess.Popen(  # type: ignore[call-overload]
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(LIMIT_SECONDS)
        for stream in (process.stdout, process.stderr):
            stream.close()


def gone(port: int) -> None:
    """Wait until neither strace, nor the guardian, nor the server of that port is there."""
    until(lambda: not [n for n in ("strace", "python", "python3") if process_named(n, str(port))], "processes are left")


def test_muxviz_killed_ends_what_it_launched() -> None:
    port = free_port()
    with started([*MUXVIZ, "--", *server(port)]) as muxviz:
        connected(port).close()
        muxviz.kill()
        gone(port)


def test_muxviz_killed_ends_what_it_has_paused_and_what_went_into_the_background() -> None:
    port = free_port()
    shell = f"setsid {' '.join(server(port))} & exec sleep 777{port}"
    with started([sys.executable, "-c", HOLDS, "sh", "-c", shell]) as muxviz:
        assert muxviz.stdout is not None and muxviz.stdout.readline() == "held\n"
        muxviz.kill()
        gone(port)
        until(lambda: not process_named("sleep", f"777{port}"), "the program is left")


def test_muxviz_killed_lets_go_of_what_it_has_attached_to_and_paused() -> None:
    port = free_port()
    with started(server(port)) as running, connected(port) as client:
        with started([sys.executable, "-c", HOLDS, "-p", str(running.pid)]) as muxviz:
            assert muxviz.stdout is not None and muxviz.stdout.readline() == "held\n"
            assert tracer_of(running.pid)
            muxviz.kill()
            until(lambda: not tracer_of(running.pid), "it detaches")
        echoed(client)
        assert running.poll() is None


def test_a_signal_that_came_while_it_was_paused_reaches_a_program_that_is_let_go_of() -> None:
    port = free_port()
    with started(server(port)) as running, connected(port) as client:
        echoed(client)
        with started([sys.executable, "-c", HOLDS, "-p", str(running.pid)]) as muxviz:
            assert muxviz.stdout is not None and muxviz.stdout.readline() == "held\n"
            running.terminate()
            muxviz.kill()
            assert running.wait(LIMIT_SECONDS) == -signal.SIGTERM


def test_strace_killed_is_said_and_takes_the_launched_program_with_it() -> None:
    port = free_port()
    with started([*MUXVIZ, "--", *server(port)]) as muxviz:
        connected(port).close()
        os.kill(process_named("strace", str(port)) or 0, signal.SIGKILL)
        _, said = muxviz.communicate(timeout=LIMIT_SECONDS)
        assert muxviz.returncode == 128 + signal.SIGKILL
        assert said.splitlines()[0].startswith("muxviz: strace was killed, and "), said
        gone(port)


def test_strace_killed_is_said_and_leaves_what_it_was_attached_to() -> None:
    port = free_port()
    with started(server(port)) as running, connected(port) as client:
        with started([*MUXVIZ, "-p", str(running.pid)]) as muxviz:
            until(lambda: tracer_of(running.pid), "it attaches")
            os.kill(tracer_of(running.pid), signal.SIGKILL)
            _, said = muxviz.communicate(timeout=LIMIT_SECONDS)
            assert muxviz.returncode == 1
            assert "EINTR" in said.splitlines()[0] and "strace was killed: " in said.splitlines()[1], said
        echoed(client)


def test_a_program_that_ends_while_it_is_watched_ends_the_watching() -> None:
    port = free_port()
    with started(server(port)) as running:
        connected(port).close()
        with started([*MUXVIZ, "-p", str(running.pid)]) as muxviz:
            until(lambda: tracer_of(running.pid), "it attaches")
            running.terminate()
            _, said = muxviz.communicate(timeout=LIMIT_SECONDS)
            assert muxviz.returncode == 0
            assert "findings in" in said.splitlines()[1] and "strace" not in said, said


def test_the_guardian_killed_is_no_reason_to_leave_anything_behind() -> None:
    port = free_port()
    with started([*MUXVIZ, "--", *server(port)]) as muxviz:
        connected(port).close()
        strace = process_named("strace", str(port)) or 0
        guardian = int(Path(f"/proc/{strace}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(guardian, signal.SIGKILL)
        muxviz.communicate(timeout=LIMIT_SECONDS)
        gone(port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_muxviz_is_passed_on_to_the_launched_program(number: int) -> None:
    port = free_port()
    with started([*MUXVIZ, "--", *server(port)]) as muxviz:
        connected(port).close()
        muxviz.send_signal(number)
        _, said = muxviz.communicate(timeout=LIMIT_SECONDS)
        assert muxviz.returncode == 128 + number
        assert said.startswith("muxviz: ") and "calls" in said, said
        gone(port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_muxviz_lets_go_of_what_it_has_attached_to(number: int) -> None:
    port = free_port()
    with started(server(port)) as running, connected(port) as client:
        with started([*MUXVIZ, "-p", str(running.pid)]) as muxviz:
            until(lambda: tracer_of(running.pid), "it attaches")
            muxviz.send_signal(number)
            muxviz.communicate(timeout=LIMIT_SECONDS)
            assert muxviz.returncode == 0
        assert not tracer_of(running.pid)
        echoed(client)


def imported(pid: int) -> bool:
    """Our first line has run, and Python's own answer to an interrupt is gone: the imports are under way."""
    return "msgspec" in Path(f"/proc/{pid}/maps").read_text()


STARTS = {"imports": imported, "guardian": lambda pid: len(descendants(pid)) > 0}
"""How far a start has come, seen from outside."""


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("point", [*STARTS, "strace", "program"])
def test_ctrl_c_at_any_moment_of_the_start_leaves_nothing(point: str, pause: float, tmp_path: Path) -> None:
    """To the whole group, as a terminal sends it, and again until it has ended. What the program says of it is its own
    matter, and goes elsewhere: Python itself has no better words than a page where its streams are gone already."""
    port = free_port()
    reached = STARTS | {
        "strace": lambda pid: process_named("strace", str(port)),
        "program": lambda pid: listens(port),
    }
    program = ["sh", "-c", 'exec "$@" 2> "$0"', str(tmp_path / "said"), *server(port)]
    with started([*MUXVIZ, "--", *program], start_new_session=True) as muxviz:
        until(lambda: reached[point](muxviz.pid), point, 0.001)
        select.select([], [], [], pause)
        for _ in within("it ends"):
            os.killpg(muxviz.pid, signal.SIGINT)
            try:
                muxviz.wait(0.5)
                break
            except subprocess.TimeoutExpired:
                pass
        said = muxviz.stderr.read() if muxviz.stderr is not None else ""
        assert "Traceback" not in said, said
        gone(port)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("point", [*STARTS, "attached"])
def test_a_signal_at_the_start_lets_go_of_what_it_is_about_to_attach_to(point: str, pause: float) -> None:
    port = free_port()
    with started(server(port)) as running, connected(port) as client:
        with started([*MUXVIZ, "-p", str(running.pid)]) as muxviz:
            reached = STARTS | {"attached": lambda pid: tracer_of(running.pid)}
            until(lambda: reached[point](muxviz.pid), point, 0.001)
            select.select([], [], [], pause)
            muxviz.send_signal(signal.SIGINT)
            _, said = muxviz.communicate(timeout=LIMIT_SECONDS)
            assert muxviz.returncode in (0, 130, -signal.SIGINT) and "Traceback" not in said, said
        assert not tracer_of(running.pid)
        echoed(client)


@pytest.mark.parametrize("how", ["exit 3", "kill -SEGV $$", "kill -KILL $$"])
def test_the_program_s_status_is_ours(how: str) -> None:
    alone = subprocess.run(["sh", "-c", how], check=False).returncode
    done = subprocess.run([*MUXVIZ, "--", "sh", "-c", how], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == (alone if alone >= 0 else 128 - alone)
    assert done.stderr.count("\n") == 1 and "calls" in done.stderr, done.stderr


def test_a_program_that_does_not_want_to_end_is_made_to() -> None:
    port = free_port()
    code = f"trap '' TERM; {' '.join(server(port))} & wait; sleep 777{port}"
    with started(
        [sys.executable, "-c", HOLDS.replace("time.sleep(60)", "session.close()"), "sh", "-c", code]
    ) as muxviz:
        muxviz.wait(LIMIT_SECONDS)
        gone(port)
        assert not lives(process_named("sleep", f"777{port}") or 0)


def test_a_signal_is_for_a_program_and_not_for_what_strace_tries_the_kernel_with() -> None:
    """Such a child of strace's has strace's own command line; so has the program's, until it has become the program."""
    tried = os.fork()
    if not tried:
        signal.pause()
        os._exit(0)
    with subprocess.Popen(["sleep", "1000"]) as program:
        until(lambda: has_begun(program.pid, os.getpid()), "sleep(1) is what it was forked for")
        assert not has_begun(tried, os.getpid())
        program.kill()
        os.kill(tried, signal.SIGKILL)
        os.waitid(os.P_PID, tried, os.WEXITED | os.WNOWAIT)
        assert not has_begun(tried, os.getpid()), "a zombie is nobody to be told"
        os.waitpid(tried, 0)
    assert not has_begun(tried, os.getpid())
