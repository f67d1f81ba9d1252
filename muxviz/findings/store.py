"""The findings of a trace, in the order in which they were found, and what was only counted.

Grows at its end. Which of many were open at some moment is asked block by block: a block whose last finding had ended
by then is passed over. A recording's index holds it whole (`FindingsForm`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from muxviz.events import Count, FormatError, Int
from muxviz.findings.shapes import Finding, Resolution

MOST: Final = 1 << 16
"""Findings that are kept with their evidence; of more, only how many there were."""
_BLOCK: Final = 128

Counted = Literal["wasted", "saturated"]
"""`wasted`: a report of data, and then EAGAIN. `saturated`: as many ready as the wait had room for."""


RULES_OF: Final = 4
"""Raised when the rules find something else than before: what an older muxviz found is looked for anew."""


class FindingsForm(msgspec.Struct, omit_defaults=True):
    """Findings as a recording's index has them."""

    rules: Int = 0
    """`RULES_OF` of the muxviz that found them."""
    found: list[Finding] = []
    more: Count = 0
    counted: dict[str, dict[str, str]] = {}
    """By what and lane, packed: n of each event."""


class Findings:
    """Findings by number. One thread adds, another may read what is there."""

    def __init__(self, *, known: bool = True) -> None:
        self.known = known
        """False for a recording of an older muxviz, whose findings nobody has looked for."""
        self.more = 0
        """Found and not kept: there were too many."""
        self._found: list[Finding] = []
        self._opened = array("I")
        self._told = array("I")
        """n at which each finding that is more than information was found: what a person goes to."""
        self._open: list[int] = []
        self._last: list[int] = []
        """By block: how many findings are open, and n at which the last of the others ended."""
        self._place: dict[int, int] = {}
        """By identity, the block of an open finding."""
        self._counted: dict[Counted, dict[str, array[int]]] = {"wasted": {}, "saturated": {}}

    def __len__(self) -> int:
        return len(self._found)

    # --- growing -----------------------------------------------------------------------------------------------------

    def add(self, finding: Finding) -> None:
        """The next finding; it may be changed until it is closed."""
        if len(self._found) >= MOST:
            self.more += 1
            return
        block = len(self._found) // _BLOCK
        if block == len(self._open):
            self._open.append(0)
            self._last.append(-1)
        self._open[block] += 1
        self._place[id(finding)] = block
        self._found.append(finding)
        if finding.turns[0].sure != "information" and (not self._told or self._told[-1] != finding.opened):
            self._told.append(finding.opened)
        self._opened.append(finding.opened)

    def close(self, finding: Finding, n: int, how: Resolution) -> None:
        """It has ended at event n."""
        finding.how = how
        finding.closed = n
        block = self._place.pop(id(finding), None)
        if block is not None:
            self._last[block] = max(self._last[block], n)
            self._open[block] -= 1

    def count(self, what: Counted, lane: str, n: int) -> None:
        """Something that is counted and no finding."""
        self._counted[what].setdefault(lane, array("I")).append(n)

    # --- asking ------------------------------------------------------------------------------------------------------

    def until(self, n: int) -> list[Finding]:
        """What was found by event n, in that order."""
        return self._found[: bisect_right(self._opened, n)] if n >= 0 else []

    def at(self, n: int) -> list[Finding]:
        """What was found by event n and still lasted."""
        end = bisect_right(self._opened, n) if n >= 0 else 0
        out: list[Finding] = []
        for block in range((end + _BLOCK - 1) // _BLOCK):
            if self._open[block] or self._last[block] > n:
                out += [one for one in self._found[block * _BLOCK : min(end, (block + 1) * _BLOCK)] if one.lasts(n)]
        return out

    def between(self, first: int, last: int) -> list[Finding]:
        """What lasted at some moment from event `first` to event `last`."""
        begin = bisect_right(self._opened, first - 1) if first > 0 else 0
        return self.at(first - 1) + self._found[begin : bisect_right(self._opened, last)] if last >= 0 else []

    def after(self, n: int) -> int | None:
        """The next event after n at which something was found."""
        at = bisect_right(self._told, n) if n >= 0 else 0
        return self._told[at] if at < len(self._told) else None

    def before(self, n: int) -> int | None:
        """The last one before n."""
        at = bisect_left(self._told, n) if n >= 0 else 0
        return self._told[at - 1] if at else None

    def times(self) -> array[int]:
        """n of every event at which something was found that is more than information."""
        return self._told

    def counted(self, what: Counted, n: int) -> dict[str, int]:
        """How often it had happened by event n, by lane, where it had."""
        counts = {lane: bisect_right(numbers, n) for lane, numbers in list(self._counted[what].items()) if n >= 0}
        return {lane: count for lane, count in counts.items() if count}

    # --- in a recording ----------------------------------------------------------------------------------------------

    def form(self, pack: Callable[[array[int]], str]) -> FindingsForm:
        """For a recording's index."""
        counted = {what: {lane: pack(ns) for lane, ns in of.items()} for what, of in self._counted.items() if of}
        return FindingsForm(RULES_OF, list(self._found), self.more, {str(what): of for what, of in counted.items()})

    @classmethod
    def of(
        cls, form: FindingsForm, count: int, shared: Callable[[dict[str, str], int], dict[str, array[int]]]
    ) -> Findings:
        """From a recording's index, over `count` events. Raises FormatError where it can't be of that recording."""
        from muxviz.findings.rules import BY_NAME  # they know the ledger, which knows this

        made = cls()
        before = 0
        for finding in form.found:
            ns = [*finding.evidence, *(turn.n for turn in finding.turns)]
            ns += [finding.closed] if finding.closed is not None else []
            if (
                finding.rule not in BY_NAME
                or not finding.turns
                or not finding.evidence
                or min(ns) < 0
                or max(ns) >= count
            ):
                raise FormatError("findings of another recording")
            if finding.opened < before or len(made) >= MOST:
                raise FormatError("findings that do not rise")
            before = finding.opened
            made.add(finding)
            if finding.closed is not None:
                made.close(finding, finding.closed, finding.how or "ended")
        made.more = form.more
        for what in made._counted:
            made._counted[what] = shared(form.counted.get(what, {}), count)
        return made
