"""A restart that returns to where the screen was: its progress in words, and the key that waits for its end."""

from __future__ import annotations

from typing import Any, Final

from muxviz.language import say
from muxviz.tui.actions import Action

DEFERRED: Final = frozenset(
    {"step", "step-back", "wakeup", "wakeup-back", "action", "action-back", "lane-step", "lane-step-back"}
    | {"first", "newest", "go-to", "run", "record", "fix", "mark", "drive", "finding", "finding-back"}
)
"""Actions that mean the place where the journey ends: until it is there, the newest of them waits."""


class Restart:
    """From a new start to where the servers have settled after a client action."""

    def __init__(self, words: str, actions: int = 0, of: int | None = None) -> None:
        self.actions = actions
        self._words, self._of = words, of
        self.queued: Action[Any] | None = None

    @property
    def under_way(self) -> str:
        """While it goes on."""
        if not self.actions:
            return say("{why}; starting anew …", why=self._words)
        return say("{why}; starting anew, up to {place} …", why=self._words, place=self._place(self.actions))

    def over(self, done: int) -> str:
        """At its end, with so many client actions done."""
        if not self.actions:
            return say("{why}; started anew", why=self._words)
        values = {"why": self._words, "place": self._place(done)}
        if done < self.actions:
            return say("{why}; started anew up to {place}, and no further", **values)
        return say("{why}; started anew up to {place}", **values)

    def _place(self, actions: int) -> str:
        if not actions:
            return say("the first step")
        if self._of is None:
            return say("client action {n}", n=actions)
        return say("client action {n} of {count}", n=actions, count=self._of)
