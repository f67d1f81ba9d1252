"""A level-triggered echo server that reads the end of a stream, and thinks of closing it only much later."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}
ends = 0

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN)
            continue
        data = conns[fd].recv(4096)
        if data:
            conns[fd].send(data)
            continue
        ends += 1
        if ends == 30:
            conns.pop(fd).close()
