"""Makes this interpreter look like another system's to muxviz: `python elsewhere.py darwin|win32 ARGS…`.

What muxviz depends on is imported first, on the real system. Then the modules and attributes that the other system
lacks are gone for modules of muxviz: an import is refused by who asks, and muxviz's own `os`, `select`, `signal` and
`socket` are copies without them. `screen FILE` in place of a command presses keys in a replay without a terminal.
"""

from __future__ import annotations

import asyncio
import builtins
import sys
import types
import urllib.request  # noqa: F401
from pathlib import Path
from typing import Any

import click.testing  # noqa: F401
import msgspec  # noqa: F401
import rich.console  # noqa: F401
import zstandard  # noqa: F401

LINUX = {
    "os": """eventfd eventfd_read eventfd_write pidfd_open sched_getaffinity sched_setaffinity posix_fallocate preadv
        pwritev O_TMPFILE O_PATH O_DIRECT memfd_create waitid EFD_CLOEXEC EFD_NONBLOCK""",
    "select": "epoll EPOLLIN EPOLLOUT EPOLLPRI EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLET EPOLLONESHOT",
    "socket": "AF_NETLINK AF_PACKET SOCK_NONBLOCK SOCK_CLOEXEC",
    "signal": "SIGPWR SIGSTKFLT",
}
UNIX = {
    "os": """fork forkpty pread pwrite register_at_fork geteuid getuid killpg setsid getpgid O_CLOEXEC O_NONBLOCK
        O_NOFOLLOW O_DIRECTORY uname wait waitpid WNOHANG mkfifo fchmod set_blocking get_blocking""",
    "select": "poll POLLIN POLLOUT POLLHUP",
    "socket": "AF_UNIX socketpair MSG_DONTWAIT",
    "signal": """SIGHUP SIGQUIT SIGKILL SIGTSTP SIGCONT SIGSTOP SIGCHLD SIGWINCH SIGUSR1 SIGUSR2 SIGALRM sigwait
        pthread_sigmask""",
}
UNIX_MODULES = {"fcntl", "termios", "resource", "pwd", "grp", "tty", "pty", "syslog", "posix", "_posixshmem"}


def pretend(system: str) -> None:
    """From here on muxviz is on `darwin` or `win32`."""
    lacks = {name: f"{LINUX[name]} {UNIX[name] if system == 'win32' else ''}".split() for name in LINUX}
    gone = UNIX_MODULES if system == "win32" else {"_posixshmem"}
    copies = {name: _without(__import__(name), names) for name, names in lacks.items()}
    real = builtins.__import__

    def hiding(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if str((globals or {}).get("__name__", "")).split(".")[0] == "muxviz":
            if name in gone:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name in copies:
                return copies[name]
        return real(name, globals, locals, fromlist, level)

    builtins.__import__ = hiding
    sys.platform = system


def load_textual() -> None:
    """For what is on the screen alone: it takes four fifths of the time."""
    import textual.app
    import textual.command
    import textual.drivers.linux_driver  # noqa: F401
    from textual.drivers.headless_driver import HeadlessDriver

    driver = types.ModuleType("textual.drivers.windows_driver")
    driver.WindowsDriver = HeadlessDriver  # type: ignore[attr-defined]
    sys.modules[driver.__name__] = driver


def _without(module: types.ModuleType, names: list[str]) -> types.ModuleType:
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update({name: value for name, value in module.__dict__.items() if name not in names})
    return copy


async def replayed(file: Path) -> None:
    """The first frame, and what some keys make of it."""
    from muxviz.tui.app import MuxvizApp
    from muxviz.tui.canvas import Canvas
    from muxviz.tui.replay import replay_spec
    from muxviz.tui.source import EVERY_LANE

    app = MuxvizApp(replay_spec(file), EVERY_LANE)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        for key in ("right", "end", "left", "f", "c", "e", "question_mark", "escape", "m", "escape"):
            await pilot.press(key)
        await pilot.pause()
        canvas = app.query_one(Canvas)
        print("\n".join(canvas.render_line(y).text.rstrip() for y in range(canvas.size.height)))
        app.put_away()
    if app.mistake is not None:
        raise app.mistake


async def menu() -> None:
    """What the menu says where nothing can be started."""
    from muxviz.tui.app import MuxvizApp
    from muxviz.tui.canvas import Canvas
    from muxviz.tui.source import EVERY_LANE

    app = MuxvizApp(None, EVERY_LANE)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        canvas = app.query_one(Canvas)
        print("\n".join(canvas.render_line(y).text.rstrip() for y in range(canvas.size.height)))


def main() -> None:
    """Pretend, then do as asked."""
    system, *asked = sys.argv[1:]
    if asked[:1] in (["screen"], ["menu"]):
        load_textual()
    pretend(system)
    if asked[:1] == ["screen"]:
        asyncio.run(replayed(Path(asked[1])))
    elif asked[:1] == ["menu"]:
        asyncio.run(menu())
    else:
        from muxviz.cli import main as muxviz

        muxviz(asked)


if __name__ == "__main__":
    main()
