"""What experiments are made with: connections on loopback, and looks that change nothing."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from contextlib import ExitStack
from typing import Final

_PATIENCE_SECONDS: Final = 20.0
_SIOCOUTQ: Final = termios.TIOCOUTQ


class NoAnswer(Exception):
    """What should have come did not, or this machine does not allow the experiment; its text says which."""


def listener(stack: ExitStack) -> socket.socket:
    """A listening socket on a port that the kernel picks."""
    made = stack.enter_context(socket.socket())
    made.bind(("127.0.0.1", 0))
    made.listen(16)
    return made


def client(stack: ExitStack, to: socket.socket) -> socket.socket:
    """A connection to a listener; it lies in the accept queue when this returns."""
    made = stack.enter_context(socket.socket())
    made.connect(to.getsockname())
    return made


def pair(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection: the one that is watched (non-blocking), and its peer."""
    with listener(stack) as waiting:
        peer = client(stack, waiting)
        ours = stack.enter_context(waiting.accept()[0])
    ours.setblocking(False)
    return ours, peer


def reset(peer: socket.socket) -> None:
    """Close with RST: SO_LINGER with 0 seconds, socket(7)."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def unread(sock: socket.socket) -> int:
    """Bytes in the receive queue (FIONREAD, ioctl_tty(2))."""
    found: int = struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0]
    return found


def undelivered(sock: socket.socket) -> int:
    """Bytes that were sent and not acknowledged yet (SIOCOUTQ, tcp(7))."""
    found: int = struct.unpack("i", fcntl.ioctl(sock, _SIOCOUTQ, bytes(4)))[0]
    return found


def fill(sock: socket.socket) -> int:
    """Send until EAGAIN; returns how many bytes the kernel took."""
    total = 0
    while True:
        try:
            total += sock.send(bytes(1 << 16))
        except BlockingIOError:
            return total


def take(sock: socket.socket, most: int = 1 << 16) -> int:
    """Read what is there, without waiting; 0 where nothing is."""
    try:
        return len(sock.recv(most, socket.MSG_DONTWAIT))
    except BlockingIOError:
        return 0


class Patience:
    """Bounds a loop that waits for the kernel: it has until the deadline, and then says what did not come."""

    def __init__(self, what: str) -> None:
        self._what, self._end = what, time.monotonic() + _PATIENCE_SECONDS

    def check(self) -> None:
        """Raises NoAnswer behind the deadline."""
        if time.monotonic() > self._end:
            raise NoAnswer(f"{self._what} did not come in {_PATIENCE_SECONDS:g} s")
