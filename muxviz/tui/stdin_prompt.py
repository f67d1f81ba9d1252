"""Standard output and input of a person's own programs: a pane with what they print, a prompt for what they read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from muxviz.language import say
from muxviz.printable import text
from muxviz.tui.moves import Moving
from muxviz.tui.player import Player

if TYPE_CHECKING:
    from muxviz.sources.lab.session import LabSession
    from muxviz.sources.session import SessionStatus

_END_KEY: Final = "ctrl+d"


class OwnPrograms(Moving):
    """A mode whose programs may be a person's own."""

    def printed(self) -> None:
        """What the programs print, or the wire."""
        self.view_state.printed = not self.view_state.printed

    def type_input(self) -> None:
        """Ask for a line that the focused lane reads from its standard input."""
        lane = self.view_state.focus
        from muxviz.sources.lab.session import LabSession

        if not self.can("type") or not isinstance(self.source, LabSession):
            return
        if _ended(self.source.status, lane):
            self.notice = say("{lane} has ended", lane=text(lane, 16))
        else:
            self.view_state.printed = True
            self.prompt = InputPrompt(self.source, self.player, lane)


def _ended(status: SessionStatus, lane: str) -> bool:
    return lane in status.lanes and status.lanes[lane].place == "ended"


class InputPrompt:
    """Lines for a program's standard input: enter sends one and stays for the next, Ctrl-D ends the input."""

    def __init__(self, session: LabSession, player: Player, lane: str) -> None:
        self._session, self._player, self._lane, self._line = session, player, lane, ""

    @property
    def text(self) -> tuple[str, ...]:
        asked = f"{say('into {lane}:', lane=text(self._lane, 16))} {text(self._line)}_   "
        return (
            asked + say("enter sends a line, ctrl+d ends its input, escape back"),
            asked + say("escape back"),
            asked,
        )

    def press(self, key: str) -> bool:
        """Take a key; True where the prompt is done."""
        if key == "enter":
            self._type(self._line.encode("utf-8", "replace") + b"\n")
            self._line = ""
        elif key == _END_KEY:
            self._type(b"")
            return True
        elif key == "space" or (len(key) == 1 and key.isprintable()):
            self._line += " " if key == "space" else key
        elif key == "backspace":
            self._line = self._line[:-1]
        elif key == "ctrl+u":
            self._line = ""
        return key == "escape"

    def _type(self, data: bytes) -> None:
        self._player.command(lambda: self._session.type(self._lane, data), time.monotonic())
