"""A level-triggered echo server with blocking sockets, which waits in recv for the rest of a line."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN)
            continue
        line = b""
        while not line.endswith(b"\n"):
            data = conns[fd].recv(4096)
            if not data:
                break
            line += data
        if line:
            conns[fd].send(line)
        else:
            conns.pop(fd).close()
