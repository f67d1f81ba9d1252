"""The answers of one machine: asked of its kernel, written as text and as JSON, and compared with another's."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.cells import cell_len

from muxviz.facts.ends import NoAnswer
from muxviz.facts.table import FACTS, Fact
from muxviz.language import say
from muxviz.printable import clip
from muxviz.printable import text as safe
from muxviz.quoting import json_text

FORMAT: Final = 1
WIDTH: Final = 100
_LABEL: Final = 16
_LARGEST: Final = 1 << 20
"""Bytes of a file that may be a machine's answers."""

Told = dict[str, list[str]]
"""By multiplexer, what each wait returned."""


class FactsError(ValueError):
    """A file that holds no answers; its text says why, in one line."""


class Answers(NamedTuple):
    """What one machine answered."""

    machine: dict[str, str]
    """kernel, machine, python, libc."""
    facts: dict[int, Told]
    """By row."""

    def json(self) -> str:
        """As `read` takes it."""
        rows = [
            {"fact": fact.number, "title": fact.title, "steps": fact.steps, "answers": self.facts[fact.number]}
            for fact in FACTS
            if fact.number in self.facts
        ]
        return json_text({"muxviz_facts": FORMAT, **self.machine, "facts": rows}, indent=1)

    def text(self) -> str:
        """A table that a hundred columns hold."""
        lines = [_header(self.machine)]
        for fact in FACTS:
            lines += ["", *_row(fact, self.facts[fact.number])]
        return "\n".join(lines) + "\n"


def ask(progress: Callable[[float], None] = lambda part: None) -> Answers:
    """Make every experiment, here and now. What a machine does not allow is answered by why not."""
    found: dict[int, Told] = {}
    for done, fact in enumerate(FACTS):
        progress(done / len(FACTS))
        found[fact.number] = {name: _run(run) for name, run in fact.runs.items()}
    libc = " ".join(platform.libc_ver()).strip() or "unknown"
    machine = {
        "kernel": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libc": libc,
    }
    return Answers(machine, found)


def _run(run: Callable[[], list[str]]) -> list[str]:
    try:
        return run()
    except NoAnswer as reason:
        return [f"no answer: {reason}"]
    except OSError as error:
        return [f"no answer: {error.strerror or error}"]


def read(path: Path) -> Answers:
    """The answers that `muxviz facts --format json` wrote. Raises FactsError."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        found: Any = json.loads(content) if len(content) <= _LARGEST else None
        if found["muxviz_facts"] != FORMAT:
            raise FactsError(f"{path}: a newer muxviz wrote it")
        machine = {name: str(found[name]) for name in ("kernel", "machine", "python", "libc")}
        facts = {int(row["fact"]): _told(row["answers"]) for row in found["facts"]}
    except OSError as error:
        raise FactsError(f"{error.strerror or error}: {path}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        if isinstance(error, FactsError):
            raise
        raise FactsError(f"{path} holds no answers: muxviz facts --format json writes them") from None
    return Answers(machine, facts)


def _told(answers: dict[str, list[str]]) -> Told:
    return {str(name): [str(answer) for answer in told] for name, told in answers.items()}


class Difference(NamedTuple):
    """One row in which two machines differ, under one multiplexer."""

    number: int
    title: str
    name: str
    here: list[str] | None
    """None: not asked there."""
    there: list[str] | None


def differences(here: Answers, there: Answers) -> list[Difference]:
    """Every answer that is not the same, in the order of the table."""
    titles = {fact.number: say(fact.title) for fact in FACTS}
    found = []
    for number in sorted(here.facts.keys() | there.facts.keys()):
        ours, theirs = here.facts.get(number, {}), there.facts.get(number, {})
        for name in dict.fromkeys((*ours, *theirs)):
            if ours.get(name) != theirs.get(name):
                title = titles.get(number, say("a row that this muxviz does not know"))
                found.append(Difference(number, title, name, ours.get(name), theirs.get(name)))
    return found


def compared(here: Answers, there: Answers) -> str:
    """The differences as text: none of it is trusted."""
    found = differences(here, there)
    lines = [f"{say('here')}   {_header(here.machine)}", f"{say('there')}  {_header(there.machine)}", ""]
    if not found:
        return "\n".join([*lines, say("every answer is the same")]) + "\n"
    last = None
    for one in found:
        if one.number != last:
            lines.append(f"{one.number:>2}  {clip(one.title, WIDTH - 4)}")
        last = one.number
        for where, told in (("here", one.here), ("there", one.there)):
            answer = "   ".join(told) if told is not None else say("not asked")
            lines.append(clip(f"    {_padded(safe(one.name), _LABEL)}{_padded(say(where), 7)}{safe(answer)}", WIDTH))
    return "\n".join(lines) + "\n"


def _header(machine: dict[str, str]) -> str:
    return clip("   ".join(safe(value) for value in machine.values()), WIDTH - 7)


def _row(fact: Fact, told: Told) -> list[str]:
    """A fact's lines: its words, its steps as columns, an answer of each multiplexer; equal answers share a line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, answers in told.items():
        groups.setdefault(tuple(answers), []).append(say(name))
    steps = [say(step) for step in fact.steps]
    widths = [cell_len(step) for step in steps]
    for told_alike in groups:
        if len(told_alike) == len(widths):
            widths = [max(width, cell_len(answer)) for width, answer in zip(widths, told_alike, strict=True)]
    label = max(_LABEL, *(cell_len(name) for name in map(_joined, groups.values())))
    lines = [f"{fact.number:>2}  {say(fact.title)}", _line("", label, steps, widths)]
    lines += [_line(_joined(names), label, answers, widths) for answers, names in groups.items()]
    return [*lines, f"    → {say(fact.means)}"]


def _joined(names: list[str]) -> str:
    return ", ".join(names)


def _line(name: str, label: int, answers: Sequence[str], widths: list[int]) -> str:
    if len(answers) != len(widths):
        widths = [WIDTH] * len(answers)
    cells = "  ".join(_padded(safe(answer), width) for answer, width in zip(answers, widths, strict=True))
    return clip(f"    {_padded(name, label)}  {cells}".rstrip(), WIDTH)


def _padded(words: str, width: int) -> str:
    return words + " " * (width - cell_len(words))
