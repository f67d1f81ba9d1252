"""Findings for a person, and for whoever reads a build's log: one block each, `file:line: how sure: what` first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from rich.cells import cell_len

from muxviz import printable
from muxviz.check.known import By
from muxviz.check.report import Evidence, Found, Place, Report, grouped
from muxviz.draw.wrapping import wrap
from muxviz.findings import LEVELS
from muxviz.findings import words as said
from muxviz.language import _, say, together

_WIDTH: Final = 100
_LABELS: Final = (_("observed"), _("rule"), _("helps"))
_NAMED: Final = 6
"""Fds of a group that are named."""
_COUNTS: Final = {
    "certain": _("{count} certain"),
    "likely": _("{count} likely"),
    "possible": _("{count} possible"),
}
_KNOWN: Final[dict[By, str]] = {
    "option": _("{count} ignored by --ignore"),
    "comment": _("{count} ignored by a comment at the line"),
    "baseline": _("{count} known from the baseline"),
}

Tone = Literal["place", "certain", "likely", "possible", "information", "source", "label"]
Paint = Callable[[Tone, str], str]
"""Puts a piece of text into colour."""


def plain(tone: Tone, text: str) -> str:
    """No colour."""
    return text


def as_text(report: Report, paint: Paint = plain) -> str:
    """Blocks, the surest first, and the count; with a line end."""
    lines: list[str] = []
    for group in grouped(report.at_least("possible")):
        lines += [*block(group, paint), ""]
    return "\n".join([*lines, count_line(report)]) + "\n"


def count_line(report: Report) -> str:
    """`3 findings: 2 certain, 1 possible · 1 cancelled by a later read`."""
    found = report.at_least("possible")
    parts = [say(_COUNTS[level], count=report.counts[level]) for level in LEVELS if report.counts[level]]
    if found:
        head = say("1 finding") if len(found) == 1 else say("{count} findings", count=len(found))
        head = f"{head}: {', '.join(parts)}"
    else:
        head = say("no findings")
    rest = [
        say("{count} for information", count=report.counts["information"]) if report.counts["information"] else "",
        say("{count} cancelled by a later read", count=report.cancelled) if report.cancelled else "",
        *(say(words, count=report.known_by[by]) for by, words in _KNOWN.items() if report.known_by[by]),
        say("{count} more found and not kept", count=report.more) if report.more else "",
        say("the recording is cut short: judged as far as it goes") if report.cut else "",
    ]
    return " · ".join([head, *filter(None, rest)])


def block(group: list[Found], paint: Paint = plain) -> list[str]:
    """Findings that say the same of the same line, as one block; printable, without line ends."""
    one = group[0]
    lanes = ", ".join(printable.text(lane, 24) for lane in dict.fromkeys(other.lane for other in group))
    what = say("{rule} on {who}, lane {lanes}", rule=one.name, who=one.who, lanes=lanes)
    sure = paint(one.surety, say(said.SURE[one.surety]))
    lines = [f"{paint('place', _where(one))}: {sure}: {what}"]
    if one.place is not None and one.place.text:
        lines.append("    " + paint("source", printable.text(one.place.text, _WIDTH - 4)))
    told = say("{noted}; {ended}", noted=one.facts, ended=one.ended) if one.ended else one.facts
    lines.append(f"  {told}")
    if len(group) > 1:
        lines.append(f"  {_more(group[1:])}")
    parts = (_events(one.evidence), wrap(together(one.derived), _WIDTH - 12), [*one.helps, one.manual])
    labels = _aligned([say(label) for label in _LABELS])
    for label, part in zip(labels, parts, strict=True):
        lines += [
            f"  {paint('label', label) if n == 0 else ' ' * cell_len(label)}  {line}" for n, line in enumerate(part)
        ]
    return lines


def _where(one: Found) -> str:
    """Where an editor would go; the process, where there is no source."""
    if one.place is not None:
        return _file(one.place)
    who = printable.text(one.lane, 40)
    return f"{who} (pid {one.pid})" if one.pid is not None else who


def _file(place: Place) -> str:
    return f"{printable.text(place.file)}:{place.line}"


def _events(evidence: tuple[Evidence, ...]) -> list[str]:
    when = [
        say("step {step}", step=event.step) if event.step is not None else say("event {n}", n=event.n)
        for event in evidence
    ]
    places = [_file(event.place) if event.place is not None else "" for event in evidence]
    words = [printable.clip(event.words, 160) for event in evidence]
    return ["  ".join(filter(str.strip, parts)) for parts in zip(_aligned(when), _aligned(places), words, strict=True)]


def _more(others: list[Found]) -> str:
    fds = list(dict.fromkeys(other.who for other in others))
    named = ", ".join(fds[:_NAMED]) + (", …" if len(fds) > _NAMED else "")
    if len(others) == 1:
        return say("and once more, on {fds}", fds=named)
    return say("and {count} times more, on {fds}", count=len(others), fds=named)


def _aligned(texts: list[str]) -> list[str]:
    width = max(map(cell_len, texts), default=0)
    return [text + " " * (width - cell_len(text)) for text in texts]
