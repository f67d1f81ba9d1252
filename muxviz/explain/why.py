"""Why a wait names an fd: the meaning of its flags, by the first rule that they meet.

A rule looks at the flags and at the state, and answers with sentences or with nothing; the next one is asked then. The
order is the order of what matters: an fd that is gone before an error, an error before an end, an end before data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz.events import split
from muxviz.explain.moment import (
    READS,
    Moment,
    Sentences,
    bytes_,
    client_name,
    connecting,
    connections,
    is_datagram,
    is_epoll,
    is_stream,
    sentence_case,
    who,
)
from muxviz.language import say
from muxviz.state import FdState

_Flags = frozenset[str]


def why(moment: Moment, number: int, flags: _Flags) -> Sentences:
    """What a report means."""
    fd = moment.fd(number)
    if "NVAL" in flags:
        return [say("That fd is closed: poll says NVAL at every call, until the fd leaves its list.")]
    if fd is None or fd.closed is not None or fd.fd != number:
        return [
            say("The server has no fd {fd} open: its file lives on under another number, a dup.", fd=number),
            say("epoll watches files, and goes on with the number that was registered."),
        ]
    for rule in _RULES:
        said = rule(moment, fd, flags)
        if said:
            return [*said, *_oneshot(fd)]
    return _oneshot(fd)


def _oneshot(fd: FdState) -> Sentences:
    if "ONESHOT" not in split(fd.interest):
        return []
    return [say("ONESHOT: nothing more is reported of it, not even an error, until epoll_ctl(MOD).")]


def _listener(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if fd.kind != "listener":
        return []
    waits = fd.queues.accepts
    if waits == 0:
        return [say("And yet its accept queue is empty now: somebody else took the connection, or it was given up.")]
    if waits is None:
        out = [say("A connection waits in its accept queue.")]
    elif waits == 1:
        out = [say("1 connection waits in its accept queue.")]
    else:
        out = [say("{count} wait in its accept queue.", count=connections(waits))]
    if fd.edge:
        return [*out, say("This edge is used up now: what accept leaves there is not reported again.")]
    return out


def _error(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "ERR" not in flags:
        return []
    if connecting(moment, fd):
        return [
            say("The connect that was begun has failed."),
            say("getsockopt(SO_ERROR) says why, and clears the error."),
        ]
    if is_stream(moment, fd):
        return [say("The connection of {client} is broken.", client=client_name(fd)),
                say("The next recv takes the error and clears it.")]  # fmt: skip
    if is_datagram(moment, fd):
        return [say("An error came back for a datagram that was sent."), say("The next call on the socket takes it.")]
    return [say("An error waits there; of a pipe it says that nobody is left who reads.")]


def _urgent(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if not flags & {"PRI", "X"}:
        return []
    said = [say("An urgent byte has come: PRI for poll and epoll, the exceptional list for select.")]
    return [*said, say("An ordinary recv leaves it out; recv with MSG_OOB takes it.")]


def _hang_up(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "HUP" not in flags or fd.unread:
        return []
    if is_stream(moment, fd):
        return [
            say("HUP says that the connection is closed in both directions."),
            say("The next recv returns 0 bytes."),
        ]
    return [say("HUP: the other end is closed, and nothing more can come.")]


def _half_close(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if "RDHUP" not in flags or fd.unread:
        return []
    return [say("{client} will send no more; this is no HUP, as the server may still send.",
                client=sentence_case(client_name(fd))),
            say("The next recv returns 0 bytes. A close and a half-close look alike here.")]  # fmt: skip


def _end(moment: Moment, fd: FdState, flags: _Flags) -> Sentences:
    if not flags & {"IN", "R"} or fd.unread or fd.queues.recv != 0:
        return []
    if is_datagram(moment, fd):
        return [say("An empty datagram waits: it has no byte and is still a message.")]
    if not is_stream(moment, fd):
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
    return [say("{unread} That uses up the edge.", unread=_unread(moment, fd)),
            say("What the server leaves unread is not reported again until more arrives.")]  # fmt: skip


def _asked_anew(moment: Moment, fd: FdState) -> str:
    """The edge was made by epoll_ctl, not by an arrival; the lane's newest finished call on the fd was that one."""
    for event in moment.before():
        if event.phase is not None:
            return ""  # it slept in its wait: something has arrived then
        if event.call == "epoll_ctl" and event.args.get("fd") == fd.fd and event.error is None:
            if event.args.get("op") == "MOD":
                return say("epoll_ctl(MOD) asked anew, so {bytes} that were unread already count as an edge.",
                           bytes=bytes_(fd.unread))  # fmt: skip
            return ""
        if event.is_wakeup or (event.fd == fd.fd and event.call in READS):
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
    if is_datagram(moment, fd):
        return [say("A datagram waits; a level wait reports it until every one has been received.")]
    if not is_stream(moment, fd):
        return [
            say("{fd} can be read now, and is reported as long as that is so.", fd=sentence_case(who(moment, fd.fd)))
        ]
    if "ONESHOT" in split(fd.interest):
        return [_unread(moment, fd)]
    again = (
        say("A level wait reports this again and again, until the queue is empty.")
        if is_epoll(moment, fd)
        else say("Each call looks at the level: it reports this again and again, until the queue is empty.")
    )
    return [_unread(moment, fd), again]


def _unread(moment: Moment, fd: FdState) -> str:
    if not fd.unread or is_datagram(moment, fd):
        return say("Data is there.")
    return say("1 byte is unread.") if fd.unread == 1 else say("{count} bytes are unread.", count=fd.unread)


_RULES: Final[tuple[Callable[[Moment, FdState, _Flags], Sentences], ...]] = (
    _listener, _error, _urgent, _hang_up, _half_close, _end, _room, _edge, _level,
)  # fmt: skip
