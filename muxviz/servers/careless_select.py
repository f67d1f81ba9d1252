"""An echo server on select(2) that closes a connection and leaves its number in the list."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--copy", action="store_true", help="keep a dup of each connection, as a log or a child would")
parser.add_argument("--close-copy", action="store_true", help="close the dup with its connection")
parser.add_argument("--unregister", action="store_true", help="take a number out of the set before it is closed")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

fds = [listener.fileno()]
conns = {}  # fd -> connection
copies = {}  # fd -> a dup of it

while True:
    r, w, x = select.select(
        fds,
        [],
        [],
    )
    for fd in r:
        if fd == fds[0]:
            c, _ = listener.accept()
            conns[c.fileno()] = c
            fds.append(c.fileno())
            if opt.copy:
                copy = c.dup()
                copies[c.fileno()] = copy
            continue
        c = conns[fd]
        data = c.recv(4096)
        if data not in (b"", b"bye"):
            c.send(data)
            continue
        if opt.unregister:
            fds.remove(fd)
        del conns[fd]
        c.close()
        if opt.close_copy:
            copies.pop(fd).close()
