"""A program under strace, driven by its clients: the text that strace writes, as it is.

`python -m tests.sources.strace.traced NAME…` (or `all`) makes the files in `saved/` anew. MUXVIZ_TRACED_PYTHON names
the interpreter and MUXVIZ_TRACED_DIRECTORY a directory to work in, both with paths that say nothing about the machine.
"""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.sources.strace.programs import PROGRAMS, SAVED, Program
from tests.waiting import LIMIT_SECONDS, within

CALLS: Final = (
    "?select,?pselect6,?poll,?ppoll,?epoll_create,?epoll_create1,?epoll_ctl,?epoll_wait,?epoll_pwait,?epoll_pwait2,"
    "?accept,?accept4,?socket,?socketpair,?listen,?bind,?connect,?shutdown,?read,?readv,?recvfrom,?recvmsg,?recvmmsg,"
    "?write,?writev,?sendto,?sendmsg,?sendmmsg,?sendfile,?splice,?close,?close_range,?dup,?dup2,?dup3,?fcntl,?ioctl,"
    "?pipe,?pipe2,?eventfd2,?timerfd_create,?signalfd4,?inotify_init1,?clone,?clone3,?fork,?vfork,?execve,"
    "?io_uring_setup,?io_uring_enter,?io_uring_register"
)
STRACE: Final = (
    "strace", "-f", "-ttt", "-T", "-y", "-s", "0", "-v", "-qq", "-e", "signal=none", "-e", "abbrev=execve",
    "--seccomp-bpf", "-e", f"trace={CALLS}",
)  # fmt: skip


def traced(program: Program, directory: Path) -> bytes:
    """Start the program under strace in an empty directory, let its clients do what they do, end it by SIGTERM, and
    return what strace wrote."""
    port = free_port()
    out = directory / "trace"
    own = directory / "own"
    own.mkdir()
    command = [*STRACE, "-o", str(out), "--", *program.command(own, port)]
    with _running(command, own) as strace, ExitStack() as held:
        _until(lambda: listens(port), strace)
        program.drive(port, held)
        os.kill(_child(strace.pid), signal.SIGTERM)
        strace.wait(LIMIT_SECONDS)
    return out.read_bytes()


@contextmanager
def _running(command: list[str], directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """strace and its program in a process group of their own, of which nothing is left at the end."""
    environment = {"PATH": os.environ["PATH"] + ":/usr/sbin", "LANG": "C.UTF-8"}
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    except BaseException as error:
        error.add_note((directory / "output").read_text(errors="replace")[-2000:])
        raise
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def _child(pid: int) -> int:
    """The program that strace started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether a socket listens there, or is bound to it for datagrams; asked of /proc/net/tcp (proc_net_tcp.rst), and
    not with a connection, which the program would see."""
    local = f"0100007F:{port:04X} 00000000:0000 "
    tcp, udp = (Path(f"/proc/net/{kind}").read_text() for kind in ("tcp", "udp"))
    return f"{local}0A" in tcp or local in udp


def _until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in within("it listens"):
        if true():
            return
        assert process.poll() is None, f"it ended with {process.returncode}"
        time.sleep(0.01)


def saved(name: str) -> bytes:
    """A saved trace."""
    return gzip.decompress((SAVED / f"{name}.txt.gz").read_bytes())


def main() -> None:
    """Make saved traces anew."""
    wanted = sys.argv[1:]
    for name in PROGRAMS if wanted == ["all"] else wanted:
        within = Path(os.environ.get("MUXVIZ_TRACED_DIRECTORY", tempfile.gettempdir())) / "traced"
        within.mkdir()
        try:
            text = traced(PROGRAMS[name], within)
        finally:
            shutil.rmtree(within)
        (SAVED / f"{name}.txt.gz").write_bytes(gzip.compress(text, mtime=0))
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
