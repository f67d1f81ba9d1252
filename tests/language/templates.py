"""Every English template in the sources: the literals in `say("…")` and `_("…")`, parsed and not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import muxviz

ROOT = Path(muxviz.__file__).parent
MARKS = frozenset({"say", "_"})


def marked(node: ast.AST) -> Iterator[str]:
    """The template of a call of `say` or `_`. Raises AssertionError where `_` is not given a literal."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
        assert isinstance(first, ast.Constant) or node.func.id == "say", ast.unparse(node)
        assert not isinstance(first, ast.JoinedStr), ast.unparse(node)


def templates() -> dict[str, str]:
    """Template -> `file:line` of its first place."""
    found: dict[str, str] = {}
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            for template in marked(node):
                found.setdefault(template, f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    return found


def fields(template: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def words_of_tables() -> dict[str, str]:
    """What stands in tables and is said where they are drawn: word -> the table."""
    from muxviz.draw import bars, overlay
    from muxviz.draw.menu import KEYS as MENU_KEYS
    from muxviz.scenarios.model import GROUPS
    from muxviz.trace.position import HELP
    from muxviz.tui.lab_actions import ACTIONS
    from muxviz.tui.menu import MenuMode

    found = {HELP: "where", **dict.fromkeys(GROUPS, "groups")}
    for keys in (bars.KEYS, bars.REPLAY_KEYS, bars.TRACE_KEYS, MENU_KEYS, tuple(bars._NARROW.values())):
        found |= {what: "keys" for _key, what in keys if what}
    for title, rows in overlay._HELP_KEYS:
        found |= {title: "help"} | {words: "help" for _keys, full, brief in rows for words in (full, brief)}
    found |= {what: "help" for _picture, what in overlay._WIRE}
    found |= {picture: "help" for (picture, _style), _what in overlay._WIRE if any(map(str.isalpha, picture))}
    found |= {words: "help" for pair in overlay._WORDS for entry in pair for words in entry}
    found |= {"unread": "queues", "queued": "queues", "unsent": "queues"}
    for action in (*ACTIONS, *MenuMode.actions):
        found |= {action.name: "actions", action.tooltip: "actions"}
    return found
