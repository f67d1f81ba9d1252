"""While a program of a person's has the terminal: what becomes of signals, and how muxviz speaks up beside it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Final

from muxviz.printable import text

Handler = Callable[[int, FrameType | None], None]

FROM_THE_TERMINAL: Final = (signal.SIGINT, signal.SIGQUIT)
"""Ctrl-C and Ctrl-\\: a program in our process group gets them itself."""
SENT: Final = (signal.SIGTERM, signal.SIGHUP)
"""Sent to us alone, as a rule."""


class Handling:
    """Handlers by signal, for as long as a block lasts."""

    def __init__(self, handlers: Mapping[int, Handler]) -> None:
        self._handlers = handlers
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number, handler in self._handlers.items():
            self._before[number] = signal.signal(number, handler)

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def each(numbers: Iterable[int], handler: Handler) -> dict[int, Handler]:
    """The same handler for several signals."""
    return dict.fromkeys(numbers, handler)


def forwarding(pass_on: Callable[[int], None]) -> Handling:
    """The terminal's signals are the program's own; what is sent to us alone is passed on to it."""
    return Handling(each(FROM_THE_TERMINAL, nothing) | each(SENT, lambda number, frame: pass_on(number)))


def ending() -> Handling:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: by an exception, so that everything is put away."""
    return Handling(each(SENT, _end))


def nothing(number: int, frame: FrameType | None) -> None:
    """A handler and not SIG_IGN: an ignored signal would stay ignored in the program (execve(2))."""


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def tell(trouble: str) -> None:
    """At once, in one write: standard error is the program's too, which goes on."""
    with contextlib.suppress(OSError):
        os.write(2, f"muxviz: {text(trouble)}\n".encode())
