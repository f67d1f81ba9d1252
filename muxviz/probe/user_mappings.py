"""How much the program keeps for each fd in mappings of its own that a person named: `buffers`, `server.pending`.

A name is looked for as the program would find it where it makes its call: among the locals and globals of its frames,
the nearest first, then in the frame's `self`. Nothing of the program's own is run for it: attributes are read from
instance and class dictionaries and slots, never through a property, and lengths are those of the built-in types.
"""

from __future__ import annotations

import sys
from _socket import socket as c_socket
from collections import deque
from types import FrameType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final

Sizes = tuple[tuple[str, int | None], ...]
"""Each watched name with the length of what its mapping has for an fd; None where it has nothing."""

_FRAMES: Final = 40
"""Frames of a stack that are looked through."""
_ABSENT: Final = object()
_fileno = c_socket.fileno
_mro: Any = vars(type)["__mro__"]
_LENGTHS: Final[tuple[tuple[type, Any], ...]] = tuple(
    (kind, kind.__len__) for kind in (bytes, bytearray, str, deque, list, tuple, dict, set, frozenset)
)


def sizes(frame: FrameType, names: tuple[str, ...]) -> dict[int, Sizes]:
    """By fd, for the fds that any of the mappings has."""
    found = {name: of_mapping(_find(frame, name)) for name in names}
    fds = {fd for of in found.values() for fd in of}
    return {fd: tuple((name, found[name].get(fd)) for name in names) for fd in fds}


def of_mapping(mapping: Any) -> dict[int, int]:
    """fd -> length, of a dict whose keys are sockets or fds."""
    if not issubclass(type(mapping), dict):
        return {}
    try:
        items = list(dict.items(mapping))
    except RuntimeError:
        return {}  # another thread changed it while it was being copied
    lengths = {}
    for key, value in items:
        fd = _fileno(key) if issubclass(type(key), c_socket) else key
        length = _length(value)
        if type(fd) is int and fd >= 0 and length is not None:
            lengths[fd] = length
    return lengths


def _length(value: Any) -> int | None:
    if type(value) is memoryview:
        return value.nbytes
    for module, attribute in (("queue", "queue"), ("asyncio.queues", "_queue")):
        classes = vars(sys.modules[module]).values() if module in sys.modules else ()
        if type(value) in [one for one in classes if isinstance(one, type) and one.__name__.endswith("Queue")]:
            value = _attribute(value, attribute)
    return next((length(value) for kind, length in _LENGTHS if issubclass(type(value), kind)), None)


def _find(frame: FrameType, path: str) -> Any:
    first, *rest = path.split(".")
    value = _name(frame, first)
    for attribute in rest:
        if value is _ABSENT:
            break
        value = _attribute(value, attribute)
    return value


def _name(frame: FrameType, name: str) -> Any:
    at: FrameType | None = frame
    for _ in range(_FRAMES):
        if at is None:
            break
        code = at.f_code
        if name in code.co_varnames or name in code.co_freevars or name in code.co_cellvars:
            value = at.f_locals.get(name, _ABSENT)
        else:
            value = dict.get(at.f_globals, name, _ABSENT)
        if value is _ABSENT and "self" in code.co_varnames[: code.co_argcount]:
            value = _attribute(at.f_locals.get("self"), name)
        if value is not _ABSENT:
            return value
        at = at.f_back
    return dict.get(vars(sys.modules["__main__"]), name, _ABSENT)


def _attribute(value: Any, name: str) -> Any:
    """An attribute as it is stored: of the object itself, of a slot, of its class."""
    if issubclass(type(value), ModuleType):
        return dict.get(ModuleType.__getattribute__(value, "__dict__"), name, _ABSENT)
    classes = [vars(one) for one in _mro.__get__(type(value))]
    for of in classes:
        stored = of.get("__dict__")
        if stored is not None:
            own = stored.__get__(value) if type(stored) is GetSetDescriptorType else {}
            if name in own:
                return own[name]
            break
    for of in [*classes, *([vars(one) for one in _mro.__get__(value)] if issubclass(type(value), type) else [])]:
        if name in of:
            found = of[name]
            if type(found) is not MemberDescriptorType:
                return found
            try:
                return found.__get__(value)
            except AttributeError:
                return _ABSENT
    return _ABSENT
