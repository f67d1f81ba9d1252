"""An echo server on poll(2) in a program that has a thousand files open."""

import argparse
import os
import resource
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--first-fd", type=int, default=1022, help="open files until this number is the next")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

p = select.poll()
p.register(listener, select.POLLIN)
conns = {}  # fd -> connection
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2048, hard)), hard))
files = [open(os.devnull)]  # what a busy program has open besides
while files[-1].fileno() < opt.first_fd - 1:
    files.append(open(os.devnull))

while True:
    ready = p.poll()
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            p.register(c, select.POLLIN)
            continue
        c = conns[fd]
        data = c.recv(4096)
        if data:
            c.send(data)
        else:
            p.unregister(c)
            conns.pop(fd).close()
