"""A server that asks a connection nothing more once it has answered, and does not see that it is gone: no interest
turns HUP and ERR off."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}

while True:
    for fd, ev in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN)
        elif ev & select.EPOLLIN:
            conns[fd].send(conns[fd].recv(4096))
            ep.modify(fd, 0)
