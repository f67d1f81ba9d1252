"""What a record says of a call's arguments and result: its size, its flags, an option's value.

Arguments may be anything, as the call itself has not yet looked at them; what makes no sense is 0 or absent here.
"""

from __future__ import annotations

from typing import Any, Final

INTO_NAMES: Final = ("buffer", "nbytes", "flags")
"""The arguments of recv_into and recvfrom_into, the only ones that may be given by name."""
_OPTION_BYTES: Final = 256
"""How much of an option's value is recorded: a filter's program can be long."""


def first(args: tuple[Any, ...]) -> int:
    return args[0] if args and isinstance(args[0], int) else 0


def length(args: tuple[Any, ...], which: int = 0) -> int:
    """Bytes of a buffer argument."""
    try:
        return memoryview(args[which]).nbytes
    except (TypeError, IndexError):
        return 0  # the call says what is wrong with it


def of_bytes(result: Any) -> tuple[int, None]:
    return len(result), None


def of_int(result: Any) -> tuple[int, None]:
    return result, None


def of_pair(result: Any) -> tuple[int, Any]:
    """(data or count, …, address) of recvfrom and recvmsg."""
    data = result[0]
    return (data if isinstance(data, int) else len(data)), None


def flags_of(args: tuple[Any, ...], at: int) -> Any:
    return (args[at],) if len(args) > at and args[at] else None


def option(args: tuple[Any, ...]) -> tuple[int, Any]:
    level, name = (int(arg) if isinstance(arg, int) else 0 for arg in (*args, 0, 0)[:2])
    value: Any = args[2] if len(args) > 2 else None
    if isinstance(value, int):
        return 0, (level, name, int(value))
    try:
        return 0, (level, name, bytes(memoryview(value).cast("B")[:_OPTION_BYTES]))
    except TypeError:
        return 0, (level, name, None)  # no value, only a length; or nothing that the call takes


def into(args: tuple[Any, ...]) -> tuple[int, Any]:
    asked = args[1] if len(args) > 1 and isinstance(args[1], int) else 0
    return asked or length(args), flags_of(args, 2)


def plain(args: tuple[Any, ...]) -> tuple[int, Any]:
    return first(args), flags_of(args, 1)


def buffers(args: tuple[Any, ...]) -> tuple[int, Any]:
    parts = args[0] if args and isinstance(args[0], list | tuple) else ()
    return sum(length((part,)) for part in parts), None


def to(args: tuple[Any, ...]) -> tuple[int, Any]:
    return length(args), flags_of(args, 1) if len(args) > 2 else None
