"""The clients of every lane, in one process of their own: real sockets that do what they are told, one call at a time.

Runs by its path, with the standard library alone. It reads one JSON request a line from standard input and answers
each with one JSON line, the call as an event; it ends when its input does, so it cannot outlive the muxviz that made
it. Payloads travel as Latin-1 text: a character is a byte.
"""

import errno
import json
import os
import socket
import struct
import sys
import time

CONNECT_SECONDS = 1.0
"""A full accept queue drops the SYN, which TCP sends again after a second: the most that a connect may take."""


def connect(sock, request):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(CONNECT_SECONDS), 0))
    sock.connect(("127.0.0.1", request["port"]))
    return 0


def send(sock, request):
    return sock.send(request["payload"].encode("latin-1"))


def half_close(sock, request):
    sock.shutdown(socket.SHUT_WR)
    return 0


def close(sock, request):
    sock.close()
    return 0


def reset(sock, request):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return 0


DOES = {
    "connect": ("connect", connect),
    "send": ("send", send),
    "half_close": ("shutdown", half_close),
    "close": ("close", close),
    "reset": ("close", reset),
}
SAYS = {
    "connect": lambda request: {"address": ["127.0.0.1", request["port"]]},
    "send": lambda request: {"size": len(request["payload"])},
    "read": lambda request: {"size": request["size"]},
    "half_close": lambda request: {"how": "WR"},
    "reset": lambda request: {"linger": 0},
}


class Clients:
    def __init__(self):
        self.sockets = {}

    def do(self, request):
        key, do = (request["lane"], request["client"]), request["do"]
        if do == "connect":
            self.sockets[key] = socket.socket()
        sock = self.sockets[key]
        args = SAYS.get(do, lambda request: {})(request)
        fd, error, data = sock.fileno(), None, b""
        call, action = DOES.get(do, ("recv", None))
        began = time.monotonic_ns()
        try:
            if action is not None:
                ret = action(sock, request)
            else:
                data = sock.recv(request["size"])
                ret = len(data)
        except OSError as exc:
            ret, error = -1, errno.errorcode.get(exc.errno, str(exc.errno))
        ended = time.monotonic_ns()
        if do == "connect":
            if error is None:
                sock.setblocking(False)
            args["local"] = list(sock.getsockname())
        if do == "read" and request.get("expect") is not None:
            args["as_sent"] = data.decode("latin-1") == request["expect"]
        if do in ("close", "reset"):
            del self.sockets[key]
        event = {"n": -1, "t": ended, "lane": key[0], "role": "client", "pid": os.getpid(), "client": key[1]}
        event |= {"call": call, "fd": fd, "args": args, "ret": ret, "took": ended - began}
        return event | ({"error": error} if error else {})


def main():
    clients = Clients()
    for line in sys.stdin.buffer:
        answer = clients.do(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
