"""`muxviz facts`: what this kernel answers."""

from __future__ import annotations

from pathlib import Path

import click

from muxviz.cli.common import Problem, Progress, lang_option, need_linux, out


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="Compare with the answers of another machine, which --format json wrote; exit status 1 where they differ.",
)
@lang_option
def facts(form: str, against: Path | None) -> int:
    """What this kernel answers: a truth table of readiness, from experiments made now."""
    need_linux("muxviz facts")
    from muxviz.facts import FactsError, ask, differences, read
    from muxviz.facts.answers import compared
    from muxviz.quoting import json_text

    try:
        other = read(against) if against is not None else None
    except FactsError as error:
        raise Problem(str(error)) from None
    with Progress("asking the kernel") as progress:
        here = ask(progress)
    if other is None:
        out(here.json() if form == "json" else here.text(), nl=form == "json")
        return 0
    found = differences(here, other)
    if form == "json":
        out(json_text([one._asdict() for one in found], indent=1))
    else:
        out(compared(here, other), nl=False)
    return 1 if found else 0
