"""The filter on the screen: asked for in the key row, matched a little at each frame, taken off with escape.

It is a way of looking. The trace and a recording keep everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxviz.language import _, say
from muxviz.trace.ask import ConditionError, Filter
from muxviz.tui.prompts import LinePrompt

if TYPE_CHECKING:
    from muxviz.tui.moves import Moving

_SLICE_SECONDS: Final = 0.02
_AT_ONCE_SECONDS: Final = 0.25
"""Most traces are gone through in this time, before the first picture."""
_HELP: Final = _("such as  pid == 9566   fd == 7   call in (read, write)   lane == edge; nothing shows all again")


class Filters:
    """The filter of one mode."""

    def __init__(self, mode: Moving) -> None:
        self._mode = mode

    @property
    def looking(self) -> bool:
        """It has not seen every event yet."""
        of = self._mode.player.filter
        return of is not None and not of.done

    @property
    def shown(self) -> tuple[object, ...]:
        """What of it is on the screen."""
        of = self._mode.player.filter
        return (of.text, len(of), of.looked if self.looking else None) if of is not None else ()

    def pulse(self) -> None:
        """Look at what is new."""
        of = self._mode.player.filter
        if of is not None:
            of.advance(_SLICE_SECONDS)

    def ask(self) -> None:
        """Ask for a condition."""
        of = self._mode.player.filter
        self._mode.prompt = LinePrompt(say("show only"), self._on, text=of.text if of is not None else "",
                                       help=say(_HELP))  # fmt: skip

    def _on(self, words: str) -> str | None:
        """What is wrong with the words, where something is."""
        if not words.strip():
            self.off()
            return None
        trace, player = self._mode.source.trace, self._mode.player
        try:
            of = Filter(trace, words)
        except ConditionError as error:
            return str(error)
        of.advance(_AT_ONCE_SECONDS)
        following = player.following
        player.playing = False
        player.filter = of
        if following:
            player.newest()
            return None
        here = of.before(player.n + 1)
        there = here if here is not None else of.after(player.n)
        if there is not None:
            player.stand_at(there)
        elif of.done:
            self._mode.notice = say("{asked}: no event of this session", asked=of.text)
        return None

    def off(self) -> None:
        """Show everything."""
        player = self._mode.player
        if player.filter is not None:
            player.filter = None
            self._mode.notice = say("everything is shown again")
