"""`muxviz trace`: any program, through strace."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal

import click

from muxviz.cli.common import Problem, Progress, lang_option, need_linux, note, out, own_words, terminal

if TYPE_CHECKING:
    from muxviz.sources.strace.saved import Saved

_STDIN: Final = "-"
_SLOWEST_MS: Final = 60_000


class CommandLast(click.Command):
    """Everything from the command on belongs to it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = own_words(self, args)
        own, rest = args[:at], args[at:]
        return super().parse_args(ctx, [*own, *([] if rest[:1] == ["--"] else ["--"]), *rest])


@click.command(cls=CommandLast, options_metavar="[OPTIONS]")
@click.option("-p", "--pid", "pids", type=int, multiple=True, help="Attach to this process, its threads and children.")
@click.option(
    "--from", "saved", type=click.Path(), help="Read what strace printed from this file; - is standard input."
)
@click.option(
    "--by",
    type=click.Choice(["process", "epoll"]),
    default="process",
    show_default=True,
    help="What a lane is: a process, or an epoll instance.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Record the trace into this file.")
@click.option("--headless", is_flag=True, help="No screen: a command has this terminal, and its exit status is ours.")
@click.option("--waits-only", is_flag=True, help="Waits and what they watch, no reads or writes: for a loaded server.")
@click.option("--slow", type=click.IntRange(1, _SLOWEST_MS), metavar="MS", help="Each wait returns so much later.")
@click.option("--yes", is_flag=True, help="Attach without asking.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@lang_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND [ARG]…]")
def trace(
    command: tuple[str, ...],
    pids: tuple[int, ...],
    saved: str | None,
    by: Literal["process", "epoll"],
    output: Path | None,
    headless: bool,
    waits_only: bool,
    slow: int | None,
    yes: bool,
    theme: str,
) -> int:
    """Any program, through strace.

    A COMMAND is started, -p attaches to processes that run, --from reads the output of strace -f -ttt -T -y -v -o FILE.
    """
    if sum(map(bool, (command, pids, saved))) != 1:
        raise Problem("name one thing to trace: a COMMAND, -p PID, or --from FILE")
    if saved is None:
        need_linux("muxviz trace of a program that runs")
        from muxviz.cli.live import trace_live
        from muxviz.sources.strace.launch import Plan

        plan = Plan(command, tuple(dict.fromkeys(pids)), waits_only, slow or 0)
        return trace_live(plan, by=by, output=output, headless=headless, theme=theme, ask=not yes)
    if waits_only or slow:
        raise Problem("--waits-only and --slow change how strace runs; what it has printed is there already")
    opened = _read(saved, by, output)
    if terminal() and not headless:
        from muxviz.tui.app import run_saved
        from muxviz.tui.replay import saved_spec

        return run_saved(saved_spec(_name(saved), opened, lambda: _read(saved, by, None)), theme=theme)
    try:
        if not (headless and output is not None):
            from muxviz.draw import story

            out(story(opened.trace), nl=False)
    finally:
        opened.trace.close()
    words = opened.counted.words()
    if words is not None:
        note(words)
    return 0


def _name(saved: str) -> str:
    return "standard input" if saved == _STDIN else Path(saved).name


def _read(saved: str, by: Literal["process", "epoll"], output: Path | None) -> Saved:
    """All of it, with a recording where one is asked for."""
    from muxviz.recording import Recorder, RecordingError
    from muxviz.sources.strace import TraceError
    from muxviz.sources.strace.saved import Saved

    try:
        with _open(saved) as source, Progress(f"reading {_name(saved)}") as progress:
            size = os.fstat(source.fileno()).st_size
            opened = Saved(source, _name(saved), by=by)
            recorder = None
            try:
                recorder = Recorder(output, opened.trace) if output is not None else None
                opened.read(recorder, lambda done: progress(done / size) if size else None)
            except BaseException:
                opened.trace.close()
                raise
            finally:
                if recorder is not None:
                    recorder.close()
    except (TraceError, RecordingError) as error:
        raise Problem(str(error)) from None
    if recorder is not None and recorder.failed is not None:
        opened.trace.close()
        raise Problem(recorder.failed)
    return opened


def _open(saved: str) -> IO[bytes]:
    if saved == _STDIN:
        if sys.stdin is None:
            raise Problem("standard input is closed")
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    try:
        return Path(saved).open("rb", buffering=0)
    except (OSError, ValueError) as error:
        raise Problem(f"can't read {saved}: {getattr(error, 'strerror', error)}") from None
