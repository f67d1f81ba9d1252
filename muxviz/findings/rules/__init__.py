"""The rules, one file each. A file that is put here is a rule: nothing else lists them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from muxviz.findings.rule import Rule
from muxviz.findings.shapes import RuleName


def _gathered() -> dict[RuleName, Rule]:
    made: list[Rule] = [import_module(f"{__name__}.{found.name}").RULE for found in iter_modules(__path__)]
    return {rule.name: rule for rule in sorted(made, key=lambda rule: rule.order)}


BY_NAME: Final = _gathered()
"""Every rule, in the order in which they are listed."""
