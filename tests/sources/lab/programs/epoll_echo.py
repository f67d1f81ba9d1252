import select
import socket

listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
epoll = select.epoll()
epoll.register(listener, select.EPOLLIN)
conns = {}
while True:
    for fd, _event in epoll.poll():
        if fd == listener.fileno():
            conn, _ = listener.accept()
            conns[conn.fileno()] = conn
            epoll.register(conn, select.EPOLLIN)
        elif data := conns[fd].recv(4096):
            conns[fd].sendall(data)
        else:
            epoll.unregister(fd)
            conns.pop(fd).close()
