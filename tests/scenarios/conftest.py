"""`trace`: the recording of the scenario that a test is parametrized with, read once for all that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from muxviz.trace import Trace
from tests.draw.conftest import Traces


@pytest.fixture(scope="module")
def traces(recordings: dict[str, Path]) -> Iterator[Traces]:
    """Those of one file of tests, which are let go behind it: `told` keeps all the events of each."""
    found = Traces(recordings)
    yield found
    for trace in found.values():
        trace.close()


@pytest.fixture
def trace(request: pytest.FixtureRequest, traces: Traces) -> Trace:
    return traces[str(request.param)]
