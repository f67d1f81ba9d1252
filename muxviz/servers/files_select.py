"""A regular file, a pipe, an eventfd and a timerfd under select(2)."""

import ctypes
import os
import time
from select import select


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
rs = [file, r, event, timer]

# the regular file
select(rs, [], [], 0)
rs.remove(file)
select(rs, [], [], 0)

# the pipe
os.write(w, b"ping")
select(rs, [], [], 0)
select(rs, [], [], 0)
os.read(r, 4)
select(rs, [], [], 0)

# the eventfd
os.write(event, bytes([3] + [0] * 7))
select(rs, [], [], 0)
os.read(event, 8)

# the timerfd
expire(timer)
select(rs, [], [], 0)
os.read(timer, 8)

# the writer goes
os.write(w, b"last")
os.close(w)
select(rs, [], [], 0)
os.read(r, 4)
select(rs, [], [], 0)
os.read(r, 4)
rs.remove(r)

# the reader goes
r, w = os.pipe()
select(rs, [w], [], 0)
os.close(r)
select(rs, [w], [], 0)
select(rs, [], [])
