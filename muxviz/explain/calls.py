"""Sentences for calls that are no waits: a table by name, one by error, and an answer for a call in neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.events import split
from muxviz.explain.moment import Moment, Sentences, bytes_, client_name, flag_words, who


def _recv(moment: Moment) -> Sentences:
    event, fd = moment.event, moment.fd(moment.event.fd)
    where = who(moment, event.fd)
    size = event.args.get("size")
    if event.ret == 0 and size != 0 and fd is not None and fd.kind == "datagram":
        return [f"{moment.what} returned 0 bytes: an empty datagram.", "It ends nothing; there may be more behind it."]
    if event.ret == 0 and size != 0:
        return [f"{moment.what} returned 0 bytes: {client_name(fd)} has ended its side of the stream.",
                "The wire stays high until the server closes the fd."]  # fmt: skip
    took = f"The server read {bytes_(event.ret or 0)} from {where}"
    left = fd.queues.recv if fd is not None else None
    if left is None:
        return [f"{took}."]
    if not left:
        return [f"{took}; nothing is left unread.", "The wire falls."]
    asked = ", all that it asked for" if isinstance(size, int) and event.ret == size else ""
    after = (
        "Its edge was reported already: a wait now would say nothing of them."
        if fd is not None and fd.edge
        else "A level wait will report them."
    )
    return [f"{took}{asked}; {left} more {'is' if left == 1 else 'are'} still unread.", after]


def _send(moment: Moment) -> Sentences:
    event, fd = moment.event, moment.fd(moment.event.fd)
    size = event.args.get("size")
    sent = f"The server sent {bytes_(event.ret or 0)} to {client_name(fd)}."
    if isinstance(size, int) and event.ret is not None and event.ret < size:
        return [f"The kernel took {event.ret} of {bytes_(size)} for {client_name(fd)}: its send buffer is full.",
                "The rest stays in the program, which has to ask for OUT to hear of room."]  # fmt: skip
    queued = fd.queues.queued if fd is not None else None
    return [sent, f"{bytes_(queued)} stay queued in the program."] if queued else [sent]


def _accept(moment: Moment) -> Sentences:
    event = moment.event
    fd = moment.fd(event.ret)
    left = listener.queues.accepts if (listener := moment.fd(event.fd)) is not None else None
    out = [f"The server accepted {client_name(fd)} as fd {event.ret}."]
    if left:
        out.append(f"{left} more still wait{'s' if left == 1 else ''} in the accept queue.")
    return [*out, "It is not watched until it is registered with epoll_ctl, or named in the next select or poll."]


def _epoll_ctl(moment: Moment) -> Sentences:
    event = moment.event
    number = event.args.get("fd")
    where = who(moment, number if isinstance(number, int) else None)
    op = printable.text(str(event.args.get("op", "")), 8)
    asked = flag_words(
        "|".join(name for name in split(str(event.args.get("events", ""))) if name not in ("ERR", "HUP"))
    )
    if event.error:
        return [f"epoll_ctl {op} for {where} failed with {printable.text(event.error, 16)}."]
    told: dict[str, Sentences] = {
        "ADD": [f"The kernel now watches {where} for {asked}.", "ERR and HUP are reported without asking."],
        "MOD": [
            f"The server now asks for {asked} on {where}.",
            "A MOD looks again: an edge whose data is still unread is reported once more.",
        ],
        "DEL": [f"The kernel no longer watches {where}."],
    }
    return told.get(op, [f"epoll_ctl {op} for {where}."])


def _close(moment: Moment) -> Sentences:
    return [
        f"The server closed fd {moment.event.fd}.",
        "epoll forgets a closed fd by itself; poll and select must be told.",
    ]


def _says(text: str) -> Callable[[Moment], Sentences]:
    """A sentence with `{fd}` and `{ret}` in it."""

    def maker(moment: Moment) -> Sentences:
        return [text.format(fd=who(moment, moment.event.fd), ret=moment.event.ret, call=moment.what)]

    return maker


def unknown(moment: Moment) -> Sentences:
    event = moment.event
    on = f" on {who(moment, event.fd)}" if event.fd is not None else ""
    what = f"failed with {printable.text(event.error, 16)}" if event.error else f"returned {event.ret}"
    return [f"{moment.what or 'A call'}{on} {what}."]


def _again(moment: Moment) -> Sentences:
    event = moment.event
    full = event.call in ("send", "sendto", "sendmsg", "write", "sendfile")
    why = "there is no room in the send buffer" if full else "nothing is left there"
    after = (
        "The server has to keep the bytes and ask for OUT."
        if full
        else "Everything was taken, so the next arrival is a new edge."
    )
    return [f"{moment.what} on {who(moment, event.fd)} returned EAGAIN: {why}.", after]


def _reset(moment: Moment) -> Sentences:
    name = printable.text(moment.event.error or "", 16)
    return [f"{moment.what} on {who(moment, moment.event.fd)} failed with {name}: the connection is broken.",
            "That clears the error; another recv would return 0 bytes."]  # fmt: skip


def _in_progress(moment: Moment) -> Sentences:
    return [
        f"{moment.what} has begun and goes on in the kernel.",
        "OUT tells when the connection is made, or ERR that it failed.",
    ]


FAILED: Final[dict[str, Callable[[Moment], Sentences]]] = {
    "EAGAIN": _again,
    "EWOULDBLOCK": _again,
    "EINPROGRESS": _in_progress,
    "ECONNRESET": _reset,
    "EPIPE": _reset,
}
CALLS: Final[dict[str, Callable[[Moment], Sentences]]] = {
    **dict.fromkeys(("recv", "recvfrom", "recvmsg", "read"), _recv),
    **dict.fromkeys(("send", "sendto", "sendmsg", "write", "sendfile"), _send),
    "accept": _accept,
    "epoll_ctl": _epoll_ctl,
    "close": _close,
    "socket": _says("The server made a socket: fd {ret}."),
    "socketpair": _says("The server made a pair of sockets that are connected to each other."),
    "dup": _says("A second number, fd {ret}, now stands for the same file as {fd}."),
    "epoll_create": _says("The server made an epoll: fd {ret}. The kernel keeps its interest list there."),
    "bind": _says("The socket has its address. Nobody can connect before listen."),
    "listen": _says("The server listens: the kernel completes connections by itself and queues them for accept."),
    "connect": _says("The server connected {fd}."),
    "shutdown": _says("The server ended its side of {fd}: the client will read to the end, and then 0 bytes."),
    "setsockopt": _says("The server set an option of {fd}."),
}
