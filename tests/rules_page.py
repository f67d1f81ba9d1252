"""The manual's pages of the rules, docs/RULES.md: the same as `muxviz rules NAME` prints.

`python -m tests.rules_page` writes them anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from muxviz.check import list_of_rules, page_of
from muxviz.findings import RULES

PAGE: Final = Path(__file__).parents[1] / "docs" / "RULES.md"
_BEGIN: Final = """\
# What muxviz finds

A rule is a fault of an event loop that its system calls prove. `muxviz check FILE` judges a recording by all of them,
the screen marks what they find, and `muxviz rules NAME` prints the pages below.

"""


def page() -> str:
    """The whole file."""
    parts = [f"## {rule}\n\n```text\n{page_of(rule)}```\n" for rule in RULES]
    return f"{_BEGIN}```text\n{list_of_rules()}```\n\n" + "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
