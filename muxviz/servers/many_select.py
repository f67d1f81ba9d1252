"""An echo server for as many clients as select(2) can watch: it goes up to fd 1023."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
opt = parser.parse_args()

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", opt.port))
listener.listen(1024)
listener.setblocking(False)
print("listening on port", listener.getsockname()[1], flush=True)

socks = [listener]


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except BlockingIOError:
            return
        c.setblocking(False)
        socks.append(c)


def echo(c):
    data = c.recv(4096)
    if data:
        c.send(data)
    else:
        socks.remove(c)
        c.close()


while True:
    r, w, x = select.select(socks, [], [])
    for s in r:
        if s is listener:
            accept()
        else:
            echo(s)
