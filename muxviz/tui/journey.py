"""A new start on its way back to where the screen was: what is said of it, and the key that has to wait for its end."""

from __future__ import annotations

from typing import Any, Final

from muxviz.tui.actions import Action

WAITS: Final = frozenset(
    {"step", "step-back", "wakeup", "wakeup-back", "action", "action-back", "lane-step", "lane-step-back"}
    | {"first", "newest", "go-to", "run", "record", "fix", "mark", "drive", "finding", "finding-back"}
)
"""Actions that mean the place where the journey ends: until it is there, the newest of them waits."""


class Journey:
    """From a new start to where the servers have settled after a client action."""

    def __init__(self, words: str, actions: int = 0, of: int | None = None) -> None:
        self.actions = actions
        self._words, self._of = words, of
        self.queued: Action[Any] | None = None

    @property
    def under_way(self) -> str:
        """While it goes on."""
        where = f", up to {self._place(self.actions)}" if self.actions else ""
        return f"{self._words}; starting anew{where} …"

    def over(self, done: int) -> str:
        """At its end, with so many client actions done."""
        if not self.actions:
            return f"{self._words}; started anew"
        short = "" if done >= self.actions else ", and no further"
        return f"{self._words}; started anew up to {self._place(done)}{short}"

    def _place(self, actions: int) -> str:
        of = f" of {self._of}" if self._of is not None else ""
        return f"client action {actions}{of}" if actions else "the first step"
