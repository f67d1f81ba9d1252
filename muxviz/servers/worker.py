"""One of several worker processes on one listener, which it inherits as fd 3 (and an epoll that all share, as fd 4)."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="listen here instead of on fd 3: a worker alone")
parser.add_argument("--exclusive", action="store_true", help="register with EPOLLEXCLUSIVE")
parser.add_argument("--shared", action="store_true", help="wait on the epoll that all workers share")
parser.add_argument("--edge", action="store_true", help="register with EPOLLET")
opt = parser.parse_args()

if opt.port:
    listener = socket.create_server(("127.0.0.1", opt.port))
else:
    listener = socket.socket(fileno=3)
listener.setblocking(False)

mask = select.EPOLLIN
mask |= select.EPOLLEXCLUSIVE if opt.exclusive else 0
mask |= select.EPOLLET if opt.edge else 0
ep = select.epoll.fromfd(4) if opt.shared else select.epoll()
try:
    ep.register(listener, mask)
except FileExistsError:
    pass  # another worker has registered it already


def serve(c):
    data = c.recv(4096)
    c.send(data)
    c.close()


while True:
    ep.poll()
    try:
        c, _ = listener.accept()
    except BlockingIOError:
        continue  # another was faster
    serve(c)
