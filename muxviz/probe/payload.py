"""What calls moved, where the person asked for payload: the first bytes, copied after the call.

The call itself is wrapped, not its drop-in, and only where payload was asked for: otherwise nothing here is loaded and
no drop-in knows of it. The bytes go before the call's own record, in one of their own (`layout.CONTENTS`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import ring_format
from .calls import Calls

Moved = Callable[[Any, tuple[Any, ...], dict[str, Any]], tuple[list[Any], int | None]]
"""result, arguments behind the socket or fd, named arguments -> buffers, and how many bytes of them; None for all."""


def _buffer(args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
    return [args[0] if args else named["buffer"]]


def _decrypted(result: Any, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Any], int | None]:
    """Of ssl.SSLSocket.read(len, buffer)."""
    return ([args[1] if len(args) > 1 else named["buffer"]], result) if type(result) is int else ([result], None)


MOVED: Final[dict[str, Moved]] = {
    "recv": lambda result, args, named: ([result], None),
    "recvfrom": lambda result, args, named: ([result[0]], None),
    "recvmsg": lambda result, args, named: ([result[0]], None),
    "recv_into": lambda result, args, named: (_buffer(args, named), result),
    "recvfrom_into": lambda result, args, named: (_buffer(args, named), result[0]),
    "recvmsg_into": lambda result, args, named: (list(args[0]), result[0]),
    "send": lambda result, args, named: ([args[0]], result),
    "sendto": lambda result, args, named: ([args[0]], result),
    "sendmsg": lambda result, args, named: (list(args[0]), result),
    "sendall": lambda result, args, named: ([args[0]], None),
    "read": lambda result, args, named: ([result], None),
    "readv": lambda result, args, named: (list(args[0]), result),
    "write": lambda result, args, named: ([args[0]], result),
    "writev": lambda result, args, named: (list(args[0]), result),
    "SSL_read": _decrypted,
    "SSL_write": lambda result, args, named: ([args[0] if args else named["data"]], result),
}


def wrapped(calls: Calls, name: str, real: Any) -> Any:
    """A call that leaves behind what it moved; `real` itself where payload was not asked for."""
    moved, limit, control = MOVED.get(name), calls.payload, calls.control
    if not limit or moved is None:
        return real

    def call(target: Any, *args: Any, **named: Any) -> Any:
        result = real(target, *args, **named)
        if control[0]:
            try:
                data = _first(*moved(result, args, named), limit)
            except Exception:  # an iterator that is used up, a buffer that was let go: it is not ours to complain
                return result
            if data:
                calls.define(ring_format.CONTENTS, 0, data)
        return result

    return call


def _first(buffers: list[Any], count: int | None, limit: int) -> bytes:
    left = limit if count is None else min(count, limit)
    parts = []
    for buffer in buffers:
        if left <= 0:
            break
        with memoryview(buffer) as view, view.cast("B") as flat:
            part = bytes(flat[:left])
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
