"""TLS over sockets: a blocking client and server in threads, then asyncio. Arguments: certificate and key files."""

import asyncio
import select
import socket
import ssl
import sys
import threading

CERTIFICATE, KEY = sys.argv[1:]
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE, KEY)
client_context = ssl.create_default_context(cafile=CERTIFICATE)

listener = socket.create_server(("127.0.0.1", 0))


def serve() -> None:
    raw, _ = listener.accept()
    with server_context.wrap_socket(raw, server_side=True) as conn:
        while data := conn.recv(1000):
            conn.sendall(data.upper())
        conn.unwrap().close()


thread = threading.Thread(target=serve)
thread.start()
with client_context.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="localhost") as sock:
    print(type(sock), sock.version(), sock.fileno() >= 0)
    sock.send(b"hello")
    print(sock.recv(2), sock.pending(), sock.recv(100))
    sock.write(b"again")
    into = bytearray(9)
    print(sock.recv_into(into, 9), bytes(into))
    sock.setblocking(False)
    try:
        sock.recv(10)
    except ssl.SSLWantReadError as error:
        print(type(error).__name__, error.errno)
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    print(poller.poll(0))
    sock.send(b"poll")
    print(len(poller.poll(5000)), len(select.select([sock], [], [], 5)[0]), sock.recv(100))
    sock.settimeout(5)
    sock.sendall(b"x" * 100_000)
    got = 0
    while got < 100_000:
        got += len(sock.recv(65536))
    print(got)
    for wrong in (lambda: sock.recv(1, socket.MSG_PEEK), lambda: sock.sendto(b"", ("127.0.0.1", 1)), sock.dup):
        try:
            wrong()
        except (ValueError, NotImplementedError) as error:
            print(type(error).__name__, error)
    sock.unwrap().close()
thread.join()
listener.close()


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=server_context)
    host, port = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port, ssl=client_context, server_hostname="localhost")
    for text in (b"one\n", b"y" * 30_000 + b"\n"):
        writer.write(text)
        print(len(await reader.readline()))
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


asyncio.run(main())
