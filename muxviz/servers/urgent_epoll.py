"""An echo server on epoll(7), level- or edge-triggered, that asks for EPOLLPRI as well."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--oob", action="store_true", help="read the urgent byte, with MSG_OOB")
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

BOTH = select.EPOLLIN | select.EPOLLPRI
BOTH |= select.EPOLLET if opt.edge else 0
ep = select.epoll()
ep.register(listener, BOTH)
conns = {}  # fd -> connection

while True:
    ready = ep.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            ep.register(c, BOTH)
            continue
        c = conns[fd]
        if ev & select.EPOLLPRI:
            if opt.oob:
                c.recv(
                    1,
                    socket.MSG_OOB,
                )
        if ev & select.EPOLLIN:
            data = c.recv(4096)
            if data:
                c.send(data)
            else:
                ep.unregister(c)
                conns.pop(fd).close()
