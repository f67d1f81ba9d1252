"""What can be followed: clients by their names, and every other open fd of a program by its number, `fd 7`.

A listener has its own row, an epoll holds no bytes: neither is followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.events import Event
from muxviz.kernel import FdState, LaneState, State
from muxviz.language import say

_FD: Final = "fd "
_NEVER: Final = frozenset({"listener", "epoll"})


def is_fd(name: str) -> bool:
    """The name is an fd's, not a client's."""
    return name.startswith(_FD) and name[len(_FD) :].isdecimal()


def name_of(number: int) -> str:
    """The name that an fd is followed by."""
    return f"{_FD}{number}"


def number_of(name: str) -> int | None:
    """The fd that a name means; None for a client's."""
    return int(name[len(_FD) :]) if is_fd(name) else None


def find(lane: LaneState, name: str) -> FdState | None:
    """A lane's fd by the name that it is followed by. The number may be an epoll's in this lane."""
    if not is_fd(name):
        return lane.of_client(name)
    fd = lane.fds.get(int(name[len(_FD) :]))
    return fd if fd is not None and fd.kind != "epoll" else None


def display_name(name: str) -> str:
    """`client A`, `fd 7`; safe to show."""
    return name if is_fd(name) else say("client {client}", client=printable.text(name, 8))


def brief(name: str) -> str:
    """`A`, `fd 7`; safe to show."""
    return printable.text(name, 8)


def of_fd(fd: FdState | None) -> str | None:
    """The name that an fd is followed by."""
    if fd is None or fd.kind in _NEVER:
        return None
    return fd.client or f"{_FD}{fd.fd}"


def unnamed(lanes: Iterable[LaneState]) -> list[str]:
    """The open fds that have no client, by number."""
    numbers = {fd.fd for lane in lanes for fd in lane.fds.values() if fd.client is None and fd.kind not in _NEVER}
    return [f"{_FD}{number}" for number in sorted(numbers)]


def at_work(state: State, event: Event) -> str | None:
    """The name of what an event is about: the fd of the call, or the first that a wait named."""
    lane = state.lanes.get(event.lane or "")
    if lane is None:
        return None
    number: object = event.fd
    if event.call in WAITS:
        number = event.ready[0][0] if event.ready else None
    elif event.call == "epoll_ctl":
        number = event.target
    elif event.fd is None or event.call == "accept":
        number = event.ret
    return of_fd(lane.named(number)) if isinstance(number, int) else None
