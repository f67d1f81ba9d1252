"""A server that remembers what is ready and reads when it has a use for it, as Go's runtime does: one edge-triggered
ADD for a connection's whole life; a coroutine tries to read first, and is parked only when that says EAGAIN.

Commands are four bytes, `wait` among them: to that one the server answers after a tenth of a second, and does not read
meanwhile.
"""

import select
import socket
import sys
import time

WHOLE_LIFE = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setblocking(False)
ep = select.epoll()
ep.register(listener, WHOLE_LIFE)
parked = {}  # fd -> the coroutine that waits for it
ready = set()  # fds that were reported and that nobody has asked for yet
timers = []  # (when, coroutine)


def until_readable(fd):
    if fd not in ready:
        yield fd
    ready.discard(fd)


def serve(c):
    while True:
        try:
            data = c.recv(4)
        except BlockingIOError:
            yield from until_readable(c.fileno())
            continue
        if not data:
            ready.discard(c.fileno())
            c.close()
            return
        if data == b"wait":
            yield time.monotonic() + 0.1
        c.send(data)


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except BlockingIOError:
            yield from until_readable(listener.fileno())
            continue
        c.setblocking(False)
        ep.register(c, WHOLE_LIFE)
        go(serve(c))


def go(coroutine):
    asked = next(coroutine, None)
    if isinstance(asked, int):
        parked[asked] = coroutine
    elif asked is not None:
        timers.append((asked, coroutine))


go(accept())
while True:
    soonest = min((when for when, _ in timers), default=None)
    for fd, ev in ep.poll(None if soonest is None else max(0, soonest - time.monotonic())):
        if ev & (select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
            ready.add(fd)
            if fd in parked:
                go(parked.pop(fd))
    now = time.monotonic()
    due, timers = [one for when, one in timers if when <= now], [(when, one) for when, one in timers if when > now]
    for coroutine in due:
        go(coroutine)
