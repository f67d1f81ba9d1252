"""What a rule is: its name, its words, and the check that finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from muxviz.events import Event
from muxviz.findings.shapes import Finding, Level, RuleName
from muxviz.kernel import FdState
from muxviz.language import _

if TYPE_CHECKING:
    from muxviz.findings.ledger import Ledger
    from muxviz.findings.memory import Process, Registration, Under

Fds = Mapping[int, FdState]
"""The state's open descriptors of a process, by number."""

BYTES: Final = (_("1 byte"), _("{count} bytes"))
CONNECTIONS: Final = (_("1 connection"), _("{count} connections"))


When = tuple[tuple[Level, str], ...]
"""How sure a finding of a rule can be, the surest first, and when it is."""
OWED: Final[When] = (
    ("certain", _("a look at the queue found it there while the program slept")),
    ("likely", _("after the next report the program left the same open once more, in the same way")),
    ("possible", _("the calls leave it open and nobody saw the queue, or another fd was full: back-pressure")),
)
"""For what an edge owes."""
SHOWN: Final[When] = (("certain", _("the calls themselves show it")),)
"""For what a stretch of calls proves."""


class Words(NamedTuple):
    """The words of one rule; templates, but for `manual`. Facts, not blame."""

    name: str
    """As it is listed."""
    shout: str
    """In a lane's row of trouble: a few cells."""
    brief: str
    """The amount and the fd that follow the finding's name on a lane, where there is room."""
    facts: str
    """One line: the fd, the flags, the bytes."""
    rule: str
    """How it was derived."""
    helps: tuple[str, ...]
    """What mends it, the best first."""
    manual: str
    """The page of the manual."""
    unseen: str = ""
    """The facts, where nobody saw the queue and the calls leave it open."""
    open: str = ""
    """How that was derived."""
    likely: str = ""
    """Why it is likely and not certain, where that has a reason of its own."""
    possible: str = ""
    """Why it is no more than possible, where that has a reason of its own."""
    amounts: tuple[str, str] = BYTES
    """What a finding's amount counts: one, several."""
    timed: bool = False
    """A finding's amount is nanoseconds."""
    when: When = ()
    """How sure it can be, and when; every rule says so."""


@dataclass(frozen=True)
class Rule:
    """One rule. Each stands in a file of its own in `rules`, as `RULE`."""

    name: RuleName
    order: int
    """Its place in lists."""
    check: type[Check]
    words: Words

    spins: ClassVar[bool] = False
    """It is about waits that return again and again; every wakeup while a finding lasts is one of them."""
    looked: ClassVar[bool] = False
    """A look at the queue is what makes it certain, and nothing comes by itself."""


class Report(NamedTuple):
    """One fd that a wait names."""

    fd: int
    flags: str
    names: frozenset[str]
    watch: Registration | None
    """The registration that it is of; None for select and poll, and where its making was not seen."""


class Waited(NamedTuple):
    """A wait that has returned."""

    event: Event
    under: Under
    """Its begin; where none was seen, as if it had begun now."""
    slept: bool
    """Its begin was told, as that of a wait that sleeps."""
    reports: list[Report]

    @property
    def epfd(self) -> int:
        """The epoll's fd; -1 for select and poll."""
        return self.event.fd if self.event.fd is not None else -1


class Check:
    """What finds a rule, or a few that share what they know, in one process: it is told what happens there. Each hook
    is called only where a check has its own. What it is told of is not yet in the process's memory: that is how things
    were when the call was made; the descriptors `fds` are as they are now."""

    calls: ClassVar[frozenset[str] | None] = frozenset()
    """Calls whose end it is told, waits aside; None: every one."""

    def __init__(self, process: Process, ledger: Ledger, rules: list[Rule]) -> None:
        self.process, self.ledger, self.rules = process, ledger, rules

    def called(self, event: Event, fds: Fds) -> None:
        """A call has returned."""

    def waited(self, wait: Waited, fds: Fds) -> None:
        """A wait has returned."""

    def begun(self, event: Event, under: Under, fds: Fds) -> None:
        """A call has begun and not returned; where nobody strains a program's calls through strace, it sleeps."""

    def late(self, event: Event, thread: int | None, under: Under, fds: Fds) -> None:
        """Time has passed over a traced call that has not returned."""

    def looked(self, event: Event, fds: Fds, held: bool) -> None:
        """Somebody looked from outside; `held`: while the program stood."""

    def closed(self, fd: int, n: int) -> None:
        """A number is closed, by whatever call."""

    def lasting(self) -> list[Finding]:
        """What it has found and what still lasts."""
        return []
