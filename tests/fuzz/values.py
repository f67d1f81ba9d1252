"""Values at the edges of their types, and the mutations of a tree of JSON."""

# ruff: noqa: E501 - tables whose rows are long

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

EDGES: Final = tuple(
    sign * (1 << bits) + off
    for bits in (0, 7, 8, 15, 16, 20, 31, 32, 53, 62, 63, 64)
    for sign in (1, -1)
    for off in (-1, 0, 1)
)
"""Where integers of some width end."""
NUMBERS: Final = (*EDGES, 10**30, 10**400, 1e15, 1e16, 1e308, -1e308, 5e-324, 0.5, -0.0, float("nan"), float("inf"))
WORDS: Final = (
    "", " ", "\x00", "\x1b[2J", "\u202e", "漢字" * 30, "x" * 70_000, "\ud800", "é̂" * 20, "|", "IN|", "|" * 190, "0x" + "f" * 40,
    "IN", "IN|OUT|ET|ONESHOT", "R|W|X", "ERR|HUP|NVAL", "LISTEN", "ESTABLISHED", "EAGAIN", "EEXIST", "timeout", "9" * 12,
    "9" * 5000, "-1", "5", "²", "%s{x}{0}%(y)d", "a\nb", "\t", "</script>", "\"'><&", "A", "#1", "edge", "../x.py",
)  # fmt: skip
MADE: Final[dict[type, tuple[Any, ...]]] = {
    int: NUMBERS, float: NUMBERS, str: WORDS, bool: (True, False), type(None): (None,),
}  # fmt: skip


def nested(depth: int, rng: random.Random) -> Any:
    """Lists within lists, or objects within objects."""
    value: Any = rng.choice((0, "x", [], {}))
    for _ in range(depth):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def any_value(rng: random.Random) -> Any:
    """A value of any type."""
    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(NUMBERS)
    if kind < 7:
        return rng.choice(WORDS)
    if kind == 7:
        return rng.choice((True, False, None, [], {}))
    if kind == 8:
        return nested(rng.choice((1, 2, 3, 4, 5, 6, 40, 300)), rng)
    return [rng.choice((rng.choice(EDGES), rng.choice(WORDS), [5, "IN"])) for _ in range(rng.choice((1, 2, 3, 200)))]


def small(rng: random.Random) -> int:
    """A number as real ones are, or an edge that a C int has."""
    return rng.choice((*range(-1, 12), 1023, 1024, 65535, 65536, (1 << 31) - 1, -(1 << 31), rng.randrange(1 << 16)))


Place = tuple[Any, Any]
"""A container, and a key of it."""


def places(tree: Any) -> list[Place]:
    """Every place of a tree whose value can be put in another's stead."""
    found: list[Place] = []
    left = [tree]
    while left and len(found) < 5000:
        one = left.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                left.append(one[key])
    return found


def mutate(tree: Any, rng: random.Random, others: Callable[[], Any]) -> None:
    """Change one place of a tree: another value of its type or of any, one from elsewhere, none, or one more."""
    found = places(tree)
    if not found:
        return
    inside, key = rng.choice(found)
    old, way = inside[key], rng.randrange(10)
    if way < 4:
        inside[key] = rng.choice(MADE.get(type(old)) or (any_value(rng),))
    elif way == 4:
        inside[key] = any_value(rng)
    elif way == 5 and isinstance(old, int):
        inside[key] = old + rng.choice((-1, 1, 2, 1000, -1000)) if not isinstance(old, bool) else not old
    elif way == 6:
        inside[key] = others()
    elif way == 7:
        del inside[key]
    elif isinstance(inside, dict):
        inside[rng.choice((*inside, *WORDS, "5", "later"))] = any_value(rng) if way == 8 else old
    else:
        inside.insert(rng.randrange(len(inside) + 1), any_value(rng) if way == 8 else old)


def dumped(tree: Any) -> bytes:
    """JSON without a line end, also of what no JSON can hold."""
    try:
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError):
        return b"{}"
