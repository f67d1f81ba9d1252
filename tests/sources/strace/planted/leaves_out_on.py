"""A level-triggered echo server that asks for OUT, and goes on asking when all is sent."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}
unsent = {}

while True:
    for fd, ev in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()], unsent[c.fileno()] = c, b""
            ep.register(c, select.EPOLLIN)
            continue
        if ev & select.EPOLLIN:
            data = conns[fd].recv(4096)
            if not data:
                conns.pop(fd).close()
                continue
            unsent[fd] += data
            ep.modify(fd, select.EPOLLIN | select.EPOLLOUT)
        elif unsent[fd]:
            unsent[fd] = unsent[fd][conns[fd].send(unsent[fd]) :]
