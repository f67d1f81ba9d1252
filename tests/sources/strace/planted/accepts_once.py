"""A server whose listener is edge-triggered, and that accepts once for each report. An answer takes it a moment, in
which several clients may come."""

import select
import socket
import sys
import time

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN | select.EPOLLET)
conns = {}

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
            time.sleep(0.05)  # looks something up
            conns[fd].send(data)
        else:
            conns.pop(fd).close()
