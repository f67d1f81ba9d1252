"""Sentences for calls that failed: by call and errno, then by errno, then in the errno's own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.calls import ALL_READS, ALL_WRITES, TLS
from muxviz.language import _, say
from muxviz.words import tls
from muxviz.words.meanings import errno_meaning
from muxviz.words.moment import Moment, Sentences, who

_Maker = Callable[[Moment], Sentences]


def failed(moment: Moment) -> Sentences:
    """The sentences for a call that failed."""
    error, call = moment.event.error or "", moment.event.call or ""
    maker = _BY_CALL.get((call, error)) or _BY_ERROR.get(error)
    if maker is not None:
        return maker(moment)
    values = {"call": moment.what, "error": moment.error, "meaning": errno_meaning(error)}
    if moment.event.fd is None:
        return [say("{call} failed with {error}: {meaning}.", **values)]
    return [say("{call} on {fd} failed with {error}: {meaning}.", fd=_subject(moment), **values)]


def _subject(moment: Moment) -> str:
    """What the call was about: for epoll_ctl the fd that it named."""
    number = moment.event.target if moment.event.call == "epoll_ctl" else moment.event.fd
    return who(moment, number if isinstance(number, int) else None)


def _says(*templates: str) -> _Maker:
    def maker(moment: Moment) -> Sentences:
        op = printable.text(moment.event.op, 8)
        values = {"call": moment.what, "fd": _subject(moment), "error": moment.error, "op": op}
        return [say(template, **values) for template in templates]

    return maker


def _accept_again(moment: Moment) -> Sentences:
    """Nothing to accept: the end of a drain, or somebody else was faster."""
    reported = taken = False
    for event in moment.before():
        if event.call == "accept" and event.fd == moment.event.fd and event.error is None:
            taken = True
        if event.is_wakeup:
            reported = any(number == moment.event.fd for number, _flags in event.ready or ())
            break
    first = say("accept returned EAGAIN: the accept queue is empty.")
    listener = moment.fd(moment.event.fd)
    if taken and (listener is None or not listener.edge):
        return [first, say("That ends the drain: every connection that had come was taken.")]
    if taken:
        return [first, say("That ends the drain: the next connection is a new edge.")]
    if reported:
        return [first, say("A wait had reported it; somebody else took the connection first.")]
    return [first, say("A listener that does not block says so instead of sleeping.")]


def _read_again(moment: Moment) -> Sentences:
    """Nothing to read: the end of a drain, or a look that found nothing."""
    on = moment.event.fd
    first = say("{call} on {fd} returned EAGAIN: there is nothing to read.", call=moment.what, fd=_subject(moment))
    drained = False
    for event in moment.before():
        drained = drained or (event.fd == on and event.call in ALL_READS and bool(event.ret) and event.error is None)
        if event.is_wakeup or event.phase is not None or (event.fd == on and event.error is not None):
            break
    fd = moment.fd(on)
    if drained and fd is not None and fd.edge:
        return [first, say("That ends the drain: everything was taken, so the next arrival is a new edge.")]
    if drained:
        return [first, say("That ends the drain: everything that had come was taken.")]
    return [first, say("A socket that does not block says so instead of sleeping.")]


def _timed_out(moment: Moment) -> Sentences:
    seconds = moment.event.args.get("timeout_s")
    on = _subject(moment)
    if isinstance(seconds, int | float):
        return [say("{call} on {fd} gave up: the socket's timeout of {seconds} s ran out.",
                    call=moment.what, fd=on, seconds=f"{seconds:g}")]  # fmt: skip
    return [say("{call} on {fd} gave up: the socket's timeout ran out.", call=moment.what, fd=on)]


def _no_such_fd(moment: Moment) -> Sentences:
    """epoll_ctl looks the number up, and the interest list has the file (epoll(7))."""
    number = moment.event.target
    first = say("epoll_ctl {op} for {fd} failed with EBADF: that number is no open fd.",
                op=printable.text(moment.event.op, 8), fd=_subject(moment))  # fmt: skip
    twin = next((fd for fd in moment.lane.fds.values() if fd.ghost is not None and fd.ghost == number), None)
    if twin is not None:
        return [first, say("Its dup, fd {dup}, is open: epoll goes on reporting the old number, and can't be told to "
                           "stop.", dup=twin.fd)]  # fmt: skip
    return [first, say("If a dup of the file is open, epoll still reports it under this number, and can't be told to "
                       "stop.")]  # fmt: skip


_NO_ROOM: Final = _says(
    _("{call} on {fd} returned EAGAIN: there is no room in the send buffer."),
    _("The server has to keep the bytes and ask for OUT."),
)
_BROKEN: Final = _says(
    _("{call} on {fd} failed with {error}: the connection is broken."),
    _("That clears the error; another recv would return 0 bytes."),
)
_BY_ERROR: Final[dict[str, _Maker]] = {
    "timeout": _timed_out,
    "WANT_READ": tls.wants_to_read,
    "WANT_WRITE": tls.wants_to_write,
    "EOF": tls.ended_without_goodbye,
    "SSL": tls.broken,
}
_BY_CALL: Final[dict[tuple[str, str], _Maker]] = {
    **{(call, error): _read_again for call in ALL_READS for error in ("EAGAIN", "EWOULDBLOCK")},
    **{(call, error): _NO_ROOM for call in ALL_WRITES for error in ("EAGAIN", "EWOULDBLOCK")},
    **{(call, "ECONNRESET"): _BROKEN for call in ALL_READS | ALL_WRITES | TLS},
    **{
        (call, "ECONNREFUSED"): _says(
            _("{call} on {fd} failed with ECONNREFUSED: nobody listens at the other address."),
            _("That answers something sent or begun before; the call has taken the error."),
        )
        for call in ALL_READS | ALL_WRITES
    },
    **{
        (call, "EPIPE"): _says(
            _("{call} on {fd} failed with EPIPE: the other end takes nothing any more."),
            _("The first send after that is accepted and answered by an RST; the one behind it fails like this."),
        )
        for call in ALL_WRITES
    },
    ("splice", "EAGAIN"): _says(_("splice on {fd} returned EAGAIN: there is nothing to move, or no room for it.")),
    ("recvmmsg", "EINTR"): _says(_("{call} on {fd} was interrupted by a signal before anything had come.")),
    ("ioctl", "ENOTTY"): _says(_("ioctl on {fd} failed with ENOTTY: it is not of the kind that the request is for.")),
    ("accept", "EAGAIN"): _accept_again,
    ("accept", "EWOULDBLOCK"): _accept_again,
    ("accept", "EMFILE"): _says(
        _("accept failed with EMFILE: the process has as many fds open as it may."),
        _("The connection stays in the accept queue, so a level wait reports it again at once."),
    ),
    ("accept", "ENFILE"): _says(
        _("accept failed with ENFILE: the whole machine has as many files open as it may."),
        _("The connection stays in the accept queue, so a level wait reports it again at once."),
    ),
    ("accept", "ECONNABORTED"): _says(
        _("accept failed with ECONNABORTED: the client gave up while it waited in the queue.")
    ),
    ("connect", "EINPROGRESS"): _says(
        _("connect on {fd} has begun and goes on in the kernel."),
        _("OUT tells when the connection is made, or ERR that it failed."),
    ),
    ("connect", "EALREADY"): _says(_("connect on {fd}: the one that was begun before still goes on.")),
    ("connect", "ECONNREFUSED"): _says(
        _("connect on {fd} failed with ECONNREFUSED: nobody listens at that address."),
        _("The other machine answered with an RST, so it is known at once."),
    ),
    ("connect", "EAGAIN"): _says(_("connect on {fd} returned EAGAIN: the listener's queue is full.")),
    ("epoll_ctl", "EPERM"): _says(
        _("epoll_ctl {op} for {fd} failed with EPERM: epoll does not watch regular files or directories."),
        _("They never make anybody wait; select and poll report them as ready every time."),
    ),
    ("epoll_ctl", "EEXIST"): _says(
        _("epoll_ctl {op} for {fd} failed with EEXIST: it is in the interest list already.")
    ),
    ("epoll_ctl", "ENOENT"): _says(_("epoll_ctl {op} for {fd} failed with ENOENT: it is not in the interest list.")),
    ("epoll_ctl", "EBADF"): _no_such_fd,
    ("close", "EBADF"): _says(_("close failed with EBADF: {fd} is not open.")),
    ("shutdown", "ENOTCONN"): _says(_("shutdown on {fd} failed with ENOTCONN: the connection is gone already.")),
    ("bind", "EADDRINUSE"): _says(_("bind failed with EADDRINUSE: another socket has that address.")),
}  # fmt: skip
