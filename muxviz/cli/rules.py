"""`muxviz rules`: what muxviz can find, and what it takes for proof."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import click

from muxviz.cli.common import Problem, lang_option, out


@click.command()
@click.argument("name", required=False)
@lang_option
def rules(name: str | None) -> int:
    """The rules that muxviz judges by; with a NAME, what proves that one, how sure it can be, what helps, which
    scenario shows it."""
    from muxviz.check import list_of_rules, page_of

    out(list_of_rules() if name is None else page_of(rule_named(name)), nl=False)
    return 0


def rule_named(name: str) -> str:
    """The rule of a name, as people write it: `Stranded data` is stranded-data. Raises Problem."""
    from muxviz.findings import RULES

    meant = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
    if meant in RULES:
        return meant
    like = difflib.get_close_matches(meant, RULES, 1)
    perhaps = f": did you mean {like[0]}?" if like else ""
    raise Problem(f"no rule is named {name!r}{perhaps} (muxviz rules lists them)")


def rules_named(names: Sequence[str]) -> frozenset[str]:
    """The rules of some names; each may be several behind commas. Raises Problem."""
    return frozenset(rule_named(one) for said in names for one in said.split(",") if one.strip())
