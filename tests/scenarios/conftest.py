"""`trace`: the recording of the scenario that a test is parametrized with."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.recording import load
from muxviz.trace import Trace


@pytest.fixture
def trace(request: pytest.FixtureRequest, recordings: dict[str, Path]) -> Trace:
    loaded = load(recordings[request.param])
    request.addfinalizer(loaded.close)
    return loaded
