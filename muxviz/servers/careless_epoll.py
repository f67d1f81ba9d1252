"""An echo server on epoll(7) that closes a connection and counts on epoll to forget it."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--copy", action="store_true", help="keep a dup of each connection, as a log or a child would")
parser.add_argument("--close-copy", action="store_true", help="close the dup with its connection")
parser.add_argument("--unregister", action="store_true", help="take a number out of the set before it is closed")
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

MASK = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
ep = select.epoll()
ep.register(listener, MASK)
conns = {}  # fd -> connection
copies = {}  # fd -> a dup of it

while True:
    ready = ep.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            ep.register(c, MASK)
            if opt.copy:
                copy = c.dup()
                copies[c.fileno()] = copy
            continue
        if fd not in conns:
            try:
                ep.unregister(fd)
            except OSError:
                pass  # too late
            continue
        c = conns[fd]
        data = c.recv(4096)
        if data not in (b"", b"bye"):
            c.send(data)
            continue
        if opt.unregister:
            ep.unregister(fd)
        del conns[fd]
        c.close()
        if opt.close_copy:
            copies.pop(fd).close()
