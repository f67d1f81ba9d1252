"""The table that `muxviz run --clients all` ends with: a row for each scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from muxviz.findings import LEVELS
from muxviz.language import _, say
from muxviz.printable import clip, text

if TYPE_CHECKING:
    from muxviz.sources.lab.outcome import Outcome

_HEADS: Final = (_("scenario"), _("actions"), _("echoes"), _("wakeups"), _("findings"), _("at the end"))
_END_CELLS: Final = 60


def table(found: Sequence[Outcome]) -> str:
    """The rows under their heads, and one line of sums."""
    heads = [say(head) for head in _HEADS]
    rows = [heads, *(_row(one) for one in found)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(heads))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "─" * max(map(cell_len, lines)))
    wrong = sum(one.echoes - one.right for one in found)
    counts = {sure: sum(one.findings.get(sure, 0) for one in found) for sure in LEVELS}
    told = ", ".join(f"{count} {say(sure)}" for sure, count in counts.items() if count) or say("none")
    sums = say(
        "{count} scenarios; findings: {findings}; echoes wrong or missing: {wrong}",
        count=len(found), findings=told, wrong=wrong,
    )  # fmt: skip
    return "\n".join([*lines, "", sums, ""])


def _row(one: Outcome) -> list[str]:
    actions = (
        f"{one.acted}" if one.acted == one.actions else say("{done} of {count}", done=one.acted, count=one.actions)
    )
    echoes = "–" if not one.echoes else (
        say("{count} right", count=one.right) if one.right == one.echoes
        else say("{right} of {count} right", right=one.right, count=one.echoes)
    )  # fmt: skip
    findings = ", ".join(f"{one.findings[sure]} {say(sure)}" for sure in LEVELS if one.findings.get(sure)) or "–"
    return [one.scenario, actions, echoes, str(one.wakeups), findings, clip(text(say(one.end)), _END_CELLS)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
