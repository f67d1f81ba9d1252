"""A client on poll(2) that connects without waiting: nobody listens at its first address, at the second somebody."""

import os
import select
import socket

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
p = select.poll()
p.register(s, select.POLLIN | select.POLLOUT)  # room to send is how a connect says that it is over

while True:
    for fd, ev in p.poll():
        error = s.getsockopt(
            socket.SOL_SOCKET,
            socket.SO_ERROR,
        )
        if error:
            print(os.strerror(error), flush=True)
            p.unregister(s)
            s.close()
            s = begin()
            p.register(s, select.POLLIN | select.POLLOUT)
        else:
            s.send(b"hello")
            p.modify(s, select.POLLIN)
