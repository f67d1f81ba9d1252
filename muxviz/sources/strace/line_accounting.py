"""What became of each line: the account that shows that nothing was lost silently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SAMPLES: Final = 5
_SAMPLE_LENGTH: Final = 200
"""Characters of a sample."""
_NAMES: Final = 512
"""Names of system calls that are told apart."""


@dataclass(slots=True)
class LineAccounting:
    """Lines by what became of them."""

    lines: int = 0
    events: int = 0
    unknown: int = 0
    """Lines that could not be read."""
    samples: list[str] = field(default_factory=list)
    """The first of them; untrusted text."""
    partial: int = 0
    """Lines whose end never came."""
    lost: int = 0
    """Halves of calls whose other half was never seen."""
    unnamed: int = 0
    """Reports of an epoll whose fd is not known: it was registered before the trace began."""
    other: dict[str, int] = field(default_factory=dict)
    """System calls that were read and that muxviz does not show, by name."""

    def unread(self, line: str) -> None:
        """A line that could not be read."""
        self.unknown += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(line[:_SAMPLE_LENGTH])

    def passed(self, name: str) -> None:
        """A call that muxviz has no event for."""
        name = name if name in self.other or len(self.other) < _NAMES else "…"
        self.other[name] = self.other.get(name, 0) + 1

    def words(self) -> str | None:
        """What a person should know of it, in one line; None where every line could be used."""
        said = []
        if self.unknown:
            first = f"; the first: {self.samples[0]}" if self.samples else ""
            said.append(f"{_lines(self.unknown)} could not be read{first}")
        if self.partial:
            said.append("the last line has no end")
        if self.lost:
            said.append(f"of {self.lost} call{'s' * (self.lost != 1)} only one half was seen")
        if self.unnamed:
            what = "reports are" if self.unnamed != 1 else "report is"
            said.append(f"{self.unnamed} {what} of fds that were registered before the trace began")
        return ". ".join(said) or None


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
