import select
import socket

listener = socket.create_server(("127.0.0.1", 0))
socks = [listener]
while True:
    readable, _, _ = select.select(socks, [], [])
    for sock in readable:
        if sock is listener:
            socks.append(listener.accept()[0])
            continue
        data = sock.recv(4096)
        if data:
            sock.sendall(data)
        else:
            socks.remove(sock)
            sock.close()
