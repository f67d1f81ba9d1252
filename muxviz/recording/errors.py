"""What can be wrong with a recording, and how large its parts may be."""

from __future__ import annotations

from typing import Final

from muxviz.events import FormatError

LINE_LIMIT: Final = 8 << 20
"""Bytes; a longer line is not read into memory."""
LANES_LIMIT: Final = 1000
NAME_LIMIT: Final = 1000
"""Characters of a lane's name, or of a marker."""
FDS_LIMIT: Final = 1 << 16
"""Descriptors that a lane has open: each wait looks at every one of them."""

ALL_FDS_LIMIT: Final = 1 << 18
"""Descriptors of all lanes together, and half a kilobyte of each."""
NAMES_LIMIT: Final = 1 << 20
"""Clients' ports that are remembered, in all lanes together."""


class RecordingError(FormatError):
    """A recording that can't be written or read; one line says why. `readable` events stand before the damage."""

    def __init__(self, message: str, readable: int = 0) -> None:
        super().__init__(message)
        self.readable = readable
