"""The command that tells what is missing here."""

from __future__ import annotations

import click

from muxviz.cli.common import out


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(form: str) -> int:
    """What muxviz needs of this machine: what is there, what is missing, and what to do.

    Exit status 1 where something is missing.
    """
    from muxviz.printable import text
    from muxviz.quoting import json_text
    from muxviz.sources.doctor import examine

    checks = examine()
    if form == "json":
        out(json_text([check._asdict() for check in checks], indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            out(f"{check.grade:<7}  {check.name:<{width}}  {text(check.words)}")
    return int(any(check.grade == "missing" for check in checks))
