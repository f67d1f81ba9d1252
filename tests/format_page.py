"""The page of the public form, docs/FORMAT.md, made from the structs of `muxviz.events` and the rows of `muxviz.calls`.

`python -m tests.format_page` writes it anew.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from muxviz import calls, events

PAGE: Final = Path(__file__).parents[1] / "docs" / "FORMAT.md"

_BEGIN: Final = """\
# The form of a recording

`muxviz show FILE --format jsonl` prints it, and a `.muxviz` file holds it, perhaps packed: JSON, one object a line. The
first line is the header, each later line one event. The form is public. A field's name does not change without a new
version number; a field that is absent is empty; fields that you don't know are to be kept. Indexes at a file's end and
`keyframe`s are muxviz's own: pass them over.

Flags are written as the kernel names them, without prefixes and joined with `|`: `IN|RDHUP`. `select` has sides in
their place: `R`, `W`, `X`. Text is untrusted: escape it for the place where you show it.

This page is made from muxviz's own tables.
"""

STRUCTS: Final = (
    ("Header", "The first line"),
    ("Source", "`source` of the header"),
    ("LaneInfo", "Each of the header's `lanes`"),
    ("Event", "An event"),
    ("Queues", "What a look found, in `queues` by the fd's number"),
    ("Exit", "`exit`, a lane's end"),
    ("Announced", "`next` of a lane's end"),
)
_RENAMED: Final = {"saved_as": "from"}


def fields(struct: str) -> list[tuple[str, str]]:
    """A struct's fields with what its source says of them."""
    tree = ast.parse(inspect.getsource(events))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == struct).body
    found = []
    for node, behind in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = behind.value.value if isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant) else ""
            found.append((_RENAMED.get(node.target.id, node.target.id), " ".join(str(said).split())))
    return found


def _table(*rows: tuple[str, ...]) -> list[str]:
    head, *rest = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *(f"| {' | '.join(row)} |" for row in rest)]


def _meanings(what: str, said: Iterable[tuple[str, str]]) -> list[str]:
    return _table((what, "meaning"), *((f"`{name}`", meaning) for name, meaning in said))


def _call(row: calls.Call) -> tuple[str, ...]:
    return f"`{row.name}`", row.does, row.syscalls, " ".join(f"`{key}`" for key in row.args.split())


def page() -> str:
    """The whole page."""
    lines = [*_BEGIN.splitlines()]
    for struct, heading in STRUCTS:
        lines += ["", f"## {heading}", "", *_meanings("field", fields(struct))]
    lines += ["", "## `args`, by call", ""]
    lines += _table(("call", "does", "system calls", "keys"), *map(_call, calls.ROWS))
    lines += ["", "What the keys mean:", "", *_meanings("key", sorted(calls.ARGS.items()))]
    lines += ["", "Any call may have these:", "", *_meanings("key", sorted(calls.ANY_CALL.items()))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
