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


def _ignored(numbers: Iterable[int]) -> set[int]:
    """Those of which whoever started us said that they end nothing: nohup(1) of SIGHUP, a script of SIGINT and SIGQUIT
    for what it starts in the background. They are ours to ignore like everyone's."""
    return {number for number in numbers if signal.getsignal(number) is signal.SIG_IGN}


class Handling:
    """Handlers by signal, for as long as a block lasts. A signal that is ignored stays ignored."""

    def __init__(self, handlers: Mapping[int, Handler]) -> None:
        self._handlers = handlers
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in self._handlers.keys() - _ignored(self._handlers):
            self._before[number] = signal.signal(number, self._handlers[number])

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def each(numbers: Iterable[int], handler: Handler) -> dict[int, Handler]:
    """The same handler for several signals."""
    return dict.fromkeys(numbers, handler)


class Listening:
    """While a program starts and runs: what is sent to us alone is passed on to it, the terminal's signals are not.

    Which is which is in a signal's `si_code` (sigaction(2)), that no handler of Python's is told. So the signals are
    blocked, from before the program is started, and a thread of ours waits for them once it has been (`begin`). Every
    other thread must block them too.
    """

    def __init__(self, pass_on: Callable[[int], None]) -> None:
        """`pass_on` is called from another thread, after `begin`."""
        self._pass_on = pass_on
        self._begun = self._over = False
        self._hears = set(_HEARD) - _ignored(_HEARD)  # one that is blocked is no longer ignored
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        # Where there is no room for a thread they hear what they can.
        self._handlers = Handling(each(FROM_THE_TERMINAL, nothing) | each(SENT, self._handle))
        self.held: frozenset[int] = frozenset()
        """What the program inherits as blocked because of us: whatever stands between unblocks it."""

    def __enter__(self) -> Listening:
        self._kept = signal.pthread_sigmask(signal.SIG_BLOCK, self._hears)
        self.held = frozenset(self._hears - self._kept)
        self._handlers.__enter__()
        return self

    def begin(self) -> None:
        """The program has been started."""
        self._begun = True
        try:
            self._thread.start()
        except RuntimeError:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._kept)

    def __exit__(self, *exc: object) -> None:
        if self._thread.ident is not None:
            self._over = True
            signal.pthread_kill(self._thread.ident, SENT[0])
            self._thread.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, self._kept)
        self._handlers.__exit__()

    def _listen(self) -> None:
        while True:
            heard = signal.sigwaitinfo(self._hears)
            if self._over:
                return
            if heard.si_signo in SENT or heard.si_code <= _FROM_A_PROCESS:
                with contextlib.suppress(OSError):
                    self._pass_on(heard.si_signo)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._begun:
            self._pass_on(number)


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
