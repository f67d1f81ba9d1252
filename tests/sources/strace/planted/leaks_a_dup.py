"""A level-triggered echo server that keeps a dup of each connection for its log, and closes the connection only."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}
logged = []

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()] = c
            logged.append(c.dup())
            ep.register(c, select.EPOLLIN)
            continue
        if fd not in conns:
            continue
        data = conns[fd].recv(4096)
        if data:
            conns[fd].send(data)
        else:
            conns.pop(fd).close()
