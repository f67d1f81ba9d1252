"""What is known of a folder's tests without a fault: that they pass, how long each takes, and what it calls.

A fault then meets those first that called the function it is in, the quick before the slow, for as long as there is
time: what would not have its turn is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.faults.planted import Fault

_TO_BEGIN: Final = 0.25
"""The part of the time that is left for pytest to begin, and to find the tests."""


@dataclass(frozen=True)
class Known:
    """The tests of one folder: by name the seconds, how it ended, and the functions that it called (`plugin`)."""

    tests: Mapping[str, Mapping[str, Any]]

    @property
    def red(self) -> list[str]:
        """Those that fail without a fault."""
        return [name for name, test in self.tests.items() if test["how"] == "failed"]

    @property
    def seconds(self) -> float:
        return float(sum(test["seconds"] for test in self.tests.values()))

    def order(self, fault: Fault, source: str, seconds: float) -> list[str]:
        """The tests for a fault, those first that are the likeliest to notice it soon; as many as fit into the time."""
        function = f"{fault.path}:{_function(source, fault.line)}"
        file = f"{fault.path}:"

        def turn(name: str) -> tuple[int, float]:
            ran = self.tests[name]["ran"]
            near = 0 if function in ran else 1 if any(each.startswith(file) for each in ran) else 2
            return near, self.tests[name]["seconds"]

        chosen, left = [], seconds * (1 - _TO_BEGIN)
        for name in sorted(self.tests, key=turn):
            left -= self.tests[name]["seconds"]
            if left >= 0:
                chosen.append(name)
            else:
                left += self.tests[name]["seconds"]
        return chosen

    def told(self, folder: str, seconds: float) -> str:
        """How many there are, and what is too slow for its turn."""
        slow = [name for name, test in self.tests.items() if test["seconds"] > seconds * (1 - _TO_BEGIN) / 2]
        most = f"; slow: {', '.join(slow)}" if slow else ""
        fits = "" if self.seconds <= seconds * (1 - _TO_BEGIN) else "; each fault meets those that fit into the time"
        return f"{folder:16}{len(self.tests):6} tests {self.seconds:7.1f} s{fits}{most}"


def _function(source: str, line: int) -> int:
    """The first line of the innermost function around a line, as its code has it; 0 where there is none."""

    def around(node: ast.AST) -> Iterator[int]:
        for child in ast.walk(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.end_lineno is not None:
                first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
                if first <= line <= child.end_lineno:
                    yield first

    return max(around(ast.parse(source)), default=0)


def files_of(names: list[str]) -> list[str]:
    """The files that tests are in, in their order."""
    return list(dict.fromkeys(str(Path(name.partition("::")[0])) for name in names))
