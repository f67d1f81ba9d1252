"""How far a session reaches: what a picture has to have room for at any of its moments."""

from __future__ import annotations

from typing import Final

import msgspec

from muxviz.events import Count, Event, Flags
from muxviz.kernel import State

_REPORTED: Final = 1024
_FLAGS_LONG: Final = 80
"""What a kernel can report: a name for each of eight bits, in any combination, and no more."""
_COUNTED: Final = 64
"""No picture has room for more connections, and counting those of a busy server takes its time."""


class MaximaForm(msgspec.Struct, omit_defaults=True):
    """An extent as a recording's index has it."""

    most: Count = 0
    queued: bool = False
    unsent: bool = False
    reported: list[Flags] = []
    fds: Count = 0
    connections: Count = 0


class Maxima:
    """Kept up to date in O(1)."""

    __slots__ = ("_fds", "connections", "most", "queued", "reported", "unsent")

    def __init__(self) -> None:
        self.most = 0
        """The largest queue of bytes."""
        self.queued = self.unsent = False
        """Whether a program's queue, the kernel's send queue, ever held something."""
        self.reported: set[str] = set()
        """Every combination of flags that a wait reported."""
        self._fds = self.connections = 0
        """The most that one lane had open at a time, listeners and epolls aside."""

    def take(self, event: Event, state: State) -> None:
        """Reach to an event; `state` is the one after it."""
        for _, flags in event.ready or ():
            if flags not in self.reported and len(flags) < _FLAGS_LONG and len(self.reported) < _REPORTED:
                self.reported.add(flags)
        for found in event.queues.values():
            self.most = max(self.most, found.recv or 0, found.queued or 0, found.unsent or 0)
            self.queued = self.queued or bool(found.queued)
            self.unsent = self.unsent or bool(found.unsent)
        lane = state.lanes.get(event.lane) if event.lane is not None else None
        if lane is None or event.role != "server":
            return
        grown = len(lane.fds) > self._fds or (event.call == "accept" and event.error is None)
        if grown and self.connections < _COUNTED:
            count = sum(fd.kind not in ("listener", "epoll") for fd in lane.fds.values())
            self._fds, self.connections = max(self._fds, len(lane.fds)), max(self.connections, count)

    def form(self) -> MaximaForm:
        """For a recording's index."""
        return MaximaForm(self.most, self.queued, self.unsent, sorted(self.reported), self._fds, self.connections)

    @classmethod
    def of(cls, form: MaximaForm) -> Maxima:
        """From a recording's index."""
        made = cls()
        made.most, made.queued, made.unsent, made.reported = form.most, form.queued, form.unsent, set(form.reported)
        made._fds, made.connections = form.fds, form.connections
        return made
