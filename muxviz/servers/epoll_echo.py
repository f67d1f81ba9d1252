"""An echo server on epoll(7), level- or edge-triggered: the kernel keeps the interest list."""

import argparse
import collections
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--recv-size", type=int, default=4096, help="the most that one recv takes, in bytes")
parser.add_argument("--drain", action="store_true", help="read, and accept, until EAGAIN")
parser.add_argument("--queue", action="store_true", help="send every reply through the queue")
parser.add_argument("--backlog", type=int, default=128, help="length of the accept queue")
parser.add_argument("--timeout", type=float, help="seconds after which a wait returns empty")
parser.add_argument("--sndbuf", type=int, help="send buffer of each connection, in bytes")
parser.add_argument("--always-out", action="store_true", help="ask for room to send all the time")
parser.add_argument("--pause", action="store_true", help="read nothing while replies wait to be sent")
parser.add_argument("--rdhup", action="store_true", help="ask for the end of the stream too")
parser.add_argument(
    "--at-end",
    choices=("close", "shutdown", "stay"),
    default="close",
    help="what is done when a client will send no more",
)
parser.add_argument("--edge", action="store_true", help="register every fd with EPOLLET")
parser.add_argument("--oneshot", action="store_true", help="register connections with EPOLLONESHOT")
parser.add_argument("--rearm", action="store_true", help="EPOLL_CTL_MOD after each read")
opt = parser.parse_args()
size = opt.recv_size
timeout = opt.timeout

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", opt.port))
listener.listen(opt.backlog)
listener.setblocking(False)
print("listening on port", listener.getsockname()[1], flush=True)

READ_ONLY = select.EPOLLIN | select.EPOLLPRI | select.EPOLLHUP | select.EPOLLERR
READ_ONLY |= select.EPOLLET if opt.edge else 0
ep = select.epoll()
ep.register(listener, READ_ONLY)
READ_ONLY |= select.EPOLLRDHUP if opt.rdhup else 0
READ_ONLY |= select.EPOLLONESHOT if opt.oneshot else 0
READ_WRITE = READ_ONLY | select.EPOLLOUT
WRITE_ONLY = READ_WRITE & ~(select.EPOLLIN | select.EPOLLRDHUP)
IDLE = READ_WRITE if opt.always_out else READ_ONLY  # nothing waits to be sent
BUSY = WRITE_ONLY if opt.pause else READ_WRITE  # something does
outputs = set()  # connections that wait for room to send
connections = {}  # fd -> connection
message_queues = {}  # connection -> replies that the kernel has not taken yet
ended = set()  # connections whose client will send no more
shut = set()  # those to which we will send no more


def accept():
    while True:
        try:
            c, _ = listener.accept()
        except BlockingIOError:
            return
        c.setblocking(False)
        if opt.sndbuf:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, opt.sndbuf)
        message_queues[c] = collections.deque()
        connections[c.fileno()] = c
        ep.register(c, IDLE)
        if not opt.drain:
            return


def receive(c):
    while c in message_queues:
        try:
            data = c.recv(size)
        except BlockingIOError:
            return
        except ConnectionError:
            close(c)
            return
        if not data:
            end(c)
            return
        reply(c, data)
        if not opt.drain or (opt.pause and c in outputs):
            return


def reply(c, data):
    queue = message_queues[c]
    if not queue and not opt.queue:
        data = send(c, data)
    if data:
        queue.append(data)
        if c not in outputs:
            outputs.add(c)
            ep.modify(c, BUSY)


def send(c, data):
    """Returns what the kernel did not take."""
    try:
        n = c.send(data)
    except BlockingIOError:
        return data
    except ConnectionError:
        close(c)
        return b""
    return data[n:]


def flush(c):
    queue = message_queues[c]
    while queue:
        rest = send(c, queue[0])
        if rest:
            queue[0] = rest
            return
        if queue:  # a broken connection has none left
            queue.popleft()
    if c in ended:
        leave(c)
    elif c in outputs:
        outputs.remove(c)
        ep.modify(c, IDLE)


def end(c):
    ended.add(c)
    if not message_queues[c]:
        leave(c)
    else:
        ep.modify(c, WRITE_ONLY)


def leave(c):
    if opt.at_end == "close" or c in shut:
        close(c)
    elif opt.at_end == "shutdown":
        shut.add(c)
        try:
            c.shutdown(socket.SHUT_WR)
        except OSError:  # the connection is broken already
            close(c)


def close(c):
    ep.unregister(c)
    del connections[c.fileno()]
    outputs.discard(c)
    ended.discard(c)
    shut.discard(c)
    message_queues.pop(c).clear()
    c.close()


def rearm(c):
    """Asks for the same once more, which looks at the fd anew."""
    if c not in outputs:
        ep.modify(c, IDLE)
    elif c not in ended:
        ep.modify(c, BUSY)
    else:
        ep.modify(c, WRITE_ONLY)


while True:
    ready = ep.poll(timeout)
    for fd, ev in ready:
        if fd == listener.fileno():
            accept()
            continue
        c = connections[fd]
        if ev & (select.EPOLLIN | select.EPOLLPRI):
            receive(c)
        elif ev & (select.EPOLLHUP | select.EPOLLERR):
            close(c)
        if ev & select.EPOLLOUT and c in message_queues:
            flush(c)
        if opt.rearm and c in message_queues:
            rearm(c)
