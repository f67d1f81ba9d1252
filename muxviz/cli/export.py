"""The command that puts a recording into other files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import click

from muxviz.cli.common import Problem, Progress, lang_option, note, opened, size_option

_BEAT: Final = re.compile(r"\s*(?:b|beat |action |client action ) ?\d+\s*")


class Speed(click.FloatRange):
    """A number in a range, which `nan` is not, though it is below no end and above none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--step", metavar="WHERE", help="The moment to show; the last one where none is named.")
@click.option("--from", "begin", metavar="WHERE", help="The first moment: 17 (step), n120 (event), b2 (client action).")
@click.option("--to", "end", metavar="WHERE", help="The last moment; b2 is all that client action 2 led to.")
@click.option("--animate", is_flag=True, help="An .svg that moves, without a script.")
@click.option("--size", default="120x36", callback=size_option, show_default=True, help="Columns and rows.")
@click.option("--focus", default="", help="The lane with the heavy border.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@click.option("--pace", type=click.Choice(["reading", "recorded"]), default="reading", show_default=True)
@click.option("--speed", type=Speed(0.1, 100), default=1.0, show_default=True, help="Times the pace.")
@click.option("--cast-version", type=click.Choice(["2", "3"]), default="2", show_default=True)
@click.option("--salvage", is_flag=True, help="Take what stands before the damage of a damaged recording.")
@lang_option
@click.pass_context
def export(ctx: click.Context, /, file: Path, out: Path, salvage: bool, **given: Any) -> int:
    """A recording in another form, by OUT's ending.

    .svg is a picture of one moment, or with --animate one that moves; .cast is for asciinema; .html steps in a browser
    with the same keys; .txt is the story side by side, or with --step one screen; .jsonl is the events themselves.
    """
    from muxviz.cli.saving import save
    from muxviz.export import FORMATS, ExportError
    from muxviz.trace import PositionError

    form = FORMATS.get(out.suffix)
    if form is None:
        raise Problem(f"can't write {out.suffix or 'a file without an ending'}: choose from {', '.join(FORMATS)}")
    asked = _asked(ctx)
    for name in sorted(asked - form.options - {"salvage", "lang"}):
        raise Problem(f"--{name} means nothing for {out.suffix}")
    found = opened(file)
    trace = found.trace
    try:
        if found.damage is not None and not salvage:
            raise Problem(f"{found.damage}; --salvage takes the {len(trace)} events before that")
        with Progress(f"writing {out}") as progress:
            save(out, form.write(trace, _options(file, trace, out.suffix, asked, **given), progress))
        if found.cut is not None:
            note(f"{found.cut}; {out.name} has its {len(trace)} events")
    except (ExportError, PositionError) as error:
        raise Problem(str(error)) from None
    finally:
        trace.close()
    return 0


def _asked(ctx: click.Context) -> set[str]:
    """The options that stand on the command line."""
    return {
        param.opts[0].removeprefix("--")
        for param in ctx.command.params
        if isinstance(param, click.Option)
        and ctx.get_parameter_source(param.name or "") is click.core.ParameterSource.COMMANDLINE
    }


def _options(file: Path, trace: Any, suffix: str, asked: set[str], **given: Any) -> Any:
    from muxviz.export import Options
    from muxviz.recording import summary

    if given["focus"] and given["focus"] not in trace.lanes:
        raise Problem(f"no lane is named {given['focus']!r}: choose from {', '.join(trace.lanes)}")
    if given["step"] is not None and (given["begin"] or given["end"] or given["animate"]):
        raise Problem("--step is one moment: it goes with no --from, --to or --animate")
    first, last = _range(trace, suffix, given["step"], given["begin"], given["end"])
    moves = given["animate"] or (suffix == ".svg" and bool(given["begin"] or given["end"]))
    if suffix == ".svg" and not moves and not asked.isdisjoint({"speed", "pace"}):
        raise Problem("--speed and --pace are for a picture that moves: add --animate")
    return Options(
        first=last if suffix == ".svg" and not moves else first,
        last=last, size=given["size"], theme=given["theme"], focus=given["focus"], speed=given["speed"],
        pace=given["pace"], cast_version=3 if given["cast_version"] == "3" else 2, animate=moves,
        replay=summary(file, trace.header) if suffix == ".html" else None,
    )  # fmt: skip


def _range(trace: Any, suffix: str, step: str | None, begin: str | None, end: str | None) -> tuple[int, int]:
    """The first and the last tick."""
    from muxviz.trace import position

    if step is not None:
        tick = trace.tick_of(position(trace, step))
        return tick, tick
    first = trace.tick_of(position(trace, begin)) if begin is not None else -1
    last = trace.tick_of(position(trace, end)) if end is not None else trace.ticks - 1
    if end is not None and _BEAT.fullmatch(end):
        following = trace.action_after(trace.tick_end(last))
        last = trace.tick_of(following) - 1 if following is not None else trace.ticks - 1
    if last < first:
        raise Problem(f"--to {end or 'the end'} lies before --from {begin}")
    return first, last
