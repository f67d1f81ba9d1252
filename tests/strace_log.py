"""strace's own account of a lane, in the words of a recording: the oracle's side of the comparison.

Reads the file that `strace -ff` writes for one process. Only calls on fds that the process made itself count (sockets,
epolls, what was accepted and copies of these), from the first of them on: before that the interpreter starts. Of what
the probe shares with the program two calls are told apart by what they ask: a getsockopt for SO_ERROR is the program's
(DESIGN, rule 2), and an epoll that is closed at once is the standard library's `selectors` on its way in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

NAMES = {
    "pselect6": "select",
    "select": "select",
    "poll": "poll",
    "ppoll": "poll",
    "epoll_wait": "epoll_wait",
    "epoll_pwait": "epoll_wait",
    "accept": "accept",
    "accept4": "accept",
    "recvfrom": "recv",
    "sendto": "send",
    "shutdown": "shutdown",
    "close": "close",
    "socket": "socket",
    "bind": "bind",
    "listen": "listen",
    "epoll_create1": "epoll_create",
    "epoll_ctl": "epoll_ctl",
    "fcntl": "dup",
    "getsockopt": "getsockopt",
}
TRACED = ",".join(f"?{name}" for name in (*NAMES, "pipe2"))
MAKERS = {"socket", "accept", "epoll_create", "dup"}
NO_FD = {"socket", "epoll_create", "select", "poll"}
ONLY = {"fcntl": "F_DUPFD", "getsockopt": "SO_ERROR"}
"""What a call's arguments must have for it to count."""
_LINE = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?)\s*(.*)$")
_PIPE = re.compile(r"^pipe2\(\[(\d+), (\d+)\]")
_UNFINISHED = re.compile(r"^(\w+)\((.*?)\s*<unfinished \.\.\.>$")


class Call(NamedTuple):
    """A call as both sides tell it."""

    call: str
    fd: int | None
    ret: int | None
    """None where it never returned."""
    error: str | None
    ready: tuple[tuple[int, frozenset[str]], ...]
    detail: tuple[str, ...]
    """epoll_ctl: operation, fd, events; select and poll: who was asked for."""


def calls(path: Path, inherited: tuple[int, ...] = ()) -> list[Call]:
    """What strace saw the process do, on its own fds and on those that it inherited."""
    found: list[Call] = []
    own: set[int] = set(inherited)
    lines = path.read_text().splitlines()
    sockets = any(line.startswith("socket(") for line in lines)
    begun, checked = False, set[int]()
    for line in lines:
        if not sockets and (pair := _PIPE.match(line)):
            own |= {int(pair[1]), int(pair[2])}
        matched, unfinished = _LINE.match(line), _UNFINISHED.match(line)
        if matched:
            name, args, ret, rest = matched[1], matched[2], matched[3], matched[4]
        elif unfinished:
            name, args, ret, rest = unfinished[1], unfinished[2], "?", ""
        else:
            continue
        if name not in NAMES or ONLY.get(name, "") not in args:
            continue
        call = _call(NAMES[name], args, None if ret == "?" else int(ret), rest)
        if call.call == "poll" and call.detail and all("MSG" in word for word in call.detail):
            continue  # the probe's own question (probe/queue_probe.py, OURS)
        if not begun:  # the program begins behind the epoll that `selectors` makes and closes when it is imported
            if call.call == "epoll_create" and call.ret is not None:
                checked.add(call.ret)
            behind = call.call == "close" and call.fd in checked
            begun = behind or call.call == "socket"
            if not begun or behind:
                continue
        if call.call == "dup" and call.fd not in own:
            continue  # of a file, as the interpreter makes one to show a traceback's line
        if call.call in MAKERS and call.ret is not None and call.ret >= 0:
            own.add(call.ret)
        elif call.call in ("select", "poll"):
            asked = {int(word.partition(":")[0]) for word in call.detail}
            # A select that asks about nothing is a program's clock.
            if sockets and asked and not asked & own:
                continue
        elif call.fd not in own:
            continue
        if call.call == "close" and call.ret == 0 and call.fd is not None:
            own.discard(call.fd)
        found.append(call)
    return found


def _call(name: str, args: str, ret: int | None, rest: str) -> Call:
    error = rest.split()[0] if ret == -1 else None
    first = args.partition(",")[0].strip()
    fd = int(first) if first.isdecimal() and name not in NO_FD else None
    ready, detail = _READERS.get(name, _nothing)(args, ret, rest)
    return Call(name, fd, ret, error, ready, detail)


Parts = tuple[tuple[tuple[int, frozenset[str]], ...], tuple[str, ...]]


def _nothing(args: str, ret: int | None, rest: str) -> Parts:
    return (), ()


def _flags(text: str) -> frozenset[str]:
    return frozenset(flag.removeprefix("EPOLL").removeprefix("POLL") for flag in text.split("|"))


def _epoll_wait(args: str, ret: int | None, rest: str) -> Parts:
    events = re.findall(r"events=([A-Z|]+), data=(?:\{u32=(\d+)|0x([0-9a-f]+))", args) if ret else []
    return tuple((int(number) if number else int(h, 16), _flags(flags)) for flags, number, h in events), ()


def _poll(args: str, ret: int | None, rest: str) -> Parts:
    asked = tuple(f"{fd}:{'|'.join(sorted(_flags(ev)))}" for fd, ev in re.findall(r"fd=(\d+), events=([A-Z|0]+)", args))
    ready = re.findall(r"fd=(\d+), revents=([A-Z|]+)", rest)
    return tuple((int(fd), _flags(flags)) for fd, flags in ready), asked


def _select(args: str, ret: int | None, rest: str) -> Parts:
    sets = re.findall(r"\[([\d ]*)\]|NULL", args)[:3]
    asked: dict[int, set[str]] = {}
    for side, numbers in zip("RWX", sets, strict=False):
        for number in numbers.split():
            asked.setdefault(int(number), set()).add(side)
    ready: dict[int, set[str]] = {}
    for word, side in (("in", "R"), ("out", "W"), ("except", "X")):
        for numbers in re.findall(rf"\b{word} \[([\d ]*)\]", rest):
            for number in numbers.split():
                ready.setdefault(int(number), set()).add(side)
    return (
        tuple((fd, frozenset(flags)) for fd, flags in sorted(ready.items())),
        tuple(f"{fd}:{'|'.join(sorted(flags))}" for fd, flags in sorted(asked.items())),
    )


def _epoll_ctl(args: str, ret: int | None, rest: str) -> Parts:
    matched = re.match(r"\d+, EPOLL_CTL_(\w+), (\d+)(?:, \{events=([A-Z|0-9x]+))?", args)
    assert matched is not None, args
    events = "" if matched[1] == "DEL" or matched[3] is None else "|".join(sorted(_flags(matched[3])))
    return (), (matched[1], matched[2], events)


def _getsockopt(args: str, ret: int | None, rest: str) -> Parts:
    matched = re.search(r"SO_ERROR, \[(\w+)\]", args)
    assert matched is not None, args
    return (), ("SO_ERROR", matched[1])


_READERS = {
    "epoll_wait": _epoll_wait,
    "poll": _poll,
    "select": _select,
    "epoll_ctl": _epoll_ctl,
    "getsockopt": _getsockopt,
}
