"""An echo server on epoll(7), level- or edge-triggered, in a program that has a thousand files open."""

import argparse
import os
import resource
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--first-fd", type=int, default=1022, help="open files until this number is the next")
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

MASK = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
ep = select.epoll()
ep.register(listener, MASK)
conns = {}  # fd -> connection
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2048, hard)), hard))
files = [open(os.devnull)]  # what a busy program has open besides
while files[-1].fileno() < opt.first_fd - 1:
    files.append(open(os.devnull))

while True:
    ready = ep.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            ep.register(c, MASK)
            continue
        c = conns[fd]
        data = c.recv(4096)
        if data:
            c.send(data)
        else:
            ep.unregister(c)
            conns.pop(fd).close()
