"""What a person can make a client do at any moment: the same acts as a scenario's, one key each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from string import ascii_uppercase
from typing import Final, NamedTuple

from muxviz.language import _, say
from muxviz.payload import escape
from muxviz.scenarios import model
from muxviz.scenarios.model import Beat, Scenario

HELLO: Final = b"hello"
"""What is sent where nobody typed anything else."""
READ_BYTES: Final = 65536
MOST_BYTES: Final = 1 << 20
"""The most that one send may have."""

_COUNT: Final = re.compile(r"\*(\d{1,9})")
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([nrt0\\]))")
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


class ClientAction(NamedTuple):
    """One thing that a connected client can do."""

    key: str
    words: str
    make: Callable[[str, bytes], Beat]
    """Client and bytes -> the client action."""


DEEDS: Final = (
    ClientAction("s", _("send"), lambda client, data: model.send(client, data, _sends(client, data))),
    ClientAction("u", _("urgent"), lambda client, data: model.urgent(client, data[-1:])),
    ClientAction("r", _("read"), lambda client, data: model.read(client, READ_BYTES)),
    ClientAction("h", _("half-close"), lambda client, data: model.half_close(client)),
    ClientAction("x", _("close"), lambda client, data: model.close(client)),
    ClientAction("R", _("reset"), lambda client, data: model.reset(client)),
)


def _sends(client: str, data: bytes) -> str:
    return f"{client} sends {len(data)} byte{'' if len(data) == 1 else 's'}"


def connects(client: str, scenario: Scenario | None) -> Beat:
    """A new client; a UDP socket where those of the scenario have one."""
    datagram = scenario is not None and any(act.do == "datagram" for beat in scenario.beats for act in beat.acts)
    return model.datagram(client) if datagram else model.connect(client)


def next_name(known: Collection[str], scenario: Scenario | None) -> str:
    """The first name that no client has: none of those that there are, nor one that the scenario has yet to connect."""
    promised = {act.client for beat in scenario.beats for act in beat.acts} if scenario is not None else set()
    return next(name for name in _names() if name not in known and name not in promised)


def _names() -> Iterator[str]:
    yield from ascii_uppercase
    for number in count(2):
        yield from (f"{letter}{number}" for letter in ascii_uppercase)


def impossible(client: str | None, sockets: Mapping[str, bool], new: str) -> str | None:
    """Why a client can do nothing, in one line; None where it can."""
    if client is None:
        return say("no client is connected yet; c connects {new}", new=new)
    if client not in sockets:
        return say("{client} is not connected; c connects {new}", client=client, new=new)
    return None if sockets[client] else say("{client} is closed; c connects {new}", client=client, new=new)


def typed(line: str) -> bytes:
    """The bytes that a person typed: `*5000` is so many, `\\n`, `\\0` and `\\x1b` are bytes, all else is UTF-8. Raises
    ValueError, in words."""
    counted = _COUNT.fullmatch(line)
    if counted is not None:
        size = int(counted[1])
        if not 1 <= size <= MOST_BYTES:
            raise ValueError(say("one send takes 1 to {most} bytes", most=MOST_BYTES))
        return (b"0123456789" * (size // 10 + 1))[:size]
    data = _ESCAPE.sub(lambda found: _byte(found[1], found[2]), line.encode("utf-8", "replace"))
    if not data:
        raise ValueError(say("type at least one byte; escape goes back"))
    return data


def _byte(code: bytes | None, name: bytes | None) -> bytes:
    return bytes([int(code, 16)]) if code is not None else _ESCAPED[name or b"\\"]


def shown(data: bytes, cells: int) -> str:
    """The bytes as they could be typed, or how many they are."""
    text = escape(data)
    return text if len(text) <= cells else f"*{len(data)}"
