"""`k`: a client by hand. Two keys: which client (the one that is followed, tab for another) and what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from muxviz.language import say
from muxviz.printable import text
from muxviz.scenarios import Beat, Scenario
from muxviz.scenarios.client_actions import DEEDS, HELLO, connects, impossible, next_name, shown, typed
from muxviz.trace import Trace
from muxviz.tui.prompts import LinePrompt, Prompt

_DEEDS: Final = {deed.key: deed for deed in DEEDS}
_SHOWN: Final = 10
"""Cells for the bytes that `s` sends."""


class ManualClients:
    """What a person's hand remembers from one action to the next."""

    def __init__(self) -> None:
        self.data = HELLO


class DrivePrompt:
    """Which client, and what it does."""

    def __init__(
        self,
        hand: ManualClients,
        trace: Trace,
        scenario: Scenario | None,
        client: str | None,
        done: Callable[[Beat], None],
        refused: Callable[[str], None],
    ) -> None:
        self._hand, self._scenario, self._done, self._refused = hand, scenario, done, refused
        self._trace, self._chosen = trace, client
        self._line: Prompt | None = None

    @property
    def _sockets(self) -> dict[str, bool]:
        """Every client's, and whether it is open: as of now, as the programs may run while the question stands."""
        return dict(self._trace.now.sockets)

    @property
    def _new(self) -> str:
        return next_name(self._sockets, self._scenario)

    @property
    def _client(self) -> str | None:
        """The chosen client, else the one that connected last of those that are open."""
        sockets = self._sockets
        if self._chosen in sockets:
            return self._chosen
        return next((name for name in reversed(sockets) if sockets[name]), None)

    @property
    def text(self) -> str | tuple[str, ...]:
        if self._line is not None:
            return self._line.text
        connect = f"c {say('connect')} {self._new}"
        if self._client is None:
            return f"{say('drive a client by hand')}:  {connect}   escape {say('back')}"
        return tuple(self._offer(connect, *words) for words in (("  ", _SHOWN), ("  ", 0), (" ", 0)))

    def _offer(self, connect: str, gap: str, room: int) -> str:
        who = text(self._client or "", 8) + ("" if self._sockets.get(self._client or "") else f" {say('(closed)')}")
        others = f" (tab{' ' + say('another') if room else ''})" if len(self._choices) > 1 else ""
        data = f" {shown(self._hand.data, room)}" if room else ""
        parts = [f"s {say('send')}{data}", f"t {say('type')}"]
        for deed in DEEDS:
            words = say(deed.words)
            if deed.key != "s":
                parts.append(f"{deed.key} {words if len(gap) > 1 else words.partition('-')[0]}")
        return gap.join([f"{who}{others}:", *parts, connect])

    @property
    def _choices(self) -> Sequence[str]:
        """Clients that can do something, and the chosen one."""
        return [name for name, is_open in self._sockets.items() if is_open or name == self._client]

    def press(self, key: str) -> bool:
        if self._line is not None:
            return self._press_line(key)
        if key in ("tab", "shift+tab"):
            self._turn(1 if key == "tab" else -1)
            return False
        if key == "c":
            self._done(connects(self._new, self._scenario))
            return True
        if key == "t" or key in _DEEDS:
            trouble = impossible(self._client, self._sockets, self._new)
            if trouble is not None:
                self._refused(trouble)
                return True
        if key == "t":
            help = say("enter sends; *5000 is so many, \\n \\x00 are bytes")
            self._line = LinePrompt(say("{client} sends", client=self._client), self._typed, help=help)
        elif key in _DEEDS:
            self._done(_DEEDS[key].make(self._client or "", self._hand.data))
            return True
        return key in ("escape", "k", "q")

    def _press_line(self, key: str) -> bool:
        assert self._line is not None
        if key == "escape":
            self._line = None
            return False
        return self._line.press(key)

    def _typed(self, line: str) -> str | None:
        try:
            self._hand.data = typed(line)
        except ValueError as error:
            return str(error)
        self._done(_DEEDS["s"].make(self._client or "", self._hand.data))
        return None

    def _turn(self, by: int) -> None:
        choices = self._choices
        if choices:
            at = choices.index(self._client) + by if self._client in choices else 0
            self._chosen = choices[at % len(choices)]
