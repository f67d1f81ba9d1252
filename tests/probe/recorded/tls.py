"""Makes every call of TLS that the probe stands for, in each way that has a record of its own. One call a line."""

import fcntl
import select
import socket
import ssl
import struct
import sys
import termios

CERTIFICATE, KEY = sys.argv[1:]
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE, KEY)
server_context.num_tickets = 0
client_context = ssl.create_default_context(cafile=CERTIFICATE)
listener = socket.create_server(("127.0.0.1", 0))
buffer = bytearray(8)


class Refused:
    """What the call raises is left behind: the next line goes on."""

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        return kind is not None and issubclass(kind, (OSError, ValueError, TypeError))


refused = Refused()
RECORD = 22
"""What TLS 1.3 adds to each record."""


def unread(sock):
    return int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)


def come(sock, least=1):
    """Something has come, or so many bytes have: loopback delivers when it is its turn."""
    while unread(sock) < least:
        pass


def ended(sock):
    """The other end has closed."""
    select.select([sock], [], [])


def pair(ragged=True):
    """A client and a server that have a connection, and no TLS yet."""
    plain = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    plain.setblocking(False)
    accepted.setblocking(False)
    client = client_context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False)
    server = server_context.wrap_socket(
        accepted, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=ragged
    )
    return client, server


def shake_hands():
    with refused:
        client.do_handshake()
    come(server)
    with refused:
        server.do_handshake()
    come(client)
    client.do_handshake()
    come(server)
    server.do_handshake()


client, server = pair()
# --- the handshake, by turns
with refused:
    server.do_handshake()
with refused:
    client.do_handshake()
come(server)
with refused:
    server.do_handshake()
come(client)
client.do_handshake()
come(server)
server.do_handshake()

# --- data: a record larger than what is asked for, two records, none, into a buffer
with refused:
    server.recv(100)
client.send(b"x" * 5000)
come(server, 5000 + RECORD)
server.recv(100)
server.recv(4000)
server.read(100)
server.recv(4096)
client.send(b"one")
client.write(b"three")
come(server, 8 + 2 * RECORD)
server.recv(100)
server.recv_into(buffer, 2)
server.recv_into(buffer)
client.sendall(b"all of it")
come(server, 9 + RECORD)
server.read(4, buffer)
server.read(len=100, buffer=buffer)
server.read(0)
with refused:
    server.read(0, buffer)
client.send(data=b"by name", flags=0)
come(server, 7 + RECORD)
server.recv(100)
with refused:
    server.read("much")
with refused:
    server.recv(-1)
with refused:
    server.recv(1, socket.MSG_PEEK)
with refused:
    client.send(b"flags", socket.MSG_DONTWAIT)

# --- a timeout
server.settimeout(0.01)
with refused:
    server.recv(100)
client.send(b"in time")
come(server, 7 + RECORD)
server.recv(100)
server.setblocking(False)

# --- no room
client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
with refused:
    while True:
        client.send(b"y" * 16000)

# --- a goodbye: half of it, the rest
client, server = pair()
shake_hands()
with refused:
    client.unwrap()
come(server)
server.recv(100)
server.recv(100)
server.unwrap()
come(client)
client.unwrap()
client.send(b"plain")
come(server)
server.recv(100)
with refused:
    server.read(100)
client.close()
ended(server)
server.recv(100)
server.close()

# --- the end of a connection: a FIN for a goodbye, not taken for one, an RST
for ragged in (True, False):
    client, server = pair(ragged)
    shake_hands()
    client.send(b"x" * 50)
    client.close()
    come(server, 50 + RECORD)
    server.recv(40)
    server.recv(40)
    ended(server)
    with refused:
        server.recv(40)
    with refused:
        server.recv(40)
    server.close()
client, server = pair()
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
ended(server)
with refused:
    server.do_handshake()
server.close()

# --- no TLS at the other end; no other end
plain = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
plain.send(b"GET / HTTP/1.0\r\n\r\n")
with refused:
    server_context.wrap_socket(accepted, server_side=True)
plain.close()
alone = client_context.wrap_socket(socket.socket(), server_hostname="localhost")
with refused:
    alone.do_handshake()
with refused:
    alone.read(1)
alone.close()
late = client_context.wrap_socket(socket.socket(), server_hostname="localhost", do_handshake_on_connect=False)
late.setblocking(False)
nobody = listener.getsockname()
listener.close()
late.connect_ex(nobody)
ended(late)
with refused:
    late.do_handshake()
late.close()
