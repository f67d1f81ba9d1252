"""What a person can do, in one table for each mode of the screen: keys, the name that a person would search for, and
the deed. The keys and the command palette are made from it, so that nothing can be in one and not in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Mode = TypeVar("Mode")


@dataclass(frozen=True)
class Action(Generic[Mode]):
    """One thing to do on a mode."""

    keys: tuple[str, ...]
    """As `key_of` writes them."""
    id: str
    name: str
    """The palette's words."""
    group: str
    tooltip: str
    do: Callable[[Mode], object]


def by_key(actions: Iterable[Action[Mode]]) -> dict[str, Action[Mode]]:
    """The actions by key; a key that two of them have is a mistake in the table."""
    found: dict[str, Action[Mode]] = {}
    for action in actions:
        for key in action.keys:
            assert key not in found, key
            found[key] = action
    return found


def key_of(key: str, character: str | None) -> str:
    """A key press in the table's words: the character where it prints one, Textual's name for any other key."""
    return character if character is not None and character.isprintable() and character != " " else key
