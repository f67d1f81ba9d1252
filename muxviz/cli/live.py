"""`muxviz trace` of what runs: a command that is started, or processes that are attached to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from muxviz.cli.common import Problem, note, terminal

if TYPE_CHECKING:
    from muxviz.sources.strace.launch import Plan
    from muxviz.sources.strace.session import TraceSession

EINTR: Final = "a blocked epoll_wait of {program} will return EINTR once on attach and once on detach"


def trace_live(
    plan: Plan, *, by: Literal["process", "epoll"], output: Path | None, headless: bool, theme: str, ask: bool
) -> int:
    """Watch it, on the screen where there is one. Returns the exit status."""
    from muxviz.recording import RecordingError

    _refuse(plan)
    if plan.pids and not _agreed(plan.pids, ask=ask):
        return 0
    try:
        if headless or not terminal():
            from muxviz.sources.strace.headless import trace_headless

            status, summary, unread = trace_headless(plan, by=by, record=output)
            if output is None:
                note(summary)
            if unread is not None:
                note(unread)
            return status
        return _on_screen(plan, by, output, theme)
    except RecordingError as error:
        raise Problem(str(error)) from None


def _refuse(plan: Plan) -> None:
    """Say why it can't be done before anything is started or attached to."""
    from muxviz.sources.strace import permissions

    trouble = permissions.why_not_start(plan.command[0]) if plan.launched else None
    for pid in plan.pids:
        trouble = trouble or permissions.why_not_attach(pid)
    trouble = trouble or permissions.trial().trouble
    if trouble is not None:
        raise Problem(trouble)


def _named(pids: tuple[int, ...]) -> str:
    from muxviz.sources.strace.launch import name_of, with_children

    below = len(with_children(pids)) - len(pids)
    with_them = f" and {below} below {'it' if len(pids) == 1 else 'them'}" if below else ""
    return ", ".join(f"{name_of(pid)} ({pid})" for pid in pids) + with_them


def _agreed(pids: tuple[int, ...], *, ask: bool) -> bool:
    """Say what attaching does to the programs; on a terminal, ask."""
    note(EINTR.format(program=_named(pids)))
    if not ask or sys.stdin is None or not sys.stdin.isatty() or sys.stderr is None or not sys.stderr.isatty():
        return True
    return click.confirm("muxviz: attach?", default=False, err=True)


def _on_screen(plan: Plan, by: Literal["process", "epoll"], output: Path | None, theme: str) -> int:
    from muxviz.sources.strace.launch import name_of, title_of
    from muxviz.sources.strace.session import TraceSession
    from muxviz.tui.app import run_trace
    from muxviz.tui.source import TraceSpec

    made: list[TraceSession] = []

    def make() -> TraceSession:
        made.append(TraceSession(plan, by=by, record=output if not made else None))
        return made[-1]

    name = Path(plan.command[0]).name if plan.launched else name_of(plan.pids[0])
    status = run_trace(TraceSpec(name, make, title_of(plan), plan.launched), theme=theme)
    if made and made[-1].runs_on:
        note(f"{_named(plan.pids)} runs on")
    return status
