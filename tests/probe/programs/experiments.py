# ruff: noqa: PLW0108, PTH123, PTH208 - plain calls are what is tried here
"""What does the kernel tell? Many small experiments on readiness; prints every answer and every fd number.

Standard library only, and nothing in it knows the probe: its output must be the same however it is run.
"""

import os
import select
import socket
import struct
import sys
import time

IN, OUT, PRI, RDHUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLPRI, select.EPOLLRDHUP
ET, ONESHOT = select.EPOLLET, select.EPOLLONESHOT
ALL = IN | OUT | PRI | RDHUP
answers = 0


def say(*words):
    global answers
    answers += 1
    print(*words)


def tcp():
    """A connected pair, both ends non-blocking."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    client = socket.socket()
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    for end in (client, server):
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    say("tcp", listener.fileno(), client.fileno(), server.fileno())
    return listener, client, server


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Watch:
    """Asks all four multiplexers about one fd, with timeout 0."""

    def __init__(self, sock, mask=ALL):
        self.sock, self.mask = sock, mask
        self.level, self.edge = select.epoll(), select.epoll()
        self.level.register(sock, mask)
        self.edge.register(sock, mask | ET)
        self.poller = select.poll()
        self.poller.register(sock, mask)
        say("watch", sock.fileno(), self.level.fileno(), self.edge.fileno())

    def ask(self, *what):
        edge = self.edge.poll(0)
        level = self.level.poll(0)
        poll = self.poller.poll(0)
        try:
            sides = [[s.fileno() for s in side] for side in select.select([self.sock], [self.sock], [self.sock], 0)]
        except (OSError, ValueError) as error:
            sides = type(error).__name__
        say(*what, "edge", edge, "level", level, "poll", poll, "select", sides)

    def close(self):
        self.level.close()
        self.edge.close()


def attempt(what, call, *args):
    try:
        result = call(*args)
    except OSError as error:
        say(what, type(error).__name__, error.errno)
    else:
        say(what, result if not isinstance(result, bytes) else (len(result), result[:8]))


def accept_queue():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    listener.setblocking(False)
    watch = Watch(listener)
    watch.ask("none")
    clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
    watch.ask("two")
    one, _ = listener.accept()
    say("accepted", one.fileno())
    watch.ask("one left")
    watch.ask("again")
    clients.append(socket.create_connection(listener.getsockname()))
    watch.ask("third")
    while True:
        try:
            conn, _ = listener.accept()
            say("drain", conn.fileno())
            conn.close()
        except BlockingIOError:
            break
    watch.ask("drained")
    for sock in (*clients, one, listener):
        sock.close()
    watch.close()


def data():
    listener, client, server = tcp()
    watch = Watch(server)
    watch.ask("idle")
    client.send(b"abcdef")
    watch.ask("six")
    watch.ask("six again")
    attempt("recv 3", server.recv, 3)
    watch.ask("three left")
    client.send(b"g")
    watch.ask("one more")
    attempt("recv all", server.recv, 100)
    watch.ask("drained")
    attempt("recv none", server.recv, 100)
    client.send(b"x")
    attempt("recv before the wait", server.recv, 100)
    watch.ask("came and went")
    for mask in (IN | ET, IN, 0, OUT | ET):
        client.send(b"y")
        watch.edge.modify(server, mask)
        watch.ask("mod", mask)
        attempt("recv", server.recv, 100)
        watch.edge.modify(server, mask)
        watch.ask("mod drained", mask)
    for sock in (listener, client, server):
        sock.close()
    watch.ask("closed")
    watch.close()


def oneshot():
    listener, client, server = tcp()
    ep = select.epoll()
    ep.register(server, IN | RDHUP | ONESHOT)
    client.send(b"a")
    say("oneshot", ep.poll(0), ep.poll(0))
    client.send(b"b")
    client.shutdown(socket.SHUT_WR)
    say("disarmed", ep.poll(0))
    ep.modify(server, IN | RDHUP | ONESHOT)
    say("armed", ep.poll(0), ep.poll(0))
    reset(client)
    say("reset", ep.poll(0))
    ep.modify(server, IN | RDHUP)
    say("armed again", ep.poll(0))
    attempt("recv", server.recv, 10)
    attempt("recv", server.recv, 10)
    ep.close()
    server.close()
    listener.close()


def half_close():
    listener, client, server = tcp()
    watch = Watch(server)
    watch.ask("idle")
    client.shutdown(socket.SHUT_WR)
    watch.ask("peer shut")
    attempt("recv", server.recv, 10)
    watch.ask("after b''")
    attempt("send", server.send, b"still")
    attempt("peer recv", client.recv, 10)
    server.shutdown(socket.SHUT_WR)
    watch.ask("both shut")
    for sock in (client, server, listener):
        sock.close()
    watch.close()


def peer_closes():
    listener, client, server = tcp()
    watch = Watch(server)
    client.close()
    watch.ask("peer closed")
    attempt("send", server.send, b"a")
    watch.ask("answered by reset")
    attempt("send", server.send, b"a")
    watch.ask("after EPIPE")
    attempt("recv", server.recv, 10)
    server.close()
    listener.close()
    watch.close()


def peer_resets():
    listener, client, server = tcp()
    watch = Watch(server)
    client.send(b"last")
    reset(client)
    watch.ask("reset")
    attempt("recv", server.recv, 10)
    attempt("recv", server.recv, 10)
    watch.ask("after")
    server.close()
    listener.close()
    watch.close()


def urgent():
    listener, client, server = tcp()
    watch = Watch(server)
    client.send(b"abc", socket.MSG_OOB)
    watch.ask("urgent")
    attempt("recv", server.recv, 10)
    watch.ask("before the mark")
    attempt("recv oob", server.recv, 10, socket.MSG_OOB)
    watch.ask("after the mark")
    for sock in (client, server, listener):
        sock.close()
    watch.close()


def fill_and_drain():
    for mask in (OUT, ALL):
        listener, client, server = tcp()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        edge = select.epoll()
        edge.register(server, mask | ET)
        say("first", edge.poll(0))
        full = False
        while not full:
            try:
                server.send(b"z" * 8192)
            except BlockingIOError:
                full = True
        say("full edge", edge.poll(0))
        # Between here and the wait nobody may ask the socket: it would make an edge that would not have come.
        drained = 0
        for _ in range(50):
            try:
                while got := len(client.recv(65536)):
                    drained += got
            except BlockingIOError:
                pass
        for _ in range(3):
            say("drained edge", edge.poll(1), edge.poll(0))
        edge.close()
        for sock in (client, server, listener):
            sock.close()


def no_phantom_edge():
    """Below the threshold and not refused: draining must not bring an OUT edge (it would, had anybody polled)."""
    listener, client, server = tcp()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    edge = select.epoll()
    edge.register(server, OUT | ET)
    say("first", edge.poll(0))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(14):
        try:
            server.send(b"z" * 4096)
        except BlockingIOError:
            say("refused")
            break
    while True:
        try:
            if not client.recv(65536):
                break
        except BlockingIOError:
            break
    say("phantom", edge.poll(0.1))
    edge.close()
    for sock in (client, server, listener):
        sock.close()


def connecting():
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    address = free.getsockname()
    sock = socket.socket()
    watch = Watch(sock)
    watch.ask("fresh")
    sock.setblocking(False)
    attempt("connect", sock.connect, address)
    watch.ask("refused")
    attempt("connect_ex", sock.connect_ex, address)
    free.listen(1)
    attempt("connect_ex", sock.connect_ex, address)
    watch.ask("connected")
    sock.close()
    free.close()
    watch.close()


def low_water():
    listener, client, server = tcp()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 4)
    watch = Watch(server)
    client.send(b"ab")
    watch.ask("two of four")
    client.send(b"cd")
    watch.ask("four")
    for sock in (client, server, listener):
        sock.close()
    watch.close()


def duplicates():
    listener, client, server = tcp()
    ep = select.epoll()
    ep.register(server, IN)
    again = server.dup()
    other = os.dup(server.fileno())
    old = server.fileno()
    say("dup", again.fileno(), other)
    server.close()
    client.send(b"ghost")
    say("ghost", ep.poll(0))
    attempt("unregister", ep.unregister, old)
    attempt("read", os.read, other, 3)
    say("ghost", ep.poll(0))
    os.close(other)
    again.close()
    say("gone", ep.poll(0))
    ep.close()
    client.close()
    listener.close()


def unix():
    a, b = socket.socketpair()
    for end in (a, b):
        end.setblocking(False)
    say("unix", a.fileno(), b.fileno())
    watch = Watch(a)
    watch.ask("idle")
    b.send(b"hello")
    watch.ask("five")
    attempt("recv", a.recv, 2)
    watch.ask("three")
    sent = 0
    try:
        while True:
            sent += a.send(b"q" * 4096)
    except BlockingIOError:
        say("full", sent)
    watch.ask("full")
    while True:
        try:
            b.recv(1 << 16)
        except BlockingIOError:
            break
    watch.ask("room")
    b.close()
    watch.ask("peer closed")
    attempt("recv", a.recv, 10)
    attempt("recv", a.recv, 10)
    a.close()
    watch.close()
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    watch = Watch(one)
    two.send(b"")
    watch.ask("empty datagram")
    attempt("recv", one.recv, 10)
    watch.ask("read")
    one.close()
    two.close()
    watch.close()


def pipes():
    r, w = os.pipe()
    say("pipe", r, w)
    ep = select.epoll()
    ep.register(r, IN | ET)
    ep.register(w, OUT | ET)
    poller = select.poll()
    poller.register(r)
    poller.register(w)
    say("idle", ep.poll(0), poller.poll(0), select.select([r], [w], [], 0))
    os.write(w, b"abc")
    say("three", ep.poll(0), poller.poll(0), select.select([r], [w], [], 0))
    say("read", os.read(r, 2), ep.poll(0), poller.poll(0))
    os.close(w)
    say("writer gone", ep.poll(0), poller.poll(0))
    say("read", os.read(r, 2), os.read(r, 2), ep.poll(0), poller.poll(0))
    ep.close()
    os.close(r)
    r, w = os.pipe()
    poller = select.poll()
    poller.register(w)
    os.close(r)
    say("reader gone", poller.poll(0))
    attempt("write", os.write, w, b"x")
    os.close(w)


def event_fd():
    fd = os.eventfd(0, os.EFD_NONBLOCK)
    ep = select.epoll()
    ep.register(fd, IN | OUT | ET)
    say("eventfd", fd, ep.poll(0), ep.poll(0))
    os.eventfd_write(fd, 3)
    say("written", ep.poll(0), ep.poll(0))
    os.eventfd_write(fd, 1)
    say("written", ep.poll(0))
    say("read", os.eventfd_read(fd), ep.poll(0))
    os.close(fd)
    ep.close()


def udp():
    a = socket.socket(type=socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 0))
    a.setblocking(False)
    b = socket.socket(type=socket.SOCK_DGRAM)
    b.connect(a.getsockname())
    watch = Watch(a)
    watch.ask("idle")
    b.send(b"one")
    b.send(b"")
    watch.ask("two datagrams")
    attempt("recv", a.recv, 2)
    watch.ask("an empty one")
    attempt("recvfrom", lambda: a.recvfrom(10)[0])
    watch.ask("none")
    attempt("recvfrom", a.recvfrom, 10)
    a.close()
    attempt("send", b.send, b"to nobody")
    attempt("send", b.send, b"to nobody")
    b.close()
    watch.close()


def order():
    listener, client, server = tcp()
    pairs = [socket.socketpair() for _ in range(4)]
    level, edge = select.epoll(), select.epoll()
    poller = select.poll()
    for a, _ in pairs:
        level.register(a, IN)
        edge.register(a, IN | ET)
        poller.register(a, IN)
    for n in (2, 0, 3, 1):
        pairs[n][1].send(b"x")
    for _ in range(7):
        say("one at a time", level.poll(0, 1), edge.poll(0, 1))
    say("all", level.poll(0), poller.poll(0))
    say("select", [s.fileno() for s in select.select([a for a, _ in reversed(pairs)], [], [], 0)[0]])
    # A arrives and is drained without a wait, then B, then A: an extra look would turn the order round.
    for a, _ in pairs:
        a.recv(10)
    say("drained", level.poll(0), edge.poll(0))
    pairs[0][1].send(b"x")
    pairs[0][0].recv(10)
    pairs[1][1].send(b"x")
    pairs[0][1].send(b"x")
    say("order", edge.poll(0), level.poll(0))
    outer = select.epoll()
    outer.register(level, IN | ET)
    say("nested", outer.fileno(), outer.poll(0), outer.poll(0), select.select([level], [], [], 0)[0] == [level])
    for a, b in pairs:
        a.close()
        b.close()
    say("nested empty", outer.poll(0))
    for sock in (listener, client, server, level, edge, outer):
        sock.close()


def errors():
    attempt("EBADF", select.select, [999], [], [], 0)
    poller = select.poll()
    poller.register(999)
    say("NVAL", poller.poll(0))
    ep = select.epoll()
    attempt("ctl EBADF", ep.register, 999)
    with open(__file__) as file:
        attempt("EPERM", ep.register, file.fileno())
        say("file", select.select([file], [file], [], 0) == ([file], [file], []))
    a, b = socket.socketpair()
    ep.register(a)
    attempt("EEXIST", ep.register, a)
    attempt("ENOENT", ep.modify, b, IN)
    for call in (
        lambda: select.select([-1], [], [], 0),
        lambda: select.select([2000], [], [], 0),
        lambda: select.select([a], [], [], -1),
        lambda: select.select(3, [], []),
        lambda: select.select([], []),
        lambda: select.select([object()], [], [], 0),
        lambda: poller.register(a, -1),
        lambda: poller.register("a"),
        lambda: poller.unregister(a),
        lambda: poller.modify(a, 1),
        lambda: ep.register(a, "x"),
        lambda: ep.poll(0, 0),
        lambda: a.recv(),
        lambda: a.recv(-1),
        lambda: a.recv(1, 0, 0),
        lambda: a.send(),
        lambda: a.send("text"),
        lambda: type(select.poll())(),
        lambda: type("E", (select.epoll,), {}),
        lambda: socket.socket().bind("nowhere"),
        lambda: ep.fromfd(),
    ):
        try:
            say("no error", call())
        except Exception as error:
            say(type(error).__name__, error)
    ep.close()
    for call in (ep.fileno, lambda: ep.poll(0), lambda: ep.register(a), lambda: ep.__enter__()):
        try:
            say("no error", call())
        except Exception as error:
            say(type(error).__name__, error)
    say(ep.closed, ep.close())
    a.close()
    b.close()
    for call in (lambda: a.recv(1), lambda: a.send(b""), lambda: a.shutdown(0)):
        attempt("closed socket", call)


def timeouts():
    a, b = socket.socketpair()
    a.settimeout(0.01)
    attempt("timeout", a.recv, 1)
    b.sendall(b"k" * 10)
    attempt("recv", a.recv, 4)
    buffer = bytearray(8)
    attempt("recv_into", a.recv_into, buffer)
    say(bytes(buffer))
    began = time.monotonic()
    say(select.select([a], [], [], 0.02), select.epoll(1).poll(0.02), select.poll().poll(20))
    say(time.monotonic() - began >= 0.06)
    a.close()
    b.close()


def streams():
    a, b = socket.socketpair()
    with a.makefile("rwb") as file:
        b.sendall(b"line one\nline two\n")
        say(file.readline(), file.readline())
        file.write(b"answer\n")
        file.flush()
        say(b.recv(100))
        a.close()
        b.send(b"x\n")
        say(file.readline())
    attempt("peer is gone", b.send, b"x")
    number = b.detach()
    say("detached", number)
    os.close(number)


def exhausted():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, hard))
    kept = []
    try:
        while True:
            kept.append(socket.socket())
    except OSError as error:
        say("EMFILE", error.errno, [s.fileno() for s in kept])
    for sock in kept:
        sock.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    say("then", os.dup(0))


def main():
    for experiment in (
        accept_queue,
        data,
        oneshot,
        half_close,
        peer_closes,
        peer_resets,
        urgent,
        fill_and_drain,
        no_phantom_edge,
        connecting,
        low_water,
        duplicates,
        unix,
        pipes,
        event_fd,
        udp,
        order,
        errors,
        timeouts,
        streams,
        exhausted,
    ):
        print("---", experiment.__name__)
        experiment()
    print(answers, "answers", sys.argv[1:], sorted(map(int, os.listdir("/proc/self/fd"))))


if __name__ == "__main__":
    main()
