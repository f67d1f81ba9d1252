"""The experiments: each is given one multiplexer and a stack that closes whatever is put on it, makes its steps, and
returns what each successive wait (with timeout 0) returned."""

from __future__ import annotations

import fcntl
import os
import resource
import select
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from muxviz.facts.ends import NoAnswer, Patience, client, fill, listener, pair, reset, take, undelivered, unread
from muxviz.facts.watch import ALL, IN, OUT, RDHUP, EpollWatch, Waiter, errno_name

Answer = list[str]
Experiment = Callable[[Waiter, ExitStack], Answer]

FD_SETSIZE: Final = 1024
"""select(2): one more than the largest fd that an fd_set holds."""


def accept_queue(watch: Waiter, stack: ExitStack) -> Answer:
    waiting = listener(stack)
    watch.add(waiting.fileno(), IN)
    client(stack, waiting), client(stack, waiting)
    told = [watch.wait()]
    stack.enter_context(waiting.accept()[0])
    told += [watch.wait(), watch.wait()]
    client(stack, waiting)
    return [*told, watch.wait()]


def partial_reads(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN)
    peer.send(b"6bytes")
    told = [watch.wait(), watch.wait()]
    for _ in range(2):
        ours.recv(3)
        told.append(watch.wait())
    peer.send(b"1")
    return [*told, watch.wait()]


def more_arrives(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN)
    told = []
    for data in (b"6bytes", b"1"):
        peer.send(data)
        told += [watch.wait(), watch.wait()]
    return told


def drained_before(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN)
    peer.send(b"6bytes")
    ours.recv(100)
    return [watch.wait()]


def asked_anew(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN)
    peer.send(b"6bytes")
    told = [watch.wait(), watch.wait()]
    watch.again(ours.fileno(), IN)
    told.append(watch.wait())
    ours.recv(100)
    watch.again(ours.fileno(), IN)
    return [*told, watch.wait()]


def disarmed(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN | RDHUP)
    peer.send(b"6bytes")
    told = [watch.wait()]
    peer.send(b"1")
    told.append(watch.wait())
    peer.shutdown(socket.SHUT_WR)
    told.append(watch.wait())
    reset(peer)
    told.append(watch.wait())
    watch.again(ours.fileno(), IN | RDHUP)
    return [*told, watch.wait()]


def out_beside_in(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN | OUT)
    told = [watch.wait()]
    peer.send(b"1")
    told.append(watch.wait())
    ours.recv(1)
    return [*told, watch.wait()]


def full_and_drained(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), OUT)
    watch.wait()
    fill(ours)
    told = [watch.wait()]
    patience = Patience("room to send")
    first = told[0]
    while first == told[0]:
        patience.check()
        first = watch.wait(0 if take(peer) else 0.05)  # what the peer reads next may not have been sent yet
    told.append(first)
    while undelivered(ours):
        patience.check()
        if not take(peer):
            select.select([peer], [], [], 0.01)
    return [*told, watch.wait()]


def half_closed(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), ALL)
    watch.wait()
    peer.shutdown(socket.SHUT_WR)
    told = [watch.wait()]
    assert ours.recv(1) == b""
    told.append(watch.wait())
    ours.shutdown(socket.SHUT_WR)
    return [*told, watch.wait()]


def closed(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), ALL)
    watch.wait()
    peer.close()
    told = [watch.wait()]
    ours.send(b"1")
    told.append(watch.wait())
    return [*told, _sent(ours), watch.wait()]


def _sent(sock: socket.socket) -> str:
    try:
        return f"sent {sock.send(b'1')}"
    except OSError as error:
        return errno_name(error)


def was_reset(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), ALL)
    watch.wait()
    reset(peer)
    told = [watch.wait(), _received(ours)]
    return [*told, watch.wait(), _received(ours)]


def _received(sock: socket.socket) -> str:
    try:
        return f"{len(sock.recv(1))} bytes"
    except OSError as error:
        return errno_name(error)


def no_interest(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), 0)
    told = []
    peer.send(b"1")
    told.append(watch.wait())
    peer.shutdown(socket.SHUT_WR)
    told.append(watch.wait())
    reset(peer)
    return [*told, watch.wait()]


def urgent(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), ALL)
    peer.send(b"abc", socket.MSG_OOB)
    return [watch.wait(), f"{unread(ours)} bytes"]


def refused(watch: Waiter, stack: ExitStack) -> Answer:
    nobody = stack.enter_context(socket.socket())
    nobody.bind(("127.0.0.1", 0))  # the port is taken, and nobody listens on it
    ours = stack.enter_context(socket.socket())
    ours.setblocking(False)
    begun = ours.connect_ex(nobody.getsockname())
    watch.add(ours.fileno(), ALL)
    return [errno_name(OSError(begun, "")), watch.wait()]


def closed_fd(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    watch.add(ours.fileno(), IN)
    peer.send(b"1")
    ours.close()
    return [watch.wait()]


def ghost(watch: Waiter, stack: ExitStack) -> Answer:
    assert isinstance(watch, EpollWatch)
    ours, peer = pair(stack)
    number = ours.fileno()
    watch.add(number, IN, "old number")
    alive = os.dup(number)
    stack.callback(os.close, alive)
    ours.close()
    peer.send(b"1")
    told = [watch.wait()]
    try:
        watch.epoll.unregister(number)
        told.append("unregistered")
    except OSError as error:
        told.append(errno_name(error))
    listed = Path(f"/proc/self/fdinfo/{watch.epoll.fileno()}").read_text()
    words = [line.split() for line in listed.splitlines()]
    return [*told, "listed" if any(line[:2] == ["tfd:", str(number)] for line in words) else "not listed"]


def order(watch: Waiter, stack: ExitStack) -> Answer:
    pairs = {name: pair(stack) for name in "abc"}
    for name, (ours, _) in pairs.items():
        watch.add(ours.fileno(), IN, name)
    for name in "cab":
        pairs[name][1].send(b"1")
    return [watch.wait().replace(":IN", "").replace(":R", "")]


def one_event(watch: Waiter, stack: ExitStack) -> Answer:
    assert isinstance(watch, EpollWatch)
    watch._most = 1
    for name in "012":
        ours, peer = pair(stack)
        watch.add(ours.fileno(), IN, name)
        peer.send(b"1")
    return [watch.wait().removesuffix(":IN") for _ in range(7)]


def large_number(watch: Waiter, stack: ExitStack) -> Answer:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft <= FD_SETSIZE:
        if hard != resource.RLIM_INFINITY and hard <= FD_SETSIZE:
            raise NoAnswer(f"this process may have no fd above {hard - 1}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (FD_SETSIZE + 1, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    ours, peer = pair(stack)
    number = fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, FD_SETSIZE)
    stack.callback(os.close, number)
    peer.send(b"1")
    watch.add(number, IN)
    return [watch.wait()]


def regular_file(watch: Waiter, stack: ExitStack) -> Answer:
    with tempfile.TemporaryFile() as file:
        try:
            watch.add(file.fileno(), IN | OUT)
        except OSError as error:
            return [errno_name(error)]
        return [watch.wait()]


def low_water(watch: Waiter, stack: ExitStack) -> Answer:
    ours, peer = pair(stack)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 4)
    watch.add(ours.fileno(), IN)
    peer.send(b"12")
    told = [f"{unread(ours)} bytes", watch.wait()]
    peer.send(b"34")
    return [*told, watch.wait()]


def pipe(watch: Waiter, stack: ExitStack) -> Answer:
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    watch.add(reading, IN)
    os.write(writing, b"1")
    os.close(writing)
    told = [watch.wait()]
    os.read(reading, 10)
    return [*told, watch.wait()]


def pipe_to_nobody(watch: Waiter, stack: ExitStack) -> Answer:
    reading, writing = os.pipe()
    stack.callback(os.close, writing)
    watch.add(writing, OUT)
    told = [watch.wait()]
    os.close(reading)
    return [*told, watch.wait()]
