"""An observed program's tracebacks, without the frames of the drop-ins that stand in for its calls."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Final

_HERE: Final = __file__.rpartition(os.sep)[0] + os.sep


def without_us(error: BaseException | None) -> None:
    """Take our frames out of an exception's traceback, and out of those that it came from."""
    _without_us(error, set())


def _without_us(error: BaseException | None, seen: set[int]) -> None:
    """Take our frames out of an exception's traceback, and out of those that it came from."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = _cut(error.__traceback__)
        _without_us(error.__cause__, seen)
        error = error.__context__


def _cut(traceback: TracebackType | None) -> TracebackType | None:
    kept = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(_HERE):
            kept.append(traceback)
        traceback = traceback.tb_next
    after: TracebackType | None = None
    for each in reversed(kept):
        each.tb_next = after
        after = each
    return after
