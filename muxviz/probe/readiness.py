"""Would this wait report something now? Answered without making it.

select and poll: from each fd's level (`looks`), and poll(0) on those that are not TCP. epoll: poll(epfd, 0), which
scans the ready list exactly as the wait that the program stands before would; nowhere else may that be asked.
"""

from __future__ import annotations

from _socket import socket as c_socket
from collections.abc import Iterable
from time import sleep
from typing import Final

from . import fd_registry as kinds
from . import originals
from .fd_registry import FdRegistry
from .queue_probe import EVERY, FIN_WAIT1, HUP, IN, OURS, OUT, is_foreign_socket, tcp_state, tcp_tells

_ERR: Final = 0x008
_FIN_TRIES: Final = 100
_FIN_SECONDS: Final = 0.001
_READ: Final = IN | HUP
_PRI: Final = 0x002

_poll = originals.poll
_fileno = c_socket.fileno

NOTHING, SOMETHING, UNKNOWN = 0, 1, -1


def epoll_tells(epfd: int) -> int:
    """Whether the ready list is empty."""
    poller = _poll()
    poller.register(epfd, IN | OURS)
    return SOMETHING if poller.poll(0) else NOTHING


def poll_tells(interest: Iterable[tuple[int, int]], table: FdRegistry) -> int:
    """Whether poll(2) would report something, for (fd, mask) pairs."""
    unknown = False
    others = None
    for fd, mask in interest:
        known = table.sockets.get(fd)
        sock = known.socket() if known is not None else None
        if known is not None and sock is not None and _fileno(sock) == fd:
            if known.kind == kinds.TCP:
                try:
                    if tcp_tells(fd, known, sock, mask | HUP | _ERR):
                        return SOMETHING
                except OSError:
                    return SOMETHING  # NVAL
                continue
        else:
            foreign = is_foreign_socket(fd)
            if foreign is None:
                return SOMETHING  # NVAL from poll, EBADF from select
            if foreign:
                unknown = True
                continue
        others = others or _poll()
        others.register(fd, mask | OURS)
    if others is not None and others.poll(0):
        return SOMETHING
    return UNKNOWN if unknown else NOTHING


def select_tells(read: Iterable[int], write: Iterable[int], exceptional: Iterable[int], table: FdRegistry) -> int:
    """Whether select(2) would report something. POLLIN_SET has HUP and ERR, POLLOUT_SET ERR, POLLEX_SET PRI
    (fs/select.c); a HUP that poll can't mask is none for the write side."""
    masks: dict[int, int] = {}
    for fd in read:
        masks[fd] = masks.get(fd, 0) | _READ
    for fd in write:
        masks[fd] = masks.get(fd, 0) | OUT
    for fd in exceptional:
        masks[fd] = masks.get(fd, 0) | _PRI
    told = NOTHING
    for fd, mask in masks.items():
        known = table.sockets.get(fd)
        sock = known.socket() if known is not None else None
        if known is not None and sock is not None and _fileno(sock) == fd and known.kind == kinds.TCP:
            try:
                if tcp_tells(fd, known, sock, mask):
                    return SOMETHING
            except OSError:
                return SOMETHING
            continue
        one = poll_tells([(fd, mask & ~HUP)], table)
        if one == SOMETHING:
            found = _reported(fd, mask)
            if found is None or found & (mask | (_ERR if mask & (IN | OUT) else 0)):
                return SOMETHING
        elif one == UNKNOWN:
            told = UNKNOWN
    return told


def _reported(fd: int, mask: int) -> int | None:
    poller = _poll()
    poller.register(fd, mask & ~HUP | OURS)
    found = poller.poll(0)
    return None if not found or found[0][1] & 0x20 else found[0][1]


def let_fins_be_acknowledged(table: FdRegistry) -> None:
    """The acknowledgement of an own FIN makes one more OUT edge, up to 40 ms later: what is asked before it comes is
    an answer of chance. A held lane has the time."""
    suspects = list(table.sockets.values())
    if len(suspects) > EVERY:  # then only those that the program itself has shut down
        suspects = [known for known in suspects if known.shut_write]
    for _ in range(_FIN_TRIES):
        if not any(
            sock is not None and known.kind == kinds.TCP and tcp_state(sock) == FIN_WAIT1
            for known in suspects
            if (sock := known.socket()) is not None
        ):
            return
        sleep(_FIN_SECONDS)
