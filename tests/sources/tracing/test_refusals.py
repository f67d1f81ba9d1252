"""What can't be traced is said in one line that says what to do, with exit status 2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.sources.strace import permissions
from tests.conftest import run_muxviz
from tests.sources.tracing.programs import PYTHON, SERVER, free_port, tracer_of
from tests.waiting import LIMIT_SECONDS, until

ROOT = Path(__file__).parents[3]


def refused(*args: str, says: str, **options: object) -> None:
    """`muxviz trace ARGS` says one line and does nothing."""
    done = run_muxviz("trace", *args, **options)  # type: ignore[arg-type]
    assert done.returncode == 2, done
    assert done.stderr.count("\n") == 1 and says in done.stderr, done.stderr
    assert not done.stdout


def without_strace(directory: Path) -> dict[str, str]:
    """An environment whose PATH has everything but strace."""
    for name in ("true", "sleep"):
        (directory / name).symlink_to(shutil.which(name) or "")
    return os.environ | {"PATH": str(directory)}


def test_a_missing_strace(tmp_path: Path) -> None:
    env = without_strace(tmp_path)
    refused("--", "true", says="strace is not installed: apt install strace", env=env)
    refused("-p", str(os.getpid()), says="strace is not installed: apt install strace", env=env)


def test_no_such_command(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    refused("--", "no-such-command", says="no such command: no-such-command")
    refused("--", str(tmp_path), says="is a directory")
    refused("--", str(tmp_path / "plain"), says="is not executable: chmod +x it")


def test_no_such_process_and_a_thread() -> None:
    refused("-p", str((1 << 22) + 1), says="no process has the number")
    code = "import threading, time; t = threading.Thread(target=time.sleep, args=(30,), daemon=True); t.start();"
    with subprocess.Popen(
        [*PYTHON, "-c", f"{code} print(t.native_id, flush=True); time.sleep(30)"], **_PIPED
    ) as process:
        try:
            thread = process.stdout.readline().strip()
            refused("-p", thread, says=f"is a thread of process {process.pid}: trace -p {process.pid} watches")
        finally:
            process.kill()


_PIPED: dict[str, object] = {"stdout": subprocess.PIPE, "text": True}


def test_a_thread_of_the_kernel() -> None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and permissions._is_kernel_thread(int(entry.name)):
            refused("-p", entry.name, says="is a thread of the kernel, which makes no system calls")
            return
    pytest.skip("no thread of the kernel is seen here: a process namespace of its own has none")


def test_itself() -> None:
    code = "import os; from muxviz.cli import main; main(['trace', '-p', str(os.getpid())])"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and "is this muxviz, which can't trace itself" in done.stderr


@pytest.mark.needs("strace")
def test_one_that_is_traced_already() -> None:
    port = free_port()
    process = subprocess.Popen([*PYTHON, str(SERVER), "--port", str(port)], stdout=subprocess.DEVNULL)
    strace = subprocess.Popen(["strace", "-q", "-o", "/dev/null", "-p", str(process.pid)])
    try:
        until(lambda: tracer_of(process.pid) == strace.pid, "strace attaches")
        refused("-p", str(process.pid), says=f"is traced already, by {strace.pid} (strace): end that first")
    finally:
        strace.terminate()
        strace.wait(LIMIT_SECONDS)
        process.kill()
        process.wait(LIMIT_SECONDS)


@pytest.mark.needs("strace")
def test_a_container_without_ptrace() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.sources.tracing.denied",
        "ptrace",
        sys.executable,
        "-m",
        "muxviz",
        "trace",
        "true",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "ptrace is forbidden here" in done.stderr and "--cap-add=SYS_PTRACE" in done.stderr


UNPRIVILEGED = ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
ASK = (
    "import sys; from muxviz.sources.strace import permissions as p; print(getattr(p, sys.argv[1])(eval(sys.argv[2])))"
)


def asked(question: str, of: str) -> str:
    """What is said to a user who may do nothing special; as such a user, so where we may become one."""
    prefix = UNPRIVILEGED if os.geteuid() == 0 else []
    command = [*prefix, sys.executable, "-c", ASK, question, of]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


@pytest.mark.needs("another user")
def test_a_setuid_program() -> None:
    program = next(found for name in ("su", "passwd", "mount", "sudo") if (found := shutil.which(name)))
    assert Path(program).stat().st_mode & 0o4000
    said = asked("why_not_start", repr(program))
    assert said.startswith(f"{program} is setuid root, and a traced program does not get that: run muxviz as root")


@pytest.mark.needs("another user")
def test_a_process_of_another_user() -> None:
    pid = os.getpid() if os.geteuid() == 0 else 1
    assert "belongs to root: run muxviz as root (sudo muxviz trace …)" in asked("why_not_attach", str(pid))


@pytest.mark.parametrize(
    ("scope", "says"),
    [("1", "sudo sysctl kernel.yama.ptrace_scope=0"), ("2", "sudo muxviz trace"), ("3", "trace -- COMMAND works")],
)
def test_yama(scope: str, says: str, tmp_path: Path) -> None:
    """What the kernel refuses is asked of the kernel; only which sentence that gets is asked of the module's file."""
    yama = tmp_path / "ptrace_scope"
    yama.write_text(f"{scope}\n")
    said = permissions._forbidden("1 (init)", os.geteuid(), yama)
    assert says in said and "Yama" in said
    assert permissions.yama_scope(tmp_path / "none") == 0


def test_two_things_or_none() -> None:
    refused(says="name one thing to trace")
    refused("-p", "1", "--", "true", says="name one thing to trace")
    refused("--slow", "5", "--from", "x", says="--waits-only and --slow")


@pytest.mark.needs("strace")
def test_a_recording_that_exists(tmp_path: Path) -> None:
    file = tmp_path / "a.muxviz"
    file.write_text("")
    refused("--headless", "-o", str(file), "--", "true", says="exists: choose another name")
