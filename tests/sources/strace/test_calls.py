"""Each call by name: which event it becomes, with which arguments. The lines are strace 6.1's."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.sources.strace.calls import DESCRIPTIONS, describe
from tests.sources.strace.told import translated

EVENTS: dict[str, tuple[str, int | None, dict[str, Any], int | None]] = {
    'read(7<socket:[1]>, ""..., 16384) = 28': ("read", 7, {"size": 16384}, 28),
    'write(1</dev/null>, ""..., 71) = 71': ("write", 1, {"size": 71, "path": "/dev/null"}, 71),
    'pread64(9</srv/big, file>, ""..., 3, 0) = 3': (
        "pread", 9, {"size": 3, "syscall": "pread64", "path": "/srv/big, file"}, 3),
    'recvfrom(4<socket:[1]>, "", 4096, 0, NULL, NULL) = 0': ("recv", 4, {"size": 4096}, 0),
    'recvfrom(4<socket:[1]>, ""..., 2, MSG_PEEK|MSG_DONTWAIT, NULL, NULL) = 2': (
        "recv", 4, {"size": 2, "flags": "MSG_PEEK|MSG_DONTWAIT"}, 2),
    'recvfrom(4, ""..., 9, 0, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, [16]) = 3': (
        "recvfrom", 4, {"size": 9, "peer": ["127.0.0.1", 80]}, 3),
    'recv(4, ""..., 9, MSG_OOB) = 1': ("recv", 4, {"size": 9, "flags": "MSG_OOB"}, 1),
    'send(4, ""..., 9, 0) = 1': ("send", 4, {"size": 9}, 1),
    'sendto(6<socket:[1]>, "a, b) = 3"..., 10, MSG_NOSIGNAL, NULL, 0) = 10': (
        "send", 6, {"size": 10, "flags": "MSG_NOSIGNAL"}, 10),
    'sendto(6, ""..., 10, 0, {sa_family=AF_UNIX, sun_path="/x"}, 5) = 10': (
        "sendto", 6, {"size": 10, "address": "/x"}, 10),
    'readv(13, [{iov_base=""..., iov_len=2}, {iov_base=""..., iov_len=5}], 2) = 3': ("readv", 13, {"size": 7}, 3),
    'writev(5, [{iov_base=""..., iov_len=234}, {iov_base=""..., iov_len=3}], 2) = 237': (
        "writev", 5, {"size": 237}, 237),
    'recvmsg(13, {msg_name=0x7ff, msg_namelen=16 => 0, msg_iov=[{iov_base=""..., iov_len=100}], msg_iovlen=1, '
    'msg_controllen=0, msg_flags=0}, MSG_DONTWAIT) = 5': ("recvmsg", 13, {"size": 100, "flags": "MSG_DONTWAIT"}, 5),
    'sendmsg(12, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=""..., iov_len=2}], msg_iovlen=1, '
    'msg_controllen=0, msg_flags=0}, 0) = 2': ("sendmsg", 12, {"size": 2}, 2),
    'recvmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=""..., iov_len=9}], msg_iovlen=1, '
    'msg_controllen=0, msg_flags=0}, msg_len=4}, {msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=""..., '
    'iov_len=9}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}], 2, MSG_DONTWAIT, NULL) = 2': (
        "recvmmsg", 3, {"messages": 2, "size": 18, "bytes": 9, "flags": "MSG_DONTWAIT"}, 2),
    "splice(13<socket:[1]>, NULL, 8<pipe:[2]>, NULL, 3, SPLICE_F_MOVE) = 3": (
        "splice", 13, {"to": 8, "size": 3, "flags": "SPLICE_F_MOVE"}, 3),
    "sendfile(12<socket:[1]>, 3</x, y>, [0] => [3], 3) = 3": ("sendfile", 12, {"size": 3, "from": 3}, 3),
    "epoll_create(32) = 7": ("epoll_create", None, {}, 7),
    "epoll_create1(EPOLL_CLOEXEC) = 7": (
        "epoll_create", None, {"flags": "EPOLL_CLOEXEC", "syscall": "epoll_create1"}, 7),
    "epoll_ctl(5, EPOLL_CTL_ADD, 7<socket:[1]>, {events=EPOLLRDHUP|EPOLLIN|EPOLLET, data={u32=7, u64=7}}) = 0": (
        "epoll_ctl", 5, {"op": "ADD", "fd": 7, "events": "IN|RDHUP|ET"}, 0),
    "epoll_ctl(5, EPOLL_CTL_MOD, 7, {events=EPOLLIN|EPOLLRDNORM, data={u32=1, u64=94127704662848}}) = 0": (
        "epoll_ctl", 5, {"op": "MOD", "fd": 7, "events": "IN|0x40", "data": 94127704662848}, 0),
    "epoll_ctl(5, EPOLL_CTL_ADD, 7, {events=EPOLLIN, data={u32=7, u64=140514150055943}}) = 0": (
        "epoll_ctl", 5, {"op": "ADD", "fd": 7, "events": "IN"}, 0),
    "epoll_ctl(5<anon_inode:[eventpoll]>, EPOLL_CTL_DEL, 7<socket:[1]>, 0x7ffde149aca4) = 0": (
        "epoll_ctl", 5, {"op": "DEL", "fd": 7}, 0),
    "epoll_wait(5, [], 1023, 200) = 0": ("epoll_wait", 5, {"timeout": 200, "maxevents": 1023}, 0),
    "epoll_wait(5, 0x7fcca4654570, 2, -1) = -1 EINTR (Interrupted system call)": (
        "epoll_wait", 5, {"timeout": -1, "maxevents": 2}, -1),
    "epoll_pwait(5, [], 1024, 30, NULL, 8) = 0": (
        "epoll_wait", 5, {"timeout": 30, "maxevents": 1024, "syscall": "epoll_pwait"}, 0),
    "epoll_pwait(5, [], 1024, 30, [INT TERM], 8) = 0": (
        "epoll_wait", 5, {"timeout": 30, "maxevents": 1024, "syscall": "epoll_pwait"}, 0),
    "epoll_pwait2(5, [], 64, {tv_sec=1, tv_nsec=500000}, NULL, 8) = 0": (
        "epoll_wait", 5, {"timeout": 1001, "maxevents": 64, "syscall": "epoll_pwait2"}, 0),
    "epoll_pwait2(5, [], 64, NULL, NULL, 8) = 0": (
        "epoll_wait", 5, {"timeout": -1, "maxevents": 64, "syscall": "epoll_pwait2"}, 0),
    "poll([{fd=3<socket:[1]>, events=POLLIN}, {fd=-1}, {fd=4</a, events=POLLIN>, events=POLLOUT|POLLPRI}], 3, 5) = 0": (
        "poll", None, {"interest": [[3, "IN"], [4, "PRI|OUT"]], "timeout": 5}, 0),
    "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=0, tv_nsec=1}, [], 8) = 0": (
        "poll", None, {"interest": [[3, "IN"]], "timeout": 1, "syscall": "ppoll"}, 0),
    "ppoll([{fd=3, events=POLLIN}], 1, NULL, NULL, 0) = 0": (
        "poll", None, {"interest": [[3, "IN"]], "timeout": -1, "syscall": "ppoll"}, 0),
    "poll([{fd=3, events=POLLIN}, ...], 40, -1) = 0": (
        "poll", None, {"interest": [[3, "IN"]], "timeout": -1, "interest_cut": 39}, 0),
    "select(5, [3<socket:[1]> 4], [4], NULL, {tv_sec=2, tv_usec=1}) = 0 (Timeout)": (
        "select", None, {"interest": [[3, "R"], [4, "R|W"]], "timeout": 2001}, 0),
    "_newselect(5, [3], NULL, [3], NULL) = 0": (
        "select", None, {"interest": [[3, "R|X"]], "timeout": -1, "syscall": "_newselect"}, 0),
    "pselect6(0, NULL, NULL, NULL, {tv_sec=0, tv_nsec=1000000}, {sigmask=[INT], sigsetsize=8}) = 0 (Timeout)": (
        "select", None, {"interest": [], "timeout": 1, "syscall": "pselect6"}, 0),
    'accept4(4<socket:[1]>, {sa_family=AF_INET, sin_port=htons(45870), sin_addr=inet_addr("127.0.0.1")}, [112 => 16], '
    "SOCK_NONBLOCK) = 5<socket:[2]>": (
        "accept", 4, {"peer": ["127.0.0.1", 45870], "flags": "SOCK_NONBLOCK", "syscall": "accept4"}, 5),
    "accept(4, {sa_family=AF_UNIX}, [112 => 2]) = 5": ("accept", 4, {}, 5),
    "accept4(4, NULL, NULL, 0) = 5": ("accept", 4, {"syscall": "accept4"}, 5),
    "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3": (
        "socket", None, {"family": "AF_INET", "type": "SOCK_STREAM", "proto": 6, "flags": "SOCK_CLOEXEC"}, 3),
    "socketpair(AF_UNIX, SOCK_STREAM, 0, [9<socket:[1]>, 11<socket:[2]>]) = 0": (
        "socketpair", None, {"family": "AF_UNIX", "type": "SOCK_STREAM", "fds": [9, 11]}, 0),
    'bind(3, {sa_family=AF_INET6, sin6_port=htons(7), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), '
    "sin6_scope_id=0}, 28) = 0": ("bind", 3, {"address": ["::1", 7, 0, 0]}, 0),
    'bind(3, {sa_family=AF_UNIX, sun_path="/t\\303\\274 \\"q"}, 22) = 0': ("bind", 3, {"address": '/tü "q'}, 0),
    'connect(3, {sa_family=AF_UNIX, sun_path=@"abstract"}, 22) = 0': ("connect", 3, {"address": "\0abstract"}, 0),
    "listen(3, 511) = 0": ("listen", 3, {"backlog": 511}, 0),
    "shutdown(3, SHUT_WR) = 0": ("shutdown", 3, {"how": "WR"}, 0),
    "setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0": (
        "setsockopt", 7, {"level": "IPPROTO_TCP", "option": "TCP_NODELAY", "value": 1}, 0),
    "setsockopt(7, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0": (
        "setsockopt", 7, {"level": "SOL_SOCKET", "option": "SO_LINGER", "value": [1, 0]}, 0),
    "getsockopt(7, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0": (
        "getsockopt", 7, {"level": "SOL_SOCKET", "option": "SO_ERROR", "value": 111}, 0),
    "close(3<a, b>) = 0": ("close", 3, {}, 0),
    "close_range(30, 4294967295, 0) = 0": (
        "close_range", None, {"first": 30, "last": 4294967295, "closed": []}, 0),
    "dup(3</x>) = 5</x>": ("dup", 3, {"path": "/x"}, 5),
    "dup3(3, 20, O_CLOEXEC) = 20": ("dup", 3, {"fd2": 20, "flags": "O_CLOEXEC", "syscall": "dup3"}, 20),
    "fcntl(3, F_DUPFD_CLOEXEC, 0) = 4": ("dup", 3, {"flags": "FD_CLOEXEC", "syscall": "fcntl"}, 4),
    "fcntl(6, F_SETFL, O_RDWR|O_NONBLOCK) = 0": (
        "fcntl", 6, {"command": "F_SETFL", "value": "O_RDWR|O_NONBLOCK"}, 0),
    "ioctl(7, FIONBIO, [1]) = 0": ("ioctl", 7, {"request": "FIONBIO", "value": 1}, 0),
    "pipe2([3<pipe:[1]>, 4<pipe:[1]>], O_NONBLOCK|O_CLOEXEC) = 0": (
        "pipe", None, {"fds": [3, 4], "flags": "O_NONBLOCK|O_CLOEXEC", "syscall": "pipe2"}, 0),
    "eventfd2(0, EFD_CLOEXEC) = 9": ("eventfd", None, {"flags": "EFD_CLOEXEC", "syscall": "eventfd2"}, 9),
    "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = 9": (
        "timerfd_create", None, {"flags": "TFD_CLOEXEC|TFD_NONBLOCK"}, 9),
    "signalfd4(-1, [INT], 8, SFD_CLOEXEC) = 9": ("signalfd", None, {"flags": "SFD_CLOEXEC", "syscall": "signalfd4"}, 9),
    "inotify_init1(IN_CLOEXEC) = 9": ("inotify_init", None, {"flags": "IN_CLOEXEC", "syscall": "inotify_init1"}, 9),
    'execve("/bin/true", ["true", "a\\"b"], 0x7f /* 42 vars */) = 0': ("execve", None, {"file": "/bin/true"}, 0),
}  # fmt: skip


@pytest.mark.parametrize("line", EVENTS)
def test_arguments(line: str) -> None:
    [event] = translated(line)
    args = {name: value for name, value in event.args.items() if name != "seen"}
    assert (event.call, event.fd, args, event.ret) == EVENTS[line]


@pytest.mark.parametrize("name", DESCRIPTIONS)
@pytest.mark.parametrize(
    "text", ["", "3", "NULL", "3, 0x1, ...", "[", '"', "3</a", "{", ", , ,", "-1, [...], 5", "9" * 30]
)
def test_no_arguments_are_too_strange(name: str, text: str) -> None:
    assert describe(name, text) is not None
