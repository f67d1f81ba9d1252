"""Makes every call that the probe stands for, in each way that has a record of its own. One call a line."""

import os
import select
import socket
import struct
import threading
from pathlib import Path

IN, OUT, PRI = select.EPOLLIN, select.EPOLLOUT, select.EPOLLPRI
buffer, small = bytearray(8), bytearray(3)


class Refused:
    """What the call raises is left behind: the next line goes on."""

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        return kind is not None and issubclass(kind, (OSError, ValueError, TypeError))


refused = Refused()

# --- sockets: made, named, connected
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
listener.listen()
listener.setblocking(False)
with refused:
    listener.accept()
client = socket.socket()
client.connect(listener.getsockname())
again = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
again.connect_ex(listener.getsockname())
server, peer = listener.accept()
server.setblocking(False)
client.setblocking(False)
second, _ = listener.accept()
second.close()
again.close()
fewer = socket.socket(socket.AF_INET6)
fewer.bind(("::1", 0))
fewer.listen(3)
fewer.close()
negative = socket.socket()
negative.bind(("127.0.0.1", 0))
negative.listen(-1)
nobody = negative.getsockname()
negative.close()
lost = socket.socket()
lost.connect_ex(nobody)
with refused:
    lost.connect(("127.0.0.1", "port"))
lost.close()

# --- data on a stream: whole, short, none, refused
client.send(b"0123456789")
server.recv(4)
server.recv(4, socket.MSG_PEEK)
server.recv_into(small)
server.recv_into(buffer, 2)
server.recv_into(buffer, nbytes=0, flags=socket.MSG_PEEK)
server.recv(100)
with refused:
    server.recv(100)
with refused:
    server.recv(100, socket.MSG_PEEK)
client.sendall(b"all of it")
client.sendall(b"and more", socket.MSG_NOSIGNAL)
client.send(memoryview(b"view"), socket.MSG_DONTWAIT)
client.send(struct.pack("4i", 1, 2, 3, 4))
client.sendmsg([b"one", b"three"])
client.send(b"")
server.recvmsg(2)
server.recvmsg_into([small, buffer])
server.recvfrom(5)
server.recvfrom_into(small)
server.recvfrom_into(buffer, 2, socket.MSG_PEEK)
server.recv(1000)
server.settimeout(0.01)
with refused:
    server.recv(7)
server.setblocking(False)

# --- options
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 3))
server.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
with refused:
    server.setsockopt(99, 99, 1)
with refused:
    server.getsockopt(99, 99)

# --- ends: each side alone, both at once
with refused:
    fewer.shutdown(socket.SHUT_WR)
client.shutdown(socket.SHUT_WR)
server.recv(10)
server.shutdown(socket.SHUT_RD)
server.send(b"last")
server.close()
client.recv(10)
client.recv(10)
with refused:
    client.send(b"x")
client.close()
both = socket.socket()
both.connect(listener.getsockname())
other, _ = listener.accept()
both.shutdown(socket.SHUT_RDWR)
other.shutdown(socket.SHUT_RDWR)
both.close()
other.close()
unconnected = socket.socket()
with refused:
    unconnected.shutdown(socket.SHUT_RDWR)
number = unconnected.detach()
os.close(number)

# --- datagrams
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.setblocking(False)
to_udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to_udp.sendto(b"datagram", udp.getsockname())
to_udp.sendto(b"flagged", socket.MSG_DONTWAIT, udp.getsockname())
udp.recvfrom(4)
udp.recvfrom(100, socket.MSG_PEEK)
udp.recv(100)
with refused:
    udp.recvfrom(100)
to_udp.connect(udp.getsockname())
to_udp.send(b"connected")
udp.recvfrom_into(buffer)
to_udp.close()

# --- pairs, duplicates, files
left, right = socket.socketpair()
right.setblocking(False)
left.send(b"pair")
right.recv(3)
right.recv(3)
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b"whole datagram")
b.recv(5)
c, d = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM, 0)
copy = left.dup()
copy.send(b"by the copy")
copy.close()
from_fd = socket.fromfd(right.fileno(), socket.AF_UNIX, socket.SOCK_STREAM)
from_fd.recv(100)
from_fd.close()
by_number = os.dup(left.fileno())
os.write(by_number, b"written")
os.read(right.fileno(), 4)
os.readv(right.fileno(), [small, buffer])
os.writev(by_number, [b"one", b"two"])
os.dup2(by_number, 40)
os.dup2(right.fileno(), by_number)
os.dup2(40, 40)
os.close(40)
with refused:
    os.close(40)
with refused:
    os.dup2(right.fileno(), -1)
os.read(by_number, 100)
with Path(__file__).open("rb") as file:
    os.sendfile(left.fileno(), file.fileno(), 0, 16)
os.closerange(by_number, by_number + 1)
r, w = os.pipe()
os.set_blocking(r, False)

# --- waits
select.select([r, right], [w], [], 0)
select.select([], [], [right], 0)
select.select([r], [], [], 0.001)
poll = select.poll()
poll.register(r)
poll.register(right, IN)
poll.register(w, OUT)
poll.poll(0)
poll.modify(right, OUT | IN)
poll.unregister(w)
poll.poll()
os.write(w, b"through the pipe")
poll.poll(0)
os.read(r, 7)
os.read(r, 100)
with refused:
    os.read(r, 100)
epoll = select.epoll()
epoll.register(r, IN | select.EPOLLET)
epoll.register(right)
epoll.register(udp, IN | OUT | select.EPOLLONESHOT)
with refused:
    epoll.register(r, IN)
epoll.poll(0)
epoll.poll(0.001, 1)
epoll.modify(udp, IN)
epoll.modify(right, 0)
with refused:
    epoll.modify(w, IN)
epoll.unregister(udp)
with refused:
    epoll.unregister(w)
epoll.poll(0)
right.recv(5)
epoll.poll(0, maxevents=7)
with refused:
    epoll.poll(0, 0)
os.close(w)
epoll.poll()
os.read(r, 1)
os.close(r)
epoll.close()
epoll.close()

# --- another thread; the collector
thread = threading.Thread(target=lambda: left.send(b"from a thread"))
thread.start()
thread.join()
del a
child = os.fork()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
