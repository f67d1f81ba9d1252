"""The form of a scenario: what the clients do, and what to look at.

A scenario is data. A *beat* is one client action, made in every lane: a single call that can wake a server, so that a
run is the same each time. Where several calls must have happened before a server looks, `busy(...)` groups them: the
servers are held before their wait while the clients act, and the screen says so.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Do = Literal["connect", "send", "read", "half_close", "close", "reset"]

GROUPS: Final = ("Start here", "Edge-triggered", "Endings", "Writing", "Limits and cost", "Many workers")


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call of one client."""

    client: str
    do: Do
    payload: bytes = b""
    """What `send` sends."""
    size: int = 0
    """The most that `read` reads; what must have been echoed by then is `expect`."""
    expect: bytes | None = None
    """What `read` has to return, in the lanes that echo everything; None checks nothing."""


class Beat(msgspec.Struct, frozen=True, omit_defaults=True):
    """One client action: its words on the screen (24 columns at most, client letter first) and its calls."""

    label: str
    acts: tuple[Act, ...]
    busy: bool = False


class Scenario(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one lesson consists of."""

    name: str
    title: str
    """The header's words: what the servers are like here."""
    group: str
    summary: str
    """The menu's line, 38 columns at most."""
    story: str
    question: str
    watch: str
    beats: tuple[Beat, ...]
    server_options: tuple[str, ...] = ()
    """Options that every server of the scenario gets."""


def connect(client: str) -> Beat:
    """`client` connects."""
    return Beat(f"{client} connects", (Act(client, "connect"),))


def send(client: str, payload: bytes, label: str | None = None) -> Beat:
    """`client` sends `payload` in one call."""
    return Beat(label or f"{client} sends {len(payload)} bytes", (Act(client, "send", payload),))


def read(client: str, size: int, expect: bytes | None = None, label: str | None = None) -> Beat:
    """`client` reads what has come back, `size` bytes at most."""
    return Beat(label or f"{client} reads", (Act(client, "read", size=size, expect=expect),))


def half_close(client: str) -> Beat:
    """`client` will send no more, and still reads: shutdown(SHUT_WR)."""
    return Beat(f"{client} half-closes", (Act(client, "half_close"),))


def close(client: str) -> Beat:
    """`client` closes its socket."""
    return Beat(f"{client} closes", (Act(client, "close"),))


def reset(client: str) -> Beat:
    """`client` aborts: SO_LINGER with 0 seconds, then close, which sends RST."""
    return Beat(f"{client} resets", (Act(client, "reset"),))


def busy(label: str, *beats: Beat) -> Beat:
    """Several actions as one, while the servers are held before their wait."""
    return Beat(label, tuple(act for beat in beats for act in beat.acts), busy=True)
