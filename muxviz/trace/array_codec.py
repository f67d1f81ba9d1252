"""Numbers as one line of text: arrays of positions, as a recording's index has them.

Little-endian, deflated, base64: a million positions are about two megabytes of ASCII and are there again in 20 ms. What
comes back was in a file, so it is held to a length, and to be rising where a bisection will rely on that.
"""

from __future__ import annotations

import binascii
import sys
import zlib
from array import array
from itertools import islice
from operator import lt


class PackError(ValueError):
    """Text that isn't what `pack` wrote."""


def pack(numbers: array[int]) -> str:
    """The numbers as ASCII text."""
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return binascii.b2a_base64(zlib.compress(numbers.tobytes(), 1), newline=False).decode()


def unpack(text: str, typecode: str, most: int) -> array[int]:
    """The numbers of a text, at most so many. Raises PackError."""
    numbers = array(typecode)
    limit = most * numbers.itemsize
    try:
        found = zlib.decompressobj().decompress(binascii.a2b_base64(text), limit + 1)
        if len(found) > limit:
            raise PackError("more numbers than there are events")
        numbers.frombytes(found)
    except (ValueError, zlib.error) as error:
        raise PackError(str(error)) from None
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def positions(text: str, below: int, most: int | None = None) -> array[int]:
    """Rising event numbers, each below a bound; at most so many, where there are fewer places than that. Raises
    PackError."""
    numbers = unpack(text, "I", below if most is None else most)
    if numbers and (numbers[-1] >= below or not _rising(numbers)):
        raise PackError("positions that do not rise")
    return numbers


def shared(texts: dict[str, str], below: int) -> dict[str, array[int]]:
    """Rising event numbers of several lanes, by lane: an event is of one lane, so that together they are no more than
    there are events. Raises PackError."""
    left, found = below, {}
    for lane, text in texts.items():
        found[lane] = positions(text, below, left)
        left -= len(found[lane])
    return found


def _rising(numbers: array[int]) -> bool:
    return all(map(lt, numbers, islice(numbers, 1, None)))
