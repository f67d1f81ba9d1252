"""A page of facts for each mechanism: where it comes from, what it copies and costs, its limits, and what is often
said of it and wrong.

Sources: select(2), poll(2), epoll(7), epoll_ctl(2) and their HISTORY, NOTES and BUGS sections; fs/select.c and
fs/eventpoll.c; and what the scenarios named here show on the running kernel.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muxviz.language import _


class Myth(NamedTuple):
    """What is often said, and what can be seen instead."""

    said: str
    seen: str


class Facts(NamedTuple):
    """One mechanism's page."""

    title: str
    history: str
    copied: str
    cost: str
    limits: tuple[str, ...]
    myths: tuple[Myth, ...]


_UNASKED: Final = _("ERR and HUP are reported whether they were asked for or not.")
_GROWS: Final = _(
    "At each call the kernel asks every fd that is named. The work grows with what is watched, not with what is ready."
)
_HUP: Final = Myth(
    _("“A client that closes gives HUP.”"),
    _(
        "Its close and its half-close both give IN, and RDHUP where that is asked for. HUP needs both directions "
        "closed."
    ),
)

FACTS: Final[dict[str, Facts]] = {
    "select": Facts(
        _("select"),
        _("4.2BSD, 1983; POSIX since 2001. Nearly every system has it, Windows for sockets alone."),
        _("At each call three sets of bits go in and three come back, as long as the largest fd needs, ready or not."),
        _GROWS,
        (
            _("An fd from 1024 on has no place in the sets (FD_SETSIZE); CPython raises ValueError."),
            _("A closed fd in a set: EBADF for the whole call, without saying which."),
            _("It has no word for an end or an error: both make an fd readable."),
            _("The sets are overwritten with the answer, so they are made anew for each call."),
        ),
        (
            Myth(
                _("“select takes 1024 fds at most.”"),
                _("The fd's number must be below 1024, however few there are: see fd-limit."),
            ),
            Myth(
                _("“The third list is for errors.”"),
                _("On TCP it tells of an urgent byte. A refused connect is in R and W: see urgent, refused."),
            ),
            Myth(
                _("“Readable means that a read can't block.”"),
                _("Another process may take the data first, or the kernel drop a bad datagram: be non-blocking."),
            ),
        ),
    ),
    "poll": Facts(
        _("poll"),
        _("System V Release 3, 1986; Linux since 2.1.23; POSIX since 2001."),
        _(
            "At each call an array goes in, 8 bytes an fd, and the kernel writes an answer for each of them, ready or "
            "not."
        ),
        _GROWS,
        (
            _("No limit on the fd's number; the array may be as long as the process may have fds (RLIMIT_NOFILE)."),
            _("A closed fd: NVAL, at every call, until the list drops it."),
            _UNASKED,
        ),
        (
            Myth(
                _("“poll is faster than select.”"),
                _("The kernel asks every fd all the same: see crowd. What falls away is the limit of 1024."),
            ),
            _HUP,
            Myth(
                _("“An interest of 0 switches an fd off.”"),
                _("ERR and HUP still come. Leave it out, or give its number as negative (poll(2))."),
            ),
        ),
    ),
    "level": Facts(
        _("epoll, level-triggered"),
        _("Linux 2.5.44, 2002; Linux alone. BSD and macOS have kqueue instead."),
        _("epoll_ctl hands over one interest, once. epoll_wait copies out what is ready, and nothing of the rest."),
        _(
            "What happens to an fd puts it on a ready list. The work grows with what is ready. After a report a level "
            "fd goes back on the list, and the next wait asks it again."
        ),
        (
            _("Each change of interest is a call of its own."),
            _("Regular files and directories: EPERM, as they never make anybody wait."),
            _("The user's watches are limited: /proc/sys/fs/epoll/max_user_watches."),
            _UNASKED,
        ),
        (
            Myth(
                _("“epoll shares memory with the process.”"),
                _("It shares none: epoll_wait copies each event into the program's array."),
            ),
            Myth(
                _("“epoll is always the faster one.”"),
                _("With a handful of fds they cost much the same: see crowd, which goes from 2 to 10,000."),
            ),
            Myth(
                _("“close takes an fd out of an epoll.”"),
                _("Only when no dup of it is open; else it is reported under the old number: see ghost."),
            ),
            _HUP,
        ),
    ),
    "edge": Facts(
        _("epoll, edge-triggered"),
        _("EPOLLET of epoll, Linux 2.5.44, 2002. ONESHOT came with 2.6.2, RDHUP with 2.6.17, EXCLUSIVE with 4.5."),
        _("As level: epoll_ctl hands over one interest, once; epoll_wait copies out what is ready."),
        _(
            "A report takes the fd off the ready list; only an arrival or epoll_ctl(MOD) puts it back. That saves "
            "wakeups, and costs the read that finds EAGAIN."
        ),
        (
            _("The fd has to be non-blocking, and be read, accepted or written until EAGAIN."),
            _("What was drained before the wait is not reported: the wait asks once more before it returns."),
            _("A client that never stops sending never lets a drain end: see starvation."),
            _UNASKED,
        ),
        (
            Myth(
                _("“An edge fires once, until the fd is drained.”"),
                _("It fires again at each arrival, though nothing was read: see rearm."),
            ),
            Myth(
                _("“What was left unread is lost.”"),
                _("It is still there. New data brings it back, or epoll_ctl(MOD), which looks again."),
            ),
            Myth(
                _("“OUT comes only after the buffer was full.”"),
                _("Where IN and OUT are asked for, a report of IN carries OUT with it if there is room."),
            ),
            Myth(
                _("“Edge-triggered is faster.”"),
                _("It saves wakeups where data comes in pieces. Each event costs the same."),
            ),
        ),
    ),
}
"""By the lane's mechanism."""
