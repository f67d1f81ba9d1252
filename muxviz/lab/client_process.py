"""The clients of every lane, in one process of their own: real sockets that do what they are told, one call at a time.

Runs by its path, with the standard library alone. It reads one JSON request a line from standard input and answers
each with one JSON line, the call as an event; it ends when its input does, so it cannot outlive the muxviz that made
it. Payloads travel as Latin-1 text: a character is a byte.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]

CONNECT_SECONDS = 1.0
"""A full accept queue drops the SYN, which TCP sends again after a second: the most that a connect may take."""


def connect(sock: socket.socket, request: Request) -> int:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(CONNECT_SECONDS), 0))
    sock.connect(("127.0.0.1", request["port"]))
    return 0


def send(sock: socket.socket, request: Request) -> int:
    return sock.send(request["payload"].encode("latin-1"))


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
    "send": ("send", send),
    "half_close": ("shutdown", half_close),
    "close": ("close", close),
    "reset": ("close", reset),
}
SAYS: dict[str, Callable[[Request], Request]] = {
    "connect": lambda request: {"address": ["127.0.0.1", request["port"]]},
    "send": lambda request: {"size": len(request["payload"])},
    "read": lambda request: {"size": request["size"]},
    "half_close": lambda request: {"how": "WR"},
    "reset": lambda request: {"linger": 0},
}


class Clients:
    """Their sockets, by lane and client."""

    def __init__(self) -> None:
        self.sockets: dict[tuple[str, str], socket.socket] = {}

    def do(self, request: Request) -> Request:
        """Make one call; returns it as an event."""
        key, do = (request["lane"], request["client"]), request["do"]
        if do == "connect":
            self.sockets[key] = socket.socket()
        sock = self.sockets[key]
        args = SAYS[do](request) if do in SAYS else {}
        fd, error, data = sock.fileno(), None, b""
        call, action = DOES.get(do, ("recv", None))
        ret = -1
        began = time.monotonic_ns()
        try:
            if action is not None:
                ret = action(sock, request)
            else:
                data = sock.recv(request["size"])
                ret = len(data)
        except OSError as exc:
            error = errno.errorcode.get(exc.errno or 0, str(exc.errno))
        ended = time.monotonic_ns()
        if do == "connect":
            if error is None:
                sock.setblocking(False)
            args["local"] = list(sock.getsockname())
        if do == "read" and request.get("expect") is not None:
            args["as_sent"] = data.decode("latin-1") == request["expect"]
        if do in ("close", "reset"):
            del self.sockets[key]
        event: Request = {"n": -1, "t": ended, "lane": key[0], "role": "client", "pid": os.getpid(), "client": key[1]}
        event |= {"call": call, "fd": fd, "args": args, "ret": ret, "took": ended - began}
        if do == "send" and ret > 0:
            data = request["payload"].encode("latin-1")[:ret]
        if data[: request["keep"]]:
            event["data"] = data[: request["keep"]].decode("latin-1")
        return event | ({"error": error} if error else {})


def main() -> None:
    """Answer requests until there are no more."""
    clients = Clients()
    for line in sys.stdin.buffer:
        answer = clients.do(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
