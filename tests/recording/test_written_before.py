"""Recordings that were written by version 0.1.0, as the first commit that kept some had it: a person's own files.

They open in any later version, are read the same with their index and without, and the same is found in them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from muxviz.check import report
from muxviz.draw import View, draw
from muxviz.recording import read, recover
from muxviz.recording.compression import open_recording
from muxviz.trace import Trace

HERE = Path(__file__).parent / "written_before"
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
WHOLE = [name for name, about in EXPECTED.items() if about["whole"]]


def about(trace: Trace, *, whole: bool) -> dict[str, Any]:
    """What must stay as it was."""
    found = [
        [one.rule, one.surety, one.lane, one.fd, one.client, one.first, one.last, [e.n for e in one.evidence]]
        for one in report(trace).found
    ]
    return {"events": len(trace), "ticks": trace.ticks, "whole": whole, "lanes": trace.lanes, "findings": found}


def pictures(trace: Trace) -> list[str]:
    """What is drawn at some of its moments."""
    ticks = sorted({-1, *range(0, trace.ticks, max(1, trace.ticks // 12)), trace.ticks - 1})
    view = View(panel=True, replay="a")
    return [draw(trace, trace.tick_end(tick), (120, 36), view).text() for tick in ticks]


def test_there_is_one_of_each_kind() -> None:
    files = {path.name for path in HERE.iterdir()} - {"expected.json"}
    assert files == EXPECTED.keys() and {Path(name).suffix for name in files} == {".muxviz", ".gz", ".zst"}
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 200_000


@pytest.mark.parametrize("name", EXPECTED)
def test_it_opens_and_the_same_is_found(name: str) -> None:
    found = recover(HERE / name)
    assert found.damage is None
    assert about(found.trace, whole=found.whole) == EXPECTED[name]
    assert sum(event.mark is None for event, _ in read(HERE / name)[1]) == len(found.trace)
    found.trace.close()


@pytest.mark.parametrize("name", WHOLE)
def test_it_is_drawn_the_same_with_its_index_and_without(name: str, tmp_path: Path) -> None:
    with open_recording(HERE / name)[0] as file:
        lines = file.read().splitlines(keepends=True)
    bare = tmp_path / "bare.muxviz"
    bare.write_bytes(b"".join(line for line in lines if not line.startswith((b'{"index":', b'{"end":'))))
    indexed, through = recover(HERE / name), recover(bare)
    assert indexed.whole and not through.whole and through.damage is None
    assert pictures(indexed.trace) == pictures(through.trace)
    judged = [about(one.trace, whole=True) for one in (indexed, through)]
    assert judged[0] == judged[1]
    indexed.trace.close()
    through.trace.close()
