"""An echo server on poll(2) that asks for POLLPRI as well."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--oob", action="store_true", help="read the urgent byte, with MSG_OOB")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

BOTH = select.POLLIN | select.POLLPRI
p = select.poll()
p.register(listener, BOTH)
conns = {}  # fd -> connection

while True:
    ready = p.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            p.register(c, BOTH)
            continue
        c = conns[fd]
        if ev & select.POLLPRI:
            if opt.oob:
                c.recv(
                    1,
                    socket.MSG_OOB,
                )
        if ev & select.POLLIN:
            data = c.recv(4096)
            if data:
                c.send(data)
            else:
                p.unregister(c)
                conns.pop(fd).close()
