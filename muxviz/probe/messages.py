"""What waits in the program's own queues of outgoing messages: `message_queues`, by its exact name.

No method of a class that we do not know is called (a `qsize()` takes the queue's lock and can hang): only the
built-in containers and `queue.Queue`'s own deque are read, through the built-in types' methods.
"""

from __future__ import annotations

import sys
from _socket import socket as c_socket
from collections import deque
from types import FrameType
from typing import Any

_fileno = c_socket.fileno


def queued(frame: FrameType, name: str) -> dict[int, tuple[int | None, int]]:
    """fd -> (bytes, messages) from the mapping of that name in the frame's locals or globals; empty where there is
    none. Bytes are None where a message is not a bytes-like object."""
    code = frame.f_code
    if name in code.co_varnames or name in code.co_freevars or name in code.co_cellvars:
        mapping = frame.f_locals.get(name)
    else:
        mapping = dict.get(frame.f_globals, name)
    if mapping is None or not issubclass(type(mapping), dict):
        return {}
    found = {}
    for key, value in _items(mapping):
        fd = _fileno(key) if issubclass(type(key), c_socket) else key
        if type(fd) is int and fd >= 0:
            measure = _measure(value)
            if measure is not None:
                found[fd] = measure
    return found


def _items(mapping: dict[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        return list(dict.items(mapping))
    except RuntimeError:
        return []  # another thread changed it while it was being copied


def _measure(value: Any) -> tuple[int | None, int] | None:
    if type(value) in (bytes, bytearray):
        return len(value), int(bool(value))
    module = sys.modules.get("queue")
    if module is not None and type(value) in (module.Queue, module.LifoQueue):
        value = vars(value).get("queue")
    if type(value) not in (deque, list):
        return None
    try:
        messages = list(value)
    except RuntimeError:
        return None
    sizes = [
        len(m) if type(m) in (bytes, bytearray, str) else m.nbytes if type(m) is memoryview else -1 for m in messages
    ]
    return (None if -1 in sizes else sum(sizes)), len(messages)
