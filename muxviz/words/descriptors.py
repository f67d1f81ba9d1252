"""Sentences for calls that make, connect, watch, configure and close descriptors."""

from __future__ import annotations

from collections.abc import Callable

from muxviz import printable
from muxviz.events import split
from muxviz.kernel import FdState
from muxviz.language import say
from muxviz.linux_errno import errno_name
from muxviz.words.meanings import errno_meaning
from muxviz.words.moment import (
    Moment,
    Sentences,
    bytes_,
    client_name,
    flag_words,
    is_datagram,
    is_epoll,
    known_before,
    who,
)


def says(template: str, *more: str) -> Callable[[Moment], Sentences]:
    """A maker of fixed sentences with `{fd}`, `{ret}` and `{call}` in them."""

    def maker(moment: Moment) -> Sentences:
        values = {"fd": who(moment, moment.event.fd), "ret": moment.event.ret, "call": moment.what}
        return [say(one, **values) for one in (template, *more)]

    return maker


def accept(moment: Moment) -> Sentences:
    """A connection was taken from the queue."""
    event = moment.event
    fd, listener = moment.fd(event.ret), moment.fd(event.fd)
    left = listener.queues.accepts if listener is not None else None
    out = [say("The server accepted {client} as fd {fd}.", client=client_name(fd), fd=event.ret)]
    if left and listener is not None:
        more = (
            say("1 more still waits in the accept queue.")
            if left == 1
            else say("{left} more still wait in the accept queue.", left=left)
        )
        out.append(more)
        if listener.edge:
            return [*out, say("The listener's edge was reported already: a wait now would say nothing of that.")]
        if listener.interest:
            return [*out, say("A wait now would report that again: it goes by the level.")]
    if fd is not None and fd.unread:
        return [*out, say("{bytes} came before anybody watched it.", bytes=bytes_(fd.unread))]
    had = [gone for gone in moment.lane.gone.values() if gone.fd == event.ret]
    before = max(had, key=lambda gone: gone.closed or 0, default=None)
    if before is not None and is_epoll(moment, fd):
        return [*out, say("The number was that of {client} before; this is another file, to be registered anew.",
                          client=client_name(before))]  # fmt: skip
    if before is not None:
        return [*out, say("The number was that of {client} before: a list that still has it watches this one now.",
                          client=client_name(before))]  # fmt: skip
    if left:
        return out
    return [*out, say("It is not watched until it is registered with epoll_ctl, or named in the next select or poll.")]


def made_socket(moment: Moment) -> Sentences:
    """A socket, of a stream or of datagrams."""
    if moment.event.socket_type == "SOCK_DGRAM":
        return [
            say("The server made a datagram socket: fd {fd}. It needs no listen and no accept.", fd=moment.event.ret)
        ]
    return [say("The server made a socket: fd {fd}.", fd=moment.event.ret)]


def made_pair(moment: Moment) -> Sentences:
    """Two sockets that lead to each other."""
    fds = moment.event.args.get("fds")
    if isinstance(fds, list) and len(fds) == 2 and all(isinstance(fd, int) for fd in fds):
        return [say("The server made two sockets that are connected to each other: fd {one} and fd {other}.",
                    one=fds[0], other=fds[1])]  # fmt: skip
    return [say("The server made two sockets that are connected to each other.")]


def listen(moment: Moment) -> Sentences:
    """The kernel takes connections from here on."""
    backlog = moment.event.args.get("backlog")
    said = say("The server listens: the kernel completes connections by itself and queues them for accept.")
    if isinstance(backlog, int):
        return [said, say("It asked for a backlog of {backlog}; that limits the accept queue.", backlog=backlog)]
    return [said]


def shutdown(moment: Moment) -> Sentences:
    """One side or both of a connection were ended."""
    fd = moment.fd(moment.event.fd)
    values = {"fd": who(moment, moment.event.fd), "client": client_name(fd)}
    how = moment.event.args.get("how")
    if how == "RD":
        return [say("The server will read no more from {fd}; nothing of that reaches {client}.", **values)]
    if how == "RDWR":
        return [say("The server ended both directions of {fd}.", **values),
                say("The fd stays open until close.")]  # fmt: skip
    return [say("The server ended its side of {fd}: {client} can read to the end, and then gets 0 bytes.", **values),
            say("The fd stays open, and what the other side sends can still be read.")]  # fmt: skip


def set_option(moment: Moment) -> Sentences:
    """An option by its name."""
    args = moment.event.args
    option, value = args.get("option"), args.get("value")
    if option is None:
        return [say("The server set an option of {fd}.", fd=who(moment, moment.event.fd))]
    return [say("The server set {option} of {fd} to {value}.", option=printable.text(str(option), 24),
                fd=who(moment, moment.event.fd), value=printable.text(str(value), 24))]  # fmt: skip


def got_option(moment: Moment) -> Sentences:
    """An option was read; SO_ERROR is the error that waits, and reading takes it (socket(7))."""
    args, where = moment.event.args, who(moment, moment.event.fd)
    option, value = args.get("option"), args.get("value")
    if option is None:
        return [say("The server asked for an option of {fd}.", fd=where)]
    if option != "SO_ERROR" or not isinstance(value, int):
        return [say("The server asked for {option} of {fd}: {value}.", option=printable.text(str(option), 24),
                    fd=where, value=printable.text(str(value), 24))]  # fmt: skip
    if value == 0:
        return [say("SO_ERROR of {fd} is 0: no error waits there.", fd=where),
                say("After a connect that did not wait, that means: it is connected.")]  # fmt: skip
    name = errno_name(value)
    return [say("SO_ERROR of {fd} is {error}: {meaning}.", fd=where, error=name, meaning=errno_meaning(name)),
            say("Asking has cleared it: a second time the answer would be 0.")]  # fmt: skip


def connected(moment: Moment) -> Sentences:
    """A connect that returned."""
    fd = moment.fd(moment.event.fd)
    if fd is not None and is_datagram(fd):
        return [say("The server set the address that {fd} sends to; that sends nothing.", fd=who(moment, fd.fd))]
    return [say("The server connected {fd}.", fd=who(moment, moment.event.fd))]


def epoll_ctl(moment: Moment) -> Sentences:
    """The interest list was changed, with what that leads to."""
    event = moment.event
    number = event.target
    fd = moment.fd(number) if isinstance(number, int) else None
    where = who(moment, number if isinstance(number, int) else None)
    op = printable.text(event.op, 8)
    names = [name for name in split(event.events) if name not in ("ERR", "HUP")]
    asked = flag_words("|".join(names)) or say("nothing")
    if op == "ADD":
        return [say("The kernel now watches {fd} for {flags}.", fd=where, flags=asked), _after_adding(fd)]
    if op == "MOD":
        return [
            say("The server now asks for {flags} on {fd}.", fd=where, flags=asked),
            _after_asking_anew(moment, fd, names),
        ]
    if op == "DEL":
        return [say("The kernel no longer watches {fd}.", fd=where), say("The fd itself stays open.")]
    return [say("epoll_ctl {op} for {fd}.", op=op, fd=where)]


def _after_adding(fd: FdState | None) -> str:
    if fd is not None and fd.kind != "listener" and fd.unread:
        return say("{bytes} were there already: the next wait reports them all the same, edge or level.",
                   bytes=bytes_(fd.unread))  # fmt: skip
    return say("ERR and HUP are reported without asking.")


def _after_asking_anew(moment: Moment, fd: FdState | None, names: list[str]) -> str:
    if fd is not None and fd.kind != "listener" and "IN" in names and fd.unread:
        return say("{bytes} are unread, and MOD looks again: the next wait reports them, edge or level.",
                   bytes=bytes_(fd.unread))  # fmt: skip
    if "ONESHOT" in names:
        return say("It is armed again, for one report.")
    if "OUT" in names:
        return say("The next wait returns as soon as there is room to send.")
    before = known_before(moment, fd.fd) if fd is not None else None
    if before is not None and "OUT" in split(before.interest):
        return say("OUT is dropped: room to send is no longer reported.")
    if "ET" in names and fd is not None and fd.queues.recv == 0:
        return say("MOD looks again: what is unread would count as a new edge, but nothing is.")
    return say("It holds from the next wait on.")


def close(moment: Moment) -> Sentences:
    """An fd was given back: what the kernel does with it, and what whoever watched it is told."""
    event = moment.event
    fd = next((gone for gone in moment.lane.gone.values() if gone.closed == event.n), None)
    values = {"fd": f"fd {event.fd}", "client": client_name(fd)}
    if event.args.get("gc"):
        first = say("The garbage collector closed {fd}: the program had let go of it.", fd=values["fd"])
    elif fd is not None and fd.client is not None:
        first = say("The server closed {fd} ({client}).", **values)
    else:
        first = say("The server closed {fd}.", fd=values["fd"])
    alive = _dup_of(moment)
    if alive is not None:
        lives = say("A dup of it, fd {dup}, is open, so the connection lives on.", dup=alive)
        if not is_epoll(moment, fd):
            return [first, lives, say("The number does not: a list that still has it asks about a closed fd.")]
        if fd is not None and fd.interest:
            return [first, lives, say("epoll watches the file, not the number, and goes on.")]
        return [first, lives]
    if event.args.get("gc") or (fd is None and moment.traced):
        return [first]
    if fd is not None and fd.kind == "connection" and fd.unread and _dead(fd):
        return [first, say("{bytes} were never read, and are lost; the connection was broken before.",
                           bytes=bytes_(fd.unread))]  # fmt: skip
    if fd is not None and fd.kind == "connection" and fd.unread:
        return [first, say("{bytes} were never read, so the kernel sends an RST and no ordinary end.",
                           bytes=bytes_(fd.unread))]  # fmt: skip
    if fd is not None and not fd.interest:
        return [first]
    return [first, say("epoll forgets a closed fd by itself.") if is_epoll(moment, fd)
            else say("epoll would forget it by itself; the list of a select or a poll has to drop it.")]  # fmt: skip


def _dead(fd: FdState) -> bool:
    """The connection has ended by an RST already."""
    return fd.queues.tcp == "CLOSE" or fd.error in ("ECONNRESET", "EPIPE")


def _dup_of(moment: Moment) -> int | None:
    """An open dup of the fd that was closed."""
    for event in moment.before():
        if event.call == "dup" and event.fd == moment.event.fd and event.ret in moment.lane.fds:
            return event.ret
    return None


def duplicated(moment: Moment) -> Sentences:
    """A second number for a file."""
    return [say("A second number, fd {ret}, now stands for the same file as {fd}.",
                ret=moment.event.ret, fd=who(moment, moment.event.fd)),
            say("To the kernel it is one file: it ends when the last of its numbers is closed.")]  # fmt: skip
