"""An echo server on epoll(7) that takes a few events from each wait and reads a few bytes for each."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--maxevents", type=int, default=1, help="the most that one wait reports")
parser.add_argument("--recv-size", type=int, default=4, help="the most that one recv takes, in bytes")
opt = parser.parse_args()
most, size = opt.maxevents, opt.recv_size

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}  # fd -> connection

while True:
    ready = ep.poll(
        None,
        maxevents=most,
    )
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN)
            continue
        c = conns[fd]
        data = c.recv(size)
        if data:
            c.send(data)
        else:
            ep.unregister(c)
            conns.pop(fd).close()
