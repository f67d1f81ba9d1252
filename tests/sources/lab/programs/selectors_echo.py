import selectors
import socket

sel = selectors.DefaultSelector()
server = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
server.setblocking(False)
sel.register(server, selectors.EVENT_READ)
while True:
    for key, _ in sel.select(timeout=0.3):
        if key.fileobj is server:
            conn, _ = server.accept()
            sel.register(conn, selectors.EVENT_READ)
        elif data := key.fileobj.recv(4096):
            key.fileobj.sendall(data)
        else:
            sel.unregister(key.fileobj)
            key.fileobj.close()
