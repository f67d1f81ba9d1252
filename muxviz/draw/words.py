"""How a call, a flag, a number is worded on the screen: tables from the kernel's names to a person's.

Every wording is a list of variants, the fullest first; whoever draws takes the first that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.events import FLAG_BITS, SIDES, WAITS, Event, split
from muxviz.state import FdState

Variants = list[str]

ALWAYS: Final = frozenset({"ERR", "HUP"})
"""What poll and epoll report whether asked or not: asking for it says nothing, so it isn't shown as asked."""

_SIDE_OF: Final = {"IN": "R", "OUT": "W", "PRI": "X"}


def fit(variants: Iterable[str], room: int) -> str:
    """The first variant that fits into `room` cells; the last one, cut, where none does."""
    last = ""
    for last in variants:
        if cell_len(last) <= room:
            return last
    return printable.clip(last, room)


def flags(names: str) -> list[str]:
    """`"IN|RDHUP"` -> its words in the order in which the kernel's headers list them, safe to show."""
    found = split(names)
    known = [name for name in (*FLAG_BITS, *SIDES) if name in found]
    return known + [printable.text(name, 12) for name in found if name not in FLAG_BITS and name not in SIDES]


def asked(interest: str) -> list[str]:
    """The words of an interest, without those that can't be declined."""
    return [name for name in flags(interest) if name not in ALWAYS]


def same_flags(names: str) -> frozenset[str]:
    """Flags in select's words where they have one, so that a lane of select can be compared with the others."""
    return frozenset(_SIDE_OF.get(name, name) for name in split(names))


def short(number: int) -> str:
    """A number in three cells at most: `999`, `16K`, `.3M`, `5M`. Rounded, never cut."""
    if number < 1000:
        return str(number)
    for unit, bigger in ("KM", "MG", "GT"):
        count = number / 1024
        if round(count) < 100:
            return f"{round(count)}{unit}"
        tenths = round(count / 102.4)
        if tenths < 10:
            return f".{tenths}{bigger}"
        number = number // 1024
    return "big"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 byte`, `4 bytes`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def rate(speed: float) -> str:
    """`1 step`, `0.5 steps`: how much of it a second."""
    return f"{speed:g} step{'' if speed == 1 else 's'}"


def bytes_(count: int) -> str:
    """`4 bytes`."""
    return plural(count, "byte")


def on_what(stranded: Iterable[FdState], unread: str = "") -> str:
    """What a lane sleeps on: `8 bytes unread, 1 to accept`; `unread` stands behind the bytes."""
    left = {True: 0, False: 0}
    for fd in stranded:
        left[fd.kind == "listener"] += fd.unread
    said = [f"{bytes_(left[False])}{unread}"] if left[False] else []
    return ", ".join([*said, f"{left[True]} to accept"] if left[True] else said)


def ago(nanoseconds: int) -> str:
    """`12 ms ago`, to the unit that a person thinks in."""
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)):
        if nanoseconds >= size:
            return f"{nanoseconds // size} {unit} ago"
    return "now"


# --- calls -------------------------------------------------------------------------------------------------------

_SHORT: Final[dict[str, tuple[str, str]]] = {
    "select": ("wait", "wait"),
    "poll": ("wait", "wait"),
    "epoll_wait": ("wait", "wait"),
    "accept": ("acpt", "accept"),
    "epoll_ctl": ("ctl", "ctl"),
    "epoll_create": ("epol", "epoll"),
    "socket": ("sock", "socket"),
    "socketpair": ("pair", "pair"),
    "setsockopt": ("opt", "sockop"),
    "shutdown": ("shut", "shutdn"),
    "connect": ("conn", "connct"),
    "close": ("clos", "close"),
    "listen": ("lstn", "listen"),
    "recvfrom": ("recv", "recvfr"),
    "recvmsg": ("recv", "rcvmsg"),
    "sendto": ("send", "sendto"),
    "sendmsg": ("send", "sndmsg"),
    "sendfile": ("send", "sendfl"),
}


def label(call: str, room: int) -> str:
    """A call's name under the wire, in at most `room` cells."""
    four, six = _SHORT.get(call, (call, call))
    return printable.text(six if room >= 6 and cell_len(six) <= room else four if room < 6 else six)[: max(0, room)]


def _size(event: Event) -> str:
    size = event.args.get("size")
    return f", {size}" if isinstance(size, int) else ""


def _result(event: Event) -> str:
    if event.error:
        return printable.text(event.error, 16)
    return "?" if event.ret is None else str(event.ret)


def _wait(event: Event) -> Variants:
    count = len(event.ready) if event.ready is not None else event.ret or 0
    what = printable.text(event.error, 16) if event.error and event.error != "timeout" else f"{count} ready"
    return [f"{event.call} → {what}", what]


def _bytes_call(event: Event) -> Variants:
    what = _result(event) if event.error or event.ret is None else bytes_(event.ret)
    return [f"{event.call}(fd {event.fd}{_size(event)}) → {what}", f"{event.call}(fd {event.fd}) → {what}",
            f"{event.call} → {what}"]  # fmt: skip


def _makes_fd(event: Event) -> Variants:
    what = _result(event) if event.error else f"fd {event.ret}"
    on = f"(fd {event.fd})" if event.fd is not None else "()"
    return [f"{event.call}{on} → {what}", f"{event.call} → {what}"]


def _ctl(event: Event) -> Variants:
    op, fd = printable.text(str(event.args.get("op", "?")), 6), event.args.get("fd")
    events = " ".join(asked(str(event.args.get("events", ""))))
    failed = f" → {_result(event)}" if event.error else ""
    full = f"epoll_ctl({op}, fd {fd}{', ' + events if events else ''}){failed}"
    return [full, f"epoll_ctl({op}, fd {fd}){failed}", f"ctl({op}, fd {fd}){failed}"]


def _other(event: Event) -> Variants:
    name = printable.text(event.call or "?", 24)
    on = f"(fd {event.fd})" if event.fd is not None else "()"
    failed = f" → {_result(event)}" if event.error else ""
    return [f"{name}{on}{failed}", f"{name}{failed}"]


_CALLS: Final[dict[str, Callable[[Event], Variants]]] = {
    **dict.fromkeys(WAITS, _wait),
    **dict.fromkeys(
        ("recv", "recvfrom", "recvmsg", "read", "send", "sendto", "sendmsg", "write", "sendfile"), _bytes_call
    ),
    **dict.fromkeys(("accept", "socket", "epoll_create", "dup"), _makes_fd),
    "epoll_ctl": _ctl,
}


def call(event: Event) -> Variants:
    """A call with its result, `recv(fd 5, 4) → 4 bytes`; with `… asleep` where it has not returned."""
    name = event.call or "?"
    if event.phase == "enter":
        safe = printable.text(name, 24)
        on = f"(fd {event.fd})" if event.fd is not None and name not in WAITS else ""
        return [f"{safe}{on} … asleep", f"{safe} … asleep", "… asleep"]
    return _CALLS.get(name, _other)(event)


# --- client actions ----------------------------------------------------------------------------------------------

_PAST: Final = {
    "connects": "connected",
    "connect": "connected",
    "sends": "sent",
    "reads": "read",
    "half-closes": "half-closed",
    "closes": "closed",
    "resets": "reset",
}


def since(action: str) -> Variants:
    """`A sends 12 bytes` -> `since A sent`; anything else is quoted."""
    words = printable.text(action).split()
    if len(words) >= 2 and words[1] in _PAST:
        return [f"since {words[0]} {_PAST[words[1]]}"]
    return [f"since “{' '.join(words)}”", "since the action"]


def names(lanes: Sequence[str], joint: str = " · ") -> str:
    """Lane names one after another."""
    return joint.join(printable.text(lane, 16) for lane in lanes)
