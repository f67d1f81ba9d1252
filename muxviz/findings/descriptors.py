"""Descriptors come and go: what makes them, what copies them, what shares them with a child, what closes them; and
which of them an epoll watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from muxviz.events import Event
from muxviz.findings.memory import Descriptor, Form, Mode, Process, Registration
from muxviz.findings.rule import Fds

Handler = Callable[[Process, Event, Fds], None]


def opened(process: Process, number: int, event: Event, form: Form = "other") -> Descriptor:
    """A new fd has this number: what was known of it is of another one, which we did not see closed."""
    if number in process.fds or number in process.by_fd:
        _ended(process, number, event.n)
    made = process.fds[number] = Descriptor(form, Mode("NONBLOCK" not in event.flags), True)
    return made


def inherited(process: Process, number: int, *, theirs: bool) -> None:
    """An fd whose making was not seen is somebody else's too, where the program is a child, or where it is a listener
    or an epoll."""
    known = process.fds.get(number)
    if (known is None or not known.made) and ((theirs and not process.attached) or not process.owner):
        process.descriptor(number).inherited = True


_FORMS: Final[dict[object, Form]] = {
    "epoll": "epoll", "eventfd": "counter", "timerfd": "counter", "pipe": "pipe", "signalfd": "pipe",
    "socket": "unix", "connection": "unix",
}  # fmt: skip
"""By what an fd was seen to be. Of a socket it is not known of which family: one that says the least."""


def introduced(process: Process, event: Event, fds: Fds) -> None:
    """What was open before, and what an epoll watched then."""
    for number, kind in _numbered(event.args.get("seen")):
        known = process.fds.get(number)
        if known is None or known.made:
            process.fds[number] = Descriptor(_FORMS.get(kind, "other"), eventfd=kind == "eventfd")
        inherited(process, number, theirs=kind in ("epoll", "listener"))
    for epfd, members in _numbered(event.args.get("watches")):
        for member in members if isinstance(members, list) else ():
            if not isinstance(member, list) or len(member) != 3 or not isinstance(member[0], int):
                continue
            number, interest, key = member
            fd, own = fds.get(number), not isinstance(key, int) or key & 0xFFFFFFFF == number
            if all(watch.epfd != epfd for watch in process.of(number)):
                watch = Registration(
                    epfd, number if own else key, number, fd.client if fd is not None else None, frozenset()
                )
                watch.arm(str(interest))
                watch.last_t = event.t
                process.add(watch)


def _numbered(value: object) -> list[tuple[int, Any]]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [(int(key), one) for key, one in pairs if key.isdecimal() and len(key) <= _DIGITS]


_DIGITS: Final = 10


def ended(process: Process, number: int, event: Event) -> None:
    """An fd is closed."""
    made = process.fds.get(number)
    if made is None or made.inherited:
        process.dropped.add(number)
        if process.parent is not None and event.pid is not None:
            _let_go(process.parent, number, event.pid)
    _ended(process, number, event.n)


def _ended(process: Process, number: int, n: int) -> None:
    for closed in process.checks.closed:
        closed(number, n)
    process.fds.pop(number, None)
    for watch in process.by_fd.pop(number, ()):
        process.bury(watch, n)
    for watch in list(process.watches.get(number, {}).values()):  # it was an epoll
        process.remove(watch)


def _let_go(parent: Process, number: int, child: int) -> None:
    held = parent.fds.get(number)
    if held is not None:
        held.children.discard(child)


# --- the calls -------------------------------------------------------------------------------------------------------


def _socket(process: Process, event: Event, fds: Fds) -> None:
    unix, stream = event.args.get("family") == "AF_UNIX", event.socket_type == "SOCK_STREAM"
    form: Form = "other" if not stream else "unix" if unix else "stream"
    _pair(process, event, form)


def _pair(process: Process, event: Event, form: Form) -> None:
    numbers = event.args.get("fds")
    for number in numbers if isinstance(numbers, list) else [event.ret]:
        if isinstance(number, int) and number >= 0 and not event.error:
            opened(process, number, event, form)


def _makes(form: Form) -> Handler:
    def made(process: Process, event: Event, fds: Fds) -> None:
        _pair(process, event, form)

    return made


def _eventfd(process: Process, event: Event, fds: Fds) -> None:
    if event.ret is not None and event.ret >= 0:
        semaphore = "SEMAPHORE" in event.flags
        opened(process, event.ret, event, "semaphore" if semaphore else "counter").eventfd = True


def _dup(process: Process, event: Event, fds: Fds) -> None:
    """dup2 closes the number that it is given, where that is open (dup(2))."""
    of, made = event.fd, event.ret
    if made is None or made < 0 or of is None or made == of:
        return
    known = process.fds.get(of)
    new = opened(process, made, event, known.form if known is not None else "other")
    process.dups[of] = made
    if known is None:
        del process.fds[made]
    else:
        new.mode, new.eventfd, new.inherited, new.made = known.mode, known.eventfd, known.inherited, known.made


def _close(process: Process, event: Event, fds: Fds) -> None:
    """The number is free whatever it returned, EBADF aside: close(2), "Dealing with error returns from close()". It is
    so when the call begins: another thread may have got it by its return."""
    if event.fd is not None and event.error != "EBADF" and not event.args.get("former"):
        ended(process, event.fd, event)


def _closes(process: Process, event: Event, fds: Fds) -> None:
    """execve closes the fds that are marked close-on-exec: the event lists them in `closed`."""
    numbers = event.args.get("closed")
    for number in numbers if isinstance(numbers, list) and not event.error else ():
        if isinstance(number, int):
            ended(process, number, event)


def _close_range(process: Process, event: Event, fds: Fds) -> None:
    first, last = event.args.get("first"), event.args.get("last")
    if event.ret != 0 or "CLOEXEC" in event.flags:
        return
    for number in sorted({*fds, *process.fds, *process.by_fd}):
        if isinstance(first, int) and isinstance(last, int) and first <= number <= last:
            ended(process, number, event)
    _closes(process, event, fds)


def _mode(process: Process, event: Event, fds: Fds) -> None:
    """O_NONBLOCK is set or taken away: fcntl(2), and ioctl(2) with FIONBIO."""
    if event.fd is None or event.ret != 0:
        return
    if event.args.get("command") == "F_SETFL":
        process.descriptor(event.fd).mode.blocking = "O_NONBLOCK" not in str(event.args.get("value", ""))
    elif event.args.get("request") == "FIONBIO":
        process.descriptor(event.fd).mode.blocking = not event.args.get("value")


def _fork(process: Process, event: Event, fds: Fds) -> None:
    """A child has everything, until it closes it; it may have begun before the parent's call returned."""
    if event.ret is None or event.ret <= 0 or "CLONE_FILES" in event.flags:
        return
    child = process.family.get(event.ret)
    if child is None:
        child = process.family[event.ret] = Process("", owner=False, traced=process.traced, family=process.family)
    child.parent = process
    for number in {*fds, *process.fds} - child.dropped:
        theirs = child.fds.get(number)
        if theirs is None or not theirs.made:
            ours = process.descriptor(number)
            ours.children.add(event.ret)
            child.fds[number] = Descriptor(ours.form, ours.mode, eventfd=ours.eventfd, inherited=True)


def _accept(process: Process, event: Event, fds: Fds) -> None:
    number = event.fd
    if number is None or event.error in ("EMFILE", "ENFILE"):
        return
    inherited(process, number, theirs=True)
    if event.error is None and event.ret is not None:
        opened(process, event.ret, event, _accepted_form(process, event, number))


def _accepted_form(process: Process, event: Event, listener: int) -> Form:
    """What accept made: like its listener, or as the peer's address tells."""
    known, peer = process.form(listener), event.args.get("peer")
    if known in ("stream", "unix"):
        return known
    return "stream" if isinstance(peer, list) and len(peer) > 1 else "unix"


def _control(process: Process, event: Event, fds: Fds) -> None:
    number, op = event.target, event.op
    if event.ret != 0 or number is None or event.fd is None:
        return
    known = next((watch for watch in process.of(number) if watch.epfd == event.fd), None)
    if known is not None:
        process.remove(known)
    if op == "DEL":
        return
    fd = fds.get(number)
    watch = known or Registration(event.fd, number, number, fd.client if fd is not None else None, frozenset())
    watch.key, watch.last_t = user_data(event, number), event.t
    watch.arm(event.events)
    inherited(process, event.fd, theirs=True)
    inherited(process, number, theirs=fd is not None and fd.kind == "listener")
    process.add(watch)


def user_data(event: Event, number: int) -> int:
    """What the reports of a registration will be known by: the fd's number where nothing else is said."""
    data = event.args.get("data", number)
    return data if isinstance(data, int) else number


def left(process: Process, pid: int) -> None:
    """A child has ended."""
    for made in process.fds.values():
        made.children.discard(pid)


HANDLERS: Final[dict[str, Handler]] = {
    "socket": _socket,
    "socketpair": _socket,
    "pipe": _makes("pipe"),
    "signalfd": _makes("pipe"),
    "timerfd_create": _makes("counter"),
    "inotify_init": _makes("other"),
    "eventfd": _eventfd,
    "epoll_create": _makes("epoll"),
    "dup": _dup,
    "close": _close,
    "close_range": _close_range,
    "execve": _closes,
    "fork": _fork,
    "fcntl": _mode,
    "ioctl": _mode,
    "accept": _accept,
    "epoll_ctl": _control,
}
"""By call."""
