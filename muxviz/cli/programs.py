"""Commands that start programs: the lab, and a person's own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from muxviz.cli.common import Problem, terminal
from muxviz.payload import PAYLOAD_BYTES
from muxviz.scenarios import CATALOGUE, FIRST, Scenario

_PAYLOAD_HELP: Final = f"Record the first {PAYLOAD_BYTES} bytes that each call moves; otherwise none are."

MECHANISMS: Final = ("select", "poll", "level", "edge")


class ProgramCommand(click.Command):
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


@click.command()
@click.argument("scenario", required=False)
@click.option("--lanes", default=",".join(MECHANISMS), callback=_lanes, help="Which servers run, separated by commas.")
@click.option("--drain", is_flag=True, help="Every server reads until EAGAIN.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@click.option("--payload", is_flag=True, help=_PAYLOAD_HELP)
@click.option("--headless", is_flag=True, help="No screen: play the scenario to its end.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
def lab(
    scenario: str | None,
    lanes: tuple[str, ...],
    drain: bool,
    output: Path | None,
    payload: bool,
    headless: bool,
    theme: str,
) -> int:
    """Four real servers side by side, stepped one call at a time."""
    chosen = scenario_named(scenario) if scenario is not None else None
    if headless or not terminal():
        return _play(
            chosen or CATALOGUE[FIRST],
            lanes,
            drain=drain,
            output=output,
            payload=_bytes(payload),
            quiet=headless and output is not None,
        )
    from muxviz.tui.app import run_lab

    return run_lab(chosen, lanes, drain=drain, record=output, payload=_bytes(payload), theme=theme)


@click.command(cls=ProgramCommand, options_metavar="[OPTIONS]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@click.option("--payload", is_flag=True, help=_PAYLOAD_HELP)
@click.option("--headless", is_flag=True, help="No screen: the program has this terminal, and its exit status is ours.")
@click.option(
    "--queues", default="message_queues", show_default=True, help="Name of the program's own outgoing queues."
)
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED, metavar="SCRIPT | -m MODULE [ARG]…")
def run(program: tuple[str, ...], output: Path | None, payload: bool, headless: bool, queues: str) -> int:
    """Your Python program under the probe, stepped the same way."""
    from muxviz.lab import run as runner
    from muxviz.recording import RecordingError

    if program[0] == "-m":
        if len(program) == 1:
            raise Problem("-m needs the name of a module")
    elif (trouble := _unusable(program[0])) is not None:
        raise Problem(f"{trouble}: {program[0]}")
    try:
        if headless or not terminal():
            return runner.run_headless(program, record=output, queue_name=queues, payload=_bytes(payload))
        return _run_on_screen(program, output, queues, _bytes(payload))
    except RecordingError as error:
        raise Problem(str(error)) from None


def _bytes(payload: bool) -> int:
    return PAYLOAD_BYTES if payload else 0


def _unusable(script: str) -> str | None:
    try:
        return None if Path(script).exists() else "no such script"
    except OSError as error:
        return error.strerror


def _run_on_screen(program: tuple[str, ...], output: Path | None, queues: str, payload: int) -> int:
    from muxviz.lab import run as runner
    from muxviz.lab.build import Lab
    from muxviz.lab.session import Session
    from muxviz.recording import Recorder
    from muxviz.tui.app import run_session

    def make() -> Session:
        lab = Lab([runner.program(program)], runner.source(program), queue_name=queues, payload=payload)
        return Session(lab, recorder=Recorder(output, lab.trace) if output is not None else None)

    return run_session(make, name=" ".join(program))


@click.command()
@click.argument("name", required=False)
def scenarios(name: str | None) -> int:
    """What there is to see; with a name, that scenario's story."""
    if name is not None:
        one = scenario_named(name)
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


def scenario_named(name: str) -> Scenario:
    if name not in CATALOGUE:
        raise Problem(f"no scenario is named {name!r}: choose from {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _play(
    scenario: Scenario, lanes: tuple[str, ...], *, drain: bool, output: Path | None, payload: int, quiet: bool
) -> int:
    from muxviz.lab.headless import play
    from muxviz.recording import RecordingError

    try:
        trace, trouble = play(scenario, lanes, drain=drain, record=output, payload=payload)
    except RecordingError as error:
        raise Problem(str(error)) from None
    try:
        if not quiet:
            from muxviz.draw import story

            click.echo(story(trace), nl=False)
    finally:
        trace.close()
    if trouble is not None:
        raise Problem(trouble)
    return 0
