"""What an fd is to a person: its peer, its kind, its file. Every label is a list of variants, the fullest first."""

from __future__ import annotations

from muxviz import printable
from muxviz.language import say
from muxviz.state import FdState


def label(fd: FdState | None) -> list[str]:
    """`192.0.2.7:45870`, of this machine `:45870`; `listener`, `pipe`, `udp`; empty where nothing is known."""
    if fd is None:
        return [""]
    if fd.kind == "listener":
        return [say("listener")]
    if fd.kind == "epoll":
        return ["epoll"]
    if fd.peer:
        peer = printable.text(fd.peer, 48)
        host, colon, port = peer.rpartition(":")
        return [f":{port}"] if colon and port.isdecimal() and host.startswith("127.") else [peer]
    if fd.queues.file:
        return [printable.text(fd.queues.file, 24)]
    return [{"datagram": "udp", "connection": say("connection"), "socket": say("socket")}.get(fd.kind, "")]


def path_label(path: str) -> list[str]:
    """A path, its end, and the file's name alone."""
    safe = printable.text(path, 200)
    name = safe.rpartition("/")[2]
    return [safe, f"…/{name}", name]
