"""Commands on a recording: what it says, on standard output or on the screen."""

from __future__ import annotations

from pathlib import Path

import click

from muxviz.cli.common import Problem, ascii_line


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
def show(file: Path, form: str) -> int:
    """A recording's events on standard output."""
    from muxviz.events import encode
    from muxviz.listing import line
    from muxviz.recording import RecordingError, read

    try:
        header, events = read(file)
        if form == "jsonl":
            click.echo(ascii_line(encode(header)))
        for event, raw in events:
            click.echo(ascii_line(raw) if form == "jsonl" else line(event))
    except RecordingError as error:
        raise Problem(str(error)) from None
    return 0
