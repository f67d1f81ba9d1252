"""Sentences for the calls of OpenSSL: what they gave, what OpenSSL still holds, what is left in the kernel."""

from __future__ import annotations

from muxviz import printable
from muxviz.kernel import FdState
from muxviz.language import _, say
from muxviz.words.data import after_sending
from muxviz.words.moment import Moment, Sentences, bytes_, client_name, sentence_case, who


def decrypted(moment: Moment) -> Sentences:
    """SSL_read that returned."""
    event, fd = moment.event, moment.fd(moment.event.fd)
    if event.ret == 0 and event.size != 0:
        said = [say("SSL_read returned 0 bytes: {client} has ended its side of the TLS stream.",
                    client=client_name(fd))]  # fmt: skip
        if fd is not None and fd.eof:
            said.append(say("The wire stays high until the server closes the fd."))
        return said
    values = {"bytes": bytes_(event.ret or 0), "fd": who(moment, event.fd)}
    if event.pending:
        return [say("The server read {bytes} of {fd}, decrypted; OpenSSL holds {left} more.",
                    left=event.pending, **values),
                say("The kernel no longer has them: no wait reports them, only SSL_read gives them.")]  # fmt: skip
    return [say("The server read {bytes} of {fd}, decrypted.", **values), *_left(fd)]


def _left(fd: FdState | None) -> Sentences:
    """What a look found in the kernel after it."""
    if fd is None or fd.queues.recv is None:
        return []
    if fd.queues.recv:
        return [say("In the kernel {bytes} are still unread, encrypted.", bytes=bytes_(fd.queues.recv))]
    return [say("OpenSSL holds no more, and in the kernel nothing is left unread.")]


def encrypted(moment: Moment) -> Sentences:
    """SSL_write that returned."""
    event, fd = moment.event, moment.fd(moment.event.fd)
    first = say("The server encrypted {bytes} and sent them to {client}.",
                bytes=bytes_(event.ret or 0), client=client_name(fd))  # fmt: skip
    return [first, *after_sending(fd)]


def shook_hands(moment: Moment) -> Sentences:
    """SSL_do_handshake that is through."""
    fd = moment.fd(moment.event.fd)
    return [say("The TLS handshake with {client} is done.", client=client_name(fd)),
            say("From here on what lies in the queues is encrypted.")]  # fmt: skip


def said_goodbye(moment: Moment) -> Sentences:
    """SSL_shutdown that is through."""
    fd = moment.fd(moment.event.fd)
    return [say("The server and {client} have ended the TLS stream (close_notify); the connection stays open.",
                client=client_name(fd))]  # fmt: skip


def wants_to_read(moment: Moment) -> Sentences:
    """WANT_READ."""
    fd = moment.fd(moment.event.fd)
    first = say("{call} on {fd} returned WANT_READ: OpenSSL has read all that had come, and needs more.",
                call=moment.what, fd=who(moment, moment.event.fd))  # fmt: skip
    if fd is not None and fd.edge:
        return [first, say("That ends the drain: everything was taken, so the next arrival is a new edge.")]
    return [first, say("A wait for IN tells when more has come.")]


def wants_to_write(moment: Moment) -> Sentences:
    """WANT_WRITE."""
    return [say("{call} on {fd} returned WANT_WRITE: there is no room in the send buffer.",
                call=moment.what, fd=who(moment, moment.event.fd)),
            say("The server has to ask for OUT, and to make the same call again.")]  # fmt: skip


def broken(moment: Moment) -> Sentences:
    """SSL_ERROR_SSL: what is wrong, in OpenSSL's word."""
    reason = printable.text(str(moment.event.args.get("reason", "")), 48)
    values = {"call": moment.what, "fd": who(moment, moment.event.fd)}
    if not reason:
        return [say("{call} on {fd} failed: the TLS connection is broken.", **values)]
    return [say("{call} on {fd} failed, OpenSSL says why: {reason}.", reason=reason, **values)]


def ended_without_goodbye(moment: Moment) -> Sentences:
    """EOF, the end of a connection that the other side did not announce."""
    fd = moment.fd(moment.event.fd)
    return [say("{call} on {fd} failed: the connection ended without a close_notify.",
                call=moment.what, fd=who(moment, moment.event.fd)),
            say("{client} has closed it, or somebody cut it off.", client=sentence_case(client_name(fd)))]  # fmt: skip


def held_back(moment: Moment) -> str:
    """What lies decrypted in OpenSSL while a wait begins; empty where nothing does."""
    fd = next((fd for fd in moment.lane.fds.values() if fd.pending and fd.interest), None)
    if fd is None:
        return ""
    return say("OpenSSL holds {bytes} of {fd}, decrypted: the kernel no longer has them, so no wait reports them.",
               bytes=bytes_(fd.pending), fd=who(moment, fd.fd))  # fmt: skip


BLOCKED = {
    "SSL_read": _("The server is blocked in {call} on {fd}: OpenSSL has nothing decrypted, and nothing has come."),
    "SSL_write": _("The server is blocked in {call} on {fd}: there is no room to send."),
    "SSL_do_handshake": _("The server is blocked in {call} on {fd}: the other end has to answer first."),
    "SSL_shutdown": _("The server is blocked in {call} on {fd}: the other end has to answer first."),
}
"""By the call that has begun and not returned."""
