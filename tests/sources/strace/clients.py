"""Clients on loopback: what they do, and in which order, is the same on every run.

A client waits for what a server owes it. Where a server is known to owe it and not to give it, the client waits for a
time, as a real one does: that nothing comes then is what it came for.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack

from tests.waiting import LIMIT_SECONDS

LULL = 0.15
"""Seconds in which nothing comes from a server that sleeps on something."""

Drive = Callable[[int, ExitStack], None]
"""What the clients do, given the server's port; what they leave in the second one stays open until the server ends."""


def connected(port: int) -> socket.socket:
    """A client of the server."""
    return socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS)


def told(client: socket.socket, count: int) -> bytes:
    """The next `count` bytes."""
    got = b""
    while len(got) < count:
        part = client.recv(count - len(got))
        assert part, f"the server closed after {got!r}"
        got += part
    return got


def after_a_lull() -> None:
    """Whoever looks at the server meanwhile may want some more time."""


def nothing(client: socket.socket, seconds: float = LULL) -> None:
    """The server says nothing, for a while."""
    client.settimeout(seconds)
    try:
        got = client.recv(1)
    except TimeoutError:
        client.settimeout(LIMIT_SECONDS)
        after_a_lull()
        return
    raise AssertionError(f"the server said {got!r}")


def echoed(client: socket.socket, data: bytes) -> None:
    """It comes back."""
    client.sendall(data)
    assert told(client, len(data)) == data


def ended(client: socket.socket) -> None:
    """The server has closed its side."""
    assert client.recv(1) == b""


def reset(client: socket.socket) -> None:
    """Close with a RST (socket(7), SO_LINGER)."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def ran(*command: str) -> str:
    """A client program's output."""
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL
    )
    return done.stdout


# --- what echo servers are asked -------------------------------------------------------------------------------------


def talk(port: int, held: ExitStack) -> None:
    """Two clients, several messages, long and short; they end one after another."""
    with connected(port) as a, connected(port) as b:
        for _ in range(3):
            echoed(a, b"four")
            echoed(b, b"and more than that")
        echoed(a, b"x" * 5000)
        a.shutdown(socket.SHUT_WR)
        ended(a)
        echoed(b, b"still here")
        nothing(b)


def more_than_one_read(port: int, held: ExitStack) -> None:
    """Twelve bytes at once; what the server leaves of them comes back with whatever is sent later."""
    a = held.enter_context(connected(port))
    a.sendall(b"abcdefghijkl")
    assert told(a, 4) == b"abcd"
    nothing(a)
    a.sendall(b"m")
    assert told(a, 4) == b"efgh"
    nothing(a)


def says_no_more(port: int, held: ExitStack) -> None:
    """One is answered, ends its own side, and waits for the server to end the other."""
    a = held.enter_context(connected(port))
    echoed(a, b"hello")
    a.shutdown(socket.SHUT_WR)
    ended(a)
    nothing(held.enter_context(connected(port)))


def two_at_once(port: int, held: ExitStack) -> None:
    """Two connect while the server is busy with another one: one edge tells of both. A late one makes the next edge,
    and is not the one that is accepted for it."""
    first = held.enter_context(connected(port))
    for _ in range(40):
        first.sendall(b"busy")
        crowd = [held.enter_context(connected(port)) for _ in range(2)]
        told(first, 4)
        if not all(_answered(one) for one in crowd):
            nothing(held.enter_context(connected(port)))
            return
    raise AssertionError("every connection was accepted")


def _answered(client: socket.socket) -> bool:
    client.settimeout(LULL)
    client.sendall(b"?")
    try:
        return client.recv(1) == b"?"
    except TimeoutError:
        return False


def unheard(port: int, held: ExitStack) -> None:
    """The server greets, and never reads."""
    with connected(port) as a:
        assert told(a, 6) == b"hello\n"
        a.sendall(b"is anybody there?")
        nothing(a)


def end_with_the_data(port: int, held: ExitStack) -> None:
    """The last bytes and the end, in one segment."""
    with connected(port) as a:
        echoed(a, b"hello")
        a.send(b"bye", socket.MSG_MORE)
        a.shutdown(socket.SHUT_WR)
        assert told(a, 3) == b"bye"
        nothing(a)


def second_message(port: int, held: ExitStack) -> None:
    """One answer, and then none."""
    with connected(port) as a:
        echoed(a, b"one")
        a.sendall(b"two")
        nothing(a, 1.2)


def without_a_pause(port: int, held: ExitStack) -> None:
    """The next message at once."""
    with connected(port) as a:
        for data in (b"one", b"two", b"three"):
            echoed(a, data)


def one_is_answered(port: int, held: ExitStack) -> None:
    """One client is answered and says no more; another one talks on."""
    with connected(port) as a, connected(port) as b:
        echoed(a, b"hello")
        for _ in range(5):
            echoed(b, b"hello")


def gone_with_a_reset(port: int, held: ExitStack) -> None:
    """One client is answered and ends with a RST; others come after it."""
    a = connected(port)
    echoed(a, b"hello")
    reset(a)
    for _ in range(3):
        with connected(port) as b:
            echoed(b, b"hello")


def a_crowd(port: int, held: ExitStack) -> None:
    """More connections than the server has fds for. The first client talks on: an answer is a wait of the server's."""
    with connected(port) as first:
        crowd = [connected(port) for _ in range(10)]
        for _ in range(9):
            echoed(first, b"still there")
        for one in crowd:
            one.close()


def a_short_life(port: int, held: ExitStack) -> None:
    """Two clients, one of which ends; the other one talks on."""
    with connected(port) as a:
        echoed(a, b"hello")
        with connected(port) as b:
            echoed(b, b"hello")
            b.shutdown(socket.SHUT_WR)
            for _ in range(4):
                echoed(a, b"hello")


def half_a_line(port: int, held: ExitStack) -> None:
    """Half a line; another client is not heard until the rest has come."""
    with connected(port) as a, connected(port) as b:
        echoed(b, b"a line\n")
        a.sendall(b"half ")
        nothing(a)
        b.sendall(b"me?\n")
        nothing(b)
        a.sendall(b"a line\n")
        assert told(a, 12) == b"half a line\n"
        assert told(b, 4) == b"me?\n"


def read_later(port: int, held: ExitStack) -> None:
    """More while the server has its mind on something else."""
    with connected(port) as a:
        echoed(a, b"once")
        for _ in range(2):
            a.sendall(b"wait")
            a.sendall(b"more")
            assert told(a, 8) == b"waitmore"


def datagrams(port: int, held: ExitStack) -> None:
    """Datagrams, several at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a:
        a.settimeout(LIMIT_SECONDS)
        a.connect(("127.0.0.1", port))
        for data in (b"one", b"two", b"a longer one", b"four"):
            a.send(data)
        assert sorted(a.recv(64) for _ in range(4)) == [b"a longer one", b"four", b"one", b"two"]
        nothing(a)


# --- what real servers are asked -------------------------------------------------------------------------------------


def benchmark(port: int, held: ExitStack) -> None:
    """redis-benchmark: five connections, a handful of each request, singly and several to a packet."""
    base = ("redis-benchmark", "-h", "127.0.0.1", "-p", str(port), "-q", "-t", "ping_mbulk,set,get,lpush")
    ran(*base, "-c", "5", "-n", "15")
    ran(*base, "-c", "2", "-n", "24", "-P", "8")


def requests(port: int, held: ExitStack) -> None:
    """curl: three requests on one connection, and a stranger's one."""
    base = f"http://127.0.0.1:{port}/"
    out = ran("curl", "-s", "-S", "--noproxy", "*", base, base, f"{base}nothing-there")
    assert out.startswith("hello\nhello\n"), out
    ran("curl", "-s", "-S", "--noproxy", "*", "-H", "Connection: close", "-d", "x=1", base)


LARGE = 1 << 20
"""Bytes of the file that a slow client is sent."""


def slowly(path: str) -> Drive:
    """Asks for a large file with a small window, and for another one before it reads; does nothing for a while; reads
    then."""

    def drive(port: int, held: ExitStack) -> None:
        with socket.socket() as a:
            a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
            a.settimeout(LIMIT_SECONDS)
            a.connect(("127.0.0.1", port))
            a.sendall(_get(path, "keep-alive"))
            first = told(a, 1000)
            with connected(port) as b:
                b.sendall(_get("/", "close"))
                assert _rest(b).endswith(b"hello\n")
            a.sendall(_get("/", "close"))
            time.sleep(LULL)  # what it came for: nothing is waited for here
            got = first + _rest(a)
            assert len(got) > LARGE and got.endswith(b"hello\n")

    return drive


def _rest(client: socket.socket) -> bytes:
    got = b""
    while part := client.recv(1 << 16):
        got += part
    return got


def _get(path: str, connection: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n\r\n".encode()


def cached(port: int, held: ExitStack) -> None:
    """memcached's text protocol: set, get, what is not there, a value of many packets, several to a packet."""
    with connected(port) as a, connected(port) as b:
        _asked(a, b"set k 0 0 5\r\nhello\r\n", b"STORED\r\n")
        _asked(b, b"get k\r\n", b"VALUE k 0 5\r\nhello\r\nEND\r\n")
        _asked(b, b"get x\r\n", b"END\r\n")
        _asked(a, b"set big 0 0 200000\r\n" + b"x" * 200000 + b"\r\n", b"STORED\r\n")
        _asked(
            a, b"get k\r\nget x\r\nget k\r\n", b"VALUE k 0 5\r\nhello\r\nEND\r\nEND\r\nVALUE k 0 5\r\nhello\r\nEND\r\n"
        )
        a.sendall(b"get big\r\n")
        assert told(a, len(b"VALUE big 0 200000\r\n\r\nEND\r\n") + 200000).endswith(b"END\r\n")
        b.sendall(b"quit\r\n")
        ended(b)
        nothing(a)


def _asked(client: socket.socket, request: bytes, answer: bytes) -> None:
    client.sendall(request)
    assert told(client, len(answer)) == answer
