"""Spins: waits that return at once, again and again, with what nobody does anything about.

Theory of operation
-------------------
A *level* is an fd that a thread's waits report with the same flags, while nobody makes a call on it. Four reports in a
row are a spin; two are normal where a server looks once more before it is done (memcached does). What counts as a call:
any on the fd, but for epoll_ctl(MOD) to the interest that it has already. A read that gives the end of the stream, or
the same error each time, does nothing about the level either: three of them, each reported again, are an end-spin.

A wait that took long has slept, unless a level stood there when it began: then it waited for a processor, and the spin
is one. Where a wait had no room for all that is ready, what it leaves out is as it was.

Under `run` a call may pass muxviz by: C code, a file object, another process. A level that is reported all the same is
sure only where calls on that fd are known to be seen; elsewhere as much lying there at every one of many reports is
what makes it likely, a full pipe aside, which its writer fills again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from muxviz.calls import ALL_READS
from muxviz.events import Event, split
from muxviz.findings.ledger import Ledger
from muxviz.findings.memory import Process
from muxviz.findings.rule import Check, Fds, Report, Rule, Waited, When
from muxviz.findings.shapes import Confidence, Finding, Resolution
from muxviz.language import _

IN_A_ROW: Final = 4
ENDS_IN_A_ROW: Final = 3
SHORT_NS: Final = 1_000_000
MANY: Final = 32
"""Reports in a row, with as much to read at each: nobody reads that."""
_FULL: Final = 65_536
"""A pipe's capacity (pipe(7)): whoever fills it again makes it look untouched."""
_ENDS: Final = ALL_READS | {"SSL_read"}
_NOT_NOW: Final = frozenset({"EAGAIN", "EINTR", "timeout", "WANT_READ", "WANT_WRITE"})
_MOVES: Final = frozenset({"IN", "OUT", "PRI", "R", "W", "X", "RDNORM", "WRNORM", "RDBAND", "WRBAND"})
"""Flags of a level that a call may lower. No call but close lowers HUP and ERR."""
UNSEEN: Final = _(
    "Possible: no call on this fd has been seen, and C code, a file object or another process may make some."
)
UNCALLED: Final = _(
    "Likely: no call on this fd has been seen, and it is the program's own socket or as much lay there at each report."
)
PASSED_BY: Final[When] = (
    ("certain", _("calls on this fd are known to be seen, and there was none")),
    ("likely", _("it is a socket of the program's own, or as much lay there at each of many reports")),
    ("possible", _("no call on this fd was ever seen: C code or a file object may make some")),
)


@dataclass(slots=True)
class Level:
    """An fd that waits of one thread report, with the same flags, since somebody made a call on it."""

    flags: str
    count: int
    """Reports since, those of waits that slept aside."""
    first: int
    """n of the first."""
    amount: int | None
    """Bytes that lay there at the newest."""
    same: int = 1
    """Reports in a row at which as much lay there."""
    end: str = ""
    """What reads of it give: `0`, or an error; while every one gives that."""
    read_n: int = -1
    """n of the newest read that gave an end; -1 where it was reported since."""
    ends: int = 0
    """Reports that came though its end was read after the one before."""


Levels = dict[int, Level]


@dataclass(frozen=True)
class SpinRule(Rule):
    """A rule about what is reported again and again."""

    names: Callable[[frozenset[str]], bool]
    """Whether it is about a report of these flags; of several the first rule is."""

    spins: ClassVar[bool] = True


class Spins(Check):
    """Levels that nobody does anything about."""

    calls = None

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        super().__init__(process, ledger, rules)
        self._levels: dict[tuple[int | None, int], Levels] = {}
        """By thread and epoll (-1: select and poll): several threads may be told of one level, each once."""
        self._found: dict[tuple[int | None, int, int], Finding] = {}
        """By thread, epoll and fd."""

    # --- what is told ------------------------------------------------------------------------------------------------

    def waited(self, wait: Waited, fds: Fds) -> None:
        event, who = wait.event, (wait.event.tid, wait.epfd)
        ready = [one for one in wait.reports if one.watch is None or one.watch.is_level]
        held = event.step is not None
        long = wait.slept if held else (event.took or 0) >= SHORT_NS
        before = self._levels.get(who)
        if not ready or (held and long):
            if before:
                del self._levels[who]
                self._end(event, wait.epfd, "slept", still={})
            return
        now: Levels = {}
        for one in ready:
            fd, flags = one.fd, one.flags
            known = before.get(fd) if before else None
            looked = event.queues.get(str(fd)) if event.queues else None
            amount = looked.recv if looked is not None else None
            if known is None or known.flags != flags or (long and not known.end and not self._stood(one, wait, fds)):
                now[fd] = Level(flags, 0 if long else 1, event.n, amount)
                continue
            now[fd] = known
            known.count += 1
            known.same = known.same + 1 if amount == known.amount else 1
            known.amount = amount
        if before and event.maxevents is not None and event.maxevents == len(event.ready or ()):
            now = before | now
        self._levels[who] = now
        if self._found:
            self._end(event, wait.epfd, "slept" if long else "changed", now)
        for one in ready:
            if now[one.fd].count or now[one.fd].end:
                self._judge(event, (event.tid, wait.epfd, one.fd), now[one.fd], fds)

    def called(self, event: Event, fds: Fds) -> None:
        if not self._levels:
            return
        call = event.call
        if call == "epoll_ctl":
            if event.target is not None and not self._asks_the_same(event):
                self._touched(event.target, event.n, "call")
        elif event.fd is not None and call != "close":
            end = self._end_of(event, fds) if call in _ENDS else ""
            self._touched(event.fd, event.n, "call", end)

    def closed(self, fd: int, n: int) -> None:
        self._touched(fd, n, "closed")

    def lasting(self) -> list[Finding]:
        return list(self._found.values())

    # --- what follows ------------------------------------------------------------------------------------------------

    def _judge(self, event: Event, key: tuple[int | None, int, int], level: Level, fds: Fds) -> None:
        """A level has been reported once more."""
        if level.read_n >= 0:
            level.ends += 1
            if level.ends >= ENDS_IN_A_ROW and key not in self._found and not self.process.shares(key[2]):
                flags = level.flags if level.end == "0" else level.end
                self._open(event, key, "end-spin", (level.first, level.read_n, event.n), "certain", flags, fds)
            level.read_n = -1
        if level.count == IN_A_ROW and key not in self._found and not self.process.shares(key[2]):
            sure = self._sure(key[2], level.flags, fds)
            self._open(event, key, self._rule_of(level.flags), (level.first, event.n), sure, level.flags, fds)
        elif level.same == MANY and level.amount and level.amount < _FULL and key in self._found:
            self.ledger.likely(self._found[key], event.n)

    def _open(
        self, event: Event, key: tuple[int | None, int, int], rule: str, evidence: tuple[int, ...], sure: Confidence,
        flags: str, fds: Fds,
    ) -> None:  # fmt: skip
        lane = event.lane or self.process.name
        self._found[key] = self.ledger.open(lane, fds, rule, key[2], evidence, sure, flags=flags)

    def _rule_of(self, flags: str) -> str:
        names = frozenset(split(flags))
        return next(rule.name for rule in self.rules if isinstance(rule, SpinRule) and rule.names(names))

    def _stood(self, one: Report, wait: Waited, fds: Fds) -> bool:
        """Whether a level that was reported before, and is again, stood there all the time: it is one for sure, and no
        call that lowers it could pass us by."""
        is_level = one.watch is not None or wait.epfd < 0
        return is_level and self._sure(one.fd, one.flags, fds) == "certain"

    def _sure(self, fd: int, flags: str, fds: Fds) -> Confidence:
        """How sure it is that nobody lowers a level with a call, where none was seen."""
        return "certain" if _MOVES.isdisjoint(split(flags)) else self.process.surest(fd, fds.get(fd))

    def _asks_the_same(self, event: Event) -> bool:
        """A MOD to the interest that a registration has."""
        if event.op != "MOD" or event.ret != 0:
            return False
        asks = frozenset(split(event.events))
        return any(watch.epfd == event.fd and watch.asks == asks for watch in self.process.of(event.target))

    def _end_of(self, event: Event, fds: Fds) -> str:
        """What a read gave that shows the end of what there is to read; empty where it shows none. A datagram may be
        empty, and an error of a datagram socket is used up by telling it (udp(7))."""
        known = fds.get(event.fd) if event.fd is not None else None
        if event.size == 0 or "PEEK" in event.flags or (known is not None and known.kind == "datagram"):
            return ""
        if event.error is not None:
            return "" if event.error in _NOT_NOW else event.error
        return "0" if event.ret == 0 else ""

    def _end(self, event: Event, epfd: int, how: Resolution, still: Levels) -> None:
        """A wait has returned: what it does not report as it did before is no spin any more."""
        for key in [key for key in self._found if key[:2] == (event.tid, epfd)]:
            level = still.get(key[2])
            if level is None or level.first == event.n:
                self.ledger.close(self._found.pop(key), event.n, how)

    def _touched(self, fd: int, n: int, how: Resolution, end: str = "") -> None:
        """The program has made a call on an fd. One that gave the same end as the one before leaves the level there."""
        for levels in self._levels.values():
            level = levels.get(fd)
            if level is None:
                continue
            if end and level.end in ("", end):
                level.count, level.end, level.read_n = 0, end, n
            else:
                del levels[fd]
        if self._found:
            for key in [key for key in self._found if key[2] == fd]:
                if not (end and self._found[key].rule == "end-spin"):
                    self.ledger.close(self._found.pop(key), n, how)
