"""A server on epoll(7) that takes in what clients send: until EAGAIN, or a few reads a turn where it has a budget."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
parser.add_argument("--recv-size", type=int, default=4, help="the most that one recv takes, in bytes")
parser.add_argument("--budget", type=int, help="reads that a connection gets before it is another's turn")
opt = parser.parse_args()
size = opt.recv_size

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

MASK = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
ep = select.epoll()
ep.register(listener, select.EPOLLIN)
conns = {}  # fd -> connection
taken = {}  # connection -> bytes so far
unfinished = []  # whose turn ended before EAGAIN: an edge would not tell of them again


def serve(c):
    left = opt.budget
    while left != 0:
        try:
            data = c.recv(size)
        except BlockingIOError:
            return
        if not data:
            conns.pop(c.fileno()).close()
            return
        taken[c] = taken.get(c, 0) + len(data)
        if left:
            left -= 1
    if opt.edge:
        unfinished.append(c)


while True:
    ready = ep.poll(0 if unfinished else None)
    turns = []
    for fd, ev in ready:
        if fd == listener.fileno():
            c, _ = listener.accept()
            c.setblocking(False)
            conns[c.fileno()] = c
            ep.register(c, MASK)
        else:
            turns.append(conns[fd])
    late = [c for c in unfinished if c not in turns]
    unfinished = []
    for c in turns + late:
        serve(c)
