"""The clients of every lane, in one process of their own: real sockets that do what they are told, one call at a time.

Runs by its path, with the standard library alone. It reads one JSON request a line from standard input and answers
each with one JSON line, the call as an event; it ends when its input does, so it cannot outlive the muxviz that made
it. Payloads travel as Latin-1 text: a character is a byte.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]

CONNECT_SECONDS = 1.0
"""A full accept queue drops the SYN, which TCP sends again after a second: the most that a connect may take."""
FINISH_SECONDS = 1.5
"""How long a connect that was begun is waited for: TCP has sent its SYN again by then."""


def connect(sock: socket.socket, request: Request) -> int:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(CONNECT_SECONDS), 0))
    if request["rcvbuf"]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, request["rcvbuf"])
    try:
        sock.connect((request["host"], request["port"]))
    finally:
        sock.setblocking(False)
    return 0


def begin(sock: socket.socket, request: Request) -> int:
    sock.setblocking(False)
    sock.connect((request["host"], request["port"]))
    return 0


def finish(sock: socket.socket, request: Request) -> int:
    """The same connect once more tells what has become of the first: 0, or EALREADY (connect(2))."""
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    poller.poll(FINISH_SECONDS * 1000)
    sock.connect((request["host"], request["port"]))
    return 0


def send(sock: socket.socket, request: Request) -> int:
    return sock.send(request["payload"].encode("latin-1"))


def urgent(sock: socket.socket, request: Request) -> int:
    return sock.send(request["payload"].encode("latin-1"), socket.MSG_OOB)


def half_close(sock: socket.socket, request: Request) -> int:
    sock.shutdown(socket.SHUT_WR)
    return 0


def close(sock: socket.socket, request: Request) -> int:
    sock.close()
    return 0


def reset(sock: socket.socket, request: Request) -> int:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return 0


DOES: dict[str, tuple[str, Callable[[socket.socket, Request], int]]] = {
    "connect": ("connect", connect),
    "begin": ("connect", begin),
    "finish": ("connect", finish),
    "datagram": ("connect", begin),
    "send": ("send", send),
    "urgent": ("send", urgent),
    "half_close": ("shutdown", half_close),
    "close": ("close", close),
    "reset": ("close", reset),
}
MAKES = {"connect": socket.SOCK_STREAM, "begin": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM}
"""What begins with a socket of its own, and of which type."""


def address(request: Request) -> Request:
    return {"address": [request["host"], request["port"]]}


SAYS: dict[str, Callable[[Request], Request]] = {
    "connect": address,
    "begin": address,
    "finish": address,
    "datagram": lambda request: address(request) | {"type": "SOCK_DGRAM"},
    "send": lambda request: {"size": len(request["payload"])},
    "urgent": lambda request: {"size": len(request["payload"]), "flags": "OOB"},
    "read": lambda request: {"size": request["size"]},
    "half_close": lambda request: {"how": "WR"},
    "reset": lambda request: {"linger": 0},
}


class ClientSockets:
    """Their sockets, by lane and client."""

    def __init__(self) -> None:
        self.sockets: dict[tuple[str | None, str], socket.socket] = {}
        self.crowd: list[socket.socket] = []
        """Those that only stay open."""

    def do(self, request: Request) -> Request:
        """Make one call; returns it as an event."""
        key, do = (request["lane"], request["client"]), request["do"]
        if do in MAKES:
            if key in self.sockets:
                self.crowd.append(self.sockets[key])
            family = socket.AF_INET6 if ":" in request["host"] else socket.AF_INET
            self.sockets[key] = socket.socket(family, MAKES[do])
        args = SAYS[do](request) if do in SAYS else {}
        call, action = DOES.get(do, ("recv", None))
        sock = self.sockets.get(key)
        fd, error, data, ret = -1, None, b"", -1
        began = time.monotonic_ns()
        try:
            if sock is None:
                raise OSError(errno.EBADF, "no such client")
            fd = sock.fileno()
            if action is not None:
                ret = action(sock, request)
            else:
                data = sock.recv(request["size"])
                ret = len(data)
        except OSError as exc:
            error = errno.errorcode.get(exc.errno or 0, str(exc.errno))
        ended = time.monotonic_ns()
        if call == "connect" and sock is not None:
            args["local"] = list(sock.getsockname()[:2])
        if do == "read" and request.get("expect") is not None:
            args["as_sent"] = data.decode("latin-1") == request["expect"]
        if do in ("close", "reset"):
            self.sockets.pop(key, None)
        event: Request = {"n": -1, "t": ended, "role": "client", "pid": os.getpid(), "client": key[1]}
        event |= {"call": call, "fd": fd, "args": args, "ret": ret, "took": ended - began}
        if key[0] is not None:
            event["lane"] = key[0]
        if do in ("send", "urgent") and ret > 0:
            data = request["payload"].encode("latin-1")[:ret]
        if data[: request["keep"]]:
            event["data"] = data[: request["keep"]].decode("latin-1")
        return event | ({"error": error} if error else {})


def main() -> None:
    """Answer requests until there are no more: each with an event, one of a crowd with as many as it has."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clients = ClientSockets()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        for _ in range(request["count"]):
            sys.stdout.write(json.dumps(clients.do(request)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
