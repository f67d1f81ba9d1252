"""A level-triggered echo server that may have twelve fds, and has no plan for a thirteenth."""

import resource
import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
conns = {}

while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            try:
                c, _ = listener.accept()
            except OSError as error:
                print("accept:", error, flush=True)
                continue
            c.setblocking(False)
            conns[c.fileno()] = c
            ep.register(c, select.EPOLLIN)
            continue
        data = conns[fd].recv(4096)
        if data:
            conns[fd].send(data)
        else:
            conns.pop(fd).close()
