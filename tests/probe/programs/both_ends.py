"""A generic program: both ends of two TCP connections in one process, by every multiplexer."""

import select
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4)
listener.setblocking(False)
clients = []
for _ in range(2):
    client = socket.socket()
    client.connect(listener.getsockname())
    clients.append(client)

print(select.select([listener], [], [], 1)[0] == [listener])
servers = []
while True:
    try:
        conn, _ = listener.accept()
    except BlockingIOError:
        break
    conn.setblocking(False)
    servers.append(conn)

level, edge = select.epoll(), select.epoll()
poller = select.poll()
for conn in servers:
    level.register(conn, select.EPOLLIN | select.EPOLLRDHUP)
    edge.register(conn, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
    poller.register(conn, select.POLLIN)

for n, text in enumerate((b"first", b"second message", b"third", b"x" * 5000)):
    clients[n % 2].send(text)
    print(level.poll(), edge.poll(0), edge.poll(0), poller.poll(100))
    r, w, x = select.select(servers, servers, servers, 0.5)
    print(len(select.select(r + r, servers + r, [], 0)[0]))
    for conn in r:
        try:
            while True:
                print(conn.send(conn.recv(1000)))
        except BlockingIOError:
            print("drained")
    print(len(clients[n % 2].recv(len(text), socket.MSG_WAITALL)), level.poll(0), poller.poll(0), poller.poll(1))

edge.modify(servers[0], select.EPOLLOUT)
edge.unregister(servers[1])
clients[0].shutdown(socket.SHUT_WR)
clients[1].close()
print(len(level.poll(0.1)), poller.poll(None), edge.poll(0))
for conn in servers:
    print(conn.recv(10), conn.recv(10))
    conn.close()
print(level.poll(0))
level.close()
edge.close()
