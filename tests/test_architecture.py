"""docs/ARCHITECTURE.md names files and rooms that there are, and every room that there is."""

from __future__ import annotations

import re
from pathlib import Path

import muxviz

ROOT = Path(muxviz.__file__).parent
TEXT = (Path(__file__).parents[1] / "docs" / "ARCHITECTURE.md").read_text()


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`([a-z_/]+\.py)`", TEXT))
    there = [str(file.relative_to(ROOT)) for file in ROOT.rglob("*.py")]
    assert len(named) > 50
    assert [name for name in sorted(named) if not any(f"/{file}".endswith(f"/{name}") for file in there)] == []


def test_every_room_has_a_row() -> None:
    rooms = {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")}
    files = {path.name for path in ROOT.glob("*.py") if not path.name.startswith("__")}
    table = "".join(line.split("|")[1] for line in TEXT.split("## The words")[0].splitlines() if line.startswith("|"))
    rows = set(re.findall(r"`([a-z_]+(?:/|\.py))`", table))
    assert rows == rooms | files
