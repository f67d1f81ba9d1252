"""The words of a client action in the reader's language: labels are written in English, by a few patterns.

`A sends 12 bytes` is told by its pattern, in which the client is left as it is; a label with words of its own by those
words, where the language has them. What neither knows stays as it was written.
"""

from __future__ import annotations

import re
from typing import Final

from muxviz.language import _, of_label, say

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"(?P<who>\S+) connects", _("{who} connects")),
        (r"(?P<who>\S+) connect", _("{who} connect")),
        (r"(?P<who>\S+) begins to connect", _("{who} begins to connect")),
        (r"(?P<who>\S+) waits to connect", _("{who} waits to connect")),
        (r"(?P<who>\S+) sends (?P<count>\d+) bytes?", _("{who} sends {count} bytes")),
        (r"(?P<who>\S+) sends (?P<count>\d+) more", _("{who} sends {count} more")),
        (r"(?P<who>\S+) sends (?P<count>\d+[KM]) more", _("{who} sends {count} more")),
        (r"(?P<who>\S+) sends (?P<count>\d+) again", _("{who} sends {count} again")),
        (r"(?P<who>\S+) sends message (?P<count>\d+)", _("{who} sends message {count}")),
        (r"(?P<who>\S+) grows to (?P<count>\d+)", _("{who} grows to {count}")),
        (r"(?P<who>\S+) sends urgent data", _("{who} sends urgent data")),
        (r"(?P<who>\S+) reads", _("{who} reads")),
        (r"(?P<who>\S+) reads (?P<count>\d+)(?: bytes?)?", _("{who} reads {count} bytes")),
        (r"(?P<who>\S+) reads what came back", _("{who} reads what came back")),
        (r"You type (?P<count>\d+) bytes?", _("You type {count} bytes")),
        (r"You end its input", _("You end its input")),
        (r"(?P<who>\S+) reads again", _("{who} reads again")),
        (r"(?P<who>\S+) reads to the end", _("{who} reads to the end")),
        (r"(?P<who>\S+) half-closes", _("{who} half-closes")),
        (r"(?P<who>\S+) closes", _("{who} closes")),
        (r"(?P<who>\S+) resets", _("{who} resets")),
        (r"(?P<who>\S+) makes a socket", _("{who} makes a socket")),
    )
)


def action_words(label: str) -> str:
    """A safe label in the language in use."""
    own = of_label(label)
    if own is not None:
        return own
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(label)
        if found is not None:
            return say(template, **found.groupdict())
    return label
