"""The command palette: every action of the mode that is shown, by its name and by what it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from muxviz.language import say
from muxviz.tui.actions import Action
from muxviz.tui.host import Mode


class _Acting(Protocol):
    """The application, as far as the palette needs it."""

    @property
    def mode(self) -> Mode:
        """What is shown."""

    def do(self, action: Action[Any]) -> None:
        """An action from the palette."""


class Actions(Provider):
    """Searches the table of actions."""

    def _found(self) -> list[tuple[Action[Any], Callable[[], None]]]:
        app = cast("_Acting", self.app)
        return [(action, partial(app.do, action)) for action in app.mode.actions if action.id != "palette"]

    async def discover(self) -> Hits:
        """All of them, in the table's order."""
        for action, run in self._found():
            yield DiscoveryHit(say(action.name), run, help=_help(action))

    async def search(self, query: str) -> Hits:
        """Those whose name or tooltip has what was typed; a name counts more."""
        matcher = self.matcher(query)
        for action, run in self._found():
            by_name = matcher.match(say(action.name))
            score = by_name or matcher.match(say(action.tooltip)) / 2
            if score > 0:
                yield Hit(score, matcher.highlight(say(action.name)), run, text=say(action.name), help=_help(action))


def _help(action: Action[Any]) -> str:
    return f"{say(' or ').join(action.keys)}: {say(action.tooltip)}"
