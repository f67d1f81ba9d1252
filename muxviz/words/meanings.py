"""One line for each readiness flag, each errno and each error of OpenSSL: what the word means, whatever call it came
with.

Flags: poll(2), epoll_ctl(2), select(2), tcp(7). Errnos: the ERRORS sections of the manual pages of the calls that a
lane records, and errno(3).
"""

from __future__ import annotations

from typing import Final

from muxviz.language import _, say

FLAGS: Final[dict[str, str]] = {
    "IN": _("something can be read: data, a connection to accept, or the end of a stream"),
    "PRI": _("something exceptional: on TCP, an urgent byte"),
    "OUT": _("there is room to send; a write would not wait"),
    "ERR": _("an error waits, or the reader of a pipe is gone; reported without asking"),
    "HUP": _("both directions are closed, or every writer of a pipe is gone; reported without asking"),
    "NVAL": _("the fd is not open; only poll says so"),
    "RDHUP": _("the other end will send no more: a half-close or a close"),
    "EXCLUSIVE": _("asks that not every epoll which watches the fd is woken for one event"),
    "WAKEUP": _("keeps the machine from suspending while the event is handled"),
    "ONESHOT": _("one report, then nothing until epoll_ctl(MOD)"),
    "ET": _("edge-triggered: a report for each arrival, not for what lies there"),
    "R": _("select's first list: reading would not wait"),
    "W": _("select's second list: writing would not wait"),
    "X": _("select's third list: on TCP, an urgent byte"),
}

ERRNOS: Final[dict[str, str]] = {
    "E2BIG": _("a list of arguments is too long"),
    "EACCES": _("permission is denied"),
    "EADDRINUSE": _("another socket has that address"),
    "EADDRNOTAVAIL": _("the machine has no such address, or no port is free"),
    "EAFNOSUPPORT": _("the family of addresses does not fit"),
    "EAGAIN": _("it could not be done without waiting"),
    "EALREADY": _("a connect that was begun before still goes on"),
    "EBADF": _("that number is no open fd"),
    "EBADFD": _("the io_uring is not in the state for that"),
    "EBADR": _("the io_uring has lost completions"),
    "EBUSY": _("somebody else is using it"),
    "ECANCELED": _("it was called off"),
    "ECONNABORTED": _("the client gave up while it waited in the accept queue"),
    "ECONNREFUSED": _("nobody listens at that address"),
    "ECONNRESET": _("the other end broke the connection with an RST"),
    "EDEADLK": _("both would wait for each other for ever"),
    "EDESTADDRREQ": _("the socket has no address to send to"),
    "EDOM": _("a number is outside of its range"),
    "EDQUOT": _("the user's share of the disk is full"),
    "EEXIST": _("it is there already"),
    "EFAULT": _("a memory address is not the program's own"),
    "EFBIG": _("the file would become too large"),
    "EHOSTDOWN": _("the other machine does not answer"),
    "EHOSTUNREACH": _("no way leads to the other machine"),
    "EINPROGRESS": _("it has begun and goes on in the kernel"),
    "EINTR": _("a signal came in between"),
    "EINVAL": _("an argument makes no sense here"),
    "EIO": _("the device failed"),
    "EISCONN": _("the socket is connected already"),
    "EISDIR": _("that is a directory"),
    "ELIBBAD": _("a library that the program needs can't be used"),
    "ELOOP": _("epolls would watch each other in a circle, or links lead nowhere"),
    "EMFILE": _("the process has as many fds open as it may"),
    "EMSGSIZE": _("the message is too long for one datagram"),
    "ENAMETOOLONG": _("the name is too long"),
    "ENETDOWN": _("the network is down"),
    "ENETRESET": _("the network dropped the connection"),
    "ENETUNREACH": _("no way leads to that network"),
    "ENFILE": _("the whole machine has as many files open as it may"),
    "ENOBUFS": _("the kernel has no buffer left"),
    "ENODEV": _("there is no such device"),
    "ENOENT": _("there is no such thing"),
    "ENOEXEC": _("that file is no program"),
    "ENOLCK": _("there is no lock left"),
    "ENOMEM": _("the kernel has no memory left"),
    "ENOPROTOOPT": _("the protocol has no such option"),
    "ENOSPC": _("there is no room left; for epoll, the user's limit of watches is reached"),
    "ENOSYS": _("this kernel has no such call"),
    "ENOTCONN": _("the socket is not connected"),
    "ENOTDIR": _("part of the path is no directory"),
    "ENOTSOCK": _("the fd is no socket"),
    "ENOTTY": _("the file is not of the kind that the request is for"),
    "ENXIO": _("nobody is at the other end of the device"),
    "EOPNOTSUPP": _("that kind of socket can't do that"),
    "EOVERFLOW": _("a number does not fit"),
    "EPERM": _("that is not allowed; to epoll, the file is of a kind that it does not watch"),
    "EPFNOSUPPORT": _("the family of protocols is not supported"),
    "EPIPE": _("the other end takes nothing any more"),
    "EPROTO": _("the protocol was broken"),
    "EPROTONOSUPPORT": _("the protocol is not supported"),
    "EPROTOTYPE": _("the protocol does not fit the type of socket"),
    "EROFS": _("the disk may only be read"),
    "ESOCKTNOSUPPORT": _("that type of socket is not supported"),
    "ESPIPE": _("that file has no position"),
    "ETIME": _("the time is up"),
    "ETIMEDOUT": _("the other end did not answer in time"),
    "ETXTBSY": _("the program is running"),
    "EUSERS": _("there are too many namespaces inside each other"),
    "EWOULDBLOCK": _("it could not be done without waiting"),
    "EOF": _("the connection ended without a close_notify"),
    "EXDEV": _("the two files are on different disks"),
    "SSL": _("TLS itself has failed: what came is not what it allows, or not trusted"),
    "SYSCALL": _("a system call inside OpenSSL has failed"),
    "WANT_CONNECT": _("the connection has to be made first"),
    "WANT_READ": _("OpenSSL has read all that had come, and needs more"),
    "WANT_WRITE": _("OpenSSL found no room to send"),
    "WANT_X509_LOOKUP": _("a certificate is asked for and not there yet"),
    "ZERO_RETURN": _("the other end has ended the TLS stream"),
    "timeout": _("the socket's own timeout ran out"),
}


def errno_meaning(name: str) -> str:
    """What an errno means, as the end of a sentence."""
    return say(ERRNOS.get(name, _("an error that muxviz has no words for")))


def flag_meaning(name: str) -> str:
    """What a flag means; empty for one that has no name."""
    template = FLAGS.get(name)
    return say(template) if template is not None else ""
