"""An echo server on poll(2): the table of fds goes into the kernel at every call."""

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
opt = parser.parse_args()
size = opt.recv_size
timeout = None if opt.timeout is None else opt.timeout * 1000  # milliseconds

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", opt.port))
listener.listen(opt.backlog)
listener.setblocking(False)
print("listening on port", listener.getsockname()[1], flush=True)

READ_ONLY = select.POLLIN | select.POLLPRI | select.POLLHUP | select.POLLERR
p = select.poll()
p.register(listener, READ_ONLY)
READ_ONLY |= select.POLLRDHUP if opt.rdhup else 0
READ_WRITE = READ_ONLY | select.POLLOUT
WRITE_ONLY = READ_WRITE & ~(select.POLLIN | select.POLLRDHUP)
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
        p.register(c, IDLE)
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
            p.modify(c, BUSY)


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
        p.modify(c, IDLE)


def end(c):
    ended.add(c)
    if not message_queues[c]:
        leave(c)
    else:
        p.modify(c, WRITE_ONLY)


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
    p.unregister(c)
    del connections[c.fileno()]
    outputs.discard(c)
    ended.discard(c)
    shut.discard(c)
    message_queues.pop(c).clear()
    c.close()


while True:
    ready = p.poll(timeout)
    for fd, ev in ready:
        if fd == listener.fileno():
            accept()
            continue
        c = connections[fd]
        if ev & (select.POLLIN | select.POLLPRI):
            receive(c)
        elif ev & (select.POLLHUP | select.POLLERR):
            close(c)
        if ev & select.POLLOUT and c in message_queues:
            flush(c)
