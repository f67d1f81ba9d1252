"""A client on epoll(7) that connects without waiting: nobody listens at its first address, at the second somebody."""

import argparse
import os
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
opt = parser.parse_args()

nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))  # an address that is taken, where nothing listens
listener = socket.create_server(("127.0.0.1", 0))
addresses = [nobody.getsockname(), listener.getsockname()]


def begin():
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(addresses.pop(0))
    return s


s = begin()
IN = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
ep = select.epoll()
ep.register(s, IN | select.EPOLLOUT)  # room to send is how a connect says that it is over

while True:
    for fd, ev in ep.poll():
        error = s.getsockopt(
            socket.SOL_SOCKET,
            socket.SO_ERROR,
        )
        if error:
            print(os.strerror(error), flush=True)
            ep.unregister(s)
            s.close()
            s = begin()
            ep.register(s, IN | select.EPOLLOUT)
        else:
            s.send(b"hello")
            ep.modify(s, IN)
