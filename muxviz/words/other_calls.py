"""Sentences for calls that only strace tells of: other kinds of fds, flags of fds, processes, io_uring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.language import _, say
from muxviz.words.descriptors import says
from muxviz.words.moment import Moment, Sentences, bytes_, who

_Maker = Callable[[Moment], Sentences]
_ALL: Final = (1 << 32) - 1
"""The last fd of a close_range(2) that names none."""


def _pair_of(moment: Moment) -> tuple[int, int] | None:
    fds = moment.event.args.get("fds")
    if isinstance(fds, list) and len(fds) == 2 and all(isinstance(fd, int) for fd in fds):
        return fds[0], fds[1]
    return None


def _pipe(moment: Moment) -> Sentences:
    pair = _pair_of(moment)
    if pair is None:
        return [say("The server made a pipe.")]
    return [say("The server made a pipe: what is written to fd {write} can be read from fd {read}.",
                read=pair[0], write=pair[1])]  # fmt: skip


def _signalfd(moment: Moment) -> Sentences:
    if moment.event.fd is not None:
        return [say("The server changed the signals that {fd} tells of.", fd=who(moment, moment.event.fd))]
    return [say("The server made a signalfd: fd {ret} is readable when a signal has come.", ret=moment.event.ret)]


def _fcntl(moment: Moment) -> Sentences:
    args, where = moment.event.args, who(moment, moment.event.fd)
    command, value = str(args.get("command", "")), str(args.get("value", ""))
    if command == "F_SETFL":
        return _blocking("O_NONBLOCK" in value, where)
    if command == "F_SETFD" and "FD_CLOEXEC" in value:
        return [say("The server marked {fd} as close-on-exec: the next execve closes it.", fd=where)]
    if command in ("F_GETFL", "F_GETFD"):
        return [say("The server asked for the flags of {fd}.", fd=where)]
    return [say("The server called fcntl on {fd}, {command}: it returned {ret}.", fd=where,
                command=printable.text(command, 24) or "?", ret=moment.event.ret)]  # fmt: skip


def _blocking(never: bool, where: str) -> Sentences:
    if never:
        return [say("The server made {fd} non-blocking: a call that would have to wait returns EAGAIN.", fd=where)]
    return [say("The server left {fd} blocking: a call that has to wait sleeps.", fd=where)]


def _ioctl(moment: Moment) -> Sentences:
    args, where = moment.event.args, who(moment, moment.event.fd)
    request, value = str(args.get("request", "")), args.get("value")
    if request == "FIONBIO":
        return _blocking(value != 0, where)
    if request == "FIONREAD" and isinstance(value, int):
        return [say("The server asked how much can be read from {fd}: {bytes}.", fd=where, bytes=bytes_(value))]
    return [say("The server called ioctl on {fd}, {request}: it returned {ret}.", fd=where,
                request=printable.text(request, 24) or "?", ret=moment.event.ret)]  # fmt: skip


def _close_range(moment: Moment) -> Sentences:
    args = moment.event.args
    first, last, closed = args.get("first", 0), args.get("last", _ALL), args.get("closed")
    values = {"first": first, "last": last, "count": len(closed) if isinstance(closed, list) else 0}
    if "CLOEXEC" in str(args.get("flags", "")):
        return [say("The server marked its fds from {first} on as close-on-exec; nothing is closed yet.", **values)]
    if last == _ALL:
        return [say("The server closed every fd from {first} on; {count} of them were known to be open.", **values)]
    return [say("The server closed every fd from {first} to {last}; {count} of them were known to be open.", **values)]


def _splice(moment: Moment) -> Sentences:
    event = moment.event
    values = {"fd": who(moment, event.fd), "to": event.args.get("to", "?"), "bytes": bytes_(event.ret or 0)}
    if event.ret == 0:
        return [say("splice moved nothing from {fd}: its end has come.", **values)]
    return [say("The server moved {bytes} from {fd} to fd {to}, without taking them into the program.", **values)]


def _forked(moment: Moment) -> Sentences:
    event = moment.event
    if "CLONE_FILES" in event.flags:
        return [say("The server started process {ret}, which shares its fds: what one closes is closed for both.",
                    ret=event.ret)]  # fmt: skip
    return [say("The server forked: process {ret} is its copy, with the same fds.", ret=event.ret)]


def _became(moment: Moment) -> Sentences:
    file = printable.text(str(moment.event.args.get("file", "")), 48)
    closed = moment.event.args.get("closed")
    first = say("The process has become {file}.", file=file) if file else say("The process has become another program.")
    if isinstance(closed, list) and closed:
        return [first, say("{count} of its fds were close-on-exec, and are closed.", count=len(closed))]
    return [first, say("Its fds stay open, but for those that are close-on-exec.")]


_INVISIBLE: Final = _("What is submitted there is no system call: its operations are invisible to strace.")

OTHERS: Final[dict[str, _Maker]] = {
    "pipe": _pipe,
    "eventfd": says(_("The server made an eventfd: fd {ret}, a counter that can be waited for.")),
    "timerfd_create": says(_("The server made a timer: fd {ret} is readable when it has run out.")),
    "timerfd_settime": says(_("The server set the timer of {fd}, which is readable when it has run out.")),
    "signalfd": _signalfd,
    "inotify_init": says(_("The server made an inotify: fd {ret} is readable when a watched file has changed.")),
    "getsockname": says(_("The server asked for its own address on {fd}.")),
    "getpeername": says(_("The server asked who is at the other end of {fd}.")),
    "fcntl": _fcntl,
    "ioctl": _ioctl,
    "close_range": _close_range,
    "splice": _splice,
    "fork": _forked,
    "clone": says(
        _("The server started thread {ret}, which shares every fd of the process."),
    ),
    "execve": _became,
    "io_uring_setup": says(_("The server made an io_uring: fd {ret}."), _INVISIBLE),
    "io_uring_enter": says(_("The server let its io_uring, {fd}, go on: {ret} operations were submitted."), _INVISIBLE),
    "io_uring_register": says(_("The server registered something with its io_uring, {fd}."), _INVISIBLE),
}
"""By the call's name."""
