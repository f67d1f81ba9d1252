"""The subject: what a session's programs are to a picture. Where pictures of sessions differ, they ask this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from muxviz.events import Header


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of the programs of a session, and what they have in common."""

    alike: bool
    """The lanes are given the same clients, so that they can be compared; else they are programs of their own."""
    by_number: bool
    """What is followed is an fd, by a number that is used again and again; else a client, by its name."""
    looked_at: bool
    """The queues are looked at; else a level is known where calls prove it."""
    stepped: bool
    """The programs move by steps; else they run or stand, and calls are counted."""
    least_pitch: int
    """Cells that a tick of the wire has at least."""


_HOSTED: Final = Subject(alike=True, by_number=False, looked_at=True, stepped=True, least_pitch=3)
"""Lanes that muxviz has started under its probe, with clients of its own."""
_WATCHED: Final = Subject(alike=False, by_number=True, looked_at=False, stepped=False, least_pitch=5)
"""Programs that strace watches: nobody knows their clients, and there is no source."""


def subject_of(header: Header) -> Subject:
    """The subject of a session."""
    return _WATCHED if header.source.is_trace else _HOSTED
