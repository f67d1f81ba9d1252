"""An edge-triggered echo server as epoll(7) wants it: accepts and reads until EAGAIN."""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN | select.EPOLLET)
conns = {}


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except BlockingIOError:
            return
        c.setblocking(False)
        conns[c.fileno()] = c
        ep.register(c, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)


def echo(c):
    while True:
        try:
            data = c.recv(512)
        except BlockingIOError:
            return
        if not data:
            conns.pop(c.fileno()).close()
            return
        c.send(data)


while True:
    for fd, _ in ep.poll():
        if fd == listener.fileno():
            accept()
        else:
            echo(conns[fd])
