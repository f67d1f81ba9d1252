import select
import socket

listener = socket.create_server(("", 0))
poller = select.poll()
poller.register(listener, select.POLLIN)
conns = {}
while True:
    for fd, _event in poller.poll():
        if fd == listener.fileno():
            conn, _ = listener.accept()
            conns[conn.fileno()] = conn
            poller.register(conn, select.POLLIN)
        elif data := conns[fd].recv(4096):
            conns[fd].sendall(data)
        else:
            poller.unregister(fd)
            conns.pop(fd).close()
