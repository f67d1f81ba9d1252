"""An echo server of threads that share one epoll with ONESHOT: whoever is told reads, and arms again."""

import select
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, select.EPOLLIN | select.EPOLLONESHOT)
conns = {}


def accept():
    try:
        c, _ = listener.accept()
    except BlockingIOError:
        return
    c.setblocking(False)
    conns[c.fileno()] = c
    ep.register(c, select.EPOLLIN | select.EPOLLONESHOT)


def echo(fd):
    data = conns[fd].recv(4096)
    if not data:
        conns.pop(fd).close()
        return
    conns[fd].send(data)
    ep.modify(fd, select.EPOLLIN | select.EPOLLONESHOT)


def work():
    while True:
        for fd, _ in ep.poll(maxevents=1):
            if fd == listener.fileno():
                accept()
                ep.modify(listener, select.EPOLLIN | select.EPOLLONESHOT)
            else:
                echo(fd)


threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
