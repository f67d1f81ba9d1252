"""What a condition means: at which events it is met.

A condition is put to an event together with the state of its lane after it, and, where it has a name of an fd, with one
descriptor of that lane at a time: it is met where one of them meets all of it.

- With a name of the event in it (`call == recv and unread > 0`), it is met at *each* event for which it holds, and the
  descriptors are those that the call was about: the one it was made on, those that a wait reported, what accept made.
- Without (`fd == 5 and unread > 0 and not reported`), it speaks of how things stand, of any descriptor of the lane, and
  is met where it *becomes* true, as a watchpoint stops where a value changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from muxviz.calls import WAITS
from muxviz.events import Event
from muxviz.kernel import FdState, LaneState, State
from muxviz.trace.ask.names import NAMES, Instant
from muxviz.trace.ask.parser import compile_condition, truth

Test = Callable[[Instant], object]


class Condition:
    """A condition, ready to be put to events."""

    def __init__(self, text: str, test: Test, names: Iterable[str]) -> None:
        self.text = text
        kinds = {NAMES[name].of for name in names}
        self.watches = "event" not in kinds
        """It is met where it becomes true."""
        self.needs_state = bool(kinds & {"lane", "fd"})
        self._test = test
        self._of_fds = "fd" in kinds

    def holds(self, event: Event, state: State) -> bool:
        """Whether it holds at an event, with the state after it. For one that watches: whether it is true then."""
        lane = state.lanes.get(event.lane) if event.lane is not None else None
        if not self._of_fds:
            return bool(self._test(Instant(event, lane, None)))
        if event.role == "client":
            return not self.watches and bool(self._test(Instant(event, None, None)))
        if lane is None:
            return False
        fds = list(lane.fds.values()) if self.watches else concerned(event, lane)
        return any(self._test(Instant(event, lane, fd)) for fd in fds)


def parse(text: str) -> Condition:
    """The condition that a text is. Raises ConditionError."""
    part = truth(compile_condition(text))
    return Condition(" ".join(text.split()), part.value, part.names)


def concerned(event: Event, lane: LaneState) -> list[FdState]:
    """The descriptors that an event is about; one that is closed by it is made up, as it was."""
    return [lane.fds.get(number) or FdState(fd=number, kind="other", opened=event.n) for number in numbers(event)]


def numbers(event: Event) -> list[int]:
    """The fds that an event is about: the one it was made on, those that a wait reported, what it made or closed."""
    found: list[object] = [event.fd]
    if event.call in WAITS:
        found += [fd for fd, _ in event.ready or ()]
    elif event.call == "epoll_ctl":
        found.append(event.args.get("fd"))
    elif event.call in _MAKERS and event.error is None:
        found.append(event.ret)
    if not _LISTS.isdisjoint(event.args):
        for name in _LISTS:
            several = event.args.get(name)
            found += several if isinstance(several, list) else [several]
    if event.look is not None:
        found += [int(key) for key in event.queues if key.isdecimal() and len(key) <= 12]
    if len(found) == 1:
        return [found[0]] if isinstance(found[0], int) else []
    return list(dict.fromkeys(number for number in found if isinstance(number, int)))


_LISTS: Final = frozenset({"fds", "closed", "to", "from"})
"""Arguments that name fds: those of a pair, those that were closed, where splice(2) takes from and to."""
_MAKERS: Final = frozenset(
    {"accept", "socket", "dup", "epoll_create", "eventfd", "timerfd_create", "signalfd", "inotify_init",
     "io_uring_setup"}
)  # fmt: skip


# --- the questions that have a key of their own ----------------------------------------------------------------------


def about_fd(lane: str, fd: int) -> Condition:
    """Events on an fd of a lane: calls on it, reports of it, looks at it."""

    def test(moment: Instant) -> bool:
        return moment.event.lane == lane and moment.fd is not None and moment.fd.fd == fd

    return Condition(f"events on fd {fd} of {lane}", test, ("n", "fd"))


def same_call(lane: str | None, call: str) -> Condition:
    """Calls of a name, in one lane or in all."""

    def test(moment: Instant) -> bool:
        event = moment.event
        return event.call == call and event.role == "server" and lane in (None, event.lane)

    return Condition(f"{call} of {lane}" if lane is not None else call, test, ("n",))


class _Changes:
    """Remembers an fd, and says when it is another: what is unread, unsent, queued, its level, report, or end."""

    def __init__(self, lane: str, fd: int) -> None:
        self._lane, self._fd = lane, fd

    def of(self, state: State) -> object:
        lane = state.lanes.get(self._lane)
        fd = lane.fds.get(self._fd) if lane is not None else None
        if fd is None:
            return None
        queues = fd.queues
        return (
            fd.opened, fd.unread, queues.queued, queues.unsent, queues.tcp, fd.high, fd.reported_n, fd.eof, fd.error,
            fd.stranded, fd.interest,
        )  # fmt: skip


class Change(Condition):
    """Met where an fd becomes another than it was after the lane's event before."""

    def __init__(self, lane: str, fd: int) -> None:
        super().__init__(f"changes of fd {fd} of {lane}", lambda moment: False, ("n", "fd"))
        self.needs_state = True
        self.picture = _Changes(lane, fd).of


def changed(lane: str, fd: int) -> Change:
    """Where an fd of a lane changes."""
    return Change(lane, fd)
