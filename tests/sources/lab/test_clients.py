"""What the client process does and says, call by call, on real sockets and without a process."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from muxviz.sources.lab import client_process
from muxviz.sources.lab.client_process import ClientSockets


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(20)
        yield made


@pytest.fixture
def clients() -> Iterator[ClientSockets]:
    made = ClientSockets()
    yield made
    for sock in (*made.sockets.values(), *made.crowd):
        sock.close()


def request(listener: socket.socket, do: str, **more: Any) -> dict[str, Any]:
    host, port = listener.getsockname()[:2]
    return {"lane": "a", "host": host, "port": port, "client": "A", "do": do, "payload": "", "size": 0, "count": 1,
            "rcvbuf": 0, "keep": 0, "expect": None} | more  # fmt: skip


def short(event: dict[str, Any]) -> tuple[Any, ...]:
    """What an event says, but for its time, its process and its ports."""
    assert event["n"] == -1 and event["role"] == "client" and event["took"] >= 0 and event["t"] > 0
    args = {name: value for name, value in event["args"].items() if name not in ("address", "local")}
    return event["call"], event["ret"], event.get("error"), args, event.get("data"), event["fd"] >= 0


def test_each_thing_that_a_client_does(listener: socket.socket, clients: ClientSockets) -> None:
    def done(do: str, **more: Any) -> tuple[Any, ...]:
        return short(clients.do(request(listener, do, **more)))

    made = clients.do(request(listener, "connect", rcvbuf=8192))
    sock = clients.sockets["a", "A"]
    assert short(made) == ("connect", 0, None, {}, None, True)
    assert made["args"]["address"] == list(listener.getsockname()) and made["lane"] == "a" and made["client"] == "A"
    assert made["args"]["local"] == list(sock.getsockname()) and made["fd"] == sock.fileno()
    assert not sock.getblocking() and sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 16384
    server, _ = listener.accept()
    with server:
        server.settimeout(20)
        assert done("send", payload="h\xffllo", keep=3) == ("send", 5, None, {"size": 5}, "h\xffl", True)
        assert server.recv(9) == b"h\xffllo"
        assert done("read", size=4) == ("recv", -1, "EAGAIN", {"size": 4}, None, True)
        server.send(b"answer")
        select.select([sock], [], [], 20)
        read = done("read", size=4, expect="answ", keep=9)
        assert read == ("recv", 4, None, {"size": 4, "as_sent": True}, "answ", True)
        assert done("read", size=4, expect="other") == ("recv", 2, None, {"size": 4, "as_sent": False}, None, True)
        assert done("urgent", payload="!", keep=1) == ("send", 1, None, {"size": 1, "flags": "OOB"}, "!", True)
        select.select([], [], [server], 20)
        server.settimeout(0)  # with a timeout Python would wait for IN
        assert server.recv(1, socket.MSG_OOB) == b"!"
        server.settimeout(20)
        assert done("half_close") == ("shutdown", 0, None, {"how": "WR"}, None, True)
        assert server.recv(9) == b""
        assert done("close") == ("close", 0, None, {}, None, True)
        assert ("a", "A") not in clients.sockets
        assert done("close") == ("close", -1, "EBADF", {}, None, False)


def test_a_reset_is_seen_as_one(listener: socket.socket, clients: ClientSockets) -> None:
    clients.do(request(listener, "connect"))
    server, _ = listener.accept()
    with server:
        server.settimeout(20)
        assert short(clients.do(request(listener, "reset"))) == ("close", 0, None, {"linger": 0}, None, True)
        with pytest.raises(ConnectionResetError):
            server.recv(9)


def test_a_connect_in_two_halves(
    listener: socket.socket, clients: ClientSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_process, "FINISH_SECONDS", 20)
    begun = clients.do(request(listener, "begin"))
    assert short(begun) == ("connect", -1, "EINPROGRESS", {}, None, True)
    assert not clients.sockets["a", "A"].getblocking()
    assert short(clients.do(request(listener, "finish"))) == ("connect", 0, None, {}, None, True)
    with listener.accept()[0] as server:
        assert server.getpeername() == clients.sockets["a", "A"].getsockname()


def test_a_connect_that_is_refused_says_so(clients: ClientSockets) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        asked = request(gone, "connect")
    assert short(clients.do(asked)) == ("connect", -1, "ECONNREFUSED", {}, None, True)
    assert not clients.sockets["a", "A"].getblocking()


def test_datagrams_and_crowds_and_clients_of_all_lanes(clients: ClientSockets) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(20)
        made = clients.do(request(udp, "datagram"))
        assert short(made) == ("connect", 0, None, {"type": "SOCK_DGRAM"}, None, True)
        clients.do(request(udp, "send", payload="one"))
        assert udp.recv(9) == b"one"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "lane" not in clients.do(request(listener, "connect", lane=None))
        first = clients.sockets[None, "A"]
        assert not clients.crowd
        clients.do(request(listener, "connect", lane=None))
        assert clients.crowd == [first] and clients.sockets[None, "A"] is not first
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        assert clients.do(request(listener, "connect", client="B"))["args"]["address"][0] == "::1"
