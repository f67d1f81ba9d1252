"""A plugin of pytest for the runs: what they ran and how long it took is written down, or which of them run is read.

`MUXVIZ_FAULTS_KNOWN` names a file to write, JSON: by test its seconds, how it ended, and the functions of muxviz that
it called in this process, each as `FILE:LINE`. `MUXVIZ_FAULTS_ORDER` names a file to read, JSON: the tests to run, in
order.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from hypothesis import Phase, settings

# That an example fails is all that is asked: it is not made smaller.
settings.register_profile("faults", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True)
settings.load_profile("faults")

_written, _read = (os.environ.get(f"MUXVIZ_FAULTS_{name}") for name in ("KNOWN", "ORDER"))
_known: dict[str, dict[str, Any]] = {}
_ran: set[CodeType] = set()


def _trace(frame: FrameType, what: str, told: object) -> None:
    """A function is called: which one is all that is kept, so that no line of it is followed."""
    _ran.add(frame.f_code)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if _written is None:
        return (yield)
    _ran.clear()
    began = time.monotonic()
    threading.settrace(_trace)
    sys.settrace(_trace)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]  # that is how it is taken away
        of = f"{Path.cwd()}{os.sep}muxviz{os.sep}"
        functions = {
            f"{os.path.relpath(code.co_filename)}:{code.co_firstlineno}"
            for code in _ran
            if code.co_filename.startswith(of)
        }
        _known.setdefault(item.nodeid, {}).update(seconds=time.monotonic() - began, ran=sorted(functions))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    known = _known.setdefault(report.nodeid, {})
    if report.outcome != "passed" or "how" not in known:
        known["how"] = report.outcome


def pytest_sessionfinish() -> None:
    if _written is not None:
        Path(_written).write_text(json.dumps(_known), encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _read is not None:
        place = {name: at for at, name in enumerate(json.loads(Path(_read).read_text(encoding="utf-8")))}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])
