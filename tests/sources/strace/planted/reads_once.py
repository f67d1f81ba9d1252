"""An edge-triggered echo server that reads once for each report."""

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
            ep.register(c, select.EPOLLIN | select.EPOLLET)
            continue
        data = conns[fd].recv(4)
        if data:
            conns[fd].send(data)
        else:
            conns.pop(fd).close()
