"""The terms that sentences and screen use, each explained in one line."""

from __future__ import annotations

from typing import Final

from muxviz.language import _

GLOSSARY: Final[tuple[tuple[str, str], ...]] = (
    (_("readiness"), _("what a wait reports of an fd: that a call on it would not have to wait now")),
    (_("fd"), _("the number by which a program names an open socket, pipe or file")),
    (_("lane"), _("one program beside the others: a server with its mechanism, or your own")),
    (_("wait"), _("a call of select, poll or epoll_wait: it sleeps until something is ready")),
    (_("wakeup"), _("a wait that returned, with something ready or without")),
    (_("asleep"), _("inside a call, and not running until the call returns")),
    (_("busy"), _("held before their wait while the clients act, so that several things come first")),
    (_("level"), _("whether an fd is readable (or writable) now; reported as long as that is so")),
    (_("wire"), _("the level of one fd over time: high while there is something to read")),
    (_("edge"), _("the moment of an arrival; reported once, whatever is left unread")),
    (_("stranded"), _("unread, with a server asleep on it: its edge was reported before")),
    (_("drain"), _("to read, or to accept, until EAGAIN: then the next arrival is a new edge")),
    (_("EAGAIN"), _("the answer in place of waiting: nothing to read, or no room to send")),
    (_("interest list"), _("the fds that an epoll watches; epoll_ctl changes it: ADD, MOD, DEL")),
    (_("ONESHOT"), _("an interest that is good for one report; epoll_ctl(MOD) arms it again")),
    (_("disarmed"), _("its one report (ONESHOT) was made; nothing more comes before epoll_ctl(MOD)")),
    (_("EXCLUSIVE"), _("where several epolls watch one fd, not every one of them is woken")),
    (_("listener"), _("a socket that takes connections; readable while one can be accepted")),
    (_("accept queue"), _("connections that the kernel has made and no accept has taken")),
    (_("backlog"), _("how many connections the accept queue may hold: the number given to listen")),
    (_("unread"), _("bytes in the kernel's receive queue that the program has not read")),
    (_("send buffer"), _("bytes that the kernel has taken and the other end has not")),
    (_("back-pressure"), _("a slow reader fills the send buffer, and so the sender has to wait")),
    (_("half-close"), _("one side will send no more, and still reads: IN, RDHUP, no HUP")),
    (_("end of stream"), _("a recv that returns 0 bytes: nothing more will come")),
    (_("RST"), _("a connection broken off: ERR and HUP, and ECONNRESET from the next call")),
    (_("urgent"), _("one byte that TCP marks (MSG_OOB): PRI, or select's third list")),
    (_("datagram"), _("one message of UDP; a call takes it whole, and what has no room is lost")),
    (_("non-blocking"), _("a socket whose calls never sleep; they return EAGAIN")),
    (_("dup"), _("a second number for one file; an epoll watches it until both are closed")),
    (_("ghost"), _("a closed number under which an epoll reports on: a dup of its file is open")),
    (_("starvation"), _("one client keeps a server so busy that the others are not served")),
)
"""Term and meaning, in the order in which a newcomer needs them."""
