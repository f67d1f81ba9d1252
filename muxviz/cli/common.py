"""What the commands share: their errors, their common options, what standard output can show."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muxviz.language import LANGUAGES, of_locale, use
from muxviz.payload import PAYLOAD_BYTES
from muxviz.portable import only_linux, reader_gone, terminal_kind

if TYPE_CHECKING:
    from muxviz.recording import Recording


class Problem(click.ClickException):
    """Something that the user can mend; one line, exit status 2."""

    exit_code = 2


def need_linux(command: str) -> None:
    """Refuse a command that watches programs, where that can't be done. Raises Problem."""
    trouble = only_linux(command)
    if trouble is not None:
        raise Problem(trouble)


def _speak(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    use("zh" if value == "zh" else "en" if value == "en" else of_locale())


lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=None,
    callback=_speak,
    expose_value=False,
    help="Language of the screen and of sentences: English or Simplified Chinese; by the locale where not given.",
)
"""What is said after a command was parsed is said in this language."""


def _bytes_of_payload(ctx: click.Context, param: click.Parameter, value: bool) -> int:
    return PAYLOAD_BYTES if value else 0


payload_option = click.option(
    "--payload",
    is_flag=True,
    callback=_bytes_of_payload,
    help=f"Record the first {PAYLOAD_BYTES} bytes that each call moves; otherwise none are.",
)
"""The command gets how many bytes."""


def own_words(command: click.Command, args: list[str], ends: Callable[[str], bool] = lambda word: False) -> int:
    """How many of the arguments are options of muxviz's own, with their values: up to the first word that is none, or
    that `ends` them."""
    takes_value = values_of(command)
    at = 0
    while at < len(args) and args[at].startswith("-") and args[at] != "--" and not ends(args[at]):
        at += 2 if args[at] in takes_value else 1
    return at


def values_of(command: click.Command) -> set[str]:
    """Names of a command's options that have a value."""
    return {name for p in command.params for name in p.opts if isinstance(p, click.Option) and not p.is_flag}


def opened(file: Path) -> Recording:
    """A recording, with progress where it takes a while."""
    from muxviz.recording import RecordingError, recover

    try:
        with Progress(f"reading {file}") as progress:
            return recover(file, progress)
    except RecordingError as error:
        raise Problem(str(error)) from None


def size_option(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 80 <= int(width) <= 500 and 24 <= int(height) <= 200):
        raise click.BadParameter(f"{value!r} is not a size: write it as 120x36, 80x24 to 500x200")
    return int(width), int(height)


def out(words: str, *, nl: bool = True, painted: bool = False) -> None:
    """Lines on standard output, each made printable but where they were painted: then everything foreign in them must
    be printable already. Raises Problem where they can't be written, and BrokenPipeError where whoever read them has
    gone."""
    from muxviz.printable import text

    try:
        click.echo(words if painted else "\n".join(map(text, words.split("\n"))), nl=nl)
    except OSError as error:
        if reader_gone(error):
            raise BrokenPipeError from None
        discard_output()
        raise Problem(f"can't write to standard output: {error.strerror or error}") from None


def discard_output() -> None:
    """What is still in the buffer must not fail again when the interpreter ends."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        sys.stdout = None  # as where it was closed before we began
    else:
        os.dup2(nothing, 1)
        os.close(nothing)


def note(message: str) -> None:
    """One line on standard error about what was done all the same."""
    if sys.stdout is not None:
        sys.stdout.flush()
    complain(message)


def complain(message: str) -> None:
    """One line on standard error; where that takes none, there is nobody to tell."""
    from muxviz.printable import text

    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"muxviz: {text(message)}", file=sys.stderr, flush=True)


def terminal() -> bool:
    """Whether a screen can be shown. A stream that was closed before we began is None."""
    streams = (sys.stdin, sys.stdout)
    return all(stream is not None and stream.isatty() for stream in streams) and terminal_kind() != "dumb"


class Progress:
    """One line on a terminal's standard error that says how far something has come, once it has taken a while."""

    _PATIENCE = 0.5
    _EVERY = 0.1

    def __init__(self, words: str) -> None:
        from muxviz.printable import text

        self._words = text(words, 60)
        self._next = time.monotonic() + self._PATIENCE
        self._written = False

    def __enter__(self) -> Progress:
        return self

    def __call__(self, part: float) -> None:
        now = time.monotonic()
        if now >= self._next and sys.stderr is not None and sys.stderr.isatty():
            self._next, self._written = now + self._EVERY, True
            print(f"\r{self._words} {min(part, 1):4.0%}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *exc: object) -> None:
        if self._written:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
