"""While a program of a person's has the terminal: what becomes of signals, and how muxviz speaks up beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Final

from muxviz.printable import text

Handler = Callable[[int, FrameType | None], None]

FROM_THE_TERMINAL: Final = (signal.SIGINT, signal.SIGQUIT)
"""Ctrl-C and Ctrl-\\: a program in our process group gets them itself."""
SENT: Final = (signal.SIGTERM, signal.SIGHUP)
"""Sent to us alone, as a rule."""
_HEARD: Final = (*FROM_THE_TERMINAL, *SENT)
_FROM_A_PROCESS: Final = 0
"""The largest si_code of a signal that a process has sent, SI_USER; of the terminal's it is SI_KERNEL, 128."""


def _unheard() -> set[int]:
    """SIGHUP where whoever started us said that it ends nothing, as nohup(1) does: ours to ignore like everyone's."""
    return {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()


class Handling:
    """Handlers by signal, for as long as a block lasts. A SIGHUP that is ignored stays ignored."""

    def __init__(self, handlers: Mapping[int, Handler]) -> None:
        self._handlers = handlers
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in self._handlers.keys() - _unheard():
            self._before[number] = signal.signal(number, self._handlers[number])

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def each(numbers: Iterable[int], handler: Handler) -> dict[int, Handler]:
    """The same handler for several signals."""
    return dict.fromkeys(numbers, handler)


class Listening:
    """While the program runs: what is sent to us alone is passed on to it, the terminal's signals are not.

    Which is which is in a signal's `si_code` (sigaction(2)), that no handler of Python's is told. So the signals are
    blocked and a thread of ours waits for them. Enter it once the program has started, which would inherit the mask,
    inside of `forwarding`, which has what comes before and after. Every other thread must block them too.
    """

    def __init__(self, pass_on: Callable[[int], None]) -> None:
        """`pass_on` is called from another thread."""
        self._pass_on = pass_on
        self._over = False
        self._hears = set(_HEARD) - _unheard()  # one that is blocked is no longer ignored
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)

    def __enter__(self) -> None:
        self._kept = signal.pthread_sigmask(signal.SIG_BLOCK, self._hears)
        try:
            self._thread.start()
        except RuntimeError:  # no room for a thread: `forwarding` hears what it can
            signal.pthread_sigmask(signal.SIG_SETMASK, self._kept)

    def __exit__(self, *exc: object) -> None:
        if self._thread.ident is not None:
            self._over = True
            signal.pthread_kill(self._thread.ident, SENT[0])
            self._thread.join()
            signal.pthread_sigmask(signal.SIG_SETMASK, self._kept)

    def _listen(self) -> None:
        while True:
            heard = signal.sigwaitinfo(self._hears)
            if self._over:
                return
            if heard.si_signo in SENT or heard.si_code <= _FROM_A_PROCESS:
                with contextlib.suppress(OSError):
                    self._pass_on(heard.si_signo)


def forwarding(pass_on: Callable[[int], None]) -> Handling:
    """While a program starts: the terminal's signals are its own; what is sent to us alone is passed on to it."""
    return Handling(each(FROM_THE_TERMINAL, nothing) | each(SENT, lambda number, frame: pass_on(number)))


def ending() -> Handling:
    """SIGTERM, SIGHUP and SIGQUIT end a run as Ctrl-C does: by an exception, so that everything is put away."""
    return Handling(each((*SENT, signal.SIGQUIT), _end))


def nothing(number: int, frame: FrameType | None) -> None:
    """A handler and not SIG_IGN: an ignored signal would stay ignored in the program (execve(2))."""


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def tell(trouble: str) -> None:
    """At once, in one write: standard error is the program's too, which goes on."""
    with contextlib.suppress(OSError):
        os.write(2, f"muxviz: {text(trouble)}\n".encode())
