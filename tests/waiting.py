"""Waiting for a thing to be so.

Nothing is learnt from how long that takes: the limit is for what never comes, and so long that no loaded machine
reaches it. It is shorter than what a test has altogether (`timeout` in pyproject.toml), so that a failure says what
did not come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

LIMIT_SECONDS: Final = 100.0


def until(true: Callable[[], object], what: str, pause: float = 0.005) -> None:
    """Ask every `pause` seconds until it is so."""
    for _ in within(what):
        if true():
            return
        time.sleep(pause)


def within(what: str | Callable[[], str]) -> Iterator[None]:
    """Rounds of a loop that ends by itself: past the limit an AssertionError that says what did not come."""
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        yield
    raise AssertionError(f"not within {LIMIT_SECONDS:.0f} s: {what if isinstance(what, str) else what()}")
