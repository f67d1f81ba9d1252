"""An edge-triggered echo server that stops at a short read, and so leaves an end that came with the data."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
            continue
        while True:
            data = conns[fd].recv(64)
            conns[fd].send(data)
            if len(data) < 64:
                break
