"""Every test here begins and ends in English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muxviz.language import use


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    use("en")
    yield
    use("en")
