"""One TCP socket, asked of the kernel from outside by its two addresses: sock_diag(7).

/proc/net/tcp tells nearly the same, but only of all sockets at once, which takes milliseconds; and nothing there says
how full a send buffer is.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_SKMEMINFO: Final = 7
"""include/uapi/linux/inet_diag.h, INET_DIAG_SKMEMINFO: nine u32, wmem_queued the sixth and sndbuf the fourth."""
_HEADER: Final = struct.Struct("=IHHII")
_REQUEST: Final = struct.Struct("=BBBBI2s2s16s16sIII")
_ANSWER: Final = struct.Struct("=BBBB48sIIIII")
_RETRANSMISSION: Final = 1

Address = tuple[str, int]


class Diag(NamedTuple):
    """What a connected socket's kernel says of it."""

    in_flight: bool
    """Something that it sent is not acknowledged: its retransmission timer runs (a closed window has another)."""
    writable: bool
    """There is room enough for OUT: a third of the send buffer (include/net/sock.h, sk_stream_is_writeable)."""


def ask(local: Address, peer: Address) -> Diag | None:
    """The IPv4 socket with these two addresses; None where there is none, or the kernel does not answer."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(0.2)
            netlink.send(_request(local, peer))
            return _decode(netlink.recv(4096))
    except OSError:
        return None


def answers() -> bool:
    """Whether the kernel answers at all: of a connection that does not exist it says so."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(0.2)
            netlink.send(_request(("127.0.0.1", 1), ("127.0.0.1", 1)))
            return len(netlink.recv(4096)) >= _HEADER.size
    except OSError:
        return False


class Row(NamedTuple):
    """What /proc/net/tcp has of a socket, with its words' meanings (net/ipv4/tcp_diag.c, tcp_diag_get_info)."""

    inode: int
    state: int
    """include/net/tcp_states.h"""
    rx: int
    """Bytes unread, a received FIN counted as one until it was read; for a listener, connections to accept."""
    tx: int


LISTENER: Final = ("0.0.0.0", 0)
"""The peer of a socket that listens."""


def rows(asked: Iterable[tuple[Address, Address]]) -> Iterator[Row]:
    """Those of the IPv4 sockets with these local and peer addresses that are there. Where a connection is not, the
    kernel answers with the listener at its local address. Nothing where the kernel does not answer."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(0.2)
            for local, peer in asked:
                netlink.send(_request(local, peer))
                answer = netlink.recv(4096)
                if (
                    len(answer) >= _HEADER.size + _ANSWER.size
                    and _HEADER.unpack_from(answer)[1] == _SOCK_DIAG_BY_FAMILY
                ):
                    _, state, _, _, _, _, rx, tx, _, inode = _ANSWER.unpack_from(answer, _HEADER.size)
                    yield Row(inode, state, rx, tx)
    except OSError:
        return


def _request(local: Address, peer: Address) -> bytes:
    asked = _REQUEST.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 1 << (_SKMEMINFO - 1), 0, 0xFFFFFFFF,
        local[1].to_bytes(2, "big"), peer[1].to_bytes(2, "big"),
        socket.inet_aton(local[0]), socket.inet_aton(peer[0]), 0, 0xFFFFFFFF, 0xFFFFFFFF,
    )  # fmt: skip
    return _HEADER.pack(_HEADER.size + len(asked), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + asked


def _decode(answer: bytes) -> Diag | None:
    begin = _HEADER.size + _ANSWER.size
    if len(answer) < begin or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    timer = _ANSWER.unpack_from(answer, _HEADER.size)[2]
    at = begin
    while at + 4 <= len(answer):
        size, kind = struct.unpack_from("=HH", answer, at)
        if kind == _SKMEMINFO and size >= 4 + 24:
            _, _, _, sndbuf, _, queued = struct.unpack_from("=6I", answer, at + 4)
            return Diag(timer == _RETRANSMISSION, sndbuf - queued >= queued // 2)
        at += max(4, (size + 3) & ~3)
    return None
