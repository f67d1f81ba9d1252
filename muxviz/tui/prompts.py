"""Small questions that are asked in the key row: which lanes, which step. A prompt has the keys until it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Prompt(Protocol):
    """A question under way."""

    @property
    def text(self) -> str:
        """What the key row says."""

    def press(self, key: str) -> bool:
        """Take a key; True where the question is done."""


class LanesPrompt:
    """Which lanes run: their numbers switch them, enter starts with those that are on."""

    def __init__(self, every: Sequence[str], on: Sequence[str], done: Callable[[tuple[str, ...]], None]) -> None:
        self._every, self._on, self._done = tuple(every), set(on), done

    @property
    def text(self) -> str:
        lanes = ", ".join(f"{lane} {'on' if lane in self._on else 'OFF'}" for lane in self._every)
        return f"1-{len(self._every)}: {lanes}   enter starts, escape back"

    def press(self, key: str) -> bool:
        if key.isdecimal() and 1 <= int(key) <= len(self._every):
            self._on ^= {self._every[int(key) - 1]}
            self._on = self._on or {self._every[int(key) - 1]}
        elif key == "enter":
            self._done(tuple(lane for lane in self._every if lane in self._on))
            return True
        return key in ("escape", "l", "q")


class NumberPrompt:
    """A number, and enter."""

    def __init__(self, words: str, done: Callable[[int], None]) -> None:
        self._words, self._done, self._digits = words, done, ""

    @property
    def text(self) -> str:
        return f"{self._words} {self._digits}_     enter: go   escape: back"

    def press(self, key: str) -> bool:
        if key.isdecimal() and key.isascii() and len(self._digits) < 9:
            self._digits += key
        elif key == "backspace":
            self._digits = self._digits[:-1]
        elif key == "enter":
            if self._digits:
                self._done(int(self._digits))
            return True
        return key in ("escape", "q")
