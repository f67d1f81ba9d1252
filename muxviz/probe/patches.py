"""What stands in the place of something else, and how it was before: a program's own end takes the drop-ins with it,
the end of a recorded block has to take them out.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .signatures import ABSENT


class Patches:
    """Replaced attributes of modules and classes, in their order."""

    def __init__(self) -> None:
        self._were: list[tuple[Any, str, Any, Any]] = []

    def put(self, target: Any, name: str, value: Any) -> None:
        """Set the attribute, and remember what the target itself had: nothing, where it was inherited."""
        self._were.append((target, name, vars(target).get(name, ABSENT), value))
        setattr(target, name, value)

    def swaps(self) -> list[tuple[Any, Any]]:
        """Original and drop-in of what a module can have by `from … import`."""
        return [(was, value) for target, _, was, value in self._were if isinstance(target, ModuleType)]

    def undo(self) -> None:
        """Put everything back, the last one first. What somebody else has replaced since is left as it is."""
        while self._were:
            target, name, was, value = self._were.pop()
            if vars(target).get(name) is not value:
                continue
            if was is ABSENT:
                delattr(target, name)
            else:
                setattr(target, name, was)
