"""A person's own Python programs: one or several side by side, with the clients of a scenario or without."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from muxviz.cli.common import (
    Problem,
    Progress,
    lang_option,
    need_linux,
    note,
    out,
    own_words,
    payload_option,
    terminal,
    values_of,
)
from muxviz.cli.lab import scenario_named
from muxviz.scenarios import CATALOGUE, Scenario
from muxviz.scenarios.for_any_server import fitting, is_datagram, misfit
from muxviz.scenarios.run_options import RunOptions

if TYPE_CHECKING:
    from muxviz.sources.lab.outcome import Outcome
ALL: Final = "all"
"""In place of a scenario: every one that fits."""
_BESIDE: Final = "--beside"


class ProgramCommand(click.Command):
    """Everything from the script, or from behind `-m MODULE`, belongs to the program, up to `--beside`. Behind `--`
    that does too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = own_words(self, args, lambda word: word.startswith("-m"))
        own, rest = args[:at], args[at:]
        if rest[:1] == ["--"]:
            return super().parse_args(ctx, [*own, *rest])
        end = next((k for k, word in enumerate(rest) if word.partition("=")[0] == _BESIDE), len(rest))
        rest, again = rest[:end], rest[end:]
        if rest and rest[0].startswith("-m") and rest[0] != "-m":
            rest[:1] = ["-m", rest[0][2:]]  # python -mMODULE
        _refuse_arguments(again, values_of(self))
        return super().parse_args(ctx, [*own, *again, "--", *rest])


def _refuse_arguments(options: list[str], takes_value: Iterable[str]) -> None:
    """Behind `--beside COMMAND` there are options alone: the command's arguments are part of it, in quotes."""
    at = 0
    while at < len(options):
        if not options[at].startswith("-"):
            raise click.UsageError(f'{options[at]!r} is no option: quote a command with arguments, {_BESIDE} "b.py -v"')
        at += 2 if options[at] in takes_value else 1
    if at > len(options):
        raise click.UsageError(f"Option {options[-1]!r} requires an argument.")


@click.command(cls=ProgramCommand, options_metavar="[OPTIONS]")
@click.option("--clients", metavar="SCENARIO", help=f"Whose clients act on the program; {ALL!r} (headless): every one.")
@click.option(_BESIDE, multiple=True, metavar="COMMAND", help="Another program beside it, with the same clients.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where clients go, where it listens on several ports.")
@click.option("--watch", multiple=True, metavar="NAME", help="Show the sizes in a mapping keyed by socket or fd.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@payload_option
@click.option("--headless", is_flag=True, help="No screen: the program has this terminal, and its exit status is ours.")
@click.option(
    "--queues", default="message_queues", show_default=True, help="Name of the program's own outgoing queues."
)
@lang_option
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED, metavar="SCRIPT | -m MODULE [ARG]…")
def run(
    program: tuple[str, ...],
    clients: str | None,
    beside: tuple[str, ...],
    port: int | None,
    watch: tuple[str, ...],
    output: Path | None,
    payload: int,
    headless: bool,
    queues: str,
) -> int:
    """Your Python program under the probe, stepped the same way."""

    need_linux("muxviz run")
    commands = [program, *(_command(words) for words in beside)]
    for command in commands:
        _refuse(command)
    for name in watch:
        if not all(part.isidentifier() for part in name.split(".")):
            raise Problem(f"--watch wants a name such as buffers or server.buffers, and not {name!r}")
    wishes = RunOptions(output, queues, watch, payload, port)
    on_screen = terminal() and not headless
    if clients == ALL:
        if on_screen:
            raise Problem(f"--clients {ALL} plays one scenario after another without a screen: add --headless")
        if len(commands) > 1:
            raise Problem(f"--clients {ALL} is for one program: run it for each, and compare the tables")
        return _run_all(program, wishes)
    scenario = _scenario(clients) if clients is not None else None
    if on_screen:
        return _run_on_screen(commands, scenario, wishes)
    if scenario is None and len(commands) > 1:
        raise Problem(f"without a screen {_BESIDE} needs --clients SCENARIO: nothing would end the programs")
    return _run_headless(commands, scenario, wishes)


def _command(words: str) -> tuple[str, ...]:
    try:
        found = tuple(shlex.split(words))
    except ValueError as error:
        raise Problem(f"{_BESIDE} {words!r}: {error}") from None
    if not found:
        raise Problem(f"{_BESIDE} needs a script, or -m MODULE")
    return ("-m", found[0][2:], *found[1:]) if found[0].startswith("-m") and found[0] != "-m" else found


def _refuse(command: Sequence[str]) -> None:
    """What can't be started is said before anything else."""
    if command[0] == "-m":
        if len(command) == 1:
            raise Problem("-m needs the name of a module")
    elif (trouble := _unusable(command[0])) is not None:
        raise Problem(f"{trouble}: {command[0]}")


def _unusable(script: str) -> str | None:
    try:
        return None if Path(script).exists() else "no such script"
    except OSError as error:
        return error.strerror


def _scenario(name: str) -> Scenario:
    scenario = scenario_named(name)
    why = misfit(scenario)
    if why is not None:
        others = ", ".join(fitting(CATALOGUE))
        raise Problem(f"the clients of {scenario.name} can't act on a program of your own ({why}); these can: {others}")
    return scenario


def _run_headless(commands: Sequence[tuple[str, ...]], scenario: Scenario | None, wishes: RunOptions) -> int:
    from muxviz.recording import RecordingError
    from muxviz.sources.lab import run as runner

    try:
        if scenario is None:
            return runner.run_headless(commands[0], wishes)
        status, trouble = runner.run_with_clients(commands, scenario, wishes)
    except RecordingError as error:
        raise Problem(str(error)) from None
    if trouble is not None and not status:
        raise Problem(trouble)
    if trouble is not None:
        note(trouble)
    return status


def _run_all(program: tuple[str, ...], wishes: RunOptions) -> int:
    from muxviz.cli.summary import table
    from muxviz.recording import RecordingError
    from muxviz.sources.lab.run import run_with_all

    scenarios = [CATALOGUE[name] for name in fitting(CATALOGUE) if not is_datagram(CATALOGUE[name])]
    try:
        with Progress("scenarios") as told:
            found: list[Outcome] = run_with_all(program, scenarios, wishes, told)
    except RecordingError as error:
        raise Problem(str(error)) from None
    if not found:
        return 2
    if not any(one.acted for one in found):
        how = f"; it {found[0].end}" if found[0].end.startswith(("ended", "killed")) else ""
        raise Problem(f"{found[0].trouble}{how}")
    out(table(found), nl=False)
    return 0


def _run_on_screen(commands: Sequence[tuple[str, ...]], scenario: Scenario | None, wishes: RunOptions) -> int:
    from muxviz.tui.app import run_programs

    return run_programs(commands, scenario, wishes)
