"""What /proc says of a process that strace attaches to: of each kind of fd, and of whose its threads are."""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path
from typing import Any

import pytest

from muxviz.sources.strace import attached, live
from muxviz.sources.strace.attached import known_fds
from muxviz.sources.strace.process import KnownFd


def of_our_own(fd: int) -> KnownFd:
    return known_fds(os.getpid())[fd]


def kind_of(fd: int) -> tuple[str, str | None]:
    known = of_our_own(fd)
    return known.kind, known.file


@pytest.mark.parametrize(
    ("family", "kind", "before", "after"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, "socket", "listener"),
        (socket.AF_INET6, socket.SOCK_STREAM, "socket", "listener"),
        (socket.AF_UNIX, socket.SOCK_STREAM, "connection", "listener"),
        (socket.AF_UNIX, socket.SOCK_DGRAM, "datagram", None),
    ],
)
def test_a_socket_is_what_it_is_used_for(family: int, kind: int, before: str, after: str | None) -> None:
    with socket.socket(family, kind) as sock:
        inode = os.fstat(sock.fileno()).st_ino
        assert of_our_own(sock.fileno()) == KnownFd(before, None, inode, True, ())  # type: ignore[arg-type]
        if after is not None:
            sock.bind(("::1", 0) if family == socket.AF_INET6 else ("", 0) if family == socket.AF_INET else "")
            sock.listen()
            assert of_our_own(sock.fileno()).kind == after


def test_connections_and_bound_datagrams() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as sock:
        assert of_our_own(sock.fileno()).kind == "connection"
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        assert of_our_own(sock.fileno()).kind == "datagram"


def test_whether_it_is_closed_by_execve() -> None:
    with socket.socket() as sock:
        assert of_our_own(sock.fileno()).cloexec
        os.set_inheritable(sock.fileno(), True)
        assert not of_our_own(sock.fileno()).cloexec


def test_what_is_no_socket(tmp_path: Path) -> None:
    read, write = os.pipe()
    device = os.open("/dev/null", os.O_RDONLY)
    with (tmp_path / "x").open("w") as file:
        signalled = os.eventfd(0)
        try:
            assert [kind_of(fd) for fd in (read, write, device, file.fileno(), signalled)] == [
                ("other", "pipe"), ("other", "pipe"), ("other", "device"), ("other", "file"), ("other", "eventfd"),
            ]  # fmt: skip
        finally:
            for fd in (read, write, device, signalled):
                os.close(fd)


def test_an_epoll_tells_what_it_watches() -> None:
    with select.epoll() as epoll, socket.socket() as one, socket.socket() as other:
        epoll.register(one, select.EPOLLIN | select.EPOLLET)
        epoll.register(other, select.EPOLLOUT)
        known = of_our_own(epoll.fileno())
        assert (known.kind, known.file, known.inode, known.cloexec) == ("epoll", None, None, True)
        watches = {fd: (flags, data & 0xFFFFFFFF) for fd, flags, data in known.watches}
        assert watches == {one.fileno(): ("IN|ET", one.fileno()), other.fileno(): ("OUT", other.fileno())}


def test_a_process_that_is_gone_has_nothing_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(attached, "Path", lambda path: tmp_path / str(path).lstrip("/"))
    assert known_fds(7) == {}
    below = tmp_path / "proc/7/fd"
    below.mkdir(parents=True)
    (below / "4").symlink_to("socket:[9]")
    (below / "3").write_text("closed meanwhile: it leads nowhere")
    (below / "5").symlink_to("anon_inode:[timerfd]")
    assert known_fds(7) == {4: KnownFd("socket", None, 9, False, ()), 5: KnownFd("other", "timerfd", None, False, ())}
    (below / "6").symlink_to("anon_inode:inotify")
    assert known_fds(7)[6].file == "inotify"


@pytest.mark.parametrize(
    ("tracers", "traced"),
    [([50], True), ([50, 50], True), ([50, 0], False), ([0, 50], False), ([60], False), ([60, 50], False), ([], False),
     ([0], False), ([50, None], True), ([None, 50], True)],
)  # fmt: skip
def test_strace_has_a_process_when_it_has_every_thread(
    tracers: list[int | None], traced: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real: Any = Path
    monkeypatch.setattr(live, "Path", lambda path: real(tmp_path / str(path).lstrip("/")))
    for tid, tracer in enumerate(tracers, 7):
        thread = tmp_path / f"proc/7/task/{tid}"
        thread.mkdir(parents=True)
        if tracer is not None:  # else it has ended meanwhile
            (thread / "status").write_text(f"Name:\tx\nTgid:\t7\nTracerPid:\t{tracer}\nUid:\t0\t0\n")
    assert live._traced_by(7, 50) is traced
