"""How a call, a flag, a number is worded on the screen: tables from the kernel's names to a person's.

Every wording is a list of variants, the fullest first; whoever draws takes the first that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import ALL_READS, ALL_WRITES, BY_NAME, WAITS
from muxviz.events import FLAG_BITS, SIDES, Event, split
from muxviz.kernel import FdState
from muxviz.language import _, say
from muxviz.linux_errno import errno_name
from muxviz.words.actions import action_words

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


def bytes_(count: int) -> str:
    """`4 bytes`."""
    return say("{count} byte", count=count) if count == 1 else say("{count} bytes", count=count)


def wakeups(count: int) -> str:
    """`4 wakeups`."""
    return say("{count} wakeup", count=count) if count == 1 else say("{count} wakeups", count=count)


def calls(count: int) -> str:
    """`4 calls`."""
    return say("{count} call", count=count) if count == 1 else say("{count} calls", count=count)


def lies(fd: FdState) -> Variants:
    """What lies there to be taken: `8 unread`, `1 to accept`, `a datagram of 24`."""
    if fd.kind == "listener":
        return [say("{count} to accept", count=fd.unread)]
    if fd.kind == "datagram":
        one = say("a datagram of {count}", count=fd.unread) if fd.unread else say("an empty datagram")
        return [one, say("a datagram")]
    return [say("{count} unread", count=fd.unread)]


def ago(nanoseconds: int) -> str:
    """`12 ms ago`, to the unit that a person thinks in."""
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)):
        if nanoseconds >= size:
            return say("{count} {unit} ago", count=nanoseconds // size, unit=unit)
    return say("now")


def span(nanoseconds: int | None) -> str:
    """How long something took: `83 ms`, `5.5 s`, `16 µs`."""
    if nanoseconds is None:
        return ""
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)):
        if nanoseconds >= size:
            count = nanoseconds / size
            return f"{count:.1f} {unit}" if unit == "s" and count < 10 else f"{count:.0f} {unit}"
    return f"{nanoseconds} ns"


# --- calls -------------------------------------------------------------------------------------------------------


def label(call: str, room: int) -> str:
    """A call's name under the wire, in at most `room` cells."""
    known = BY_NAME.get(call)
    four, six = (short or call for short in (known.short if known is not None else ("", "")))
    return printable.text(six if room >= 6 and cell_len(six) <= room else four if room < 6 else six)[: max(0, room)]


def _size(event: Event) -> str:
    size = event.size
    return f", {size}" if isinstance(size, int) else ""


def _result(event: Event) -> str:
    if event.error:
        return printable.text(event.error, 16)
    return "?" if event.ret is None else str(event.ret)


def _wait(event: Event) -> Variants:
    count = len(event.ready) if event.ready is not None else event.ret or 0
    closed = [number for number, names in event.ready or () if "NVAL" in split(names)]
    if closed and count == 1:
        return [f"{event.call} → NVAL, fd {closed[0]}", f"NVAL, fd {closed[0]}"]
    what = say("{count} ready", count=count)
    if event.error and event.error != "timeout":
        what = printable.text(event.error, 16)
    return [f"{event.call} → {what}", what]


def _bytes_call(event: Event) -> Variants:
    what = bytes_(event.moved) if event.moved is not None else _result(event)
    return [f"{event.call}(fd {event.fd}{_size(event)}) → {what}", f"{event.call}(fd {event.fd}) → {what}",
            f"{event.call} → {what}"]  # fmt: skip


def _makes_fd(event: Event) -> Variants:
    what = _result(event) if event.error else f"fd {event.ret}"
    on = f"(fd {event.fd})" if event.fd is not None else "()"
    return [f"{event.call}{on} → {what}", f"{event.call} → {what}"]


def _ctl(event: Event) -> Variants:
    op, fd = printable.text(event.op or "?", 6), event.target
    events = " ".join(asked(event.events))
    failed = f" → {_result(event)}" if event.error else ""
    full = f"epoll_ctl({op}, fd {fd}{', ' + events if events else ''}){failed}"
    return [full, f"epoll_ctl({op}, fd {fd}){failed}", f"ctl({op}, fd {fd}){failed}"]


def _option(event: Event) -> Variants:
    """SO_ERROR, whose value is an errno, by its name: 0 is no error."""
    option, value = printable.text(str(event.args.get("option", "")), 24), event.args.get("value")
    if event.error or option != "SO_ERROR" or not isinstance(value, int):
        return _other(event)
    what = printable.text(errno_name(value), 16)
    return [f"getsockopt(fd {event.fd}, SO_ERROR) → {what}", f"SO_ERROR → {what}"]


def _other(event: Event) -> Variants:
    name = printable.text(event.call or "?", 24)
    on = f"(fd {event.fd})" if event.fd is not None else "()"
    failed = f" → {_result(event)}" if event.error else ""
    return [f"{name}{on}{failed}", f"{name}{failed}"]


_CALLS: Final[dict[str, Callable[[Event], Variants]]] = {
    **dict.fromkeys(WAITS, _wait),
    **dict.fromkeys(ALL_READS | ALL_WRITES | {"SSL_read", "SSL_write"}, _bytes_call),
    **dict.fromkeys(("accept", "socket", "epoll_create", "dup"), _makes_fd),
    "epoll_ctl": _ctl,
    "getsockopt": _option,
}


def call(event: Event) -> Variants:
    """A call with its result, `recv(fd 5, 4) → 4 bytes`; with `… asleep` where it has not returned."""
    name = event.call or "?"
    if event.phase == "enter":
        safe = printable.text(name, 24)
        on = f"(fd {event.fd})" if event.fd is not None and name not in WAITS else ""
        sleeps = say("… asleep")
        return [f"{safe}{on} {sleeps}", f"{safe} {sleeps}", sleeps]
    return _CALLS.get(name, _other)(event)


# --- client actions ----------------------------------------------------------------------------------------------

_PAST: Final = {
    "connects": _("since {who} connected"),
    "connect": _("since {who} connected"),
    "sends": _("since {who} sent"),
    "reads": _("since {who} read"),
    "half-closes": _("since {who} half-closed"),
    "closes": _("since {who} closed"),
    "resets": _("since {who} reset"),
}


def since(action: str) -> Variants:
    """`A sends 12 bytes` -> `since A sent`; anything else is quoted."""
    words = printable.text(action).split()
    if len(words) >= 2 and words[1] in _PAST:
        return [say(_PAST[words[1]], who=words[0])]
    return [say("since “{action}”", action=action_words(" ".join(words))), say("since the action")]


def names(lanes: Sequence[str], joint: str = " · ") -> str:
    """Lane names one after another."""
    return joint.join(printable.text(lane, 16) for lane in lanes)


def fd_label(fd: FdState | None) -> list[str]:
    """`192.0.2.7:45870`, of this machine `:45870`; `listener`, `pipe`, `udp`; empty where nothing is known."""
    if fd is None:
        return [""]
    if fd.kind == "listener":
        return [say("listener")]
    if fd.kind == "epoll":
        return ["epoll"]
    if fd.peer:
        peer = printable.text(fd.peer, 48)
        host, colon, port = peer.rpartition(":")
        return [f":{port}"] if colon and port.isdecimal() and host.startswith("127.") else [peer]
    if fd.queues.file:
        return [printable.text(fd.queues.file, 24)]
    return [{"datagram": "udp", "connection": say("connection"), "socket": say("socket")}.get(fd.kind, "")]


def path_label(path: str) -> list[str]:
    """A path, its end, and the file's name alone."""
    safe = printable.text(path, 200)
    name = safe.rpartition("/")[2]
    return [safe, f"…/{name}", name]
