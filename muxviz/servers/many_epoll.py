"""An echo server for many clients on epoll(7): the kernel keeps the table, each fd goes in once."""

import argparse
import resource
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
opt = parser.parse_args()
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", opt.port))
listener.listen(1024)
listener.setblocking(False)
print("listening on port", listener.getsockname()[1], flush=True)

conns = {}  # fd -> connection
ep = select.epoll()
ep.register(listener, select.EPOLLIN)


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except BlockingIOError:
            return
        c.setblocking(False)
        conns[c.fileno()] = c
        ep.register(c, select.EPOLLIN)


def echo(fd):
    data = conns[fd].recv(4096)
    if data:
        conns[fd].send(data)
    else:
        ep.unregister(fd)
        conns.pop(fd).close()


while True:
    for fd, _ in ep.poll():
        if fd in conns:
            echo(fd)
        else:
            accept()
