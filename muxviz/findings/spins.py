"""Spins: waits that return at once, again and again, with what nobody does anything about.

The same fd with the same flags in four waits in a row, none of which slept, with no call on it in between. Two in a row
are normal where a server looks once more before it is done (memcached does).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz.events import Event, split
from muxviz.findings.shapes import Finding, How, Rule
from muxviz.findings.watch import Lane

IN_A_ROW: Final = 4
SHORT_NS: Final = 1_000_000

Open = Callable[..., Finding]
Close = Callable[[Finding, int, How], None]


def rule_of(flags: str) -> Rule:
    """By what is reported: room to write, an end or an error, or anything else."""
    names = frozenset(split(flags))
    if names in ({"OUT"}, {"W"}):
        return "writable-spin"
    return "hangup-spin" if names & {"HUP", "ERR"} else "level-ignored"


def waited(lane: Lane, event: Event, ready: list[tuple[int, str]], short: bool, open_: Open, close: Close) -> None:
    """A wait has returned; `ready` has the fds that are not edge-triggered."""
    epfd = event.fd if event.fd is not None else -1
    before = lane.streaks.get(epfd)
    if not short or not ready:
        if before:
            lane.streaks[epfd] = {}
            _end(lane, epfd, event.n, "slept", close, still=frozenset())
        return
    now: dict[int, tuple[str, int, int]] = {}
    for fd, flags in ready:
        known = before.get(fd) if before else None
        count, first = (known[1] + 1, known[2]) if known is not None and known[0] == flags else (1, event.n)
        now[fd] = (flags, count, first)
    lane.streaks[epfd] = now
    if lane.spins:
        still = frozenset(fd for fd, (_, count, _) in now.items() if count > 1)
        _end(lane, epfd, event.n, "changed", close, still)
    for fd, (flags, count, first) in now.items():
        if count == IN_A_ROW and (epfd, fd) not in lane.spins and fd not in lane.shared:
            lane.spins[(epfd, fd)] = open_(rule_of(flags), fd, (first, event.n), flags=flags)


def _end(lane: Lane, epfd: int, n: int, how: How, close: Close, still: frozenset[int]) -> None:
    for key in [key for key in lane.spins if key[0] == epfd and key[1] not in still]:
        close(lane.spins.pop(key), n, how)


def touched(lane: Lane, fd: int, n: int, how: How, close: Close) -> None:
    """The program has made a call on an fd: that is no streak any more."""
    for streak in lane.streaks.values():
        if streak:
            streak.pop(fd, None)
    if lane.spins:
        for key in [key for key in lane.spins if key[1] == fd]:
            close(lane.spins.pop(key), n, how)
