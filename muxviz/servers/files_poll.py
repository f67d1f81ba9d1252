"""A regular file, a pipe, an eventfd and a timerfd under poll(2)."""

import ctypes
import os
import select
import time


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
p = select.poll()
for fd in file, r, event, timer:
    p.register(fd, select.POLLIN)

# the regular file
p.poll(0)
p.unregister(file)
p.poll(0)

# the pipe
os.write(w, b"ping")
p.poll(0)
p.poll(0)
os.read(r, 4)
p.poll(0)

# the eventfd
os.write(event, bytes([3] + [0] * 7))
p.poll(0)
os.read(event, 8)

# the timerfd
expire(timer)
p.poll(0)
os.read(timer, 8)

# the writer goes
os.write(w, b"last")
os.close(w)
p.poll(0)
os.read(r, 4)
p.poll(0)
os.read(r, 4)
p.unregister(r)

# the reader goes
r, w = os.pipe()
p.register(w, select.POLLOUT)
p.poll(0)
os.close(r)
p.poll(0)
p.unregister(w)
p.poll()
