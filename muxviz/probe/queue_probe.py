"""The passive look: what lies in the kernel's queues for an fd, asked so that the program never notices.

Everything here only reads: FIONREAD, SIOCOUTQ, SIOCOUTQNSD (tcp(7)), TCP_INFO, SO_MEMINFO, SO_RCVLOWAT. TCP sockets
are never polled (poll(0) below the write threshold makes an edge that would not have come); for anything else poll(0)
has no such effect. SO_ERROR is never read: reading clears it.
"""

from __future__ import annotations

import os
import sys
from _socket import socket as c_socket
from collections.abc import Iterable
from fcntl import ioctl
from struct import Struct
from termios import FIONREAD, TIOCOUTQ
from typing import Final

from . import fd_registry as kinds
from . import originals
from .fd_registry import FdRegistry, KnownSocket, kind_of
from .ring_format import AnyLook, Look
from .user_mappings import Sizes

IN: Final = 0x001
OUT: Final = 0x004
HUP: Final = 0x010
RDHUP: Final = 0x2000
SEEN: Final = IN | OUT | HUP | RDHUP
"""What a level shows: ERR and PRI can't be seen passively on TCP."""

OURS: Final = 0x400
"""POLLMSG, which Linux knows and never reports (poll(2)): we ask with it, so that strace tells our questions from the
program's."""

SIOCOUTQNSD: Final = 0x894B
ZERO: Final = bytes(4)
_TCP, _TCP_INFO, _TCP_INFO_BYTES = 6, 11, 192
_SOL_SOCKET, _SO_RCVLOWAT, _SO_MEMINFO = 1, 18, 55
_ESTABLISHED, _CLOSE, _LISTEN, _SYN_SENT, _SYN_RECV = 1, 7, 10, 2, 3
FIN_WAIT1: Final = 4
_FIN_RECEIVED: Final = frozenset({6, 8, 9, 11})
"""TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING."""
_FIN_SENT: Final = frozenset({4, 5, 6, 9, 11})
_UNACKED: Final = Struct("@I").unpack_from
_MEMINFO: Final = Struct("@9I").unpack_from

_fileno = c_socket.fileno
_getsockopt = c_socket.getsockopt
_poll = originals.poll
_readlink = os.readlink


def number(fd: int, request: int) -> int | None:
    """What an ioctl that stores an int says; None where the fd does not know it."""
    try:
        return int.from_bytes(ioctl(fd, request, ZERO), sys.byteorder)
    except OSError:
        return None


def tcp_state(sock: c_socket) -> int:
    """The number of the TCP state; 0 where the socket has none."""
    try:
        return _getsockopt(sock, _TCP, _TCP_INFO, 1)[0]
    except OSError:
        return 0


def level_of(fd: int) -> int | None:
    """The level of an fd that is not TCP: what poll(0) says, ERR and PRI aside."""
    poller = _poll()
    poller.register(fd, SEEN | OURS)
    found = poller.poll(0)
    return found[0][1] & SEEN if found else 0


def is_foreign_socket(fd: int) -> bool | None:
    """True for a socket that we have no object of (it may be TCP), None for a closed fd."""
    try:
        return _readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except OSError:
        return None


def is_epoll(fd: int) -> bool:
    """An epoll fd: polling it re-polls its ready list, which only a wait may do."""
    try:
        return _readlink(f"/proc/self/fd/{fd}") == "anon_inode:[eventpoll]"
    except OSError:
        return False


_ANONYMOUS: Final = "anon_inode:["


def file_of(fd: int) -> str | None:
    """What an fd that is no socket is, in a word: `pipe`, `eventfd`, `timerfd`, `file` (proc_pid_fd(5))."""
    try:
        link = _readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return None
    if link.startswith(_ANONYMOUS):
        return link[len(_ANONYMOUS) : -1]
    return "pipe" if link.startswith("pipe:") else "device" if link.startswith("/dev/") else "file"


def tcp_level(known: KnownSocket, sock: c_socket, state: int, recv: int) -> int:
    """What a level wait would say of a TCP socket, from its state and queues (net/ipv4/tcp.c, tcp_poll)."""
    if state == _CLOSE:
        return SEEN if known.used else OUT | HUP
    if state in (_SYN_SENT, _SYN_RECV):
        return 0
    ended, sent_fin = state in _FIN_RECEIVED or known.shut_read, state in _FIN_SENT
    level = IN | RDHUP if ended else 0
    if recv and recv >= _getsockopt(sock, _SOL_SOCKET, _SO_RCVLOWAT):
        level |= IN
    if sent_fin:
        return level | OUT | (HUP if ended else 0)
    memory = _MEMINFO(_getsockopt(sock, _SOL_SOCKET, _SO_MEMINFO, 36))
    sndbuf, queued = memory[3], memory[5]
    return level | OUT if sndbuf - queued >= queued >> 1 else level


def tcp_tells(fd: int, known: KnownSocket, sock: c_socket, mask: int) -> bool:
    """Whether a level wait for `mask` would name a TCP socket: `of_tcp`'s level, by fewer questions where the socket is
    an open connection that is watched for reading. Raises OSError for a closed one."""
    if mask & OUT or known.shut_read or _getsockopt(sock, _TCP, _TCP_INFO, 1)[0] != _ESTABLISHED:
        return bool((of_tcp(fd, known, sock)[5] or 0) & mask)
    recv = number(fd, FIONREAD)
    return bool(mask & IN and recv and recv >= _getsockopt(sock, _SOL_SOCKET, _SO_RCVLOWAT))


def of_tcp(fd: int, known: KnownSocket, sock: c_socket) -> Look:
    """Everything of a TCP socket. `unacked` is told only while something is unsent: else it decays by a timer, and
    two runs of one program would differ."""
    info = _getsockopt(sock, _TCP, _TCP_INFO, _TCP_INFO_BYTES)
    state = info[0]
    if state == _LISTEN:
        accepts = _UNACKED(info, 24)[0]
        return (fd, None, None, None, state, IN if accepts else 0, accepts, _UNACKED(info, 28)[0], None, None)
    known.used = known.used or state != _CLOSE
    recv, unsent = number(fd, FIONREAD) or 0, number(fd, SIOCOUTQNSD) or 0
    unacked = max(0, (number(fd, TIOCOUTQ) or 0) - unsent) if unsent else None
    return (fd, recv, unsent, unacked, state, tcp_level(known, sock, state, recv), None, None, None, None)


def of_other(fd: int) -> Look:
    """Everything of an fd that is not TCP."""
    return (fd, number(fd, FIONREAD), None, None, None, level_of(fd), None, None, None, None)


def of_known(fd: int, known: KnownSocket, sock: c_socket) -> Look:
    """Everything of a known socket."""
    if known.kind == kinds.TCP:
        return of_tcp(fd, known, sock)
    return of_other(fd)


def of_accepted(fd: int, table: FdRegistry) -> Look | None:
    """A connection that was accepted just now: its socket object does not exist yet, so a short-lived one of ours asks
    (its making calls getsockname, no more) and lets the fd go."""
    try:
        ours = c_socket(fileno=fd)
    except OSError:
        return None
    try:
        known = KnownSocket(None, kind_of(ours))
        known.used = True
        look = of_known(fd, known, ours)
    except OSError:
        return None
    finally:
        ours.detach()
    table.first[fd] = look
    return look


EVERY: Final = 256
"""Known fds up to which a held look goes through all of them."""


def changes(
    table: FdRegistry,
    queued: dict[int, tuple[int | None, int]],
    concerned: Iterable[int] = (),
    watched: dict[int, Sizes] | None = None,
    absent: Sizes = (),
) -> tuple[AnyLook, ...] | None:
    """The held look: all known fds, those whose values changed since the last one. `queued` is what waits in the
    program's own message queues, by fd; `watched` are the sizes in the mappings that a person named, by fd, and
    `absent` is what is told of an fd that they don't have.

    Of very many fds only those are looked at that the call concerns (its own, those that a wait reports) and those with
    messages: what has arrived for another is seen when a wait names it, or from outside.
    """
    sockets, others = list(table.sockets.items()), list(table.others.items())
    if len(sockets) + len(others) > EVERY:
        chosen = {*concerned, *(fd for fd, kept in queued.items() if kept != _queued_before(table, fd))}
        sockets = [(fd, table.sockets[fd]) for fd in sorted(chosen) if fd in table.sockets]
        others = [(fd, table.others[fd]) for fd in sorted(chosen) if fd in table.others]
    found: list[AnyLook] = []
    for fd, known in sockets:
        sock = known.socket()
        if sock is None or _fileno(sock) != fd:
            table.forget(fd)
            continue
        try:
            look = of_known(fd, known, sock)
        except OSError:
            continue  # closed by another thread meanwhile
        if fd in queued:
            look = (*look[:8], *queued[fd])
        told: AnyLook = look if watched is None else (*look, None, watched.get(fd, absent))
        if told != known.last:
            known.last = told
            found.append(told)
    for fd, last in others:
        foreign = is_foreign_socket(fd)
        if foreign is None:
            table.forget(fd)
        elif not foreign and not is_epoll(fd):
            look = of_other(fd)
            kept = look if watched is None else (*look, watched.get(fd, absent))
            if kept != last:
                table.others[fd] = kept
                file = file_of(fd) if last is None else None
                if watched is not None:
                    found.append((*look, file, watched.get(fd, absent)))
                else:
                    found.append(look if last is not None else (*look, file))
    return tuple(found) or None


def _queued_before(table: FdRegistry, fd: int) -> tuple[int | None, int | None]:
    """What the program kept for an fd at its last look; nothing before its first."""
    known = table.sockets.get(fd)
    last = known.last if known is not None else None
    return (last[8] or 0, last[9] or 0) if last else (0, 0)


def at_end(fd: int, table: FdRegistry) -> tuple[Look, ...] | None:
    """The look of a free run at an end, an error or a partial send: a TCP socket's state with its queues."""
    known = table.sockets.get(fd)
    sock = known.socket() if known is not None else None
    if known is None or sock is None or known.kind != kinds.TCP or _fileno(sock) != fd:
        return None
    try:
        look = of_tcp(fd, known, sock)
    except OSError:
        return None
    return ((*look[:5], None, *look[6:]),)  # no level: in a free run nobody would take it back when it falls


def unread(fd: int) -> tuple[Look, ...] | None:
    """The look of a free run after a call of which the size does not tell what it took: what is left unread."""
    left = number(fd, FIONREAD)
    return None if left is None else ((fd, left, None, None, None, None, None, None, None, None),)


def at_ready(fd: int, table: FdRegistry) -> Look | None:
    """The look of a free run at a ready fd that is not simply a stream with data: a listener, an end, a pipe."""
    looked = at_end(fd, table)
    if looked is not None:
        return looked[0]
    left = unread(fd)
    return left[0] if left is not None else None
