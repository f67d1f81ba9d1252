"""The command that watches any program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from muxviz.cli.common import Problem, lang_option, note, terminal

if TYPE_CHECKING:
    from muxviz.strace.launch import Plan
    from muxviz.strace.session import TraceSession

_SLOWEST_MS: Final = 60_000
EINTR: Final = (
    "a wait of {program} that is blocked now returns EINTR once when muxviz attaches, and once when it leaves"
)


class CommandLast(click.Command):
    """Everything from the command on belongs to it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {name for p in self.params for name in p.opts if isinstance(p, click.Option) and not p.is_flag}
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] != "--":
            at += 2 if args[at] in takes_value else 1
        own, rest = args[:at], args[at:]
        return super().parse_args(ctx, [*own, *([] if rest[:1] == ["--"] else ["--"]), *rest])


@click.command(cls=CommandLast, options_metavar="[OPTIONS]")
@click.option("-p", "--pid", "pids", type=int, multiple=True, help="Attach to this process, its threads and children.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the session into this file.")
@click.option("--headless", is_flag=True, help="No screen: the command has this terminal, and its exit status is ours.")
@click.option(
    "--by", type=click.Choice(["process", "epoll"]), default="process", show_default=True, help="A lane each."
)
@click.option("--waits-only", is_flag=True, help="Waits and what they watch, no reads or writes: for a loaded server.")
@click.option(
    "--slow", type=click.IntRange(1, _SLOWEST_MS), default=None, metavar="MS", help="Each wait returns so much later."
)
@click.option("--yes", is_flag=True, help="Attach without asking.")
@lang_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[--] COMMAND [ARG]…")
def trace(
    command: tuple[str, ...],
    pids: tuple[int, ...],
    output: Path | None,
    headless: bool,
    by: Literal["process", "epoll"],
    waits_only: bool,
    slow: int | None,
    yes: bool,
) -> int:
    """Any program, through strace: a command, or processes that run (-p)."""
    from muxviz.recording import RecordingError
    from muxviz.strace.launch import Plan

    if bool(command) == bool(pids):
        raise Problem("name one thing to trace: a COMMAND, or -p PID")
    plan = Plan(command=command, pids=tuple(dict.fromkeys(pids)), waits_only=waits_only, slow_ms=slow or 0)
    _refuse(plan.command, plan.pids)
    if plan.pids and not _agreed(plan.pids, ask=not yes):
        return 0
    try:
        if headless or not terminal():
            from muxviz.strace.headless import trace_headless

            status, summary = trace_headless(plan, by=by, record=output)
            if output is None:
                note(summary)
            return status
        return _on_screen(plan, by, output)
    except RecordingError as error:
        raise Problem(str(error)) from None


def _refuse(command: tuple[str, ...], pids: tuple[int, ...]) -> None:
    """Say why it can't be done before anything is started or attached to."""
    from muxviz.strace import allowed

    trouble = allowed.why_not_start(command[0]) if command else None
    for pid in pids:
        trouble = trouble or allowed.why_not_attach(pid)
    trouble = trouble or allowed.trial().trouble
    if trouble is not None:
        raise Problem(trouble)


def _agreed(pids: tuple[int, ...], *, ask: bool) -> bool:
    """Say what attaching does to the programs; on a terminal, ask."""
    from muxviz.strace.launch import name_of

    note(EINTR.format(program=", ".join(f"{name_of(pid)} ({pid})" for pid in pids)))
    if not ask or sys.stdin is None or not sys.stdin.isatty() or sys.stderr is None or not sys.stderr.isatty():
        return True
    return click.confirm("muxviz: attach?", default=False, err=True)


def _on_screen(plan: Plan, by: Literal["process", "epoll"], output: Path | None) -> int:
    from muxviz.strace.launch import name_of, title_of
    from muxviz.strace.session import TraceSession
    from muxviz.tui.app import run_trace
    from muxviz.tui.source import TraceStage

    made: list[TraceSession] = []

    def make() -> TraceSession:
        made.append(TraceSession(plan, by=by, record=output if not made else None))
        return made[-1]

    name = Path(plan.command[0]).name if plan.launched else name_of(plan.pids[0])
    status = run_trace(TraceStage(name, make, title_of(plan), plan.launched))
    if made and made[-1].runs_on:
        note(f"{title_of(plan)} runs on")
    return status
