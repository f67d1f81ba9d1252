"""Commands on a recording: what it says, on standard output or on the screen."""

from __future__ import annotations

from pathlib import Path

import click

from muxviz.cli.common import Problem, lang_option, note, opened, out, terminal


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
def show(file: Path, form: str) -> int:
    """A recording's events on standard output."""
    from muxviz.events import encode
    from muxviz.quoting import ascii_line
    from muxviz.recording import RecordingError, read
    from muxviz.words.listing import line

    try:
        header, events = read(file, note)
        if form == "jsonl":
            out(ascii_line(encode(header)))
        for event, raw in events:
            out(ascii_line(raw) if form == "jsonl" else line(event))
    except RecordingError as error:
        raise Problem(str(error)) from None
    return 0


class _WithGuide(click.Command):
    """Its help ends with the language of conditions, which is not loaded for anything else."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from muxviz.trace.ask import GUIDE

        formatter.write(f"\nQuestions, with / and \\ on the screen:\n\n{GUIDE}\n")


@click.command(cls=_WithGuide)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", default="", help="Where to begin: 17 (step), n120 (event), b2 (client action), 1.5s, a marker.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@lang_option
@click.option("--predict", is_flag=True, help="Ask what each wait will report before it is shown; p switches it.")
def replay(file: Path, at: str, theme: str, predict: bool) -> int:
    """A recording on the screen: from any moment to any other, forwards and back.

    Without a terminal: its story, side by side, as text.
    """
    from muxviz.trace import PositionError, position

    found = opened(file)
    try:
        begin = position(found.trace, at)
    except PositionError as error:
        raise Problem(str(error)) from None
    if terminal():
        from muxviz.tui.app import run_replay

        return run_replay(file, found, at=begin, theme=theme, predict=predict)
    from muxviz.draw import story

    try:
        out(story(found.trace), nl=False)
    finally:
        found.trace.close()
    if found.damage is not None:
        raise Problem(f"{found.damage}; the {len(found.trace)} events before it are above")
    if found.cut is not None:
        note(f"{found.cut}; its {len(found.trace)} events are above")
    return 0
