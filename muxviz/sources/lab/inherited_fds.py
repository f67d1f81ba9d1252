"""Descriptors that a program inherits, as a service manager hands them over: a listener as fd 3 (sd_listen_fds(3)), and
an epoll as fd 4, for workers that share one.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Sequence
from typing import Final

FIRST: Final = 3
"""The number of the first that a program has."""
_BACKLOG: Final = 128
_HAND_OVER: Final = """
import os, sys
first, count = int(sys.argv[1]), int(sys.argv[2])
handles = [os.dup(int(word)) for word in sys.argv[3 : 3 + count]]
for number, handle in enumerate(handles, first):
    os.dup2(handle, number)
    os.set_inheritable(number, True)
os.closerange(first + count, max(handles) + 1)
os.environ["LISTEN_FDS"] = str(count)
os.execv(sys.executable, sys.argv[3 + count :])
"""
"""Puts them at their numbers and becomes the program: same process, nothing else open."""


def handed() -> tuple[int, ...]:
    """A listener on 127.0.0.1 at a port that the kernel picks, and an epoll; the caller's to close."""
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener, select.epoll() as epoll:
        listener.setblocking(False)
        handle = os.dup(epoll.fileno())
        return listener.detach(), handle


def port_of(listener: int) -> int:
    """The port of a listener."""
    with socket.socket(fileno=os.dup(listener)) as known:
        port: int = known.getsockname()[1]
        return port


def handing(argv: Sequence[str], handles: Sequence[int]) -> list[str]:
    """A command line of this Python, which gets those handles first; they have to be passed on (`pass_fds`)."""
    numbers = [str(handle) for handle in handles]
    return [argv[0], "-I", "-c", _HAND_OVER, str(FIRST), str(len(numbers)), *numbers, *argv]
