"""An echo server on select(2): the sets go into the kernel and come back at every call."""

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
parser.add_argument(
    "--at-end",
    choices=("close", "shutdown", "stay"),
    default="close",
    help="what is done when a client will send no more",
)
opt = parser.parse_args()
size = opt.recv_size

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", opt.port))
listener.listen(opt.backlog)
listener.setblocking(False)
print("listening on port", listener.getsockname()[1], flush=True)

inputs = [listener]
outputs = []
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
        inputs.append(c)
        if opt.always_out:
            outputs.append(c)
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
            outputs.append(c)
        if opt.pause and c in inputs:
            inputs.remove(c)


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
        if not opt.always_out:
            outputs.remove(c)
        if c not in inputs:
            inputs.append(c)


def end(c):
    ended.add(c)
    if not message_queues[c]:
        leave(c)
    elif c in inputs:
        inputs.remove(c)


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
    for group in inputs, outputs:
        if c in group:
            group.remove(c)
    ended.discard(c)
    shut.discard(c)
    message_queues.pop(c).clear()
    c.close()


while True:
    r, w, x = select.select(
        inputs,
        outputs,
        inputs,
        opt.timeout,
    )
    for s in dict.fromkeys(r + x):
        if s is listener:
            accept()
        else:
            receive(s)
    for s in w:
        if s in message_queues:
            flush(s)
