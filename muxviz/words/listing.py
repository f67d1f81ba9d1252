"""One line of text for each event: what `muxviz show` prints. Calls are written as strace writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from muxviz.events import Event, Exit, Queues
from muxviz.printable import text

_MOST: Final = 1 << 16
"""Characters of a line; a hostile one has millions."""


def line(event: Event) -> str:
    """`17  step 11    0.913400 edge   epoll_wait(4) = 1 ready: fd 5 IN   [fd 5: 12 unread]`, printable."""
    step = f"step {event.step}" if event.step is not None else ""
    head = f"{event.n:>6}  {step:<9} {event.t / 1e9:>11.6f}  {event.lane or '':<8}"
    return _printable(f"{head} {_words(event)}")


def words(event: Event) -> str:
    """The same without what stands before the call: `epoll_wait(4) = 1 ready: fd 5 IN   [fd 5: 12 unread]`."""
    return _printable(_words(event))


def _words(event: Event) -> str:
    return f"{_WORDS[event.kind](event)}{_queues(event.queues)}"


def _printable(written: str) -> str:
    return text(written if len(written) <= _MOST else written[:_MOST] + "…").rstrip()


def _call(event: Event) -> str:
    who = f"client {event.client}: " if event.client else ""
    fd = [] if event.fd is None else [f"fd {event.fd}"]
    thread = f"thread {event.tid}: " if event.tid is not None else ""
    call = f"{thread}{who}{event.call}({', '.join(fd + _args(event.args))})"
    if event.phase:
        return f"{call} … asleep"
    if event.error:
        return f"{call} = {event.error}"
    if event.data is not None:
        return f'{call} = {event.ret}  "{event.data}"'
    if event.ready is not None:
        ready = "".join(f"  fd {fd} {flags}" for fd, flags in event.ready)
        return f"{call} = {event.ret} ready{ready}"
    return f"{call} = {event.ret}"


def _args(args: dict[str, Any]) -> list[str]:
    return [f"{name} {_ARGS.get(name, str)(value)}" for name, value in args.items()]


def _pairs(value: Any) -> str:
    return " ".join(map(_joined, value)) if isinstance(value, list) else str(value)


def _joined(value: Any) -> str:
    return ":".join(map(str, value)) if isinstance(value, list) else str(value)


_ARGS: Final[dict[str, Callable[[Any], str]]] = {
    "interest": _pairs,
    "address": _joined,
    "peer": _joined,
    "local": _joined,
}


def _queues(queues: dict[str, Queues]) -> str:
    return "".join(f"  [fd {fd}: {found}]" for fd, queue in queues.items() if (found := _found(queue)))


def _found(queue: Queues) -> str:
    words = [f"{value} {name}" for name, value in _named(queue) if value is not None]
    return ", ".join(words + [word for word in (queue.tcp, queue.level and f"level {queue.level}") if word])


def _named(queue: Queues) -> list[tuple[str, int | None]]:
    return [
        ("unread", queue.recv),
        ("unsent", queue.unsent),
        ("unacknowledged", queue.unacked),
        ("to accept", queue.accepts),
        ("queued", queue.queued),
        *(queue.kept or {}).items(),
    ]


def _exit(event: Event) -> str:
    end = event.exit or Exit()
    by = " by muxviz" if end.by == "muxviz" else ""
    last = (end.traceback or "").strip().rpartition("\n")[2]
    how = f"killed{by} with {end.signal}" if end.signal else f"exited{by} with status {end.status}"
    return f"*** {how}" + (f": {last}" if last else "")


_WORDS: Final[dict[str, Callable[[Event], str]]] = {
    "call": _call,
    "enter": _call,
    "action": lambda event: f"--- client action {event.beat}: {event.action}",
    "look": lambda event: "seen from outside:",
    "mark": lambda event: f"mark: {event.mark}",
    "exit": _exit,
    "keyframe": lambda event: "keyframe",
    "source": lambda event: f"source of {event.file}, {len(event.source or '')} characters",
    "note": lambda event: f"note: {event.note or ''}",
}
