"""`muxviz check`: a recording's findings as text, JSON or SARIF, and an exit status for a build."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from muxviz.cli.common import Problem, Progress, lang_option, note, opened, out
from muxviz.findings import LEVELS

_CUT: Final = 3
"""Exit status where nothing was found, and not everything was there to be judged."""
_FORMATS = ("text", "json", "sarif")
_TONES: Final[dict[str, tuple[str | None, bool]]] = {
    "place": (None, True), "certain": ("red", True), "likely": ("yellow", True), "possible": ("cyan", True),
    "information": (None, False), "source": ("green", False), "label": (None, False),
}  # fmt: skip
"""Colour and weight; the words are the same without."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on", "level", type=click.Choice(LEVELS), default="likely", show_default=True,
    help="Exit with status 1 where a finding is this sure, or surer.",
)  # fmt: skip
@click.option("--ignore", multiple=True, metavar="RULE", help="Live with a rule: see muxviz rules. May be repeated.")
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE",
    help="Live with what an earlier report has, as --format json -o FILE wrote it: only what is new fails.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write into this file instead.")
@lang_option
def check(
    file: Path, form: str, level: str, ignore: tuple[str, ...], baseline: Path | None, output: Path | None
) -> int:
    """A recording's findings, for a build: exit status 1 where there are any, 3 where there are none in what is left of
    a recording that was cut short.

    certain: the queue was seen, or the calls themselves prove it. likely: they left it open twice, in the same way.
    possible: once. What a later read has cancelled is no finding. Nor is what the build is said to live with: by
    --ignore, by --baseline, or by a comment at the line that is named, # muxviz: ignore[RULE].
    """
    from muxviz.check import FORMATS, BaselineError, Known, as_text, baseline_of, count_line, report
    from muxviz.cli.rules import rules_named
    from muxviz.cli.saving import save

    try:
        known = Known(rules_named(ignore), baseline_of(baseline) if baseline is not None else frozenset())
    except BaselineError as error:
        raise Problem(str(error)) from None
    found = opened(file)
    trace = found.trace
    try:
        if found.damage is not None:
            raise Problem(found.damage)
        if not trace.findings.known:
            with Progress(f"judging {file}") as progress:
                trace.look_for_findings(progress)
        judged = report(trace, found.cut, known)
        in_colour = form == "text" and output is None and _in_colour()
        written = as_text(judged, _paint) if in_colour else FORMATS[form](judged)
        if output is not None:
            save(output, [written])
            out(count_line(judged))
        else:
            out(written, nl=False, painted=in_colour)
    finally:
        trace.close()
    if found.cut is not None:
        note(f"{found.cut}; its {len(trace)} events were judged")
    if judged.at_least(level):  # type: ignore[arg-type]
        return 1
    return _CUT if found.cut is not None else 0


def _paint(tone: str, text: str) -> str:
    colour, bold = _TONES[tone]
    return click.style(text, fg=colour, bold=bold, dim=tone == "label")


def _in_colour() -> bool:
    """Only on a terminal that can, and where nobody asked for none (no-color.org)."""
    out = sys.stdout
    return out is not None and out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
