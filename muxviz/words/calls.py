"""Which sentences a finished call has: a table by its name, and an answer for a call that is not in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz.calls import ALL_READS, ALL_WRITES
from muxviz.language import _, say
from muxviz.words import data, descriptors, tls
from muxviz.words.descriptors import says
from muxviz.words.moment import Moment, Sentences, who
from muxviz.words.other_calls import OTHERS


def unknown(moment: Moment) -> Sentences:
    """For a call that muxviz has no words for: its name and its result."""
    event = moment.event
    if event.fd is None:
        return [say("{call} returned {ret}.", call=moment.what or say("A call"), ret=event.ret)]
    return [say("{call} on {fd} returned {ret}.", call=moment.what, fd=who(moment, event.fd), ret=event.ret)]


SENTENCES: Final[dict[str, Callable[[Moment], Sentences]]] = {
    **dict.fromkeys(ALL_READS, data.read),
    **dict.fromkeys(ALL_WRITES, data.sent),
    "SSL_read": tls.decrypted,
    "SSL_write": tls.encrypted,
    "SSL_do_handshake": tls.shook_hands,
    "SSL_shutdown": tls.said_goodbye,
    "socket": descriptors.made_socket,
    "socketpair": descriptors.made_pair,
    "bind": says(_("The socket has its address. Nobody can connect before listen.")),
    "listen": descriptors.listen,
    "accept": descriptors.accept,
    "connect": descriptors.connected,
    "shutdown": descriptors.shutdown,
    "setsockopt": descriptors.set_option,
    "getsockopt": descriptors.got_option,
    "close": descriptors.close,
    "dup": descriptors.duplicated,
    **OTHERS,
    "epoll_create": says(_("The server made an epoll: fd {ret}. The kernel keeps its interest list there.")),
    "epoll_ctl": descriptors.epoll_ctl,
}
"""Calls that are no waits, where they did not fail."""
