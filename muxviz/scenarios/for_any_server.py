"""A scenario's clients for a program that nobody of the lab wrote: any server that sends back what it is sent.

What is left is what the clients do. At its end each client that may still hope for something reads what has come back,
so that a reply which never came is seen and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from muxviz.scenarios.model import Act, Beat, Scenario, read

_IDLE: Final = 8
"""Steps in a row that get nothing done: a wait that times out and is made again takes two."""
_MAKES: Final = ("connect", "begin", "datagram")
_ENDS: Final = ("close", "reset")
_READ_BYTES: Final = 1 << 20


def misfit(scenario: Scenario) -> str | None:
    """Why its clients can't act on a program of one's own, in a few words; None where they can."""
    acts = [act for beat in scenario.beats for act in beat.acts]
    if scenario.inherits:
        return "its programs share a listener that they inherit"
    if not acts:
        return "it has no clients"
    if any(act.lanes for act in acts) or scenario.own_programs:
        return "it is about programs of its own"
    return None


def is_datagram(scenario: Scenario) -> bool:
    """Its clients send datagrams: it is for a program with a UDP socket."""
    return any(act.do == "datagram" for beat in scenario.beats for act in beat.acts)


def fitting(scenarios: Mapping[str, Scenario], *, datagram: bool | None = None) -> list[str]:
    """The names of those that fit: those of TCP, of UDP, or both."""
    return [
        name
        for name, scenario in scenarios.items()
        if misfit(scenario) is None and datagram in (None, is_datagram(scenario))
    ]


def for_any_server(scenario: Scenario) -> Scenario:
    """The scenario for a program of one's own."""
    return msgspec.structs.replace(
        scenario,
        beats=(*scenario.beats, *_last_reads(scenario)),
        server_options=(),
        fixes=(),
        patience=None,
        idle=_IDLE,
        timed=False,
    )


class _Client(msgspec.Struct):
    """What a client has done so far."""

    sent: bytes = b""
    back: bytes = b""
    known: bool = True
    """What it has read is known to the byte."""
    owed: bool = False
    """It has sent something since it last read, and has not gone."""


def _last_reads(scenario: Scenario) -> list[Beat]:
    clients: dict[str, _Client] = {}
    for act in (act for beat in scenario.beats for act in beat.acts):
        if act.do in _MAKES:
            clients[act.client] = _Client()
        elif (client := clients.get(act.client)) is not None:
            _take(client, act)
    return [
        read(
            name,
            _READ_BYTES,
            expect=_rest(client) if client.known else None,
            label=f"{name} reads what came back",
        )
        for name, client in clients.items()
        if client.owed
    ]


def _take(client: _Client, act: Act) -> None:
    if act.do == "send" and act.payload:
        client.sent += act.payload
        client.owed = True
    elif act.do == "urgent":
        client.known = False
    elif act.do == "read":
        client.owed = False
        if act.expect is None:
            client.known = False
        else:
            client.back += act.expect
    elif act.do in _ENDS:
        client.owed = False


def _rest(client: _Client) -> bytes | None:
    """What has not come back yet of what it sent; None where its reads expect something else."""
    return client.sent[len(client.back) :] if client.sent.startswith(client.back) else None
