"""Small questions that are asked in the key row: which lanes, which moment, which words. A prompt has the keys until it
is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from muxviz.language import say


class Prompt(Protocol):
    """A question under way."""

    @property
    def text(self) -> str | tuple[str, ...]:
        """What the key row says, or variants of it, the fullest first."""

    def press(self, key: str) -> bool:
        """Take a key; True where the question is done."""


class LanesPrompt:
    """Which lanes run: their numbers switch them, enter starts with those that are on."""

    def __init__(self, every: Sequence[str], on: Sequence[str], done: Callable[[tuple[str, ...]], None]) -> None:
        self._every, self._on, self._done = tuple(every), set(on), done

    @property
    def text(self) -> str:
        on, off = say("on"), say("OFF")
        lanes = say(", ").join(f"{lane} {on if lane in self._on else off}" for lane in self._every)
        return say("1-{count}: {lanes}   enter starts, escape back", count=len(self._every), lanes=lanes)

    def press(self, key: str) -> bool:
        if key.isdecimal() and 1 <= int(key) <= len(self._every):
            self._on ^= {self._every[int(key) - 1]}
            self._on = self._on or {self._every[int(key) - 1]}
        elif key == "enter":
            self._done(tuple(lane for lane in self._every if lane in self._on))
            return True
        return key in ("escape", "l", "q")


class YesPrompt:
    """Something that can't be taken back: y does it, any other key leaves it."""

    def __init__(self, words: str, done: Callable[[], None]) -> None:
        self._words, self._done = words, done

    @property
    def text(self) -> str:
        return self._words

    def press(self, key: str) -> bool:
        if key in ("y", "Y"):
            self._done()
        return True


class LinePrompt:
    """A line of text, and enter. What `done` returns is wrong with it, and the question stays."""

    def __init__(
        self,
        words: str,
        done: Callable[[str], str | None],
        *,
        text: str = "",
        help: str = "",
        complete: Complete | None = None,
    ) -> None:
        self._words, self._done, self._line, self._help, self._complete = words, done, text, help, complete
        self._trouble: str | None = None

    @property
    def text(self) -> str:
        return f"{self._words} {self._line}_   {self._trouble or self._help}"

    def press(self, key: str) -> bool:
        self._trouble, before = None, self._trouble
        if key == "space" or (len(key) == 1 and key.isprintable()):
            self._line = (self._line + (" " if key == "space" else key))[:_LONGEST]
        elif key == "backspace":
            self._line = self._line[:-1]
        elif key == "ctrl+u":
            self._line = ""
        elif key == "tab" and self._complete is not None:
            self._line = self._complete(self._line)
        elif key == "enter":
            self._trouble = self._done(self._line)
            return self._trouble is None
        else:
            self._trouble = before
        return key == "escape"


Complete = Callable[[str], str]
"""What was typed -> what it could go on as."""
_LONGEST = 400
