"""Descriptors come and go: what makes them, what copies them, what shares them with a child, and what closes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from muxviz.events import Event
from muxviz.findings import spins
from muxviz.findings.ledger import Fds, Ledger
from muxviz.findings.registration import Descriptor, Form, Lane, Mode, Registration
from muxviz.findings.shapes import Resolution

Handler = Callable[[Ledger, Lane, Event, Fds], None]


def opened(ledger: Ledger, lane: Lane, number: int, event: Event, form: Form = "other") -> Descriptor:
    """A new fd has this number: what was known of it is of another one, which we did not see closed."""
    if number in lane.fds or number in lane.by_fd:
        _ended(ledger, lane, number, event.n)
    made = lane.fds[number] = Descriptor(form, Mode("NONBLOCK" not in event.flags), True)
    return made


def inherited(lane: Lane, number: int, *, theirs: bool) -> None:
    """An fd whose making was not seen is somebody else's too, where the program is a child, or where it is a listener
    or an epoll."""
    known = lane.fds.get(number)
    if (known is None or not known.made) and ((theirs and not lane.attached) or not lane.owner):
        lane.descriptor(number).inherited = True


_FORMS: Final[dict[object, Form]] = {
    "epoll": "epoll", "eventfd": "counter", "timerfd": "counter", "pipe": "pipe", "signalfd": "pipe",
    "socket": "unix", "connection": "unix",
}  # fmt: skip
"""By what an fd was seen to be. Of a socket it is not known of which family: one that says the least."""


def introduced(lane: Lane, event: Event, fds: Fds) -> None:
    """What was open before, and what an epoll watched then."""
    for number, kind in _numbered(event.args.get("seen")):
        known = lane.fds.get(number)
        if known is None or known.made:
            lane.fds[number] = Descriptor(_FORMS.get(kind, "other"), eventfd=kind == "eventfd")
        inherited(lane, number, theirs=kind in ("epoll", "listener"))
    for epfd, members in _numbered(event.args.get("watches")):
        for member in members if isinstance(members, list) else ():
            if not isinstance(member, list) or len(member) != 3 or not isinstance(member[0], int):
                continue
            number, interest, key = member
            fd, own = fds.get(number), not isinstance(key, int) or key & 0xFFFFFFFF == number
            if all(watch.epfd != epfd for watch in lane.of(number)):
                watch = Registration(
                    epfd, number if own else key, number, fd.client if fd is not None else None, frozenset()
                )
                watch.arm(str(interest))
                watch.last_t = event.t
                lane.add(watch)


def _numbered(value: object) -> list[tuple[int, Any]]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [(int(key), one) for key, one in pairs if key.isdecimal() and len(key) <= _DIGITS]


_DIGITS: Final = 10


def ended(ledger: Ledger, lane: Lane, number: int, event: Event) -> None:
    """An fd is closed."""
    made = lane.fds.get(number)
    if made is None or made.inherited:
        lane.dropped.add(number)
        if lane.parent is not None and event.pid is not None:
            _let_go(lane.parent, number, event.pid)
    _ended(ledger, lane, number, event.n)


def _ended(ledger: Ledger, lane: Lane, number: int, n: int) -> None:
    how: Resolution = "closed"
    lane.fds.pop(number, None)
    for watch in lane.by_fd.pop(number, ()):
        ledger.resolve(watch, n, how)
        lane.bury(watch, n)
    for key, ghost in list(lane.ghosts.items()):
        if number in (key[0], ghost.other):
            ledger.close(lane.ghosts.pop(key), n, how)
    if (failing := lane.exhausted.pop(number, None)) is not None:
        ledger.close(failing, n, how)
    for watch in list(lane.watches.get(number, {}).values()):  # it was an epoll
        ledger.resolve(watch, n, "del")
        lane.remove(watch)
    spins.touched(ledger, lane, number, n, how)
    for of in (lane.failing, lane.full, lane.fresh, lane.dry):
        of.pop(number, None)


def _let_go(parent: Lane, number: int, child: int) -> None:
    held = parent.fds.get(number)
    if held is not None:
        held.children.discard(child)


# --- the calls -------------------------------------------------------------------------------------------------------


def _socket(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    unix, stream = event.args.get("family") == "AF_UNIX", event.socket_type == "SOCK_STREAM"
    form: Form = "other" if not stream else "unix" if unix else "stream"
    _pair(ledger, lane, event, form)


def _pair(ledger: Ledger, lane: Lane, event: Event, form: Form) -> None:
    numbers = event.args.get("fds")
    for number in numbers if isinstance(numbers, list) else [event.ret]:
        if isinstance(number, int) and number >= 0 and not event.error:
            opened(ledger, lane, number, event, form)


def _makes(form: Form) -> Handler:
    def made(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
        _pair(ledger, lane, event, form)

    return made


def _eventfd(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    if event.ret is not None and event.ret >= 0:
        semaphore = "SEMAPHORE" in event.flags
        opened(ledger, lane, event.ret, event, "semaphore" if semaphore else "counter").eventfd = True


def _dup(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    """dup2 closes the number that it is given, where that is open (dup(2))."""
    of, made = event.fd, event.ret
    if made is None or made < 0 or of is None or made == of:
        return
    known = lane.fds.get(of)
    new = opened(ledger, lane, made, event, known.form if known is not None else "other")
    lane.dups[of] = made
    if known is None:
        del lane.fds[made]
    else:
        new.mode, new.eventfd, new.inherited, new.made = known.mode, known.eventfd, known.inherited, known.made


def _close(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    """The number is free whatever it returned, EBADF aside: close(2), "Dealing with error returns from close()". It is
    so when the call begins: another thread may have got it by its return."""
    if event.fd is not None and event.error != "EBADF" and not event.args.get("former"):
        ended(ledger, lane, event.fd, event)


def _closes(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    """execve closes the fds that are marked close-on-exec: the event lists them in `closed`."""
    numbers = event.args.get("closed")
    for number in numbers if isinstance(numbers, list) and not event.error else ():
        if isinstance(number, int):
            ended(ledger, lane, number, event)


def _close_range(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    first, last = event.args.get("first"), event.args.get("last")
    if event.ret != 0 or "CLOEXEC" in event.flags:
        return
    for number in sorted({*fds, *lane.fds, *lane.by_fd}):
        if isinstance(first, int) and isinstance(last, int) and first <= number <= last:
            ended(ledger, lane, number, event)
    _closes(ledger, lane, event, fds)


def _mode(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    """O_NONBLOCK is set or taken away: fcntl(2), and ioctl(2) with FIONBIO."""
    if event.fd is None or event.ret != 0:
        return
    if event.args.get("command") == "F_SETFL":
        lane.descriptor(event.fd).mode.blocking = "O_NONBLOCK" not in str(event.args.get("value", ""))
    elif event.args.get("request") == "FIONBIO":
        lane.descriptor(event.fd).mode.blocking = not event.args.get("value")


def _fork(ledger: Ledger, lane: Lane, event: Event, fds: Fds) -> None:
    """A child has everything, until it closes it; it may have begun before the parent's call returned."""
    if event.ret is None or event.ret <= 0 or "CLONE_FILES" in event.flags:
        return
    child = lane.family.get(event.ret)
    if child is None:
        child = lane.family[event.ret] = Lane("", owner=False, traced=lane.traced, family=lane.family)
    child.parent = lane
    for number in {*fds, *lane.fds} - child.dropped:
        theirs = child.fds.get(number)
        if theirs is None or not theirs.made:
            ours = lane.descriptor(number)
            ours.children.add(event.ret)
            child.fds[number] = Descriptor(ours.form, ours.mode, eventfd=ours.eventfd, inherited=True)


def left(lane: Lane, pid: int) -> None:
    """A child has ended."""
    for made in lane.fds.values():
        made.children.discard(pid)


HANDLERS: Final[dict[str, Handler]] = {
    "socket": _socket,
    "socketpair": _socket,
    "pipe": _makes("pipe"),
    "signalfd": _makes("pipe"),
    "timerfd": _makes("counter"),
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
}
"""By call."""
