"""Payload bytes as a text that any program can read, and back: printable ASCII as it is, a backslash doubled, every
other byte as `\\xNN`."""

from __future__ import annotations

import re
from typing import Final

PAYLOAD_BYTES: Final = 256
"""How much of each call is recorded where payload was asked for."""

_TEXT: Final = [chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}" for byte in range(256)]
_TEXT[0x5C] = "\\\\"
_PART: Final = re.compile(r"\\x([0-9a-f]{2})|\\(\\)|([ -\[\]-~])")


def escape(data: bytes) -> str:
    """`b"a\\n"` -> `a\\x0a`."""
    return "".join([_TEXT[byte] for byte in data])


def unescape(text: str) -> bytes:
    """The inverse of `escape`. Raises ValueError for anything that it does not write."""
    out, at = bytearray(), 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise ValueError(f"no payload at character {at}")
        out.append(int(found[1], 16) if found[1] else ord(found[2] or found[3]))
        at = found.end()
    return bytes(out)
