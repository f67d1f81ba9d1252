"""The commands: parse, pick a source and a view, and nothing else.

Errors are one line on standard error and exit status 2. Textual is imported only where a screen is shown.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, Final

import click

from muxviz import __version__
from muxviz.cli.check import check
from muxviz.cli.common import complain, discard_output
from muxviz.cli.doctor import doctor
from muxviz.cli.export import export
from muxviz.cli.facts import facts
from muxviz.cli.files import replay, show
from muxviz.cli.lab import lab, scenarios
from muxviz.cli.rules import rules
from muxviz.cli.run import run
from muxviz.cli.trace import trace
from muxviz.events import FormatError
from muxviz.portable import reader_gone

_READER_GONE: Final = 128 + 13
"""As a shell tells of a program that SIGPIPE ended: no verdict, and nothing is said."""


class _ReaderGone(Exception):
    """Whoever read standard output has closed it. Not an OSError, which click would answer itself, with status 1."""


@contextmanager
def _noticing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if reader_gone(error):
            raise _ReaderGone from None
        raise


class LabIsDefault(click.Group):
    """`muxviz partial-read` is `muxviz lab partial-read`, and `muxviz` alone is `muxviz lab`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if not args or (args[0] not in own and args[0] not in self.commands):
            args = ["lab", *args]
        with _noticing():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with _noticing():
            return super().invoke(ctx)


@click.group(
    cls=LabIsDefault,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command: muxviz lab. Without a terminal the lab tells a scenario's story as text.",
)
@click.version_option(__version__, prog_name="muxviz")
def commands() -> None:
    """A debugger for readiness: what the kernel tells an event loop, one system call at a time."""


for _command in (lab, run, trace, replay, show, check, rules, export, scenarios, facts, doctor):
    commands.add_command(_command)


def main(args: list[str] | None = None) -> None:
    """The `muxviz` command. Ctrl-C ends it quietly wherever it comes: once everything is put away, as the kernel does
    it. Where it is ignored nothing ends by it."""
    try:
        try:
            _at_an_interrupt(signal.default_int_handler)
            status = _main(args)
        finally:
            _at_an_interrupt(signal.SIG_DFL)
    except KeyboardInterrupt:
        _at_an_interrupt(signal.SIG_DFL)
        status = 130
    sys.exit(status)


def _at_an_interrupt(handler: Any) -> None:
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)


class _Starved:
    """While a command runs: a thread of ours that ends for want of memory is no page of Python's, but one line at the
    end, where nothing else has said so by then."""

    def __enter__(self) -> _Starved:
        self.any = False
        self._before, threading.excepthook = threading.excepthook, self._failed
        return self

    def __exit__(self, *exc: object) -> None:
        threading.excepthook = self._before

    def _failed(self, args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, MemoryError):
            self.any = True
        else:
            self._before(args)


def _main(args: list[str] | None) -> int:
    with _Starved() as starved:
        status = _run(args)
    return _fail("out of memory") if starved.any and not status else status


def _run(args: list[str] | None) -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an encoding other than UTF-8 lacks half of what is drawn
    try:
        result: Any = commands.main(args=args, prog_name="muxviz", standalone_mode=False)
        if sys.stdout is not None:
            with _noticing():
                sys.stdout.flush()
        return int(result or 0)
    except click.ClickException as error:
        return _fail(" ".join(error.format_message().split()))
    except (click.Abort, KeyboardInterrupt):
        return 130
    except _ReaderGone:
        discard_output()
        return _READER_GONE
    except FormatError as error:  # a recording whose index lies is found out only when something is asked of it
        return _fail(str(error))
    except OSError as error:
        discard_output()
        return _fail(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
    except Exception as error:
        words = _shortage(error)
        if words is None:
            raise
        discard_output()
        return _fail(words)


def _shortage(error: Exception) -> str | None:
    """What the machine, or a limit of ulimit's, has too little of; None where that is not what is wrong."""
    if isinstance(error, MemoryError) or (isinstance(error, SystemError) and "without exception set" in str(error)):
        return "out of memory"  # the second: C code of Python's that did not get any, and forgot to say so
    if isinstance(error, ImportError) and error.path is not None:
        return f"can't load {error.name}: {error}"  # a library of machine code needs memory in one piece
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "can't start a thread: too little memory, or too many processes"
    return None


def _fail(message: str) -> int:
    complain(message)
    return 2
