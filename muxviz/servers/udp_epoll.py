"""A UDP echo server on epoll(7), level- or edge-triggered: one datagram for each report."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--recv-size", type=int, default=4096, help="the most that one recvfrom takes, in bytes")
parser.add_argument("--drain", action="store_true", help="receive until EAGAIN")
parser.add_argument("--edge", action="store_true", help="register with EPOLLET")
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


mask = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
ep = select.epoll()
ep.register(sock, mask)
while True:
    for _, ev in ep.poll():
        if ev & select.EPOLLIN:
            echo()
