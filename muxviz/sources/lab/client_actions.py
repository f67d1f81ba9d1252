"""Performs client actions, in every lane that the client can reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from muxviz.events import Event
from muxviz.scenarios import Act, Beat
from muxviz.sources.lab.addresses import Address
from muxviz.sources.lab.clients import Clients, ClientsLost
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.publisher import Publisher

_CROWD: Final = 500
"""Connections that are made at once: fewer than an accept queue holds."""


class ClientActions:
    """Makes acts, and publishes what the clients did."""

    def __init__(self, lanes: Sequence[Lane], clients: Clients, publish: Publisher, *, shared: bool) -> None:
        """`shared`: the lanes have one listener, which belongs to all of them."""
        self._lanes, self._clients, self._publish, self._shared = lanes, clients, publish, shared

    def start(self) -> None:
        """Start the client process, so that the first act does not wait for it."""
        self._clients.start()

    def open(self, beat: Beat, step: int | None, args: dict[str, Any]) -> None:
        """Say that a client action begins."""
        number = self._publish.trace.actions_done(len(self._publish.trace)) + 1
        opened = Event(n=-1, t=self._publish.now(), step=step, beat=number, action=beat.label, args=args)
        if beat.acts and all(act.lanes for act in beat.acts):
            opened.args |= {"lanes": sorted({lane for act in beat.acts for lane in act.lanes})}
        self._publish.event(opened)

    def reached(self, act: Act) -> list[Lane]:
        """The lanes in which an act is made: of those that share a listener, any."""
        lanes = [
            lane for lane in self._lanes
            if lane.alive and self._address(lane, act) is not None and (not act.lanes or lane.name in act.lanes)
        ]  # fmt: skip
        return lanes[:1] if self._shared else lanes

    @staticmethod
    def _address(lane: Lane, act: Act) -> Address | None:
        datagram = {"datagram": True, "connect": False, "begin": False}.get(act.do)
        return lane.reach.address(datagram=datagram)

    def everywhere(self, act: Act, step: int | None) -> None:
        """Make an act in every lane that it reaches."""
        for lane in self.reached(act):
            self._do(lane, act, step)

    def _do(self, lane: Lane, act: Act, step: int | None) -> None:
        address = self._address(lane, act)
        assert address is not None
        name = None if self._shared else lane.name
        try:
            events = self._clients.do(name, address, act)
        except ClientsLost as lost:
            events = [Event(n=-1, t=self._publish.now(), lane=name, note=str(lost))]
        for event in events:
            event.step = step
            self._publish.event(event)


def parts(act: Act) -> Iterator[Act]:
    """An act of many connections in parts that an accept queue can hold."""
    left = act.count
    while left > 0:
        yield msgspec.structs.replace(act, count=min(left, _CROWD)) if act.count > _CROWD else act
        left -= _CROWD
