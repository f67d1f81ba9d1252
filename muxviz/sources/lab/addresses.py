"""Where a lane can be reached, as its own calls tell: the TCP sockets that it listens on, the UDP sockets that it has
bound."""

from __future__ import annotations

import ipaddress
from typing import Any, Final, NamedTuple

from muxviz.events import Event
from muxviz.sources.outside import proc


class Address(NamedTuple):
    """Where a client connects to."""

    host: str
    port: int


_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}
"""What is bound to every address is reached by the loopback's."""


class Addresses:
    """One lane's listeners, in the order in which they came, without those that were closed."""

    def __init__(self, port: int | None = None) -> None:
        """`port`: the one that a person chose; none: that of the first listener."""
        self.wanted = port
        self._streams: dict[int, Address] = {}
        self._datagrams: dict[int, Address] = {}
        self._inherited: Address | None = None

    def inherit(self, port: int) -> None:
        """A listener on 127.0.0.1 that the lane was handed."""
        self._inherited = Address("127.0.0.1", port)

    def take(self, event: Event, pid: int) -> None:
        """A call that the lane has made."""
        if event.fd is None or event.ret != 0:
            return
        if event.call == "listen":
            address = _address(event.args.get("address"))
            if address is not None:
                self._streams[event.fd] = address
        elif event.call == "bind":
            port = proc.udp_port(pid, event.fd)
            if port is not None:
                named = _address(event.args.get("address"))
                self._datagrams[event.fd] = Address(named.host if named is not None else "127.0.0.1", port)
        elif event.call == "close":
            self._streams.pop(event.fd, None)
            self._datagrams.pop(event.fd, None)

    def address(self, *, datagram: bool | None = None) -> Address | None:
        """Where clients go: TCP ones, those with datagrams, or, where that is None, any."""
        if self._inherited is not None:
            return self._inherited
        streams = self._streams.values() if not datagram else ()
        of = [*streams, *(self._datagrams.values() if datagram is not False else ())]
        if self.wanted is not None:
            of = [address for address in of if address.port == self.wanted]
        same_port = [address for address in of if address.port == of[0].port]
        return min(same_port, key=lambda address: ":" in address.host, default=None)

    def ports(self) -> list[int]:
        """Every TCP port that it listens on, in the order in which they came."""
        return list(dict.fromkeys(address.port for address in self._streams.values()))


def _address(told: Any) -> Address | None:
    """Of `[host, port]`; None for a path, or a host that is no address of this machine's families."""
    if not isinstance(told, list) or len(told) < 2 or not isinstance(told[1], int):
        return None
    host = _WILDCARDS.get(str(told[0]), str(told[0]))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return Address(host, told[1])
