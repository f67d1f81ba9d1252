"""Sentences for waits that returned: what one reported, or that it reported nothing and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz.events import split
from muxviz.language import say
from muxviz.words.meanings import errno_meaning
from muxviz.words.moment import Moment, Sentences, bytes_, flag_words, sentence_case, who
from muxviz.words.why import why

_NAMED: Final = 3
"""Fds of one report that a sentence names."""


def returned(moment: Moment) -> Sentences:
    """The sentences for a wait that returned."""
    event = moment.event
    if event.error and event.error != "timeout":
        return _failed(moment)
    if not event.ready:
        return _nothing(moment)
    told = say(", ").join(
        say("{flags} for {fd}", flags=flag_words(names), fd=who(moment, number))
        for number, names in event.ready[:_NAMED]
    )
    rest = len(event.ready) - _NAMED
    number, names = event.ready[0]
    first = (
        say("{call} returned {told} and {count} more.", call=moment.what, told=told, count=rest)
        if rest > 0
        else say("{call} returned {told}.", call=moment.what, told=told)
    )
    meant = why(moment, number, frozenset(split(names)))
    late = _kept_back(moment)
    if len(event.ready) == 1:
        return [first, *meant, *late]
    return [
        first,
        _order(moment),
        *[say("{fd}: {what}", fd=sentence_case(who(moment, number)), what=one) for one in meant[:1]],
        *late,
    ]


def _order(moment: Moment) -> str:
    """select and poll go through what they were given; epoll_wait through its ready list (fs/eventpoll.c)."""
    if moment.event.call == "epoll_wait":
        return say("They stand in the order in which they became ready, not in that of registration.")
    return say("They stand in the order in which they were given to it, whichever came first.")


def _kept_back(moment: Moment) -> Sentences:
    """What is ready as well, and had no room in the answer (epoll_wait(2), maxevents)."""
    event = moment.event
    most, named = event.maxevents, {number for number, _flags in event.ready or ()}
    if len(named) != most:
        return []
    rest = [fd for fd in moment.lane.fds.values() if fd.high and fd.fd not in named and "IN" in split(fd.interest)]
    rest = [fd for fd in rest if not fd.edge and not fd.disarmed]
    if not rest:
        return []
    return [say("{fd} is ready as well, and comes with a later wait: maxevents is {most}.",
                fd=sentence_case(who(moment, rest[0].fd)), most=most)]  # fmt: skip


def _failed(moment: Moment) -> Sentences:
    maker = _FAILED.get((moment.event.call or "", moment.event.error or ""))
    if maker is not None:
        return maker(moment)
    return [
        say("{call} failed with {error}: {meaning}.", call=moment.what, error=moment.error,
            meaning=errno_meaning(moment.event.error or "")),
        say("It said nothing about any fd."),
    ]  # fmt: skip


def _not_open(moment: Moment) -> str:
    """Which fd it must have been: the one that it was given and that this program has not open."""
    closed = [number for number, _flags in moment.event.interest or () if number not in moment.lane.fds]
    if len(closed) == 1:
        return say(
            "That is fd {fd}, but select does not say which, and reports nothing about the others.", fd=closed[0]
        )
    return say("It does not say which one, and reports nothing about the others.")


_FAILED: Final[dict[tuple[str, str], Callable[[Moment], Sentences]]] = {
    ("select", "EBADF"): lambda moment: [
        say("select failed with EBADF: an fd that it asks about is closed."),
        _not_open(moment),
    ],
    ("epoll_wait", "EBADF"): lambda moment: [
        say("epoll_wait failed with EBADF: the epoll itself is closed."),
        say("A closed fd inside it would have been forgotten in silence."),
    ],
}


def _nothing(moment: Moment) -> Sentences:
    """A wait that came back empty-handed. First how, then what a learner would have expected it to report."""
    event, what = moment.event, moment.what
    timeout = moment.timeout
    if event.args.get("interest") == [] and event.call == "select":
        return [say("select returned: it was given three empty lists, and so it is a clock."), _missed(moment)]
    if timeout == 0:
        first = say(
            "{call} returned at once with nothing ready: with a timeout of 0 it looks and never sleeps.", call=what
        )
        second = say("A loop of such waits keeps a processor busy and learns nothing.")
    elif timeout is not None and timeout > 0:
        if event.call == "select":
            first = say("select returned three empty lists: nothing became ready in {ms} ms.", ms=f"{timeout:g}")
        else:
            first = say("{call} returned an empty list: nothing became ready in {ms} ms.", call=what, ms=f"{timeout:g}")
        second = say("A timeout is no error: the server wakes, finds no work, and waits again.")
    else:
        first = say("{call} returned with nothing ready.", call=what)
        second = say("The server wakes, finds no work, and waits again.")
    return [first, unsaid(moment) or second]


def _missed(moment: Moment) -> str:
    """What became ready while select was asked about nothing."""
    for fd in moment.lane.fds.values():
        if fd.kind == "listener" and fd.unread:
            return say("A connection waits in the accept queue, and it could not say so.")
        if fd.high and fd.unread:
            return say(
                "{bytes} of {fd} are unread, and it could not say so.", bytes=bytes_(fd.unread), fd=who(moment, fd.fd)
            )
    return say("The server has to look at its sockets by itself.")


def unsaid(moment: Moment) -> str:
    """What lies there and was not reported, though a level would have told of it; empty where nothing does."""
    for fd in moment.lane.fds.values():
        if fd.high and fd.disarmed:
            return say("{fd} is readable, but its ONESHOT has fired: nothing is reported until epoll_ctl(MOD).",
                       fd=who(moment, fd.fd))  # fmt: skip
        if fd.high and fd.edge and fd.kind == "datagram" and fd.reported_n is not None:
            return say("A datagram waits on {fd}, but its edge was reported before.", fd=who(moment, fd.fd))
        if fd.high and fd.edge and fd.kind != "listener" and fd.unread and fd.reported_n is not None:
            return say("{bytes} are unread on {fd}, but their edge was reported before.",
                       bytes=bytes_(fd.unread), fd=who(moment, fd.fd))  # fmt: skip
    return ""
