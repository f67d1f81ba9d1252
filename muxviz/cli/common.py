"""What the commands share: their errors, their common options, what standard output can show."""

from __future__ import annotations

import os
import sys
import time

import click

from muxviz.language import LANGUAGES, of_locale, use


class Problem(click.ClickException):
    """Something that the user can mend; one line, exit status 2."""

    exit_code = 2


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


def size_option(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 80 <= int(width) <= 500 and 24 <= int(height) <= 200):
        raise click.BadParameter(f"{value!r} is not a size: write it as 120x36, 80x24 to 500x200")
    return int(width), int(height)


def note(message: str) -> None:
    """One line on standard error about what was done all the same."""
    from muxviz.printable import text

    if sys.stdout is not None:
        sys.stdout.flush()
    if sys.stderr is not None:
        print(f"muxviz: {text(message)}", file=sys.stderr)


def terminal() -> bool:
    """Whether a screen can be shown. A stream that was closed before we began is None."""
    streams = (sys.stdin, sys.stdout)
    return (
        all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") != "dumb"
    )


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
