"""The commands: parse, pick a source and a view, and nothing else.

Errors are one line on standard error and exit status 2. Textual is imported only where a screen is shown.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any, Final, Literal

import click

from muxviz import __version__
from muxviz.scenarios import CATALOGUE, FIRST, Scenario

MECHANISMS: Final = ("select", "poll", "level", "edge")


class _Problem(click.ClickException):
    """Something that the user can mend; one line, exit status 2."""

    exit_code = 2


class _LabIsDefault(click.Group):
    """`muxviz partial-read` is `muxviz lab partial-read`, and `muxviz` alone is `muxviz lab`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if not args or (args[0] not in own and args[0] not in self.commands):
            args = ["lab", *args]
        return super().parse_args(ctx, args)


class _ProgramCommand(click.Command):
    """Everything from the script, or from behind `-m MODULE`, belongs to the program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {name for p in self.params for name in p.opts if isinstance(p, click.Option) and not p.is_flag}
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at][:2] != "-m" and args[at] != "--":
            at += 2 if args[at] in takes_value else 1
        own, rest = args[:at], args[at:]
        if rest and rest[0].startswith("-m") and rest[0] != "-m":
            rest[:1] = ["-m", rest[0][2:]]  # python -mMODULE
        return super().parse_args(ctx, [*own, *([] if rest[:1] == ["--"] else ["--"]), *rest])


def _lanes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in MECHANISMS]
    if unknown:
        raise click.BadParameter(f"no lane is named {unknown[0]!r}: choose from {', '.join(MECHANISMS)}")
    if not names:
        raise click.BadParameter(f"name at least one of {', '.join(MECHANISMS)}")
    return tuple(name for name in MECHANISMS if name in names)


def _size(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 80 <= int(width) <= 500 and 24 <= int(height) <= 200):
        raise click.BadParameter(f"{value!r} is not a size: write it as 120x36, 80x24 to 500x200")
    return int(width), int(height)


@click.group(
    cls=_LabIsDefault,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command: muxviz lab. Without a terminal the lab tells a scenario's story as text.",
)
@click.version_option(__version__, prog_name="muxviz")
def commands() -> None:
    """A debugger for readiness: what the kernel tells an event loop, one system call at a time."""


@commands.command()
@click.argument("scenario", required=False)
@click.option("--lanes", default=",".join(MECHANISMS), callback=_lanes, help="Which servers run, separated by commas.")
@click.option("--drain", is_flag=True, help="Every server reads until EAGAIN.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@click.option("--headless", is_flag=True, help="No screen: play the scenario to its end.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
def lab(
    scenario: str | None, lanes: tuple[str, ...], drain: bool, output: Path | None, headless: bool, theme: str
) -> int:
    """Four real servers side by side, stepped one call at a time."""
    chosen = _scenario(scenario) if scenario is not None else None
    if headless or not _terminal():
        return _play(
            chosen or CATALOGUE[FIRST], lanes, drain=drain, output=output, quiet=headless and output is not None
        )
    from muxviz.tui.app import run_lab

    return run_lab(chosen, lanes, drain=drain, record=output, theme=theme)


@commands.command(cls=_ProgramCommand, options_metavar="[OPTIONS]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@click.option("--headless", is_flag=True, help="No screen: the program has this terminal, and its exit status is ours.")
@click.option(
    "--queues", default="message_queues", show_default=True, help="Name of the program's own outgoing queues."
)
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED, metavar="SCRIPT | -m MODULE [ARG]…")
def run(program: tuple[str, ...], output: Path | None, headless: bool, queues: str) -> int:
    """Your Python program under the probe, stepped the same way."""
    from muxviz.lab import run as runner
    from muxviz.recording import RecordingError

    if program[0] == "-m":
        if len(program) == 1:
            raise _Problem("-m needs the name of a module")
    elif (trouble := _unusable(program[0])) is not None:
        raise _Problem(f"{trouble}: {program[0]}")
    try:
        if headless or not _terminal():
            return runner.run_headless(program, record=output, queue_name=queues)
        return _run_on_screen(program, output, queues)
    except RecordingError as error:
        raise _Problem(str(error)) from None


def _unusable(script: str) -> str | None:
    try:
        return None if Path(script).exists() else "no such script"
    except OSError as error:
        return error.strerror


def _run_on_screen(program: tuple[str, ...], output: Path | None, queues: str) -> int:
    from muxviz.lab import run as runner
    from muxviz.lab.build import Lab
    from muxviz.lab.session import Session
    from muxviz.recording import Recorder
    from muxviz.tui.app import run_session

    def make() -> Session:
        lab = Lab([runner.program(program)], runner.source(program), queue_name=queues)
        return Session(lab, recorder=Recorder(output, lab.trace.header) if output is not None else None)

    return run_session(make, name=" ".join(program))


@commands.command()
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
            click.echo(_ascii(encode(header)))
        for event, raw in events:
            click.echo(_ascii(raw) if form == "jsonl" else line(event))
    except RecordingError as error:
        raise _Problem(str(error)) from None
    return 0


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--step", type=click.IntRange(min=0), help="The moment to show; the last one where none is named.")
@click.option("--size", default="120x36", callback=_size, show_default=True, help="Columns and rows.")
@click.option("--focus", default="", help="The lane with the heavy border.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
def export(
    file: Path, out: Path, step: int | None, size: tuple[int, int], focus: str, theme: Literal["dark", "light"]
) -> int:
    """One moment of a recording as a picture: OUT ends in .svg or .txt."""
    from muxviz.export import FORMATS, picture
    from muxviz.recording import RecordingError, load

    if out.suffix not in FORMATS:
        raise _Problem(f"can't write {out.suffix or 'a file without an ending'}: choose from {', '.join(FORMATS)}")
    try:
        trace = load(file)
    except RecordingError as error:
        raise _Problem(str(error)) from None
    try:
        if focus and focus not in trace.lanes:
            raise _Problem(f"no lane is named {focus!r}: choose from {', '.join(trace.lanes)}")
        last = max((tick for tick in range(trace.ticks) if (trace.tick_step(tick) or 0) <= (step or 0)), default=-1)
        n = len(trace) - 1 if step is None else trace.tick_end(last)
        out.write_text(picture(trace, n, size, out.suffix, focus=focus, theme=theme), encoding="utf-8")
    except OSError as error:
        raise _Problem(f"can't write {out}: {error.strerror}") from None
    finally:
        trace.close()
    return 0


@commands.command()
@click.argument("name", required=False)
def scenarios(name: str | None) -> int:
    """What there is to see; with a name, that scenario's story."""
    if name is not None:
        one = _scenario(name)
        click.echo(f"{one.name}: {one.title}\n\n{one.story}\n\nQuestion: {one.question}\nWatch {one.watch}\n")
        click.echo("\n".join(f"  {n}. {beat.label}" for n, beat in enumerate(one.beats, 1)))
        return 0
    groups = dict.fromkeys(scenario.group for scenario in CATALOGUE.values())
    for group in groups:
        click.echo(group)
        for scenario in CATALOGUE.values():
            if scenario.group == group:
                click.echo(f"  {scenario.name:<14} {scenario.summary}")
    return 0


def _scenario(name: str) -> Scenario:
    if name not in CATALOGUE:
        raise _Problem(f"no scenario is named {name!r}: choose from {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _play(scenario: Scenario, lanes: tuple[str, ...], *, drain: bool, output: Path | None, quiet: bool) -> int:
    from muxviz.lab.headless import play
    from muxviz.recording import RecordingError

    try:
        trace, trouble = play(scenario, lanes, drain=drain, record=output)
    except RecordingError as error:
        raise _Problem(str(error)) from None
    try:
        if not quiet:
            from muxviz.draw import story

            click.echo(story(trace))
    finally:
        trace.close()
    if trouble is not None:
        raise _Problem(trouble)
    return 0


def _ascii(line: bytes) -> str:
    """A JSON line with everything outside printable ASCII escaped, fields that we do not know kept."""
    return line.decode() if line.isascii() else json.dumps(json.loads(line), separators=(",", ":"))


def _terminal() -> bool:
    """Whether a screen can be shown. A stream that was closed before we began is None."""
    streams = (sys.stdin, sys.stdout)
    return (
        all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") != "dumb"
    )


def main(args: list[str] | None = None) -> None:
    """The `muxviz` command."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(_main(args))


def _main(args: list[str] | None) -> int:
    if platform.system() != "Linux":
        return _complain(f"muxviz watches Linux system calls (epoll among them); this is {platform.system()}")
    try:
        result: Any = commands.main(args=args, prog_name="muxviz", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(result or 0)
    except click.ClickException as error:
        return _complain(" ".join(error.format_message().split()))
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        _discard_output()  # whoever read us has gone: nothing is wrong
        return 0
    except OSError as error:
        _discard_output()
        return _complain(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))


def _discard_output() -> None:
    """What is still in the buffer must not fail again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _complain(message: str) -> int:
    from muxviz.printable import text

    if sys.stderr is not None:
        print(f"muxviz: {text(message)}", file=sys.stderr)
    return 2
