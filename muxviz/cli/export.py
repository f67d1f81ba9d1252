"""The command that puts a recording into other files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from muxviz.cli.common import Problem, size_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--step", type=click.IntRange(min=0), help="The moment to show; the last one where none is named.")
@click.option("--size", default="120x36", callback=size_option, show_default=True, help="Columns and rows.")
@click.option("--focus", default="", help="The lane with the heavy border.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
def export(
    file: Path, out: Path, step: int | None, size: tuple[int, int], focus: str, theme: Literal["dark", "light"]
) -> int:
    """One moment of a recording as a picture: OUT ends in .svg or .txt."""
    from muxviz.export import FORMATS, picture
    from muxviz.recording import RecordingError, load

    if out.suffix not in FORMATS:
        raise Problem(f"can't write {out.suffix or 'a file without an ending'}: choose from {', '.join(FORMATS)}")
    try:
        trace = load(file)
    except RecordingError as error:
        raise Problem(str(error)) from None
    try:
        if focus and focus not in trace.lanes:
            raise Problem(f"no lane is named {focus!r}: choose from {', '.join(trace.lanes)}")
        last = max((tick for tick in range(trace.ticks) if (trace.tick_step(tick) or 0) <= (step or 0)), default=-1)
        n = len(trace) - 1 if step is None else trace.tick_end(last)
        out.write_text(picture(trace, n, size, out.suffix, focus=focus, theme=theme), encoding="utf-8")
    except OSError as error:
        raise Problem(f"can't write {out}: {error.strerror}") from None
    finally:
        trace.close()
    return 0
