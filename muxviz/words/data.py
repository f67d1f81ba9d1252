"""Sentences for calls that move bytes and did not fail: of streams, of datagrams, of other files."""

from __future__ import annotations

from typing import Final

from muxviz.calls import ALL_READS
from muxviz.events import split
from muxviz.kernel import FdState
from muxviz.language import _, say
from muxviz.words.moment import (
    Moment,
    Sentences,
    bytes_,
    client_name,
    has_flag,
    is_datagram,
    is_stream,
    known_before,
    who,
)


def read(moment: Moment) -> Sentences:
    """A read that returned."""
    event, fd = moment.event, moment.fd(moment.event.fd)
    if event.call == "recvmmsg":
        return [say("The server received {count} messages on {fd}, {bytes} together.", count=event.ret,
                    fd=who(moment, event.fd), bytes=bytes_(_together(moment)))]  # fmt: skip
    if is_datagram(fd):
        return _datagram(moment, fd)
    if event.ret == 0 and event.size != 0:
        return _end(moment, fd)
    got, where = bytes_(event.ret or 0), who(moment, event.fd)
    if has_flag(event, "OOB"):
        return [say("The server read {bytes} of urgent data from {fd}.", bytes=got, fd=where)]
    if has_flag(event, "PEEK"):
        return [say("The server looked at {bytes} of {fd} and took nothing (MSG_PEEK).", bytes=got, fd=where),
                say("The level stays as it is.")]  # fmt: skip
    what = fd.queues.file if fd is not None else None
    if what in _COUNTERS:
        return [say("The server read {bytes} from {fd}.", bytes=got, fd=where), say(_COUNTERS[what])]
    left = fd.queues.recv if fd is not None else None
    if left is None or what in _ALWAYS_READY:
        return [say("The server read {bytes} from {fd}.", bytes=got, fd=where), *_proved(moment, fd)]
    if left:
        return [_left(moment, left), _hears_of_the_rest(fd), *_meanwhile(moment, fd)]
    urgent = set(split(fd.reported)) & {"PRI", "X"} if fd is not None and not fd.high else set()
    if urgent:
        return [say("The server read {bytes} from {fd}; nothing is left unread.", bytes=got, fd=where),
                say("The urgent byte is not among them: only recv with MSG_OOB takes it.")]  # fmt: skip
    if fd is not None and fd.high:
        return [say("The server read {bytes} from {fd}; nothing is left unread, and the end of the stream is next.",
                    bytes=got, fd=where),
                say("The wire stays high until the server closes the fd.")]  # fmt: skip
    falls = (
        say("The wire falls; what comes next is a new edge.") if fd is not None and fd.edge else say("The wire falls.")
    )
    return [say("The server read {bytes} from {fd}; nothing is left unread.", bytes=got, fd=where), falls]


def _together(moment: Moment) -> int:
    """Bytes of all messages that a call has moved."""
    count = moment.event.args.get("bytes")
    return count if isinstance(count, int) else 0


def _proved(moment: Moment, fd: FdState | None) -> Sentences:
    """What the read's own size tells, where nobody looks at the queue (`muxviz.kernel.proof`)."""
    event = moment.event
    size = event.size
    if not moment.traced or fd is None or not isinstance(size, int) or "path" in event.args:
        return []
    if fd.proof == "low" and fd.proof_n == event.n:
        return [say("It asked for {size}, so nothing was left at that moment.", size=size)]
    if event.ret == size and fd.kind == "connection":
        return [say("That is all that it asked for: whether more is left, this call does not tell.")]
    return []


_COUNTERS: Final = {
    "eventfd": _("They are its counter, which is 0 from now on: it is readable again after the next write."),
    "timerfd": _("They tell how often the timer has run out; it is readable again when it runs out once more."),
}
"""eventfd(2), timerfd_create(2)."""
_ALWAYS_READY: Final = frozenset({"file", "device"})


def _meanwhile(moment: Moment, fd: FdState | None) -> Sentences:
    """Another fd that the same wait named, and that waits for its turn while this one is read again and again."""
    reads = 0
    for event in moment.before():
        if event.is_wakeup:
            for number, _flags in event.ready or ():
                other = moment.fd(number)
                if reads and other is not None and other is not fd and other.unread and other.kind == "connection":
                    return [say("Meanwhile {bytes} of {fd} wait, which the same wait has named.",
                                bytes=bytes_(other.unread), fd=who(moment, number))]  # fmt: skip
            return []
        reads += event.fd == moment.event.fd and event.call in ALL_READS
    return []


def _left(moment: Moment, left: int) -> str:
    event = moment.event
    values = {"bytes": bytes_(event.ret or 0), "fd": who(moment, event.fd), "left": left}
    if event.ret == event.size:
        if left == 1:
            return say("The server read {bytes} from {fd}, all that it asked for; 1 more is still unread.", **values)
        return say("The server read {bytes} from {fd}, all that it asked for; {left} more are still unread.", **values)
    if left == 1:
        return say("The server read {bytes} from {fd}; 1 more is still unread.", **values)
    return say("The server read {bytes} from {fd}; {left} more are still unread.", **values)


def _hears_of_the_rest(fd: FdState | None) -> str:
    if fd is None or not fd.interest:
        return say("Nothing watches this fd: the rest waits until it is read.")
    if "ONESHOT" in split(fd.interest):
        return say("ONESHOT has fired: a wait says nothing of them until epoll_ctl(MOD).")
    if fd.edge:
        return say("Its edge was reported already: a wait now would say nothing of them.")
    return say("The next wait reports them: it goes by the level.")


def _end(moment: Moment, fd: FdState | None) -> Sentences:
    if is_stream(fd):
        return [say("{call} returned 0 bytes: {client} has ended its side of the stream.",
                    call=moment.what, client=client_name(fd)),
                say("The wire stays high until the server closes the fd.")]  # fmt: skip
    return [say("{call} on {fd} returned 0 bytes: the end of the file, or of a pipe that nobody can write to any more.",
                call=moment.what, fd=who(moment, moment.event.fd))]  # fmt: skip


def _datagram(moment: Moment, fd: FdState | None) -> Sentences:
    event, where = moment.event, who(moment, moment.event.fd)
    size = event.size
    if event.ret == 0 and size != 0:
        return [say("{call} on {fd} returned 0 bytes: an empty datagram.", call=moment.what, fd=where),
                say("That is no end of anything: a datagram socket has no stream that could end.")]  # fmt: skip
    left = fd.queues.recv if fd is not None else None
    first = say("The server received one datagram of {bytes} on {fd}.", bytes=bytes_(event.ret or 0), fd=where)
    cut = _cut_off(moment)
    if cut:
        return [say("The server received {bytes} of a datagram on {fd}; its last {cut} are thrown away.",
                    bytes=bytes_(event.ret or 0), fd=where, cut=cut),
                say("A stream would have kept the rest for the next recv.")]  # fmt: skip
    if fd is not None and (left or fd.high):
        another = say("Another one waits: one call takes one datagram.")
        if fd.edge:
            return [first, another, say("Its edge was reported already: a wait now would say nothing of it.")]
        return [first, another]
    return [first, say("One call takes one datagram, whatever size it asks for.")]


def _cut_off(moment: Moment) -> int:
    """Bytes of the datagram that the call had no room for: FIONREAD told the size of the next one before (udp(7))."""
    event = moment.event
    if event.fd is None or event.ret is None or event.ret != event.size or event.n <= 0:
        return 0
    before = known_before(moment, event.fd)
    return max(0, before.unread - event.ret) if before is not None else 0


def sent(moment: Moment) -> Sentences:
    """A send that returned."""
    event, fd = moment.event, moment.fd(moment.event.fd)
    size, count = event.size, event.ret or 0
    if event.call == "sendmmsg":
        return [say("The server sent {count} messages from {fd}, {bytes} together.", count=event.ret,
                    fd=who(moment, event.fd), bytes=bytes_(_together(moment)))]  # fmt: skip
    if event.call == "sendfile" and event.ret == 0:
        return [say("sendfile sent nothing to {fd}: the file has no more.", fd=who(moment, event.fd))]
    if isinstance(size, int) and event.ret is not None and event.ret < size:
        return [say("The kernel took {ret} of {bytes} for {client}: its send buffer is full.",
                    ret=event.ret, bytes=bytes_(size), client=client_name(fd)),
                say("The rest stays in the program, which has to ask for OUT to hear of room.")]  # fmt: skip
    if is_datagram(fd):
        return [say("The server sent one datagram of {bytes} from {fd}.",
                    bytes=bytes_(count), fd=who(moment, event.fd)),
                say("Nobody confirms it: the kernel has taken it, and that is all that is known.")]  # fmt: skip
    if not is_stream(fd):
        return [say("The server wrote {bytes} to {fd}.", bytes=bytes_(count), fd=who(moment, event.fd))]
    if event.args.get("all"):
        first = say("The server sent all {bytes} to {client}; sendall comes back only then.",
                    bytes=bytes_(count), client=client_name(fd))  # fmt: skip
    else:
        first = say("The server sent {bytes} to {client}.", bytes=bytes_(count), client=client_name(fd))
    return [first, *after_sending(fd)]


def after_sending(fd: FdState | None) -> Sentences:
    """What a write leaves behind in the kernel, and of interest in room."""
    if fd is None:
        return []
    if fd.queues.unsent:
        return [say("{bytes} are still in the kernel's send buffer: the client takes them slowly.",
                    bytes=bytes_(fd.queues.unsent))]  # fmt: skip
    asks = set(split(fd.interest)) & {"OUT", "W"}
    if asks and not fd.edge and fd.queues.queued == 0:
        return [
            say("Nothing is left to send, and it still asks for OUT: if that stays, the next wait returns at once.")
        ]
    return []
