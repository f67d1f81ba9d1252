"""What a build knows of and lives with: rules that it ignores, lines that say so, and the findings of a baseline.

A line says so in a comment of its language, `# muxviz: ignore[stranded-data]`, with rules behind commas. A baseline is
a report of an earlier build, as `muxviz check --format json` writes it: what is in it is no news. A finding is known
again by its rule and its place (see `fingerprint` of a finding), not by its fd or its client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from muxviz.findings import RuleName
from muxviz.printable import text

if TYPE_CHECKING:
    from muxviz.check.report import Found

By = Literal["option", "comment", "baseline"]
"""Who says that a finding is known: `--ignore`, the program's line, `--baseline`."""

_COMMENT: Final = re.compile(r"muxviz:\s*ignore\[([\w\s,-]+)\]")
_MOST_BYTES: Final = 64 << 20
"""Of a baseline."""


class BaselineError(ValueError):
    """A file that is no baseline; its text says why, in one line."""


@dataclass(frozen=True)
class Known:
    """What was said beforehand; nothing, as it stands."""

    rules: frozenset[RuleName] = frozenset()
    """Rules that are ignored."""
    baseline: frozenset[str] = frozenset()
    """Fingerprints of findings that are no news."""

    def by(self, found: Found, line: str) -> By | None:
        """Who says that a finding is known; `line`: the source of its place. None where it is news."""
        if found.rule in self.rules:
            return "option"
        if found.rule in _ignored_at(line):
            return "comment"
        return "baseline" if found.fingerprint in self.baseline else None


NOTHING: Final = Known()


def _ignored_at(line: str) -> set[str]:
    return {rule.strip() for said in _COMMENT.findall(line) for rule in said.split(",")}


class _Fingerprint(msgspec.Struct):
    fingerprint: str


class _Told(msgspec.Struct):
    """What of a report tells a finding again."""

    muxviz_check: Literal[1]
    findings: list[_Fingerprint]
    known: list[_Fingerprint] = []


def baseline_of(file: Path) -> frozenset[str]:
    """The fingerprints of the findings in a report, those that were known among them. Raises BaselineError."""
    who = text(str(file), 200)
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise BaselineError(f"{who} is larger than {_MOST_BYTES >> 20} MiB: no report of muxviz check")
        told = msgspec.json.decode(content, type=_Told)
    except OSError as error:
        raise BaselineError(f"can't read {who}: {error.strerror or error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BaselineError(f"{who} is no report of muxviz check --format json: {text(str(error), 160)}") from None
    return frozenset(one.fingerprint for one in (*told.findings, *told.known))
