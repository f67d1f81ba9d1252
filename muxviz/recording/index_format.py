"""A recording's last lines: an index, so that it opens without being read, and where that index is.

    {"index":{"count":1000000,"crc":2774182203,"blocks":"…","framed":"…", …}}
    {"end":{"index":231482934}}

The `end` line is written last. Marks that a person sets later are appended behind it, with another `end` line that
leads to the same index; what stands behind the index is read line by line. A file that was cut short has no `end`, and
one that was changed has another checksum: both are read from their beginning, as if there were no index.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec

from muxviz.events import Count, Position
from muxviz.findings import FindingsForm
from muxviz.kernel import State
from muxviz.trace.index import IndexForm
from muxviz.trace.maxima import MaximaForm

BLOCK: Final = 256
"""Events between two offsets of the index."""
ANNOTATION: Final = re.compile(rb'\{"n":\d{1,10},"t":\d{1,19},"(mark|keyframe)":')
"""How a line begins that belongs to an event and is none, in a file that we wrote."""
INDEX_PREFIX: Final = b'{"index":'
END_PREFIX: Final = b'{"end":'


class Ending(msgspec.Struct, omit_defaults=True):
    """What the index line holds."""

    count: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
    crc: int
    """CRC-32 of every byte before the index line."""
    blocks: str
    """Packed: the offset of every 256th event's line, and of the end of the last event's block."""
    framed: str
    """Packed: n of each keyframe."""
    frames: str
    """Packed: the offsets of their lines."""
    lanes: list[str]
    index: IndexForm
    extent: MaximaForm
    now: State
    marks: dict[Position, str] = {}
    findings: FindingsForm | None = None
    """None in a recording of an older muxviz."""


class IndexLine(msgspec.Struct):
    index: Ending


class _Place(msgspec.Struct):
    index: Count


class EndLine(msgspec.Struct):
    end: _Place


index_decoder: Final = msgspec.json.Decoder(IndexLine)
end_decoder: Final = msgspec.json.Decoder(EndLine)


def end_line(offset: int) -> bytes:
    """The last line of a recording whose index line begins at an offset."""
    return b'%b{"index":%d}}' % (END_PREFIX, offset)
