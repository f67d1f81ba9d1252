"""A call in a list of calls, in a few words: `read fd 7 ← 28 of 16384`, `epoll_wait → fd 7 IN`.

Every wording is a list of variants, the fullest first. `←` is what came in, `→` what went out or came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.calls import ALL_READS, ALL_WRITES, WAITS, which
from muxviz.draw.words import Variants, asked, flags, path_label
from muxviz.events import Event
from muxviz.language import say

_NAMED: Final = 3
"""Fds of one report that are named."""


def call_text(event: Event) -> Variants:
    """A call, begun or finished."""
    call = event.call or ""
    if event.phase is not None:
        return _begun(event)
    if call in WAITS:
        return _wait(event)
    return _CALLS.get(call, _other)(event)


def _name(event: Event) -> str:
    return printable.text(event.call or "?", 20)


def _error(event: Event) -> str:
    return printable.text(event.error or "", 16)


def _on(event: Event, what: str = "") -> Variants:
    """The call and its fd, with the file's name where it has one."""
    head = f"{_name(event)} fd {event.fd}" if event.fd is not None else _name(event)
    path = event.args.get("path")
    files = [f"{head} {one}{what}" for one in path_label(path)] if isinstance(path, str) else []
    return [*files, f"{head}{what}"]


def _limit(event: Event) -> float | None:
    """Milliseconds that a wait may sleep; None where it has no limit, or none that a clock has."""
    found = event.timeout
    return float(found) if isinstance(found, int | float) and 0 <= found < 1 << 63 else None


def _begun(event: Event) -> Variants:
    sleeps = say("asleep")
    timeout = _limit(event)
    limit = []
    if timeout is not None:
        limit = [say("asleep, {ms} ms at most", ms=f"{timeout:g}")]
    if event.call in WAITS:
        return [f"{_name(event)} {one}" for one in (*limit, sleeps)]
    return _on(event, f" {sleeps}")


def _wait(event: Event) -> Variants:
    name = _name(event)
    if event.error and event.error != "timeout":
        return [f"{name} {_error(event)}"]
    ready = event.ready or []
    if not ready:
        timeout = _limit(event)
        if timeout == 0:
            return [say("{call} → nothing, at once", call=name), say("{call} → nothing", call=name)]
        if timeout is not None:
            return [
                say("{call} → nothing in {ms} ms", call=name, ms=f"{timeout:g}"),
                say("{call} → nothing", call=name),
            ]
        return [say("{call} → nothing", call=name)]
    named = [f"fd {number} {' '.join(flags(names))}" for number, names in ready]
    count = say("{count} ready", count=len(ready))
    out = [f"{name} → {', '.join(named)}"] if len(ready) <= _NAMED else []
    if len(ready) > 1:
        brief = ", ".join(f"fd {number}" for number, _ in ready[:_NAMED])
        out += [f"{name} → {count}: {brief}{', …' if len(ready) > _NAMED else ''}", f"{name} → {count}"]
    return out


def _read(event: Event) -> Variants:
    if event.error:
        return _on(event, f" {_error(event)}")
    size, messages = event.size, event.args.get("bytes")
    if isinstance(messages, int):
        return _on(event, say(" ← {count} messages, {bytes}", count=event.ret, bytes=messages))
    if event.ret == 0 and size != 0:
        return [*_on(event, say(" ← 0, the end")), *_on(event, " ← 0")]
    of = _on(event, say(" ← {count} of {size}", count=event.ret, size=size)) if isinstance(size, int) else []
    return [*of, *_on(event, f" ← {event.ret}")]


def _decrypted(event: Event) -> Variants:
    found = _read(event)
    return [*(f"{one} +{event.pending}" for one in found[:1] if event.pending and not event.error), *found]


def _write(event: Event) -> Variants:
    if event.error:
        return _on(event, f" {_error(event)}")
    size, messages = event.size, event.args.get("bytes")
    if isinstance(messages, int):
        return _on(event, say(" → {count} messages, {bytes}", count=event.ret, bytes=messages))
    if isinstance(size, int) and event.ret is not None and event.ret < size:
        return [*_on(event, say(" → {count} of {size}", count=event.ret, size=size)), *_on(event, f" → {event.ret}")]
    return _on(event, f" → {event.ret}")


def _splice(event: Event) -> Variants:
    other, source = event.args.get("to"), event.args.get("from")
    result = _error(event) or str(event.ret)
    if isinstance(other, int):
        return _on(event, f" → fd {other}: {result}")
    return [*_on(event, f" ← fd {source}: {result}"), *_on(event, f" → {result}")]


def _makes(event: Event) -> Variants:
    if event.error:
        return _on(event, f" {_error(event)}")
    pair = event.args.get("fds")
    if isinstance(pair, list):
        return _on(event, f" → {', '.join(f'fd {number}' for number in pair[:2])}")
    return _on(event, f" → fd {event.ret}")


def _accept(event: Event) -> Variants:
    peer = event.args.get("peer")
    if event.error or not isinstance(peer, list) or len(peer) < 2:
        return _makes(event)
    host, port = printable.text(str(peer[0]), 40), printable.text(str(peer[1]), 8)
    who = f":{port}" if host.startswith("127.") else f"{host}:{port}"
    return [*_on(event, f" → fd {event.ret} {who}"), *_makes(event)]


def _control(event: Event) -> Variants:
    op, number = printable.text(event.op or "?", 6), event.target
    interest = " ".join(asked(event.events))
    failed = f" {_error(event)}" if event.error else ""
    full = f"epoll_ctl {op} fd {number}{' ' + interest if interest else ''}{failed}"
    return [full, f"ctl {op} fd {number}{' ' + interest if interest else ''}{failed}", f"ctl {op} fd {number}{failed}"]


def _born(event: Event) -> Variants:
    if event.error or not event.ret:
        return _other(event)
    thread = event.call == "clone"
    made = say("thread {id}", id=event.ret) if thread else say("process {id}", id=event.ret)
    return [f"{_name(event)} → {made}", f"{_name(event)} → {event.ret}"]


def _exec(event: Event) -> Variants:
    failed = f" {_error(event)}" if event.error else ""
    file = event.args.get("file")
    return [f"execve {one}{failed}" for one in path_label(file)] if isinstance(file, str) else [f"execve{failed}"]


def _close_range(event: Event) -> Variants:
    if event.error:
        return _other(event)
    closed = event.args.get("closed")
    count = len(closed) if isinstance(closed, list) else 0
    first = event.args.get("first")
    return [say("close_range from fd {first}: {count} closed", first=first, count=count), f"close_range → {count}"]


def _detailed(key: str) -> Callable[[Event], Variants]:
    """A call of which one argument says what it is about."""

    def words(event: Event) -> Variants:
        failed = f" {_error(event)}" if event.error else ""
        detail, value = event.args.get(key), event.args.get("value")
        shown = ":".join(map(str, detail)) if isinstance(detail, list) else str(detail)
        what = f" {printable.text(shown, 40)}" if detail is not None else ""
        full = f"{what} {printable.text(str(value), 24)}" if isinstance(value, int | str) and what else what
        return [*_on(event, full + failed), *_on(event, what + failed), *_on(event, failed)]

    return words


def _other(event: Event) -> Variants:
    result = f" {_error(event)}" if event.error else ""
    return _on(event, result)


_CALLS: Final[dict[str, Callable[[Event], Variants]]] = {
    **dict.fromkeys(ALL_READS, _read),
    **dict.fromkeys(ALL_WRITES, _write),
    **dict.fromkeys(("splice", "sendfile"), _splice),
    **dict.fromkeys(which("makes"), _makes),
    "SSL_read": _decrypted,
    "SSL_write": _write,
    "accept": _accept,
    "epoll_ctl": _control,
    "fork": _born,
    "clone": _born,
    "execve": _exec,
    "close_range": _close_range,
    "fcntl": _detailed("command"),
    "ioctl": _detailed("request"),
    "setsockopt": _detailed("option"),
    "getsockopt": _detailed("option"),
    "bind": _detailed("address"),
    "connect": _detailed("address"),
    "listen": _detailed("backlog"),
    "shutdown": _detailed("how"),
}  # fmt: skip
