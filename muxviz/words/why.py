"""Why a wait names an fd: the meaning of its flags, by the first rule that they meet.

A rule looks at the flags and at the state, and answers with sentences or with nothing; the next one is asked then. The
order is the order of what matters: an fd that is gone before an error, an error before an end, an end before data.
"""

from __future__ import annotations

from collections.abc import Callable
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
    connecting,
    connections,
    is_datagram,
    is_epoll,
    is_stream,
    known_before,
    sentence_case,
    who,
)

_Flags = frozenset[str]


def why(moment: Moment, number: int, flags: _Flags) -> Sentences:
    """What a report means."""
    fd = moment.fd(number)
    if "NVAL" in flags:
        return [
            say("That fd is closed: poll says NVAL at every call, until the number leaves its list or is used again.")
        ]
    if fd is None or fd.closed is not None or fd.fd != number:
        return _ghost(moment, number)
    for rule in _RULES:
        said = rule(moment, fd, flags)
        if said:
            return [*said, *_oneshot(fd)]
    return _oneshot(fd)


def _ghost(moment: Moment, number: int) -> Sentences:
    """A number that is closed here, while the file that was registered under it is open under another one."""
    kept = say("epoll watches files, and goes on with the number that was registered.")
    twin = next((fd for fd in moment.lane.fds.values() if fd.ghost == number), None)
    if twin is None:
        return [say("The server has no fd {fd} open: its file lives on under another number, a dup.", fd=number), kept]
    first = say("The server has no fd {fd} open: the connection of {client} lives on as fd {dup}, a dup.",
                fd=number, client=client_name(twin), dup=twin.fd)  # fmt: skip
    if twin.unread:
        return [first, kept, say("{bytes} are unread there.", bytes=bytes_(twin.unread))]
    return [first, kept]


def _oneshot(fd: FdState) -> Sentences:
    if "ONESHOT" not in split(fd.interest):
        return []
    return [say("ONESHOT: nothing more is reported of it, not even an error, until epoll_ctl(MOD).")]


def _listener(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if fd.kind != "listener":
        return []
    waits = fd.queues.accepts
    if not waits and moment.event.step is None and fd.looked_n != moment.event.n:
        waits = None  # a free run does not look at the listener: what is known of it is old
    if waits == 0:
        return [say("And yet its accept queue is empty now: somebody else took the connection, or it was given up.")]
    if waits is None:
        out = [say("A connection waits in its accept queue.")]
    elif waits == 1:
        out = [say("1 connection waits in its accept queue.")]
    else:
        out = [say("{count} wait in its accept queue.", count=connections(waits))]
    if fd.queues.backlog is not None and waits is not None and waits > fd.queues.backlog:
        out.append(
            say("It is full: the kernel drops whoever tries to connect now, and TCP tries again a second later.")
        )
    if fd.edge:
        return [*out, say("This edge is used up now: what accept leaves there is not reported again.")]
    return out


def _connect(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    """A connect that did not wait has ended, in select's words: it has none for an error."""
    if not connecting(moment, fd) or "W" not in flags:
        return []
    if "R" in flags and not fd.unread:
        return [
            say("The connect that was begun has ended. R beside W, with nothing to read, hints at an error."),
            say("getsockopt(SO_ERROR) tells. X says nothing of it: the third list is for urgent data."),
        ]
    return [
        say("The connect that was begun has ended: W says no more than that."),
        say("getsockopt(SO_ERROR) tells how: 0 means that the connection is made."),
    ]


def _error(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "ERR" not in flags:
        return []
    if connecting(moment, fd):
        return [
            say("The connect that was begun has failed."),
            say("getsockopt(SO_ERROR) says why, and clears the error."),
        ]
    if is_stream(fd):
        first = say("The connection of {client} is broken.", client=client_name(fd))
        before = known_before(moment, fd.fd)
        known = set(split(before.reported)) if before is not None else set()
        if before is not None and (
            before.eof or before.queues.tcp == "CLOSE_WAIT" or ("RDHUP" in known and "ERR" not in known)
        ):
            return [first, say("Its end had come before: the next recv returns 0 bytes, and the next send fails.")]
        return [first, say("The next recv takes the error and clears it.")]
    if fd.queues.file == "pipe":
        return [say("Nobody is left who reads from this pipe: the next write fails with EPIPE.")]
    if is_datagram(fd):
        return [say("An error came back for a datagram that was sent."), say("The next call on the socket takes it.")]
    return [say("An error waits there; of a pipe it says that nobody is left who reads.")]


def _urgent(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if not flags & {"PRI", "X"}:
        return []
    if flags & {"IN", "R"}:
        said = [say("An urgent byte has come: PRI for poll and epoll, the exceptional list for select.")]
        if fd.unread:
            said.append(say("It is not among the {count} unread ones; recv with MSG_OOB takes it.", count=fd.unread))
            return said
        return [*said, say("An ordinary recv leaves it out; recv with MSG_OOB takes it.")]
    said = [say("An urgent byte is there still, and nothing else; an ordinary recv leaves it out.")]
    if fd.edge:
        return [*said, say("An edge says so once.")]
    return [
        *said,
        say("Every such wait reports it, until recv with MSG_OOB takes it or a recv reads on past its place."),
    ]


def _hang_up(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "HUP" not in flags or fd.unread:
        return []
    if is_stream(fd):
        return [
            say("HUP says that the connection is closed in both directions."),
            say("The next recv returns 0 bytes."),
        ]
    if fd.queues.file == "pipe":
        return [say("HUP: nobody is left who writes to this pipe. A read returns 0 bytes."),
                say("IN does not come with it: there is nothing to read.")]  # fmt: skip
    return [say("HUP: the other end is closed, and nothing more can come.")]


def _past_its_end(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    """A stream whose end was read, and that is still open: the level never falls."""
    if not fd.eof or not flags & {"IN", "R"} or fd.unread or fd.edge or "HUP" in flags or not is_stream(fd):
        return []
    if fd.shut and "R" in flags:
        return [say("Both sides have ended the stream; select has no word for that, no HUP."),
                say("It stays readable until the server closes the fd.")]  # fmt: skip
    return [say("The end of the stream was read before, and the level never falls from it."),
            say("Every wait reports it again, until the server closes the fd.")]  # fmt: skip


def _half_close(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "RDHUP" not in flags or fd.unread:
        return []
    return [say("{client} will send no more; this is no HUP, as the server may still send.",
                client=sentence_case(client_name(fd))),
            say("The next recv returns 0 bytes. A close and a half-close look alike here.")]  # fmt: skip


def _end(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if not flags & {"IN", "R"} or fd.unread or fd.queues.recv != 0:
        return []
    if is_datagram(fd):
        return [say("An empty datagram waits: it has no byte and is still a message.")]
    if not is_stream(fd):
        return []
    if fd.queues.tcp == "CLOSE_WAIT":
        return [say("No byte is unread: what can be read is the end of the stream, and no HUP comes with it."),
                say("The next recv returns 0 bytes.")]  # fmt: skip
    return [say("Nothing is unread, and yet it is readable: the stream has ended, or an error waits."),
            say("The next recv tells which.")]  # fmt: skip


def _room(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if not flags & {"OUT", "W"} or flags & {"IN", "R"}:
        return []
    if connecting(moment, fd):
        return [say("The connect that was begun has ended; no ERR means that the connection is made.")]
    queued = fd.queues.queued
    if queued:
        return [say("There is room to send."),
                say("The server keeps {bytes} queued, and so asked for this.", bytes=bytes_(queued))]  # fmt: skip
    if fd.edge:
        return [say("There is room to send."), say("An edge says so once; the next comes after the buffer was full.")]
    if queued == 0:
        return [say("There is room to send, and nothing is queued to be sent."),
                say("As long as OUT is asked for, every such wait returns at once.")]  # fmt: skip
    return [say("There is room to send, and the server asked to hear of it.")]


def _edge(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    """Data under an edge: what made the edge, where that is not simply that something came."""
    if not fd.edge or not flags & {"IN", "RDHUP", "HUP"}:
        return []
    if fd.unread:
        again = _asked_anew(moment, fd)
        if again:
            return [again, say("What the server leaves unread is not reported again until more arrives.")]
        old = _left_before(moment, fd)
        if 0 < old < fd.unread:
            return [say("{new} more arrived, and that is a new edge, though {old} older ones were never read.",
                        new=bytes_(fd.unread - old), old=old)]  # fmt: skip
    if is_datagram(fd):
        return [say("{unread} That uses up the edge.", unread=_waiting_datagram(fd)),
                say("One call takes one datagram; those behind it are not reported until another comes.")]  # fmt: skip
    if fd.queues.file in _READY:
        return [say(_READY[fd.queues.file]), say("An edge says so once, for each arrival.")]
    if "RDHUP" in flags and fd.unread:
        return [
            say("{unread} That uses up the edge.", unread=_unread(moment, fd)),
            say("{client} will send no more after that.", client=sentence_case(client_name(fd))),
        ]
    if "OUT" in flags and fd.unread:
        return [say("{unread} That uses up the edge.", unread=_unread(moment, fd)),
                say("OUT rides along: a report names all that is true of the fd.")]  # fmt: skip
    return [say("{unread} That uses up the edge.", unread=_unread(moment, fd)),
            say("What the server leaves unread is not reported again until more arrives.")]  # fmt: skip


def _asked_anew(moment: Moment, fd: FdState) -> str:
    """The edge was made by epoll_ctl, not by an arrival; the lane's newest finished call on the fd was that one."""
    for event in moment.before():
        if event.phase is not None:
            return ""  # it slept in its wait: something has arrived then
        if event.call == "epoll_ctl" and event.target == fd.fd and event.error is None:
            if event.op == "MOD":
                return say("epoll_ctl(MOD) asked anew, so {bytes} that were unread already count as an edge.",
                           bytes=bytes_(fd.unread))  # fmt: skip
            return ""
        if event.is_wakeup or (event.fd == fd.fd and event.call in ALL_READS):
            return ""
    return ""


def _left_before(moment: Moment, fd: FdState) -> int:
    """Bytes that were unread already when the wait that has returned began to sleep; 0 where it did not sleep."""
    newest = next(moment.before(), None)
    if newest is None or newest.phase is None:
        return 0
    lane = moment.trace.state(newest.n).lanes.get(moment.event.lane or "")
    then = lane.fds.get(fd.fd) if lane is not None else None
    return then.unread if then is not None and then.opened == fd.opened else 0


def _level(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if is_datagram(fd):
        return [_waiting_datagram(fd), say("A level wait reports this until every datagram has been received.")]
    if fd.queues.file == "pipe" and flags & {"IN", "R"}:
        if not fd.unread:
            return [say("Nothing is unread: nobody is left who writes to this pipe, and a read returns 0 bytes.")]
        if "HUP" in flags:
            return [_unread(moment, fd), say("HUP: nobody is left who writes to this pipe; what it holds can be read.")]
        return [_unread(moment, fd), say("It is reported as long as the pipe is not empty.")]
    if fd.queues.file in _READY:
        return [say(_READY[fd.queues.file])]
    if not is_stream(fd):
        return [
            say("{fd} can be read now, and is reported as long as that is so.", fd=sentence_case(who(moment, fd.fd)))
        ]
    if "ONESHOT" in split(fd.interest):
        return [_unread(moment, fd)]
    if "RDHUP" in flags:
        return [_unread(moment, fd),
                say("{client} will send no more after that.", client=sentence_case(client_name(fd)))]  # fmt: skip
    again = (
        say("A level wait reports this again and again, until the queue is empty.")
        if is_epoll(moment, fd)
        else say("Each call looks at the level: it reports this again and again, until the queue is empty.")
    )
    return [_unread(moment, fd), again]


_READY: Final[dict[str | None, str]] = {
    "file": _("A regular file is ready at all times: reading it never makes anybody wait, not even at its end."),
    "device": _("This device is ready: a call on it would not wait."),
    "eventfd": _("Its counter is not 0; a read takes it, and then it is no longer readable."),
    "timerfd": _("Its timer has run out; a read tells how often."),
}
"""Other files that can be read. poll(2), eventfd(2), timerfd_create(2)."""


def _waiting_datagram(fd: FdState) -> str:
    if not fd.unread:
        return say("A datagram waits.")
    return say("A datagram of {bytes} waits.", bytes=bytes_(fd.unread))


def _unread(moment: Moment, fd: FdState) -> str:
    if not fd.unread:
        return say("Data is there.")
    return say("1 byte is unread.") if fd.unread == 1 else say("{count} bytes are unread.", count=fd.unread)


_RULES: Final[tuple[Callable[[Moment, FdState, _Flags], Sentences], ...]] = (
    _listener, _connect, _error, _urgent, _hang_up, _past_its_end, _half_close, _end, _room, _edge, _level,
)  # fmt: skip
