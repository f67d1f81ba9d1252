"""The table: each row's words, its steps, and the experiment that answers it under each multiplexer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final, NamedTuple

from muxviz.facts import experiments as made
from muxviz.facts import herd
from muxviz.facts.experiments import Answer, Experiment
from muxviz.facts.watch import MAKERS
from muxviz.language import _

Run = Callable[[], Answer]


class Fact(NamedTuple):
    """One row."""

    number: int
    title: str
    """What is done; at most 92 columns."""
    steps: tuple[str, ...]
    """What has happened before each answer; as many as an experiment has answers."""
    runs: Mapping[str, Run]
    """By multiplexer."""
    means: str
    """What follows, in one sentence."""


FOUR: Final = ("select", "poll", "level", "edge")
FIVE: Final = (*FOUR, "oneshot")
EPOLLS: Final = ("level", "edge")


def _with(names: tuple[str, ...], *parts: Experiment) -> dict[str, Run]:
    """An experiment under each multiplexer that is named; several are made one after another, each with its own."""
    return {name: lambda name=name: [answer for part in parts for answer in _once(name, part)] for name in names}  # type: ignore[misc]


def _once(name: str, experiment: Experiment) -> Answer:
    with ExitStack() as stack:
        watch = MAKERS[name]()
        stack.callback(watch.close)
        return experiment(watch, stack)


_ROWS: Final[tuple[tuple[str, tuple[str, ...], Mapping[str, Run], str], ...]] = (
    (
        _("Two clients connect to a listener, one is accepted, a third connects."),
        (_("2 connect"), _("1 accepted"), _("nothing"), _("1 connects")),
        _with(FIVE, made.accept_queue),
        _("An edge announces a new connection once: whoever accepts one for each report strands the rest."),
    ),
    (
        _("6 bytes arrive, are read in two parts, and a new byte arrives."),
        (_("6 arrive"), _("nothing"), _("read 3"), _("read 3"), _("1 arrives")),
        _with(FIVE, made.partial_reads),
        _("A level is reported while anything is unread; an edge once for each arrival."),
    ),
    (
        _("Nothing is read, and one more byte arrives."),
        (_("6 arrive"), _("nothing"), _("1 arrives"), _("nothing")),
        _with(FOUR, made.more_arrives),
        _("An edge fires again on each arrival, though the queue was never emptied."),
    ),
    (
        _("6 bytes arrive and are all read before the wait."),
        (_("6 read"),),
        _with(FOUR, made.drained_before),
        _("No wait reports what is gone: an edge is looked at again when the wait returns it."),
    ),
    (
        _("An fd was reported; it is asked for anew with epoll_ctl(MOD), its bytes unread, then read."),
        (_("6 arrive"), _("nothing"), _("MOD"), _("read, MOD")),
        _with((*EPOLLS, "oneshot"), made.asked_anew),
        _("MOD looks at the fd anew, and reports once more what is still unread."),
    ),
    (
        _("One-shot has fired; then come a byte, a half-close and a reset, and at last MOD."),
        (_("6 arrive"), _("1 arrives"), _("half-close"), _("reset"), _("MOD")),
        _with(("oneshot",), made.disarmed),
        _("A one-shot fd that has fired reports nothing, not even an error, until MOD."),
    ),
    (
        _("Interest in IN and OUT: registered, a byte comes, it is read."),
        (_("registered"), _("1 arrives"), _("read 1")),
        _with(FOUR, made.out_beside_in),
        _("OUT rides on every report of IN: an edge report repeats all that is true."),
    ),
    (
        _("Sent until EAGAIN; the peer reads until there is room, then all the rest. Interest: OUT."),
        (_("filled"), _("room"), _("all read")),
        _with(FOUR, made.full_and_drained),
        _("Room to send is an edge too: it is told once."),
    ),
    (
        _("The peer ends its sending side; the end is read; then we end ours."),
        (_("half-close"), _("read 0 bytes"), _("own shutdown")),
        _with(FOUR, made.half_closed),
        _("A half-close is RDHUP and never HUP, and the level stays high; HUP needs both sides to end."),
    ),
    (
        _("The peer closes; we send, which is answered by RST; we send again."),
        (_("close"), _("sent 1"), _("send again"), _("after it")),
        _with(FOUR, made.closed),
        _("A close looks like a half-close until we send; the error that follows is taken by one call."),
    ),
    (
        _("The peer resets."),
        (_("RST"), _("recv"), _("after it"), _("recv")),
        _with(FOUR, made.was_reset),
        _("ERR and HUP at once; the first recv takes the error and clears ERR, the next reads the end."),
    ),
    (
        _("Interest in nothing: a byte, a half-close, a reset."),
        (_("1 arrives"), _("half-close"), _("reset")),
        _with(("poll", *EPOLLS), made.no_interest),
        _("ERR and HUP are reported whether they were asked for or not."),
    ),
    (
        _("3 bytes arrive, the last one urgent (MSG_OOB)."),
        (_("3 arrive"), _("FIONREAD")),
        _with(FOUR, made.urgent),
        _("Urgent data is PRI, select's third list; FIONREAD does not count the urgent byte."),
    ),
    (
        _("A non-blocking connect to a port on which nobody listens."),
        (_("connect"), _("after it")),
        _with(FOUR, made.refused),
        _("A refused connection is readable and writable; select puts it in no exceptional list."),
    ),
    (
        _("A watched fd with unread bytes is closed."),
        (_("close"),),
        _with(FOUR, made.closed_fd),
        _("select fails, poll says NVAL, epoll has forgotten it without a word."),
    ),
    (
        _("A registered fd is closed while a dup of it lives, and a byte arrives."),
        (_("1 arrives"), _("unregister"), _("fdinfo")),
        _with(EPOLLS, made.ghost),
        _("epoll watches the open file, not the number: it goes on reporting a number that is closed."),
    ),
    (
        _("a, b, c are watched in this order; bytes arrive on c, a, b."),
        (_("3 arrive"),),
        _with(FOUR, made.order),
        _("epoll reports in order of arrival, select and poll in order of registration."),
    ),
    (
        _("maxevents 1, and three fds are ready: seven waits."),
        tuple(str(number) for number in range(1, 8)),
        _with(EPOLLS, made.one_event),
        _("Level-triggered fds go round in turn, so that none starves; edges come once each."),
    ),
    (
        _("Four threads wait for one listener; one client connects and nobody accepts. Who wakes?"),
        (_("1 connects"),),
        {
            _("epoll each"): herd.separate,
            _("EXCLUSIVE each"): herd.exclusive,
            _("shared level"): herd.shared,
            _("shared edge"): herd.shared_edge,
            _("shared oneshot"): herd.shared_oneshot,
        },
        _("Separate epolls wake every thread; EXCLUSIVE, or one shared edge-triggered epoll, wakes one."),
    ),
    (
        _("An fd with the number 1024 has a byte to read."),
        (_("1 arrives"),),
        _with(("select", "poll", *EPOLLS), made.large_number),
        _("select can't hold the number 1024, however few fds there are; poll and epoll can."),
    ),
    (
        _("A regular file is watched for IN and OUT."),
        (_("watched"),),
        _with(("select", "poll", *EPOLLS), made.regular_file),
        _("A regular file is always ready to select and poll; epoll_ctl refuses it."),
    ),
    (
        _("SO_RCVLOWAT is 4; 2 bytes arrive, and 2 more."),
        (_("FIONREAD"), _("2 arrive"), _("2 arrive")),
        _with(FOUR, made.low_water),
        _("A queue that is not empty is not yet a high level: the low-water mark decides."),
    ),
    (
        _("A pipe: a byte is written and the writer closes; it is read. Another: the reader closes."),
        (_("writer gone"), _("read 1"), _("writable"), _("reader gone")),
        _with(FOUR, made.pipe, made.pipe_to_nobody),
        _("The end of a pipe is HUP and no byte to read; writing to nobody is ERR."),
    ),
)

FACTS: Final = tuple(Fact(number, *row) for number, row in enumerate(_ROWS, 1))
"""Every row, in the order in which they are told."""
