"""A UDP echo server on poll(2): one datagram for each report."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--recv-size", type=int, default=4096, help="the most that one recvfrom takes, in bytes")
parser.add_argument("--drain", action="store_true", help="receive until EAGAIN")
opt = parser.parse_args()
size = opt.recv_size

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", opt.port))
sock.setblocking(False)
print("bound to port", sock.getsockname()[1], flush=True)


def echo():
    while True:
        try:
            data, a = sock.recvfrom(size)
        except BlockingIOError:
            return
        sock.sendto(data, a)
        if not opt.drain:
            return


p = select.poll()
p.register(sock, select.POLLIN)
while True:
    for _, ev in p.poll():
        if ev & select.POLLIN:
            echo()
