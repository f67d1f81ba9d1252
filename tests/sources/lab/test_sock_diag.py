"""What sock_diag tells of a socket is what select tells who owns it."""

from __future__ import annotations

import os
import select
import socket

from muxviz.sources.outside import proc, sock_diag


def writable(sock: socket.socket) -> bool:
    return bool(select.select([], [sock], [], 0)[1])


def test_room_in_a_send_buffer_as_select_sees_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        server, peer = listener.accept()
        with server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            server.setblocking(False)
            local = server.getsockname()
            assert sock_diag.ask(local, peer) == sock_diag.Diag(in_flight=False, writable=True)
            sent = 0
            while True:
                select.select([], [server], [], 0.3)  # an acknowledgement may make room once more
                try:
                    sent += server.send(bytes(16384))
                except BlockingIOError:
                    break
            told = sock_diag.ask(local, peer)
            assert told is not None and not told.writable and not writable(server)
            while sent:
                sent -= len(client.recv(65536))
            told = sock_diag.ask(local, peer)
            assert told is not None and told.writable and writable(server)


def test_a_socket_that_is_not_there() -> None:
    assert sock_diag.ask(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_one_by_one_it_tells_what_the_table_of_all_tells() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.connect(listener.getsockname())
        server, peer = listener.accept()
        with server, socket.create_connection(listener.getsockname()):
            client.send(b"seven b")
            client.shutdown(socket.SHUT_WR)
            address = listener.getsockname()
            asked = [(address, sock_diag.LISTENER), (server.getsockname(), peer)]
            told = {row.inode: (proc.TCP_STATES[row.state], row.rx) for row in sock_diag.rows(asked)}
            sockets = proc.inodes(os.getpid(), [listener.fileno(), server.fileno()])
            table = proc.tcp_table(os.getpid(), sockets.values())
            assert told == {inode: (row.state, row.rx) for inode, row in table.items()}
            assert list(told.values()) == [("LISTEN", 1), ("CLOSE_WAIT", 8)]  # the FIN counts as one
    assert list(sock_diag.rows([(address, peer)])) == []
