"""A prefork server: two children wait for one listener, each with an epoll of its own; one of the two is too late."""

import os
import select
import signal
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)


def child():
    ep = select.epoll()
    ep.register(listener, select.EPOLLIN | select.EPOLLET)
    conns = {}
    while True:
        for fd, _ in ep.poll():
            if fd == listener.fileno():
                try:
                    c, _ = listener.accept()
                except BlockingIOError:
                    continue
                conns[c.fileno()] = c
                ep.register(c, select.EPOLLIN)
                continue
            data = conns[fd].recv(4096)
            if data:
                conns[fd].send(data)
            else:
                conns.pop(fd).close()


children = []
for _ in range(2):
    pid = os.fork()
    if not pid:
        child()
    children.append(pid)


def end(*_):
    for pid in children:
        os.kill(pid, signal.SIGTERM)


signal.signal(signal.SIGTERM, end)
for pid in children:
    os.waitpid(pid, 0)
