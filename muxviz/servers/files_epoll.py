"""A regular file, a pipe, an eventfd and a timerfd under epoll(7), level- or edge-triggered."""

import argparse
import ctypes
import os
import select
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--edge", action="store_true", help="register with EPOLLET")
opt = parser.parse_args()
IN = select.EPOLLIN | (select.EPOLLET if opt.edge else 0)
OUT = select.EPOLLOUT | (select.EPOLLET if opt.edge else 0)


def timerfd():
    """timerfd_create(2), which Python's os has from 3.13 on."""
    return ctypes.CDLL(None).timerfd_create(time.CLOCK_MONOTONIC, 0)


def expire(fd):
    """timerfd_settime(2): once, in a millisecond; and wait for that."""
    once = (ctypes.c_long * 4)(0, 0, 0, 1_000_000)
    ctypes.CDLL(None).timerfd_settime(fd, 0, once, None)
    time.sleep(0.01)


file = os.open(__file__, os.O_RDONLY)
r, w = os.pipe()
event = os.eventfd(0)
timer = timerfd()
ep = select.epoll()
for fd in r, event, timer:
    ep.register(fd, IN)

# the regular file
try:
    ep.register(file, IN)
except PermissionError:
    pass
ep.poll(0)

# the pipe
os.write(w, b"ping")
ep.poll(0)
ep.poll(0)
os.read(r, 4)
ep.poll(0)

# the eventfd
os.write(event, bytes([3] + [0] * 7))
ep.poll(0)
os.read(event, 8)

# the timerfd
expire(timer)
ep.poll(0)
os.read(timer, 8)

# the writer goes
os.write(w, b"last")
os.close(w)
ep.poll(0)
os.read(r, 4)
ep.poll(0)
os.read(r, 4)
ep.unregister(r)

# the reader goes
r, w = os.pipe()
ep.register(w, OUT)
ep.poll(0)
os.close(r)
ep.poll(0)
ep.unregister(w)
ep.poll()
