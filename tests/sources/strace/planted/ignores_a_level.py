"""A level-triggered echo server that takes a pause from a talkative client, and goes on asking about it meanwhile."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}
pauses = {}  # fd -> how many of its reports are passed over

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()], pauses[c.fileno()] = c, 0
            ep.register(c, select.EPOLLIN)
            continue
        if pauses[fd]:
            pauses[fd] -= 1
            continue
        data = conns[fd].recv(4096)
        if data:
            conns[fd].send(data)
            pauses[fd] = 30
        else:
            conns.pop(fd).close()
