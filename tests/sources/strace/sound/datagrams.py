"""An edge-triggered server of datagrams, which receives until EAGAIN, after a look at each one's size; a UNIX pair to
itself carries their number."""

import select
import socket
import sys

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", int(sys.argv[1])))
udp.setblocking(False)
here, there = socket.socketpair()
here.setblocking(False)
ep = select.epoll()
ep.register(udp, select.EPOLLIN | select.EPOLLET)
ep.register(here, select.EPOLLIN | select.EPOLLET)
count = 0

while True:
    for fd, _ in ep.poll():
        if fd == here.fileno():
            while True:
                try:
                    here.recvmsg(64)
                except BlockingIOError:
                    break
            continue
        while True:
            try:
                data, _ = udp.recvfrom(2048, socket.MSG_PEEK)
                data, peer = udp.recvfrom(len(data))
            except BlockingIOError:
                break
            udp.sendto(data, peer)
            count += 1
        there.send(b"%d\n" % count)
