"""Files that a command writes: whole, or not at all, and no draft beside them whatever ends us."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from muxviz.cli.common import Problem
from muxviz.whole_file import write_whole

_ENDS: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK") if hasattr(signal, name)
)
"""What would end us on the spot. Ctrl-C raises an exception already; Windows has other names than Linux."""


def save(path: Path, parts: Iterable[str]) -> None:
    """Write a text file. Raises Problem where it can't be written, and then a file that was there is as it was; a
    signal that ends us, by an exception, leaves it so too."""
    try:
        with _ending_by_exception():
            write_whole(path, parts)
    except OSError as error:
        raise Problem(f"can't write {path}: {error.strerror or error}") from None


@contextmanager
def _ending_by_exception() -> Iterator[None]:
    """Signals end the block as Ctrl-C does, so that everything is put away. One that is ignored stays so (nohup(1))."""
    taken = [number for number in _ENDS if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, frame: FrameType | None) -> None:
        for one in taken:
            signal.signal(one, signal.SIG_IGN)  # a second one must not break off the putting away
        raise SystemExit(128 + number)

    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
