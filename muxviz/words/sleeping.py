"""Sentences for a call that has begun and not returned: what the server sleeps on, and what does not wake it."""

from __future__ import annotations

from typing import Final

from muxviz.calls import ALL_READS, ALL_WRITES, WAITS
from muxviz.kernel import FdState
from muxviz.language import _, say
from muxviz.words import tls
from muxviz.words.moment import Moment, Sentences, bytes_, is_epoll, read_since, who
from muxviz.words.waits import unsaid

_BLOCKED: Final[dict[str, str]] = {
    **dict.fromkeys(ALL_READS, _("The server is blocked in {call} on {fd}: there is nothing to read yet.")),
    **dict.fromkeys(ALL_WRITES, _("The server is blocked in {call} on {fd}: there is no room to send.")),
    **tls.BLOCKED,
    "splice": _("The server is blocked in {call} on {fd}: there is nothing to move, or no room for it."),
    "accept": _("The server is blocked in {call} on {fd}: no connection is in the accept queue."),
    "connect": _("The server is blocked in {call} on {fd}: the other side has not answered yet."),
}


def asleep(moment: Moment) -> Sentences:
    """The sentences for a lane asleep in a call. strace prints the timeout when a wait has returned, and not before."""
    said = _asleep(moment)
    if moment.traced and moment.event.call in WAITS and "timeout" not in moment.event.args:
        return [*said, say("How long it may sleep, strace tells only when it has returned.")]
    return said


def _asleep(moment: Moment) -> Sentences:
    event, what = moment.event, moment.what
    if event.call not in WAITS:
        template = _BLOCKED.get(event.call or "", _("The server is blocked in {call} on {fd}."))
        return [
            say(template, call=what, fd=who(moment, event.fd)),
            say("It can do nothing else until that returns: whoever else needs it has to wait.")
            if event.tid is None
            else say("That thread can do nothing else until that returns."),
        ]
    stuck = moment.lane.stranded
    if stuck:
        return _stranded(moment, stuck[0])
    timeout = moment.timeout
    if event.call == "select" and event.args.get("interest") == [] and timeout is not None:
        return [
            say("The server sleeps in select, for {ms} ms: it asks about nothing at all.", ms=f"{timeout:g}"),
            say("Three empty lists make a clock of it; no client can wake it."),
        ]
    held = tls.held_back(moment)
    if timeout is not None:
        return [
            say("The server sleeps in {call}, for {ms} ms at most.", call=what, ms=f"{timeout:g}"),
            held or unsaid(moment) or say("Nothing that it asks about is ready."),
        ]
    gone = held or _forgotten(moment)
    if gone:
        return [say("The server sleeps in {call}.", call=what), gone]
    silent = unsaid(moment)
    if silent:
        return [say("The server sleeps in {call}.", call=what), silent]
    unread = [
        fd for fd in moment.lane.fds.values()
        if fd.unread and fd.high and fd.interest and fd.kind in ("connection", "datagram")
    ]  # fmt: skip
    if unread:
        return [
            say("The server sleeps in {call}.", call=what),
            say("{bytes} arrived on {fd} meanwhile.", bytes=bytes_(unread[0].unread), fd=who(moment, unread[0].fd)),
        ]
    if any(fd.edge and fd.reported_n is not None for fd in moment.lane.fds.values()):
        return [
            say("The server sleeps in {call}: nothing new has come since it was told.", call=what),
            say("The next arrival wakes it."),
        ]
    return [
        say("The server sleeps in {call}: nothing that it asks about is ready.", call=what),
        (say("A client's next action can wake it.") if moment.trace.header.beats else say("The next arrival wakes it."))
        if is_epoll(moment, None)
        else say("The kernel was given the whole list for this call, and will look at all of it again."),
    ]


def _forgotten(moment: Moment) -> str:
    """A watched fd was closed just before this wait: epoll has let go of it without a word (epoll(7))."""
    last = next(moment.before(), None)
    if last is None or last.call != "close" or last.error is not None or not is_epoll(moment, None):
        return ""
    fd = next((gone for gone in moment.lane.gone.values() if gone.closed == last.n), None)
    if fd is None or not fd.interest or any(other.ghost == fd.fd for other in moment.lane.fds.values()):
        return ""
    return say("It has forgotten fd {fd}, which was closed: no EBADF and no NVAL comes of that.", fd=fd.fd)


def _stranded(moment: Moment, fd: FdState) -> Sentences:
    """An edge-triggered wait on what its edge has announced already: the cause first."""
    if fd.kind == "listener":
        return [
            say(
                "The server took a part of its accept queue and waited again; {count} still wait there.",
                count=fd.unread,
            )
            if fd.unread > 1
            else say("The server took a part of its accept queue and waited again; 1 still waits there."),
            say("Its edge was reported before. The next report comes with the next connection."),
        ]
    if fd.disarmed:
        return _disarmed(moment, fd)
    if fd.kind == "datagram":
        return _datagram(moment, fd)
    read = read_since(moment, fd)
    cause = (
        say("The server read {read} of the {all} unread bytes and waited again.", read=read, all=read + fd.unread)
        if read
        else say(
            "The server waited again and left {bytes} of {fd} unread.", bytes=bytes_(fd.unread), fd=who(moment, fd.fd)
        )
    )
    told = (
        say("Their edge was reported at step {step}, so the {left} left are not reported again.",
            step=fd.reported_step, left=fd.unread)
        if fd.reported_step is not None
        else say("Their edge was reported before, so the {left} left are not reported again.", left=fd.unread)
    )  # fmt: skip
    if fd.ghost is not None:
        return [cause, told, say("New data brings the next report; no epoll_ctl can name fd {fd}, which is closed.",
                                 fd=fd.ghost)]  # fmt: skip
    return [cause, told, say("The next report comes with new data, or after epoll_ctl(MOD).")]


def _datagram(moment: Moment, fd: FdState) -> Sentences:
    """A whole datagram is left: each call takes one."""
    first = (
        say("The server waited again while a datagram of {bytes} waits on {fd}.",
            bytes=bytes_(fd.unread), fd=who(moment, fd.fd))
        if fd.unread
        else say("The server waited again while an empty datagram waits on {fd}.", fd=who(moment, fd.fd))
    )  # fmt: skip
    told = (
        say("Its edge was reported at step {step}, for all that had come by then.", step=fd.reported_step)
        if fd.reported_step is not None
        else say("Its edge was reported before, for all that had come by then.")
    )
    return [first, told, say("The next report comes with another datagram, or after epoll_ctl(MOD).")]


def _disarmed(moment: Moment, fd: FdState) -> Sentences:
    told = (
        say("Its one report (ONESHOT) was made at step {step}, and disarmed it.", step=fd.reported_step)
        if fd.reported_step is not None
        else say("Its one report (ONESHOT) was made before, and disarmed it.")
    )
    return [
        say("The server sleeps on {bytes} of {fd}, unread.", bytes=bytes_(fd.unread), fd=who(moment, fd.fd)),
        told,
        say("Nothing more is reported, not even an error, until epoll_ctl(MOD)."),
    ]
