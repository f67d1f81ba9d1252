"""The mapped file that a lane and muxviz share: where things are in it, and the form of a record.

    0       control: one byte that muxviz writes and each drop-in reads
    8       words of 64 bits (`WHERE` …)
    4096    what a held lane says that it is about to do, one record
    32768   the call that a lane is in, one record
    65536   the calls that threads of a held lane are in, a small slot for each
    131072  the ring of finished calls

A record is a header and perhaps a tail (a marshalled object). The header's *last* field is the record's length: it is
written last (in one struct.pack_into, field by field) and read first, so a reader that finds it non-zero finds a whole
record. The reader makes what it has read zero again. That needs stores to be seen in their order, which x86 promises;
on other machines both sides put a fence (`IN_ORDER`) between the length and the rest.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import Final

FREE: Final = 0
RECORD: Final = 1
HELD: Final = 2

NEW: Final = 0
RUNNING: Final = 1
GATE: Final = 2
CALL: Final = 3
ENDED: Final = 4

CONTROL: Final = 0
"""Offset of the control byte: FREE, RECORD or HELD."""
OPENED: Final = 1
"""Offset of the byte that the lane sets once it has mapped and opened everything: names can go."""

WHERE: Final = 1
"""Word: serial << 3 | where. One word, so that both are read of the same moment."""
TAIL: Final = 2
"""Word: bytes of the ring that muxviz has read, since the start."""
FULL_WAITS: Final = 3
"""Word: how often the lane waited on a full ring."""
PID: Final = 4
"""Word: the lane's process id."""
GENERATION: Final = 5
"""Word: grows when muxviz ends a free run; what the lane knew of its fds is stale then."""

ANNOUNCED_AT: Final = 4096
ENTERED_AT: Final = 32768
SLOT_BYTES: Final = 28672
INSIDE_AT: Final = 65536
INSIDE_BYTES: Final = 512
INSIDE_SLOTS: Final = 128
"""A slot is free while its record's length is 0. A thread more than there are slots is not shown asleep."""
RING_AT: Final = INSIDE_AT + INSIDE_BYTES * INSIDE_SLOTS

HEADER: Final = Struct("@BBhiqqqiiiI")
"""code, flags, error, tid, t, took, ret, fd, site, size, length: native alignment, no gaps."""
HEADER_BYTES: Final = HEADER.size
LENGTH_OFFSET: Final = HEADER_BYTES - 4
LENGTH: Final = Struct("@I")

IN_ORDER: Final = os.uname().machine in ("x86_64", "i686", "i386")
"""This machine's stores and loads are seen in the order of the program."""

TAILED: Final = 1
"""Flag: a marshalled tail follows the header."""
GC: Final = 2
"""Flag: a close by the garbage collector."""
TIMED: Final = 8
"""Flag: the socket has a timeout; the detail is a pair of it and the timeout in seconds."""
ALL: Final = 16
"""Flag: a sendall, which sends until everything is sent."""
RANGE: Final = 32
"""Flag: one of the fds that a closerange closed."""
BLOCKS: Final = 128
"""Flag: a call on a blocking fd that may sleep; while a lane runs free, one that took `LONG_NS` or more. How long a
call takes is chance, and a held lane's record must not be."""
LONG_NS: Final = 10_000_000
DRAINED: Final = 1
"""`error` of a recv that returned less than it asked of a stream: nothing was left."""
BEGUN: Final = 64
"""Flag: the call has begun and not returned; `took` is the thread."""
PIECE: Final = 4
"""Flag: the tail is the next piece of a tail too large for one record; `size` says of which."""

TIMED_OUT: Final = -1
"""`error` of a call that ended in TimeoutError: the socket's timeout, not an errno."""

PAD, SITE, INTEREST, HELLO, EXIT, NOTE, MORE, CONTENTS = range(8)
"""Codes of records that are not calls; CONTENTS are the bytes that the thread's next call has moved."""

CALLS: Final = (
    "socket", "socketpair", "bind", "listen", "accept", "connect", "recv", "recvfrom", "recvmsg", "send", "sendto",
    "sendmsg", "shutdown", "close", "setsockopt", "epoll_create", "epoll_ctl", "epoll_wait", "select", "poll", "dup",
    "fork", "read", "readv", "write", "writev", "sendfile", "getsockopt", "SSL_read", "SSL_write", "SSL_do_handshake",
    "SSL_shutdown",
)  # fmt: skip
"""Names of calls; a call's code is its place here plus `FIRST_CALL`."""
FIRST_CALL: Final = 16

(
    SOCKET, SOCKETPAIR, BIND, LISTEN, ACCEPT, CONNECT, RECV, RECVFROM, RECVMSG, SEND, SENDTO,
    SENDMSG, SHUTDOWN, CLOSE, SETSOCKOPT, EPOLL_CREATE, EPOLL_CTL, EPOLL_WAIT, SELECT, POLL, DUP,
    FORK, READ, READV, WRITE, WRITEV, SENDFILE, GETSOCKOPT, SSL_READ, SSL_WRITE, SSL_DO_HANDSHAKE,
    SSL_SHUTDOWN,
) = range(FIRST_CALL, FIRST_CALL + len(CALLS))  # fmt: skip

TLS: Final = frozenset({SSL_READ, SSL_WRITE, SSL_DO_HANDSHAKE, SSL_SHUTDOWN})
"""Calls of OpenSSL: each makes as many system calls on the fd as it needs, or none."""


def tls_error(number: int) -> int:
    """`error` of a call of OpenSSL that failed with one of its own (SSL_get_error(3), ssl.SSLErrorNumber)."""
    return -_TLS_ERRORS - number


_TLS_ERRORS: Final = 16
WANT_READ: Final = tls_error(2)
WANT_WRITE: Final = tls_error(3)
TLS_ERRORS: Final = {
    tls_error(1): "SSL",
    WANT_READ: "WANT_READ",
    WANT_WRITE: "WANT_WRITE",
    tls_error(4): "WANT_X509_LOOKUP",
    tls_error(5): "SYSCALL",
    tls_error(6): "ZERO_RETURN",
    tls_error(7): "WANT_CONNECT",
    tls_error(8): "EOF",
}
"""Their names: openssl/ssl.h has them with SSL_ERROR_ before; EOF is Python's, for an end without a close_notify."""

_N = int | None
Look = tuple[int, _N, _N, _N, _N, _N, _N, _N, _N, _N]
"""What a passive look found: fd, recv, unsent, unacked, tcp, level bits, accepts, backlog, queued, messages."""
FirstLook = tuple[int, _N, _N, _N, _N, _N, _N, _N, _N, _N, str | None]
"""The first look at an fd that is no socket: behind all that, what it is."""
WatchedLook = tuple[int, _N, _N, _N, _N, _N, _N, _N, _N, _N, str | None, tuple[tuple[str, _N], ...]]
"""Where a person named mappings of the program: behind that, the size of what each has for the fd."""
AnyLook = Look | FirstLook | WatchedLook
