"""Spins: waits that return at once, again and again, with what nobody does anything about.

The same fd with the same flags in four waits of a thread in a row, none of which slept, with no call on it in between.
Two in a row are normal where a server looks once more before it is done (memcached does).
"""

from __future__ import annotations

from typing import Final

from muxviz.events import Event, split
from muxviz.findings.ledger import Fds, Ledger
from muxviz.findings.registration import Lane, Streak
from muxviz.findings.shapes import Resolution, Rule

IN_A_ROW: Final = 4
SHORT_NS: Final = 1_000_000


def rule_of(flags: str) -> Rule:
    """By what is reported: room to write, an end or an error, or anything else."""
    names = frozenset(split(flags))
    if names in ({"OUT"}, {"W"}):
        return "writable-spin"
    return "hangup-spin" if names & {"HUP", "ERR"} else "level-ignored"


def waited(ledger: Ledger, lane: Lane, event: Event, fds: Fds, ready: list[tuple[int, str]], short: bool) -> None:
    """A wait has returned; `ready` has the fds that are not edge-triggered."""
    epfd = event.fd if event.fd is not None else -1
    who = event.tid, epfd
    before = lane.streaks.get(who)
    if not short or not ready:
        if before:
            del lane.streaks[who]
            _end(ledger, lane, event, epfd, "slept", still=frozenset())
        return
    now: Streak = {}
    for fd, flags in ready:
        known = before.get(fd) if before else None
        count, first = (known[1] + 1, known[2]) if known is not None and known[0] == flags else (1, event.n)
        now[fd] = (flags, count, first)
    lane.streaks[who] = now
    if lane.spins:
        still = frozenset(fd for fd, (_, count, _) in now.items() if count > 1)
        _end(ledger, lane, event, epfd, "changed", still)
    for fd, (flags, count, first) in now.items():
        key = (event.tid, epfd, fd)
        if count == IN_A_ROW and key not in lane.spins and not lane.shares(fd):
            lane.spins[key] = ledger.open(
                event.lane or lane.name, fds, rule_of(flags), fd, (first, event.n), flags=flags
            )


def _end(ledger: Ledger, lane: Lane, event: Event, epfd: int, how: Resolution, still: frozenset[int]) -> None:
    for key in [key for key in lane.spins if key[:2] == (event.tid, epfd) and key[2] not in still]:
        ledger.close(lane.spins.pop(key), event.n, how)


def touched(ledger: Ledger, lane: Lane, fd: int, n: int, how: Resolution) -> None:
    """The program has made a call on an fd: that is no streak any more."""
    for streak in lane.streaks.values():
        if streak:
            streak.pop(fd, None)
    if lane.spins:
        for key in [key for key in lane.spins if key[2] == fd]:
            ledger.close(lane.spins.pop(key), n, how)
