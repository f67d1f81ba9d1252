"""Where faults can be planted in a file, and a file with one of them in it."""

from __future__ import annotations

import ast
import difflib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import parso
from cosmic_ray.mutating import mutate_code

from tests.faults.operators import operators

_OPERATORS: Final = operators()


@dataclass(frozen=True)
class Fault:
    """One slip: the `occurrence`-th place in `path` where `operator` can act."""

    path: str  # from the repository's root
    operator: str
    occurrence: int
    line: int
    column: int

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}:{self.column}:{self.operator}:{self.occurrence}"

    def planted(self, source: str) -> str | None:
        """`source` with the fault; None if that is no Python, or says the same."""
        try:
            changed = mutate_code(source, _OPERATORS[self.operator], self.occurrence)
            if changed is None or ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source)):
                return None
        except (SyntaxError, ValueError, TypeError, AttributeError):  # the last: an exception with a dot in its name
            return None
        return str(changed)

    def difference(self, source: str, changed: str) -> list[str]:
        """The lines that differ, `-` before and `+` after."""
        lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), n=0, lineterm="")
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _told(node: ast.AST) -> Iterator[ast.AST]:
    """What of `node` only tells: annotations, decorators, bases, imports, `__all__`, assertions, what only a checker of
    types reads."""
    match node:
        case ast.arg(annotation=annotation) if annotation is not None:
            yield annotation
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from node.decorator_list
            if node.returns is not None:
                yield node.returns
        case ast.ClassDef():
            yield from (*node.decorator_list, *node.bases, *node.keywords)
        case ast.AnnAssign():
            yield node if "TypeAlias" in ast.dump(node.annotation) else node.annotation
        case ast.If() if "TYPE_CHECKING" in ast.dump(node.test):
            yield node
        case ast.Assign() if any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets):
            yield node
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.keyword(arg="strict"):
            yield node


def _passed_over(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The ranges of `source`, (line, column) to (line, column) in characters, where no fault is worth planting."""
    lines = source.splitlines()

    def at(line: int, octets: int) -> tuple[int, int]:
        return line, len(lines[line - 1].encode()[:octets].decode(errors="replace"))

    return [
        (at(each.lineno, each.col_offset), at(each.end_lineno, each.end_col_offset))  # type: ignore[attr-defined]
        for node in ast.walk(ast.parse(source))
        for each in _told(node)
    ]


def _tuning(node: Any) -> bool:
    """Whether it is a number that is no rule: seconds, a large one that one more or less does not change, or the width
    in the format of an f-string."""
    if node.type == "number":
        number = ast.literal_eval(node.value)
        if not isinstance(number, int) or number >= 1000:
            return True
    while node is not None:
        if node.type == "fstring_format_spec":
            return True
        node = node.parent
    return False


@cache
def faults_of(file: Path, path: str) -> tuple[Fault, ...]:
    """Every fault that can be planted in `file`, which the repository calls `path`."""
    source = file.read_text(encoding="utf-8")
    over = _passed_over(source)
    counts: defaultdict[str, int] = defaultdict(int)
    found = []
    stack: list[Any] = [parso.parse(source)]
    while stack:  # in the order of cosmic-ray's own walk: a node, then its children from the first on
        node = stack.pop()
        stack.extend(reversed(getattr(node, "children", ())))
        for name, operator in _OPERATORS.items():
            for start, _ in operator.mutation_positions(node):
                occurrence = counts[name]
                counts[name] += 1
                if not any(begin <= start < end for begin, end in over) and not _tuning(node):
                    found.append(Fault(path, name, occurrence, *start))
    return tuple(found)


def sample(root: Path, folders: Sequence[str], count: int, seed: int) -> list[Fault]:
    """`count` faults of these folders, spread by their size: a place is drawn among all places of a folder, then one of
    the slips that can happen there. The same seed draws the same from the same source."""
    places: dict[str, dict[tuple[str, int, int], list[Fault]]] = {}
    for folder in folders:
        places[folder] = defaultdict(list)
        for file in sorted((root / folder).rglob("*.py")):
            for fault in faults_of(file, str(file.relative_to(root))):
                places[folder][fault.path, fault.line, fault.column].append(fault)
    total = sum(map(len, places.values()))
    drawn: list[Fault] = []
    for folder in folders:
        chance = random.Random(f"{seed} {folder}")
        wanted = max(1, round(count * len(places[folder]) / total)) if count else 0
        there = list(places[folder].values())
        chance.shuffle(there)
        for faults in there:
            if wanted == 0:
                break
            fault = chance.choice(faults)
            if fault.planted((root / fault.path).read_text(encoding="utf-8")) is not None:
                drawn.append(fault)
                wanted -= 1
    random.Random(seed).shuffle(drawn)
    return drawn
