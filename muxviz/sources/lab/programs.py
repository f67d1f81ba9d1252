"""A person's own programs as lanes: their names, what runs, and the header's words for the session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from muxviz.events import LaneInfo, Source
from muxviz.sources.lab.build import Program

MOST: Final = 4
"""Programs that run side by side: the lanes that one screen shows."""
_NAME_CELLS: Final = 8
_ALONE: Final = "program"
"""The lane of a program that runs alone."""


def program(argv: Sequence[str]) -> Program:
    """The lane of a program: `[script, *args]` or `["-m", module, *args]`."""
    return _program(argv, _ALONE, _title(argv))


def programs(commands: Sequence[Sequence[str]]) -> list[Program]:
    """The lanes of programs that run side by side: named by their scripts, by the scripts' directories where those are
    the same, by number where these are too."""
    if len(commands) == 1:
        return [program(commands[0])]
    titles = [_title(argv) for argv in commands]
    names = [Path(title).stem[:_NAME_CELLS] for title in titles]
    if len(set(names)) < len(names):
        directories = ["" if argv[0] == "-m" else Path(argv[0]).absolute().parent.name for argv in commands]
        titles = [f"{of}/{title}" if of else title for of, title in zip(directories, titles, strict=True)]
        names = [(of or name)[:_NAME_CELLS] for of, name in zip(directories, names, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name[: _NAME_CELLS - 2]} {number}" for number, name in enumerate(names, 1)]
    return [_program(argv, name, title) for argv, name, title in zip(commands, names, titles, strict=True)]


def under(argv: Sequence[str], scenario: str) -> Program:
    """The lane of a program under one of several scenarios, one after another."""
    return _program(argv, scenario, scenario)


def source(
    commands: Sequence[Sequence[str]],
    clients: str | None = None,
    watch: Sequence[str] = (),
    *,
    one_by_one: bool = False,
) -> Source:
    """The header's `source` of a run."""
    title = " beside ".join(" ".join(argv) for argv in commands)
    return Source(kind="run", title=title, clients=clients, watch=list(watch), one_by_one=one_by_one)


def _program(argv: Sequence[str], lane: str, title: str) -> Program:
    return Program(LaneInfo(lane, title, [_title(argv), *argv[2 if argv[0] == "-m" else 1 :]]), list(argv), own=True)


def _title(argv: Sequence[str]) -> str:
    return argv[1] if argv[0] == "-m" else Path(argv[0]).name
