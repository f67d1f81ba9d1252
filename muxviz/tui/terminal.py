"""The terminal, and every way in which it or we may end. All that we use of Textual's private interface is here.

Textual restores the terminal after an exception and after `exit`. This adds: the picture goes to the terminal even
where standard error was sent elsewhere; signals end the application in order; a terminal that went away (no one reads
what we write, and what we read is an end of file that comes again and again) ends the process from a thread of its own;
a mistake of ours is one line and not a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import select
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from rich.console import Console
from textual.app import App
from textual.constants import COLOR_SYSTEM

from muxviz.portable import is_linux
from muxviz.printable import text

termios: Any
"""The module; None on Windows, whose consoles Textual restores by other means."""
try:
    import termios
except ModuleNotFoundError:
    termios = None

if sys.platform == "win32":
    from textual.drivers.windows_driver import WindowsDriver as SystemDriver
else:
    from textual.drivers.linux_driver import LinuxDriver as SystemDriver

SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT") if hasattr(signal, name)
)
"""Windows has neither SIGHUP nor SIGQUIT."""
_LAST_SECONDS: Final = 3.0
"""How long an orderly end may take once a signal asked for it."""


class TerminalDriver(SystemDriver):
    """Draws on standard output: a person may have sent standard error into a file."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = sys.__stdout__ or sys.__stderr__
        self.on = False
        """The terminal is in the modes of the screen."""

    def start_application_mode(self) -> None:
        self.on = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        super().stop_application_mode()
        self.on = False

    def _sigcont_application(self, *_: object) -> None:
        # SIGSTOP, unlike the terminal's stop, came without a word: the modes that would be read now, to be restored at
        # the end, may be the screen's own. So they are left first.
        if self.on:
            self.suspend_application_mode()
            self.resume_application_mode()
        else:
            super()._sigcont_application()


class TerminalApp(App[None]):
    """An application that ends well."""

    def __init__(self) -> None:
        self.colours = _COLOURS.get(_colour_system(), "16")
        """What the terminal can show: `true`, `256` or `16`."""
        super().__init__(driver_class=TerminalDriver, ansi_color=self.colours != "true")

        self.last_words: str | None = None
        """Why it could not go on; one line on standard error, once the terminal is itself again."""

    def _fatal_error(self) -> None:
        # Textual's own prints a page of source and local variables, which may hold what clients sent.
        self._close_messages_no_wait()

    @property
    def mistake(self) -> BaseException | None:
        """The exception that ended the application, where one did."""
        return self._exception

    def leave(self, status: int = 0) -> None:
        """End in order: the terminal first, then (by whoever called `run`) the programs."""
        self.exit(return_code=status)


_COLOURS: Final = {"truecolor": "true", "256": "256"}


def _colour_system() -> str:
    """As rich will find it for the application, from the environment alone."""
    return Console(color_system=COLOR_SYSTEM, file=io.StringIO(), force_terminal=True).color_system or ""  # type: ignore[arg-type]


_LEFT: Final = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""What ends the screen's modes (xterm's control sequences): pasting, lines that don't wrap, the mouse, the keyboard's
protocol, the other screen, no cursor, focus."""


class AsBefore:
    """How the terminal was before the screen; puts back what Textual did not, because it was interrupted."""

    def __init__(self) -> None:
        self._attributes: list[Any] | None = None
        if termios is not None:
            with contextlib.suppress(termios.error, OSError):
                self._attributes = termios.tcgetattr(0)

    def restore(self, app: App[Any]) -> None:
        """Never blocks, though the terminal may take nothing any more; nothing where all is as it was."""
        if self._attributes is None:
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with contextlib.suppress(termios.error, OSError):
            if termios.tcgetattr(0) != self._attributes:
                termios.tcsetattr(0, termios.TCSANOW, self._attributes)
            driver = app._driver
            if isinstance(driver, TerminalDriver) and driver.on:
                os.set_blocking(1, False)
                try:
                    os.write(1, _LEFT.encode())
                finally:
                    os.set_blocking(1, True)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Ending:
    """While an application runs: signals and a lost terminal end it, and `put_away` is called however it ends."""

    def __init__(self, app: TerminalApp, put_away: Callable[[], None]) -> None:
        self._app, self._put_away = app, put_away
        self._once = threading.Lock()
        self.as_before = AsBefore()
        self._loop: asyncio.AbstractEventLoop

    def watch(self) -> None:
        """Begin, from inside the running application."""
        self._loop = asyncio.get_running_loop()
        for number in _heard():
            # Not loop.add_signal_handler: the loop may stand in a write to a terminal that takes no more.
            signal.signal(number, self._signal)
        # Not isatty: it says no of a terminal that has gone since the start. macOS's poll knows no terminals: there
        # SIGHUP has to do.
        if is_linux() and stat.S_ISCHR(os.fstat(0).st_mode):
            threading.Thread(target=self._hang_up, name="hang-up", daemon=True).start()

    def _signal(self, number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(_LAST_SECONDS, self._end_here, (128 + number,))
        timer.daemon = True
        timer.start()
        try:
            self._loop.call_soon_threadsafe(self._app.leave, 128 + number)
        except RuntimeError:
            pass  # the loop has ended: so do we, in a moment

    def _hang_up(self) -> None:
        """Sleep until the terminal has no other side any more (poll(2): POLLHUP is told unasked)."""
        poll = select.poll()
        poll.register(0, 0)
        while not poll.poll():
            pass
        self._end_here(128 + signal.SIGHUP)

    def _end_here(self, status: int) -> None:
        """The loop stands, or the terminal is gone: end the programs, then the process, from this thread."""
        try:
            self.put_away()
        finally:
            self.as_before.restore(self._app)
            os._exit(status)

    def put_away(self) -> None:
        """End every program; a second caller waits for the first."""
        with self._once:
            self._put_away()


def run(app: TerminalApp, put_away: Callable[[], None]) -> int:
    """Run the application to its end, whatever that is. Returns the exit status."""
    as_before = AsBefore()
    for number in _heard():
        signal.signal(number, _end)  # until the application watches
    try:
        app.run()
    finally:
        # From here on a signal must not interrupt what ends the programs; it takes a second at most.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
        try:
            as_before.restore(app)
            put_away()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if app.mistake is not None:
        _complain(app.mistake)
        return app.return_code or 1
    if app.last_words is not None:
        sys.stderr.write(f"muxviz: {text(app.last_words)}\n")
    return app.return_code or 0


def _heard() -> list[int]:
    """Those that were not ignored when we were started."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _complain(mistake: BaseException) -> None:
    if os.environ.get("MUXVIZ_DEBUG"):
        sys.stderr.write("".join(map(_printable, traceback.format_exception(mistake))))
    words = f"{type(mistake).__name__}: {mistake}"
    sys.stderr.write(f"muxviz: stopped by a mistake of its own: {text(words, 300)} (MUXVIZ_DEBUG=1 shows where)\n")
    sys.stderr.flush()


def _printable(lines: str) -> str:
    return "".join(text(line) + "\n" for line in lines.splitlines())
