"""A client on select(2) that connects without waiting: nobody listens at its first address, at the second somebody."""

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
asks = [s]  # room to send is how a connect says that it is over

while True:
    r, w, x = select.select(
        [s],
        asks,
        [s],
    )
    if s in w:
        error = s.getsockopt(
            socket.SOL_SOCKET,
            socket.SO_ERROR,
        )
        if error:
            print(os.strerror(error), flush=True)
            s.close()
            s = begin()
            asks = [s]
        else:
            s.send(b"hello")
            asks = []
