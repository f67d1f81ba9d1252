"""A server on poll(2) for messages of ten bytes, which it sends back whole."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--ready", action="store_true", help="read what is there, and keep the parts of a message")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

SIZE = 10
p = select.poll()
p.register(listener, select.POLLIN)
conns = {}  # fd -> connection
parts = {}  # fd -> what there is of its next message


def rest(fd):
    c = conns[fd]
    got = parts[fd]
    while len(got) < SIZE:
        data = c.recv(SIZE - len(got))
        got += data
        if not data:
            return None
        if opt.ready:
            break
    return got


while True:
    ready = p.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            parts[c.fileno()] = b""
            p.register(c, select.POLLIN)
            continue
        got = rest(fd)
        if got is None:
            p.unregister(fd)
            conns.pop(fd).close()
        elif len(got) == SIZE:
            conns[fd].send(got)
            parts[fd] = b""
        else:
            parts[fd] = got
